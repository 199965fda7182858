"""The V2 inference protocol, asked over HTTP."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from actor_environments import environment
from inference_servers import Server, inference_server
from saved_models import MLFLOW, NATIVE, saved

PYTHON_AND_PANDAS = MLFLOW["2.22.5"]


@pytest.fixture(scope="module")
def tensors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    model = saved(MLFLOW["2.22.5"], "sklearn_tensor")
    with inference_server(environment(*NATIVE), model, tmp_path_factory.mktemp("v2")) as running:
        yield running


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    model = saved(MLFLOW["2.22.5"], "sklearn_frame")
    folder = tmp_path_factory.mktemp("v2")
    with inference_server(environment(*PYTHON_AND_PANDAS), model, folder, FEDBAKE_MODEL_NAME="people") as running:
        yield running


def infer(server: Server, document: Any, name: str = "model") -> tuple[int, Any]:
    answer = httpx.post(f"{server.url}/v2/models/{name}/infer", json=document, timeout=30)
    return answer.status_code, answer.json()


def tensor(data: Any, shape: list[int], datatype: str = "FP64", name: str = "x") -> dict[str, Any]:
    return {"name": name, "shape": shape, "datatype": datatype, "data": data}


def test_the_server_and_the_model_tell_about_themselves(tensors: Server) -> None:
    said = {
        path: httpx.get(tensors.url + path).json() for path in ("/v2", "/v2/models/model", "/v2/models/model/ready")
    }
    assert said["/v2"]["name"] == "fedbake"
    assert said["/v2/models/model"]["inputs"] == [{"name": "0", "datatype": "FP64", "shape": [-1, 4]}]
    assert said["/v2/models/model/ready"] == {"name": "model", "ready": True}
    for path in ("/v2/health/live", "/v2/health/ready"):
        assert httpx.get(tensors.url + path).status_code == 200
    assert httpx.get(f"{tensors.url}/v2/models/other").status_code == 404


def test_a_tensor_is_answered_with_a_tensor(tensors: Server) -> None:
    document = {"id": "7", "inputs": [tensor([1, 2, 3, 4, -9, 0, 0, 0], [2, 4])]}
    assert infer(tensors, document) == (
        200,
        {
            "model_name": "model",
            "id": "7",
            "outputs": [{"name": "predictions", "datatype": "INT64", "shape": [2], "data": [1, 0]}],
        },
    )


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (tensor([[1, 2, 3, 4]], [1, 4]), 200),
        (tensor([1, 2, 3, 4], [1, 4], "INT32"), 200),
        (tensor([1, 2, 3, 4], [1, 4], "FP16"), 200),
        (tensor([1, 2, 3], [1, 3]), 400),
        (tensor([1, 2, 3], [1, 4]), 400),
        (tensor([1, 2, 3, 4], [-1, 4]), 400),
        (tensor([1, 2, 3, 4], [1, 4.0]), 400),
        (tensor([1, 2, 3, 4], [True, 4]), 400),
        (tensor([1, 2, 3, 4], [1] * 100), 400),
        (tensor([1, 2, 3, "x"], [1, 4]), 400),
        (tensor([1, 2, 3, 300], [1, 4], "INT8"), 400),
        (tensor(["1", "2", "3", "4"], [1, 4], "BYTES"), 400),
        (tensor([1, 2, 3, 4], [1, 4], "BF16"), 400),
        (tensor([1, 2, 3, 4], [1, 4], name=""), 400),
        (tensor("abcd", [1, 4]), 400),
        ("x", 400),
    ],
)
def test_a_tensor_is_what_it_says_it_is(tensors: Server, given: Any, status: int) -> None:
    found, answer = infer(tensors, {"inputs": [given]})
    assert (found, "error" in answer) == (status, status == 400), answer


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"inputs": []},
        {"inputs": {}},
        {"inputs": [tensor([1, 2, 3, 4], [1, 4])] * 2},
        {"inputs": [tensor([1, 2, 3, 4], [1, 4])], "outputs": [{"name": "loss"}]},
        {"inputs": [tensor([1, 2, 3, 4], [1, 4])], "outputs": "predictions"},
    ],
)
def test_a_request_that_is_none_is_refused(tensors: Server, document: Any) -> None:
    status, answer = infer(tensors, document)
    assert (status, list(answer)) == (400, ["error"])


def test_columns_are_tensors_with_their_names(people: Server) -> None:
    document = {
        "inputs": [
            tensor([41, 20], [2], "INT64", "age"),
            tensor([1.5, 0.5], [2, 1], "FP64", "size"),
            tensor(["Köln", "Rom"], [2], "BYTES", "city"),
        ]
    }
    status, answer = infer(people, document, "people")
    table = {"columns": ["age", "size", "city"], "data": [[41, 1.5, "Köln"], [20, 0.5, "Rom"]]}
    scored = httpx.post(f"{people.url}/invocations", json={"dataframe_split": table}).json()["predictions"]
    assert (status, answer["outputs"][0]["data"]) == (200, scored)
    assert infer(people, {"inputs": document["inputs"][:2]}, "people")[0] == 400


def test_metadata_of_columns(people: Server) -> None:
    inputs = httpx.get(f"{people.url}/v2/models/people").json()["inputs"]
    assert [(each["name"], each["datatype"]) for each in inputs] == [
        ("age", "INT64"), ("size", "FP64"), ("city", "BYTES"),
    ]  # fmt: skip
