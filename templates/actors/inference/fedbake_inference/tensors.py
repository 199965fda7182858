"""Inputs for models that take arrays: those with a signature of tensors, and those without a signature."""

# ruff: noqa: D102 -- Inputs says what its methods do

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from fedbake_inference import tables
from fedbake_inference.errors import mismatch
from fedbake_inference.inputs import Casts, Inputs, by_column, by_row, conversion
from fedbake_inference.signature import Tensor
from fedbake_inference.tables import Table


class TensorInputs(Inputs):
    """Reads inputs into arrays; tables as well, when there is a signature. Needs NumPy only."""

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self._tensors = tuple(tensors)
        casts = [partial(np.array, dtype=tensor.dtype) for tensor in self._tensors]
        names = [tensor.name for tensor in self._tensors]
        self._casts = Casts(
            first=casts[0] if casts else np.array,
            named={name: cast for name, cast in zip(names, casts) if name},
            known=bool(casts),
        )

    def csv(self, text: str) -> Any:
        return self._table(self._cast(tables.from_csv(text)))

    def parquet(self, content: bytes) -> Any:
        # Its columns have types of their own, so they are not cast.
        return self._table(tables.from_parquet(content))

    def split(self, value: Any) -> Any:
        return self._table(self._cast(tables.from_split(value)))

    def records(self, value: Any) -> Any:
        return self._table(self._cast(tables.from_records(value)))

    def instances(self, value: Any) -> Any:
        return self._checked(
            by_row(value, self._casts, lambda name: not self._casts.named or name in self._casts.named)
        )

    def inputs(self, value: Any) -> Any:
        return self._checked(by_column(value, self._casts))

    def tensors(self, named: Mapping[str, Any]) -> Any:
        if not self._casts.named:
            if len(named) != 1:
                raise mismatch(f"it takes one tensor, not {len(named)}")
            only = next(iter(named.values()))
            return self._checked(_converted(only, self._tensors[0]) if self._tensors else only)
        known = {tensor.name: tensor for tensor in self._tensors}
        return self._checked({name: _converted(each, known[name]) for name, each in named.items() if name in known})

    def _cast(self, table: Table) -> Table:
        """A table whose cells are of the type of the one tensor there is; lists in them stay as they are."""
        if len(self._tensors) != 1 or self._casts.named:
            return table
        with conversion():
            return Table({
                name: column if len(column) and isinstance(column[0], list) else self._casts.first(column)
                for name, column in table.columns.items()
            })  # fmt: skip

    def _table(self, table: Table) -> Any:
        if not self._tensors:
            return table
        if self._casts.named:
            _check_names(table.columns, self._casts.named)
            return {each.name: _from_column(table.columns[each.name], each) for each in self._tensors}
        only = self._tensors[0]
        if not len(table):
            raise mismatch("the table is empty")
        if len(table.columns) == 1:
            return _from_column(next(iter(table.columns.values())), only)
        if only.shape != (-1, len(table.columns)):
            raise mismatch(f"a table of {len(table.columns)} columns is not a tensor of the shape {only.shape}")
        if not all(np.isscalar(column[0]) for column in table.columns.values()):
            raise mismatch("a cell of a table of many columns is a single value")
        with conversion():
            matrix = table.matrix()
        return _shaped(matrix, only)

    def _checked(self, arrays: Any) -> Any:
        """What was read, when its shapes are those of the signature."""
        if not self._tensors:
            return arrays
        if self._casts.named:
            if not isinstance(arrays, dict):
                raise mismatch("it takes an object with a tensor for each name")
            _check_names(arrays, self._casts.named)
            return {tensor.name: _shaped(arrays[tensor.name], tensor) for tensor in self._tensors}
        if not isinstance(arrays, np.ndarray):
            raise mismatch("it takes one tensor without a name")
        return _shaped(arrays, self._tensors[0])


def _converted(array: Any, tensor: Tensor) -> Any:
    """A tensor in the signature's type, where that loses nothing but precision."""
    if not np.can_cast(array.dtype, tensor.dtype, "same_kind"):
        raise mismatch(f"values of the type {array.dtype} are not {tensor.dtype}")
    return array.astype(tensor.dtype)


def _check_names(given: Mapping[Any, Any], needed: Mapping[str, Any]) -> None:
    missing = [name for name in needed if name not in given]
    if missing:
        raise mismatch(f"these inputs are missing: {missing}")


def _from_column(cells: Sequence[Any], tensor: Tensor) -> Any:
    """A column as a tensor: numbers, or in each cell a row of it as a flat list."""
    if tensor.shape[0] != -1 or -1 in tensor.shape[1:]:
        raise mismatch(f"a column of a table cannot be a tensor of the shape {tensor.shape}")
    if not len(cells):
        raise mismatch("the table is empty")
    is_flat = np.isscalar(cells[0])
    if is_flat and tensor.shape not in ((-1,), (-1, 1)):
        raise mismatch(f"a column of single values is not a tensor of the shape {tensor.shape}")
    is_list = isinstance(cells[0], (list, np.ndarray)) and len(cells[0]) > 0
    if not is_flat and not (is_list and np.isscalar(cells[0][0])):
        raise mismatch("a cell is neither a value nor a flat list of values")
    with conversion():
        array = np.array(cells, tensor.dtype) if is_flat else np.vstack(list(cells)).astype(tensor.dtype)
        array = array.reshape(tensor.shape)
    if len(array) != len(cells):
        raise mismatch(f"the lists of a column do not make up a tensor of the shape {tensor.shape}")
    return array


def _shaped(array: Any, tensor: Tensor) -> Any:
    """An array whose shape is the signature's. Tensors of objects, and ragged ones, are taken as they are."""
    is_object = array.dtype == np.dtype(object)
    if tensor.dtype == np.dtype(object) and tensor.shape == (-1,):
        return array
    if is_object and array.ndim == 1 and -1 in tensor.shape[1:]:
        return array
    fits = len(tensor.shape) == array.ndim and all(want in (-1, have) for want, have in zip(tensor.shape, array.shape))
    if not fits:
        raise mismatch(f"its shape {array.shape} is not {tensor.shape}")
    if array.dtype.kind != tensor.dtype.kind or (array.dtype.kind not in "US" and array.dtype != tensor.dtype):
        raise mismatch(f"its type {array.dtype} is not {tensor.dtype}")
    return array
