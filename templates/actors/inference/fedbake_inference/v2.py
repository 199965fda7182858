"""The V2 inference protocol (Open Inference Protocol) without HTTP: documents in, documents out.

Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from fedbake_inference import answers
from fedbake_inference.errors import RequestError
from fedbake_inference.inputs import conversion
from fedbake_inference.model import Model
from fedbake_inference.signature import Signature

_DTYPES = {
    "BOOL": "bool", "UINT8": "uint8", "UINT16": "uint16", "UINT32": "uint32", "UINT64": "uint64",
    "INT8": "int8", "INT16": "int16", "INT32": "int32", "INT64": "int64",
    "FP16": "float16", "FP32": "float32", "FP64": "float64", "BYTES": "object",
}  # fmt: skip
_DATATYPES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}
# What JSON values are as an array (NumPy's kinds), for each kind of datatype.
_GIVEN = {"b": "biu", "u": "iu", "i": "iu", "f": "iuf", "O": "U"}
_MOST_DIMENSIONS = 32
"""What every release of NumPy takes."""


def server() -> dict[str, Any]:
    """The answer to ``/v2``."""
    return {"name": "fedbake", "version": "1", "extensions": []}


def model_metadata(name: str, model: Model) -> dict[str, Any]:
    """The answer to ``/v2/models/{name}``; without a signature nothing is known about inputs and outputs."""
    return {
        "name": name,
        "versions": [],
        "platform": f"mlflow_{model.loader}",
        "inputs": _inputs(model.signature) if model.signature else [],
        "outputs": [],
    }


def infer(name: str, model: Model, document: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``/v2/models/{name}/infer``.

    Raises:
        RequestError: the request is not of the protocol, or the model does not take it.
    """
    given = document.get("inputs")
    if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
        raise RequestError("'inputs' must be a list of tensors, each with name, shape, datatype and data")
    named = dict(_tensor(each) for each in given)
    if len(named) != len(given):
        raise RequestError("two inputs have the same name")
    result = answers.columns(model.predicted(model.inputs.tensors(named), document.get("parameters")))
    wanted = _wanted(document, result)
    answer: dict[str, Any] = {"model_name": name, "outputs": [_output(each, result[each]) for each in wanted]}
    if isinstance(document.get("id"), str):
        answer["id"] = document["id"]
    return answer


def _inputs(signature: Signature) -> list[dict[str, Any]]:
    columns = [
        {"name": column.name or str(at), "datatype": _datatype(column.dtype), "shape": [-1]}
        for at, column in enumerate(signature.columns if signature.is_plain else ())
    ]
    tensors = [
        {"name": tensor.name or str(at), "datatype": _datatype(tensor.dtype), "shape": list(tensor.shape)}
        for at, tensor in enumerate(signature.tensors)
    ]
    return columns + tensors


def _datatype(dtype: Any) -> str:
    return _DATATYPES.get(np.dtype(dtype), "BYTES")


def _tensor(tensor: Mapping[str, Any]) -> tuple[str, Any]:
    name, shape, datatype, data = (tensor.get(key) for key in ("name", "shape", "datatype", "data"))
    if not isinstance(name, str) or not name:
        raise RequestError("an input has no name")
    if datatype not in _DTYPES:
        raise RequestError(f"input {name!r}: the datatype must be one of {', '.join(_DTYPES)}")
    if not isinstance(shape, list) or not _is_shape(shape):
        raise RequestError(f"input {name!r}: the shape must be a list of whole numbers")
    with conversion():
        given = np.array(data).ravel()
    if not isinstance(data, list) or given.size != math.prod(shape):
        raise RequestError(f"input {name!r}: a tensor of the shape {shape} has {math.prod(shape)} values in 'data'")
    dtype = np.dtype(_DTYPES[datatype])
    array = given.astype(dtype) if given.dtype.kind in _GIVEN[dtype.kind] or not given.size else None
    if array is None or (dtype.kind in "biu" and not np.array_equal(array, given)):
        raise RequestError(f"input {name!r}: a value of 'data' is not of the datatype {datatype}")
    return name, array.reshape(shape)


def _is_shape(shape: list[Any]) -> bool:
    return 0 < len(shape) <= _MOST_DIMENSIONS and all(type(size) is int and 0 <= size < 2**31 for size in shape)


def _wanted(document: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
    wanted = document.get("outputs")
    if wanted is None:
        return list(result)
    if not isinstance(wanted, list) or not all(
        isinstance(each, dict) and each.get("name") in result for each in wanted
    ):
        raise RequestError(f"'outputs' must be a list of objects, each with a name of {sorted(result)}")
    return [each["name"] for each in wanted]


def _output(name: str, array: Any) -> dict[str, Any]:
    datatype = _datatype(array.dtype)
    values = array.ravel().tolist()
    if datatype == "BYTES":
        values = [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in values]
    return {"name": name, "datatype": datatype, "shape": list(array.shape), "data": values}
