"""Models served where MLflow and pandas are not installed."""

import json
from pathlib import Path

import pytest
from actor_environments import environment
from actor_images import variables
from inference_requests import CSV, JSON, PIXELS, TYPES
from inference_servers import inference_folder, inference_server
from saved_models import MLFLOW, NATIVE, saved

from fedbake import process

# What an image for a model of another flavour has beside MLflow's small package.
SKINNY = ("pandas==2.2.3", "numpy==1.26.4", "uvicorn==0.54.0", "starlette==1.10.0")
# The oldest releases of the server's libraries in rules/dependencies/actor-runtime.yaml, in place of the newest.
OLDEST = tuple(
    {"uvicorn==0.54.0": "uvicorn==0.33.0", "starlette==1.10.0": "starlette==0.44.0"}.get(each, each) for each in NATIVE
)


@pytest.mark.parametrize("requirements", [OLDEST, NATIVE], ids=["oldest", "newest"])
def test_the_request_of_flops_tester_is_answered_without_pandas(requirements: tuple[str, ...], tmp_path: Path) -> None:
    header = ",".join(str(pixel) for pixel in range(784))
    with inference_server(environment(*requirements), saved(MLFLOW["2.22.5"], "sklearn_unsigned"), tmp_path) as server:
        answer = server.ask(f"{header}\n{','.join(['0'] * 784)}\n".encode(), CSV)
    assert (answer.status, answer.type) == (200, "application/json")
    (digit,) = json.loads(answer.text)["predictions"]
    assert digit in range(10)


@pytest.mark.parametrize("release", MLFLOW)
@pytest.mark.parametrize("kind", ["sklearn_tensor", "sklearn_unsigned", "sklearn_probabilities"])
def test_predictions_are_those_of_an_image_with_pandas(kind: str, release: str, tmp_path: Path) -> None:
    model = saved(MLFLOW[release], kind)
    requests = {name: request for name, request in PIXELS.items() if not name.startswith(("params", "inputs-s"))}
    (tmp_path / "with").mkdir()
    with (
        inference_server(environment(*NATIVE), model, tmp_path) as without,
        inference_server(environment(*MLFLOW[release]), model, tmp_path / "with") as having,
    ):
        answers = {name: (having.ask(body, type), without.ask(body, type)) for name, (type, body) in requests.items()}
    assert {name: (one.status, one.text) for name, (one, _) in answers.items() if one.status == 200} == {
        name: (other.status, other.text) for name, (_, other) in answers.items() if other.status == 200
    }


@pytest.mark.parametrize("kind", ["sklearn_frame", "sklearn_frame_unsigned"])
def test_a_model_of_named_columns_needs_pandas_and_says_so(kind: str, tmp_path: Path) -> None:
    folder = inference_folder(saved(MLFLOW["2.22.5"], kind), tmp_path)
    done = process.run([str(environment(*NATIVE)), "main.py"], env=variables(), cwd=folder, timeout=60)
    assert done.code == 1
    assert "this image has no pandas" in done.stderr


@pytest.mark.parametrize("release", MLFLOW)
def test_a_flavour_of_its_own_is_served_by_mlflow_skinny(release: str, tmp_path: Path) -> None:
    python = environment(f"mlflow-skinny=={release}", *SKINNY)
    with inference_server(python, saved(MLFLOW[release], "pyfunc_columns"), tmp_path) as server:
        type, body = TYPES["records"]
        answer = server.ask(body, type)
        assert server.ask(TYPES["records-missing"][1], type).status == 400
    assert answer.status == 200, answer.text
    one, _ = json.loads(answer.text)["predictions"]
    assert (one["a_string"], one["a_datetime"], one["bytes"]) == ("größer", "2026-11-22T10:00:00", "AP8=\n")
    assert one["params"] == "[('heat', 0.5), ('stop', ['.']), ('top', 5)]"


def test_parquet_needs_pyarrow_and_says_so(tmp_path: Path) -> None:
    with inference_server(environment(*NATIVE), saved(MLFLOW["2.22.5"], "sklearn_tensor"), tmp_path) as server:
        answer = server.ask(b"PAR1", "application/vnd.apache.parquet")
        assert (answer.status, answer.text) == (
            415,
            "This server was built without pyarrow, so it reads no Parquet files",
        )
        assert server.ask(b'{"inputs": [[1, 2, 3, 4]]}', JSON).status == 200
