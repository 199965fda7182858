"""Values on their way in and out, without a server: tensors with names, parameters, and predictions as JSON."""

import datetime
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "templates" / "actors" / "shared"))
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "templates" / "actors" / "inference"))

from fedbake_inference import answers, parameters
from fedbake_inference.errors import RequestError, UnsupportedTypeError
from fedbake_inference.protocol import media_type
from fedbake_inference.signature import Parameter, Signature, Tensor
from fedbake_inference.tensors import TensorInputs

NAMED = TensorInputs([Tensor("image", np.dtype("float32"), (-1, 2, 2)), Tensor("age", np.dtype("int64"), (-1,))])
TOP = Parameter("top", "long", 5, is_list=False)
HEAT = Parameter("heat", "double", 0.5, is_list=False)
STOP = Parameter("stop", "string", ["."], is_list=True)
SINCE = Parameter("since", "datetime", None, is_list=False)


def test_tensors_with_names_are_read_from_every_form() -> None:
    rows = [{"image": [[1, 2], [3, 4]], "age": 7}, {"image": [[5, 6], [7, 8]], "age": 9}]
    flat = [{"image": [1, 2, 3, 4], "age": 7}, {"image": [5, 6, 7, 8], "age": 9}]
    columns = {name: [row[name] for row in rows] for name in ("image", "age")}
    forms = [NAMED.instances(rows), NAMED.inputs(columns), NAMED.records(flat)]
    forms.append(NAMED.split({"columns": ["age", "image"], "data": [[row["age"], row["image"]] for row in flat]}))
    for form in forms:
        assert [(name, array.dtype, array.shape) for name, array in form.items()] == [
            ("image", np.dtype("float32"), (2, 2, 2)), ("age", np.dtype("int64"), (2,)),
        ]  # fmt: skip
        assert form["image"][1].tolist() == [[5, 6], [7, 8]]


@pytest.mark.parametrize(
    "records",
    [
        [{"image": [1, 2, 3], "age": 7}],
        [{"image": [1, 2, 3, 4]}],
        [{"image": 1, "age": 7}],
        [{"image": [[1, 2], [3, 4]], "age": 7}],
        [{"image": [], "age": 7}],
        [{"image": [1, 2, 3, 4], "age": "x"}],
        [],
        [{"image": [1, 2, 3, 4], "age": 7}, 1],
    ],
)
def test_a_table_that_does_not_make_up_the_tensors_is_refused(records: Any) -> None:
    with pytest.raises(RequestError):
        NAMED.records(records)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (None, {"top": 5, "heat": 0.5, "stop": ["."], "since": None}),
        ({"top": 3, "more": 1}, {"top": 3, "heat": 0.5, "stop": ["."], "since": None}),
        ({"heat": 1, "stop": []}, {"top": 5, "heat": 1.0, "stop": [], "since": None}),
        ({"since": "2026-11-22"}, {"top": 5, "heat": 0.5, "stop": ["."], "since": datetime.date(2026, 11, 22)}),
    ],
)
def test_parameters_have_defaults(given: Any, found: dict[str, Any]) -> None:
    assert parameters.enforced(given, [TOP, HEAT, STOP, SINCE]) == found


@pytest.mark.parametrize(
    "given",
    [
        [],
        "top",
        {"top": 1.5},
        {"top": True},
        {"heat": "1"},
        {"stop": "."},
        {"stop": [1]},
        {"since": "soon"},
        {"top": {}},
    ],
)
def test_parameters_of_another_type_are_refused(given: Any) -> None:
    with pytest.raises(RequestError) as refused:
        parameters.enforced(given, [TOP, HEAT, STOP, SINCE])
    assert (refused.value.status, refused.value.code) == (400, "INVALID_PARAMETER_VALUE")


def test_predictions_of_any_kind_are_written() -> None:
    moment = datetime.datetime(2026, 11, 22, 10, 30)
    value = {
        "scalar": np.float32(0.5), "nested": [np.arange(2), (np.int64(3), None)], "bytes": b"\x00\xff",
        "moment": moment, "day": np.array(["2026-11-22"], "datetime64[D]"), "bool": np.bool_(True),
    }  # fmt: skip
    assert json.loads(answers.predictions(value))["predictions"] == {
        "scalar": 0.5, "nested": [[0, 1], [3, None]], "bytes": "AP8=\n", "moment": "2026-11-22T10:30:00",
        "day": ["2026-11-22"], "bool": True,
    }  # fmt: skip
    assert answers.predictions(np.array([np.nan, -np.inf])) == b'{"predictions": [NaN, -Infinity]}'
    assert answers.predictions(["a"], is_bare=True) == b'["a"]'
    with pytest.raises(TypeError, match="set cannot be written"):
        answers.predictions({1, 2})


@pytest.mark.parametrize(
    ("values", "rows"),
    [
        (np.array([[1, 2]]), [{"0": 1, "1": 2}]),
        (np.array([1, 2]), [{"0": 1}, {"0": 2}]),
        (np.empty((0, 3)), []),
    ],
)
def test_arrays_for_a_table_are_records(values: Any, rows: Any) -> None:
    assert json.loads(answers.predictions(answers.Records(values))) == {"predictions": rows}


def test_a_content_type_is_read_as_mlflow_reads_it() -> None:
    assert media_type("application/json; charset=UTF-8") == "application/json"
    for wrong in (None, "", "text/html", "application/json; charset=latin-1", "text/csv; header=present"):
        with pytest.raises(UnsupportedTypeError):
            media_type(wrong)


def test_a_signature_mlflow_wrote_is_read_and_another_is_told() -> None:
    found = Signature.read({
        "inputs": '[{"type": "long", "name": "age"}, {"type": "string", "name": "city", "required": false}]',
        "outputs": '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]',
        "params": '[{"name": "top", "type": "long", "default": 5, "shape": null}]',
    })  # fmt: skip
    assert found is not None
    assert [(each.name, each.type, each.required) for each in found.columns] == [
        ("age", "long", True), ("city", "string", False),
    ]  # fmt: skip
    assert found.parameters == (TOP,)
    assert Signature.read({}) is None
