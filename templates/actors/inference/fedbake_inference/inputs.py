"""From the parts of a request to what a model takes: the interface, and how JSON values become arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fedbake_inference.errors import RequestError

if TYPE_CHECKING:
    Cast = Callable[[Any], Any]


class Inputs(ABC):
    """Reads the input of a request in each of its forms; the result is what the model's ``predict`` takes.

    Every method raises ``RequestError`` for an input that cannot be read or that the signature does not allow.
    """

    @abstractmethod
    def csv(self, text: str) -> Any:
        """Comma-separated values, the first line being the header."""

    @abstractmethod
    def parquet(self, content: bytes) -> Any:
        """A Parquet file."""

    @abstractmethod
    def split(self, value: Any) -> Any:
        """``dataframe_split``: an object with ``data``, and optionally ``columns`` and ``index``."""

    @abstractmethod
    def records(self, value: Any) -> Any:
        """``dataframe_records``: a list of objects."""

    @abstractmethod
    def instances(self, value: Any) -> Any:
        """``instances``: a tensor, or a list of objects, row by row."""

    @abstractmethod
    def inputs(self, value: Any) -> Any:
        """``inputs``: a tensor, or an object of them, column by column."""

    @abstractmethod
    def tensors(self, named: Mapping[str, Any]) -> Any:
        """The named tensors (NumPy arrays) of the V2 protocol."""

    def bare(self, document: Mapping[str, Any]) -> Any:  # noqa: ARG002
        """A whole document that is the input itself (the form language models take), or ``None`` where it is not."""
        return None


@dataclass(frozen=True)
class Casts:
    """How JSON values become arrays of the signature's types.

    Attributes:
        named: by the name of the input; empty when inputs have no names.
        first: for an input without a name; without a signature the values decide about the type.
        known: whether there is a signature.
    """

    first: Cast = np.array
    named: Mapping[str, Cast] = field(default_factory=dict)
    known: bool = False

    def of(self, name: str) -> Cast:
        """How the values of a named input are converted; as they are when the signature does not know it."""
        return self.named.get(name, np.array)


def by_row(value: Any, casts: Casts, same_length: Callable[[str], bool]) -> Any:
    """``instances`` as arrays: a list of objects becomes an object of arrays.

    Raises:
        RequestError: a value has not the type of the signature, or rows differ in their names.
    """
    with conversion():
        if not (isinstance(value, list) and value and isinstance(value[0], dict)):
            arrays = _by_column(value, casts)
        else:
            columns: dict[str, list[Any]] = {}
            for row in value:
                for name, cell in row.items():
                    columns.setdefault(name, []).append(casts.of(name)(cell))
            arrays = {name: np.array(cells) for name, cells in columns.items()}
    if isinstance(arrays, dict):
        lengths = {len(array) for name, array in arrays.items() if same_length(name) and np.ndim(array)}
        if len(lengths) > 1:
            raise RequestError("Invalid input. The inputs do not have the same number of values")
    return arrays


def by_column(value: Any, casts: Casts) -> Any:
    """``inputs`` as arrays.

    Raises:
        RequestError: a value has not the type of the signature.
    """
    with conversion():
        return _by_column(value, casts)


def _by_column(value: Any, casts: Casts) -> Any:
    if len(casts.named) == 1 and isinstance(value, list) and not any(isinstance(each, dict) for each in value):
        value = {next(iter(casts.named)): value}
    elif casts.known and not casts.named and (value is None or isinstance(value, dict)):
        raise RequestError("Invalid input. The model takes one array or value without a name, not an object")
    if isinstance(value, dict):
        return {name: casts.of(name)(each) for name, each in value.items()}
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return [{name: casts.of(name)(cell) for name, cell in row.items()} for row in value]
    return casts.first(value)


@contextmanager
def conversion() -> Iterator[None]:
    """Answer what a conversion of values raises.

    Raises:
        RequestError: a value is not of the type that is needed, lists have different lengths, or there is no memory.
    """
    try:
        yield
    except (ValueError, TypeError, AttributeError, ArithmeticError, RecursionError, MemoryError) as error:
        raise RequestError(f"Invalid input. The values cannot be converted: {error}") from error
