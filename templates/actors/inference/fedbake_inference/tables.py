"""Tables without pandas, for models that take arrays: columns with names, read from JSON, CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fedbake_inference.errors import RequestError, UnsupportedTypeError

NO_PARQUET = "This server was built without pyarrow, so it reads no Parquet files"
SPLIT_KEYS = frozenset({"columns", "data", "index"})
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True)
class Table:
    """Columns of one length, each a list or an array."""

    columns: Mapping[Any, Sequence[Any]]

    def __len__(self) -> int:
        return max((len(column) for column in self.columns.values()), default=0)

    def matrix(self) -> Any:
        """The cells as an array of rows; of objects where some are texts, as a data frame would give them.

        Raises:
            ValueError, TypeError: they are not of one shape.
        """
        cells = np.array([np.asarray(column) for column in self.columns.values()])
        return (cells if cells.dtype.kind != "U" else np.array(list(self.columns.values()), object)).T


def from_split(value: Any) -> Table:
    """A table from ``dataframe_split``.

    Raises:
        RequestError: it is not in that form.
    """
    if not isinstance(value, dict) or "data" not in value or set(value) - SPLIT_KEYS:
        raise RequestError(
            "Invalid input. dataframe_split must be an object with 'data' and optionally 'columns' and 'index'"
        )
    rows = value["data"]
    if not isinstance(rows, list):
        raise RequestError("Invalid input. 'data' of dataframe_split must be a list of rows")
    return _table(rows, value.get("columns"))


def from_records(value: Any) -> Table:
    """A table from ``dataframe_records``; what a record leaves out is NaN.

    Raises:
        RequestError: it is not in that form.
    """
    if not isinstance(value, list):
        raise RequestError("Invalid input. dataframe_records must be a list of records")
    if not value or not isinstance(value[0], dict):
        return _table(value, None)
    if not all(isinstance(record, dict) for record in value):
        raise RequestError("Invalid input. dataframe_records must not mix objects with other values")
    names = dict.fromkeys(name for record in value for name in record)
    return Table({name: [record.get(name, np.nan) for record in value] for name in names})


def from_csv(text: str) -> Table:
    """A table from CSV: whole numbers, numbers, truth values, or texts, whatever fits all cells of a column.

    Raises:
        RequestError: it has no header, or a row with another number of cells.
    """
    try:
        rows = [row for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) if row]
    except csv.Error as error:
        raise RequestError(f"Failed to parse the input as CSV: {error}") from error
    if not rows:
        raise RequestError("Failed to parse the input as CSV: it has no header")
    names, cells = _distinct(rows[0]), rows[1:]
    for number, row in enumerate(cells, start=2):
        if len(row) != len(names):
            raise RequestError(f"Failed to parse the input as CSV: row {number} has {len(row)} of {len(names)} cells")
    whole = _numbers(cells) if cells else np.empty((0, len(names)))
    if whole is not None:
        return Table(dict(zip(names, whole.T)))
    return Table({name: _typed([row[at] for row in cells]) for at, name in enumerate(names)})


def from_parquet(content: bytes) -> Table:
    """A table from a Parquet file.

    Raises:
        RequestError: it is not one.
        UnsupportedTypeError: the image has no pyarrow.
    """
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise UnsupportedTypeError(NO_PARQUET) from error
    try:
        table = parquet.read_table(io.BytesIO(content))
        index = (table.schema.pandas_metadata or {}).get("index_columns", [])
        return Table({name: table[name].to_numpy() for name in table.column_names if name not in index})
    except (ArrowException, OSError, ValueError) as error:
        raise RequestError(f"Failed to parse the input as a Parquet file: {error}") from error


def _table(rows: list[Any], names: Any) -> Table:
    cells = [row if isinstance(row, list) else [row] for row in rows]
    width = max(map(len, cells), default=len(names or ()))
    cells = [row + [np.nan] * (width - len(row)) for row in cells]
    if names is None:
        names = range(width)
    elif not isinstance(names, list) or len(names) != width or not _are_different(names):
        raise RequestError("Invalid input. 'columns' must be a list with one name for each cell of a row")
    return Table({name: [row[at] for row in cells] for at, name in enumerate(names)})


def _distinct(names: list[str]) -> list[str]:
    """Names of a header; one that is there before gets its number, as pandas does it."""
    return [f"{name}.{names[:at].count(name)}" if name in names[:at] else name for at, name in enumerate(names)]


def _are_different(names: list[Any]) -> bool:
    return all(isinstance(name, (str, int, float)) for name in names) and len(set(names)) == len(names)


def _typed(cells: list[str]) -> Sequence[Any]:
    numbers: Sequence[Any] | None = _numbers(cells)
    if numbers is not None:
        return numbers
    return [_WORDS[cell] for cell in cells] if all(cell in _WORDS for cell in cells) else cells


def _numbers(cells: Any) -> Any:
    """The cells as whole numbers, else as numbers with NaN for empty ones; ``None`` when there are others."""
    texts = np.char.strip(np.array(cells))
    for kind in (np.int64, np.float64):
        try:
            return np.where(texts == "", "nan", texts).astype(kind)
        except (ValueError, OverflowError):
            continue
    return None
