"""The parameters a request gives beside its input, checked against the signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fedbake_inference.errors import INVALID_PARAMETER_VALUE, RequestError
from fedbake_inference.signature import Parameter

# What JSON gives for each type; a whole number may be given for a float.
_TYPES = {
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "string": (str,),
}


def enforced(given: Any, schema: Sequence[Parameter] | None) -> dict[str, Any]:
    """The value of each parameter of the schema, its default where the request has none; others are ignored.

    Raises:
        RequestError: they are not an object, or a value has another type.
    """
    if schema is None:
        return {}
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise RequestError("params must be an object with a value for each name", INVALID_PARAMETER_VALUE)
    return {each.name: _value(each, given.get(each.name, each.default)) for each in schema}


def _value(parameter: Parameter, value: Any) -> Any:
    if not parameter.is_list:
        return _scalar(parameter, value)
    if not isinstance(value, list):
        raise _refused(parameter, value)
    return [_scalar(parameter, each) for each in value]


def _scalar(parameter: Parameter, value: Any) -> Any:
    if value is None:
        return None
    if parameter.type == "datetime":
        return _moment(parameter, value)
    kinds = _TYPES[parameter.type]
    if type(value) not in kinds:
        raise _refused(parameter, value)
    return float(value) if float in kinds else value


def _moment(parameter: Parameter, value: Any) -> Any:
    try:
        moment = np.datetime64(value).item()
    except (ValueError, TypeError):
        raise _refused(parameter, value) from None
    if isinstance(moment, int):
        raise _refused(parameter, value)
    return moment


def _refused(parameter: Parameter, value: Any) -> RequestError:
    kind = f"a list of {parameter.type}" if parameter.is_list else parameter.type
    message = f"The parameter {parameter.name!r} is {kind}, not {type(value).__name__}"
    return RequestError(message, INVALID_PARAMETER_VALUE)
