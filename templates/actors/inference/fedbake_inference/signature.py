"""A model's signature, as MLflow writes it into ``MLmodel``: named columns, or tensors; and parameters.

Source: https://mlflow.org/docs/latest/ml/model/signatures/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fedbake_inference.errors import StartError

COLUMN_TYPES = {
    "boolean": "bool",
    "integer": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "string": "str",
    "binary": "bytes",
    "datetime": "datetime64[ns]",
}
"""MLflow's column types and NumPy's names for them."""


@dataclass(frozen=True)
class Column:
    """A column of the input.

    Attributes:
        name: ``None`` when columns are known by their order only.
        type: one of ``COLUMN_TYPES``, or one that is left to MLflow (``array``, ``object``, ``map``, ``any``).
        required: whether it may be left out.
    """

    name: str | None
    type: str
    required: bool = True

    @property
    def dtype(self) -> Any:
        """NumPy's type of the column."""
        return np.dtype(COLUMN_TYPES[self.type])


@dataclass(frozen=True)
class Tensor:
    """A tensor of the input; -1 stands for any size."""

    name: str | None
    dtype: Any
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Parameter:
    """A parameter a request may give beside the input.

    Attributes:
        type: one of ``COLUMN_TYPES``, or ``object``.
        default: its value when a request does not give it.
        is_list: whether it is a list of that type.
    """

    name: str
    type: str
    default: Any
    is_list: bool


@dataclass(frozen=True)
class Signature:
    """What a model takes and gives.

    Attributes:
        columns: set for a column-based signature.
        tensors: set for a tensor-based one. Neither is set when only parameters or outputs are known.
        parameters: ``None`` when the signature has no schema for them.
        outputs: names of the outputs; empty when they have none.
    """

    columns: tuple[Column, ...] = ()
    tensors: tuple[Tensor, ...] = ()
    parameters: tuple[Parameter, ...] | None = None
    outputs: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether all types are known here; others are MLflow's own business."""
        return all(column.type in COLUMN_TYPES for column in self.columns) and all(
            parameter.type in COLUMN_TYPES for parameter in self.parameters or ()
        )

    @classmethod
    def read(cls, block: Mapping[str, Any]) -> Signature | None:
        """The signature of ``MLmodel``; ``None`` when there is none.

        Raises:
            StartError: it is not one.
        """
        if not block:
            return None
        try:
            inputs, outputs, parameters = (json.loads(block.get(key) or "null") for key in _PARTS)
            tensors = [each for each in inputs or [] if each["type"] == "tensor"]
            if tensors and len(tensors) != len(inputs):
                raise ValueError("tensors and columns are mixed")
            return cls(
                columns=() if tensors else tuple(_column(each) for each in inputs or []),
                tensors=tuple(_tensor(each) for each in tensors),
                parameters=None if parameters is None else tuple(_parameter(each) for each in parameters),
                outputs=tuple(each["name"] for each in outputs or [] if each.get("name")),
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise StartError("the signature in MLmodel is not one MLflow writes", [repr(error)]) from error


_PARTS = ("inputs", "outputs", "params")


def _column(spec: Mapping[str, Any]) -> Column:
    return Column(spec.get("name"), str(spec["type"]), bool(spec.get("required", not spec.get("optional", False))))


def _tensor(spec: Mapping[str, Any]) -> Tensor:
    tensor = spec["tensor-spec"]
    return Tensor(spec.get("name"), np.dtype(tensor["dtype"]), tuple(int(size) for size in tensor["shape"]))


def _parameter(spec: Mapping[str, Any]) -> Parameter:
    kind = str(spec.get("type") or spec["dtype"])
    return Parameter(str(spec["name"]), kind, spec["default"], spec.get("shape") is not None)
