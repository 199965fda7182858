"""The self-test of an inference image: load the model, and predict once, without a network."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from fedbake_inference import protocol
from fedbake_inference.errors import RequestError, StartError
from fedbake_inference.mlmodel import ModelDirectory
from fedbake_inference.model import Model
from fedbake_inference.signature import Signature

_FORMS = {"dataframe": "dataframe_split", "ndarray": "inputs", "json_object": "inputs"}
_ANSWER_BYTES = 2000


def verify(directory: ModelDirectory, model: Model) -> dict[str, Any]:
    """Predict on the input example the model was saved with, else on zeros of the signature.

    An example must be answered. Zeros may be refused, since not every model takes them; what it said is reported.

    Returns:
        What was tried, ready for JSON.

    Raises:
        StartError: the model does not answer its own example.
    """
    tried, outcome = _tried(directory, model)
    return {
        "role": "inference",
        "python": platform.python_version(),
        "machine": platform.machine(),
        "numpy": np.__version__,
        "starlette": import_module("starlette").__version__,
        "uvicorn": import_module("uvicorn").__version__,
        "loader": model.loader,
        "predicted": tried,
        "answer": outcome,
    }


def _tried(directory: ModelDirectory, model: Model) -> tuple[str | None, str | None]:
    example = _example(directory)
    if example is not None:
        try:
            return "the input example", _answer(model, example)
        except RequestError as error:
            raise StartError(
                "the model does not answer the input example it was saved with", [error.message]
            ) from error
    zeros = _zeros(directory.signature)
    if zeros is None:
        return None, None
    try:
        return "zeros", _answer(model, zeros)
    except RequestError as error:
        return "zeros, which it refused", error.message[:_ANSWER_BYTES]


def _answer(model: Model, document: Mapping[str, Any]) -> str:
    answer = model.answered(protocol.from_document(document, model.inputs))
    return answer[:_ANSWER_BYTES].decode()


def _example(directory: ModelDirectory) -> Mapping[str, Any] | None:
    """The saved example as a request; ``None`` without one, or when no request can hold it (a sparse matrix)."""
    info = directory.example
    if info.get("serving_input_path"):
        return _document(directory, info["serving_input_path"])
    form = _FORMS.get(str(info.get("type")))
    if form is None:
        return None
    return protocol.parsed(f'{{"{form}": {_text(directory, info.get("artifact_path"))}}}')


def _document(directory: ModelDirectory, name: Any) -> Mapping[str, Any]:
    try:
        return protocol.parsed(_text(directory, name))
    except RequestError as error:
        raise StartError("the input example the model was saved with is not JSON", [error.message]) from error


def _text(directory: ModelDirectory, name: Any) -> str:
    return directory.path(name).read_text(encoding="utf-8")


def _zeros(signature: Signature | None) -> Mapping[str, Any] | None:
    """One row of zeros, empty texts and the like; ``None`` when types are not known."""
    if signature is None or not signature.is_plain:
        return None
    if signature.tensors:
        tensors = {each.name: _zero(each.dtype, [max(size, 1) for size in each.shape]) for each in signature.tensors}
        return {"inputs": tensors.get(None, tensors)}
    if signature.columns:
        names = [column.name for column in signature.columns]
        table = {"data": [[_zero(column.dtype, []) for column in signature.columns]]}
        return {"dataframe_split": table if None in names else {**table, "columns": names}}
    return None


def _zero(dtype: Any, shape: list[int]) -> Any:
    if dtype.kind == "M":
        return "1970-01-01T00:00:00"
    zeros = np.zeros(shape, dtype if dtype.kind != "S" else "U1")
    return ("" if dtype.kind in "OUS" else zeros.item()) if not shape else zeros.tolist()
