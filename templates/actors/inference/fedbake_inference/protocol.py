"""MLflow's scoring protocol without HTTP: the body and content type of a request to ``/invocations``, read.

Source: https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/ and the behaviour of ``mlflow models serve``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fedbake_inference.errors import RequestError, UnsupportedTypeError
from fedbake_inference.inputs import Inputs

CSV = "text/csv"
JSON = "application/json"
PARQUET = "application/vnd.apache.parquet"
_TYPES = (CSV, JSON, PARQUET)
_KEYS = ("dataframe_split", "dataframe_records", "instances", "inputs")


@dataclass(frozen=True)
class Request:
    """What a request asks a model.

    Attributes:
        data: the input, as the model's ``predict`` takes it.
        params: the parameters as they were given; ``None`` when there are none.
        is_bare: whether the answer is to be the predictions alone.
    """

    data: Any
    params: Any = None
    is_bare: bool = False


def media_type(content_type: str | None) -> str:
    """The type of a body.

    Raises:
        UnsupportedTypeError: it is none of the protocol's, has a charset other than UTF-8, or another parameter.
    """
    name, *pairs = [part.strip() for part in (content_type or "").split(";")]
    parameters = {key: value for key, _, value in (pair.partition("=") for pair in pairs)}
    if parameters.pop("charset", "utf-8").lower() != "utf-8":
        raise UnsupportedTypeError("The scoring server only supports UTF-8")
    if parameters:
        raise UnsupportedTypeError(f"Unrecognized content type parameters: {', '.join(parameters)}")
    if name not in _TYPES:
        raise UnsupportedTypeError(f"This predictor only supports the content types {', '.join(_TYPES)}; got {name!r}")
    return name


def read(body: bytes, kind: str, inputs: Inputs) -> Request:
    """Read a body of one of the protocol's media types.

    Raises:
        RequestError: it is not what its type says, or the model does not take it.
    """
    if kind == PARQUET:
        return Request(inputs.parquet(body))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(f"Invalid input. The body is not UTF-8: {error.reason} at byte {error.start}") from error
    if kind == CSV:
        return Request(inputs.csv(text))
    return from_document(parsed(text), inputs)


def parsed(text: str) -> Mapping[str, Any]:
    """The object a JSON text is.

    Raises:
        RequestError: it is not JSON, nested too deeply, or not an object.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"Invalid input. The body is not JSON that can be read: {error}") from error
    if not isinstance(document, dict):
        raise RequestError(f"Invalid input. The JSON must be an object with exactly one of {', '.join(_KEYS)}")
    return document


def from_document(document: Mapping[str, Any], inputs: Inputs) -> Request:
    """Read a JSON request.

    Raises:
        RequestError: it has not exactly one of the protocol's keys, or the model does not take what is there.
    """
    bare = inputs.bare(document)
    if bare is not None:
        data, params = bare
        return Request(data, params, is_bare=True)
    given = [key for key in _KEYS if key in document]
    if len(given) != 1:
        raise RequestError(
            f"The input must be a JSON object with exactly one of {', '.join(_KEYS)}; it has {sorted(document)}"
        )
    read_as = {
        "dataframe_split": inputs.split,
        "dataframe_records": inputs.records,
        "instances": inputs.instances,
        "inputs": inputs.inputs,
    }[given[0]]
    return Request(read_as(document[given[0]]), document.get("params"))
