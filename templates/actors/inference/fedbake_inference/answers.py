"""Predictions as JSON, in the form MLflow's scoring server gives them."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Records:
    """Predictions for the rows of a table: an array whose columns have the names 0, 1, ... in the answer.

    What MLflow answers when a model that gives arrays was asked with a data frame.
    """

    values: Any

    def rows(self) -> list[dict[str, Any]]:
        """A JSON object for each row.

        Raises:
            ValueError: the array has more than two dimensions.
        """
        return [{str(at): cell for at, cell in enumerate(row)} for row in self.table().tolist()]

    def table(self) -> Any:
        """The array with two dimensions.

        Raises:
            ValueError: it has more of them.
        """
        array = np.asarray(self.values)
        if array.ndim not in (1, 2):
            raise ValueError(f"predictions of the shape {array.shape} are not a table")
        return array if array.ndim == 2 else array[:, np.newaxis]


def predictions(value: Any, is_bare: bool = False) -> bytes:
    """The body of an answer. NaN and infinities are written as ``json`` does, which is not standard JSON.

    Raises:
        TypeError, ValueError: a prediction cannot be written as JSON.
    """
    plain = _plain(value)
    return json.dumps(plain if is_bare else {"predictions": plain}, default=_encoded).encode()


def error(code: str, message: str) -> bytes:
    """The body of an answer to a request that failed."""
    return json.dumps({"error_code": code, "message": message}).encode()


def columns(value: Any) -> Mapping[str, Any]:
    """Predictions as arrays with names; an array alone has the name ``predictions``."""
    if isinstance(value, Records):
        return {str(at): column for at, column in enumerate(value.table().T)}
    if _is_frame(value):
        return {str(name): np.asarray(value[name]) for name in value.columns}
    if isinstance(value, Mapping):
        return {str(name): np.asarray(each) for name, each in value.items()}
    return {"predictions": np.asarray(value)}


def _is_frame(value: Any) -> bool:
    return hasattr(value, "to_dict") and hasattr(value, "columns")


def _plain(value: Any) -> Any:
    if isinstance(value, Records):
        return value.rows()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if hasattr(value, "to_frame") and hasattr(value, "to_dict"):
        value = value.to_frame()
    return value.to_dict(orient="records") if _is_frame(value) else value


def _encoded(value: Any) -> Any:
    """What ``json`` does not know: NumPy's types, bytes, moments, and pydantic's models."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (bytes, bytearray)):
        return base64.encodebytes(value).decode("ascii")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if hasattr(value, "model_dump"):
        return value.model_dump()
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")
