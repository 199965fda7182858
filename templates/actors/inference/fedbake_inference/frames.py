"""Inputs for models that take pandas data frames: those with a signature of columns, and those without a signature.

The only module that knows pandas. Types are cast and refused as MLflow's scoring server does it.
Source: https://mlflow.org/docs/latest/ml/model/signatures/ ("Signature enforcement")
"""

# ruff: noqa: D102 -- Inputs says what its methods do

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from fedbake_inference.errors import RequestError, UnsupportedTypeError, mismatch
from fedbake_inference.inputs import Casts, Inputs, by_column, by_row, conversion
from fedbake_inference.signature import Column
from fedbake_inference.tables import NO_PARQUET, SPLIT_KEYS


class FrameInputs(Inputs):
    """Reads inputs into data frames of the signature's columns; without a signature, arrays stay arrays."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        casts = [partial(_array, dtype=column.dtype) for column in self._columns]
        self._casts = Casts(
            first=casts[0] if casts else np.array,
            named={column.name: cast for column, cast in zip(self._columns, casts) if column.name},
            known=bool(casts),
        )

    def csv(self, text: str) -> Any:
        # Dates are read as texts, since pandas reads no dates by their type.
        types = {
            column.name or at: object if column.type == "datetime" else _frame_type(column)
            for at, column in enumerate(self._columns)
        }
        frame = from_csv(text, types)
        dates = [column for column in self._columns if column.type == "datetime"]
        return self._enforced(self._cast(frame, dates))

    def parquet(self, content: bytes) -> Any:
        return self._enforced(from_parquet(content))

    def split(self, value: Any) -> Any:
        if not isinstance(value, dict) or "data" not in value or set(value) - SPLIT_KEYS:
            raise RequestError(
                "Invalid input. dataframe_split must be an object with 'data' and optionally 'columns' and 'index'"
            )
        return self._made(value["data"], columns=value.get("columns"), index=value.get("index"))

    def records(self, value: Any) -> Any:
        if not isinstance(value, list):
            raise RequestError("Invalid input. dataframe_records must be a list of records")
        return self._made(value)

    def instances(self, value: Any) -> Any:
        required = {column.name for column in self._columns if column.required}
        return self._enforced(by_row(value, self._casts, lambda name: not self._casts.named or name in required))

    def inputs(self, value: Any) -> Any:
        return self._enforced(by_column(value, self._casts))

    def tensors(self, named: Mapping[str, Any]) -> Any:
        if len(named) == 1 and not self._casts.named:
            return self._enforced(next(iter(named.values())))
        flat = {name: array.reshape(len(array)) if array.size == len(array) else array for name, array in named.items()}
        return self._enforced(flat if self._columns else _frame(flat))

    def _made(self, data: Any, **named: Any) -> Any:
        """A data frame of values from JSON."""
        try:
            frame = pd.DataFrame(data=data, **named)
        except Exception as error:
            # pandas raises what its constructors raise; all of it is about the values.
            raise RequestError(f"Invalid input. The values are not those of a table: {error}") from error
        return self._enforced(self._cast(frame, self._columns))

    def _cast(self, frame: Any, columns: Sequence[Column]) -> Any:
        """A frame with the columns' values in the types of the signature, as far as they can be converted."""
        for at, column in enumerate(columns):
            name = column.name if column.name else frame.columns[at] if at < len(frame.columns) else None
            if name not in frame.columns:
                continue
            try:
                frame[name] = _cast(frame[name], column)
            except Exception as error:
                # Conversions of pandas and NumPy raise errors of many kinds; all of them are about the values.
                message = f"Invalid input. Column {name!r} cannot be converted to {column.type}: {error}"
                raise RequestError(message) from error
        return frame

    def _enforced(self, data: Any) -> Any:
        """A data frame that has the signature's columns, in their order and with their types."""
        if not self._columns:
            return data
        frame = data if isinstance(data, pd.DataFrame) else _frame(data)
        if not self._casts.named:
            if len(frame.columns) < len(self._columns):
                raise mismatch(f"it has {len(frame.columns)} of {len(self._columns)} columns")
            pairs = list(zip(frame.columns, self._columns))
        else:
            missing = [column.name for column in self._columns if column.required and column.name not in frame.columns]
            if missing:
                raise mismatch(f"these columns are missing: {missing}")
            pairs = [(column.name, column) for column in self._columns if column.name in frame.columns]
        return pd.DataFrame({name: _of_type(frame[name], name, column) for name, column in pairs})


def from_csv(text: str, types: Mapping[Any, Any]) -> Any:
    """A data frame from CSV, with the types that are known by name or by number.

    Raises:
        RequestError: it is not CSV, or its values have other types.
    """
    try:
        return pd.read_csv(io.StringIO(text), dtype=dict(types) or None)
    except Exception as error:
        # pandas raises what its parsers raise; all of it is about the text.
        raise RequestError(f"Failed to parse the input as CSV: {error}") from error


def from_parquet(content: bytes) -> Any:
    """A data frame from a Parquet file.

    Raises:
        RequestError: it is not one.
        UnsupportedTypeError: the image has no pyarrow.
    """
    try:
        return pd.read_parquet(io.BytesIO(content))
    except ImportError as error:
        raise UnsupportedTypeError(NO_PARQUET) from error
    except Exception as error:
        # pandas raises what its parsers raise; all of it is about the content.
        raise RequestError(f"Failed to parse the input as a Parquet file: {error}") from error


def _array(value: Any, dtype: Any) -> Any:
    """Values, or a single value, of a column's type."""
    return np.array(value, dtype) if isinstance(value, (list, np.ndarray)) else np.array([value], dtype)[0]


def _frame(data: Any) -> Any:
    """A data frame of arrays; those of more than one dimension become lists."""
    if isinstance(data, dict):
        if all(np.ndim(each) == 0 for each in data.values()):
            data = [data]
        else:
            data = {name: each.tolist() if np.ndim(each) > 1 else each for name, each in data.items()}
    elif np.ndim(data) == 0:
        data = [data]
    try:
        return pd.DataFrame(data)
    except (ValueError, TypeError) as error:
        raise mismatch(f"it is not a table of columns: {error}") from error


def _frame_type(column: Column) -> Any:
    return object if column.type in ("string", "binary") else column.dtype


def _cast(values: Any, column: Column) -> Any:
    """A column from JSON in the type of the signature; binary values are Base64."""
    if column.type == "binary":
        return values.map(lambda each: base64.decodebytes(bytes(each, "utf8")))
    if column.type == "datetime":
        return pd.to_datetime(values).astype(column.dtype)
    if column.type == "string" and values.dtype.kind not in "biufcmM":
        return values
    return values.astype(_frame_type(column))


def _of_type(values: Any, name: Any, column: Column) -> Any:
    """A column in the signature's type, when that is a conversion MLflow calls safe."""
    if getattr(values, "ndim", 1) != 1:
        raise mismatch(f"the column {name!r} is there twice")
    if values.dtype == object and column.type not in ("string", "binary"):
        values = values.infer_objects()
    kind, wanted = values.dtype.kind, column.dtype
    is_text = kind in "OUT" or isinstance(values.dtype, pd.StringDtype)
    if column.type in ("string", "binary"):
        if is_text or kind == wanted.kind:
            return values
    elif values.dtype == wanted or (column.type == "boolean" and kind == "O"):
        return values
    elif column.type == "datetime":
        if kind in "MO":
            with conversion():
                return values.astype(wanted)
    elif _is_safe(values, wanted):
        return values.astype(wanted)
    raise mismatch(f"column {name!r} has the type {values.dtype}, which is not converted to {column.type}")


def _is_safe(values: Any, wanted: Any) -> bool:
    kind, size = values.dtype.kind, getattr(values.dtype, "itemsize", 0)
    if kind == wanted.kind:
        return bool(size <= wanted.itemsize)
    if kind == "u" and wanted.kind == "i":
        return bool(size < wanted.itemsize)
    if kind in "iu" and wanted == np.float64 and size <= 4:
        return True
    # MLflow makes an exception for columns of zeros and ones.
    return bool(kind == "i" and wanted.kind == "f" and values.isin([0, 1]).all())
