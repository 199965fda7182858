"""Model parameters as they travel: a list of NumPy arrays of plain numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fedbake_actors.errors import UserCodeError

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    Arrays = list[NDArray[Any]]

_NUMBERS = "biufc"


def checked_arrays(value: object) -> Arrays:
    """The parameters a repository returned, when they can be averaged and sent.

    Raises:
        UserCodeError: they are not a non-empty list of numeric NumPy arrays; says which element is not.
    """
    if not isinstance(value, (list, tuple)) or not value:
        raise UserCodeError(
            f"ModelManager.get_model_parameters() must return a list of NumPy arrays, not {_kind(value)}"
        )
    for index, array in enumerate(value):
        if not isinstance(array, (np.ndarray, np.generic)) or array.dtype.kind not in _NUMBERS:
            raise UserCodeError(
                f"ModelManager.get_model_parameters() must return a list of NumPy arrays of numbers, "
                f"but element {index} is {_kind(array)}"
            )
    return [np.asarray(array) for array in value]


def first_difference(before: Arrays, after: Arrays) -> str | None:
    """What differs between two lists of parameters, as half a sentence; ``None`` when they are equal."""
    if len(before) != len(after):
        return f"{len(before)} arrays became {len(after)}"
    for index, old in enumerate(before):
        new = after[index]
        if old.shape != new.shape or old.dtype != new.dtype:
            return f"array {index} was {old.dtype}{list(old.shape)} and became {new.dtype}{list(new.shape)}"
        if not np.array_equal(old, new) and not np.array_equal(np.nan_to_num(old), np.nan_to_num(new)):
            return f"array {index} has other values"
    return None


def _kind(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    return "an empty list" if value in ([], ()) else f"a {type(value).__module__}.{type(value).__name__}"
