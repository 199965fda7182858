"""What goes into a model: its shape and types, never its values, so that a model can be logged with a signature.

A learner sees it while its model evaluates; the aggregator, which has no data, makes an example of zeros from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

# How scikit-learn's estimators are asked for an answer.
_METHODS = ("predict", "predict_proba", "decision_function", "score", "transform")
_LONGEST = 100_000


class Observed:
    """The schema of the first input a model got, as JSON; ``None`` before."""

    schema: str | None = None

    def take(self, value: Any) -> None:
        """Take note of an input, unless there was one before."""
        if self.schema is None:
            self.schema = described(value)


@contextmanager
def observed(model: Any) -> Iterator[Observed]:
    """Watch what goes into a model while a block runs; the model is as before after it."""
    seen = Observed()
    undo = _watched(model, seen.take)
    try:
        yield seen
    finally:
        undo()


def described(value: Any) -> str | None:
    """The schema of a value; ``None`` for anything but arrays, tensors and data frames of numbers, booleans and texts.

    It is ``{"array": {"dtype": ..., "shape": ...}}`` without the first axis, or ``{"columns": [[name, dtype], ...]}``.
    """
    if hasattr(value, "columns") and hasattr(value, "dtypes"):
        text = json.dumps({"columns": [[str(name), str(kind)] for name, kind in value.dtypes.items()]})
        return text if len(text) <= _LONGEST else None
    shape, kind = getattr(value, "shape", None), str(getattr(value, "dtype", "")).replace("torch.", "")
    if not shape or not _is_number(kind):
        return None
    return json.dumps({"array": {"dtype": kind, "shape": [int(size) for size in shape[1:]]}})


def example(schema: str) -> Any:
    """One row of zeros (of empty texts) with this schema: an array, or a ``pandas.DataFrame`` where columns have names.

    Raises:
        ValueError: it is not such a schema.
    """
    try:
        found = json.loads(schema)
        if "array" in found:
            return np.zeros([1, *found["array"]["shape"]], dtype=found["array"]["dtype"])
        columns = dict(found["columns"])
        import pandas as pd

        return pd.DataFrame({name: [_zero(kind)] for name, kind in columns.items()}).astype(columns)
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no schema of an input: {schema[:200]}") from error


def _watched(model: Any, take: Callable[[Any], None]) -> Callable[[], None]:
    """Let ``take`` see the inputs of a model; what ends that."""
    if hasattr(model, "register_forward_pre_hook"):
        handle = model.register_forward_pre_hook(lambda _, inputs: take(inputs[0]) if inputs else None)
        end: Callable[[], None] = handle.remove
        return end
    replaced = [name for name in _METHODS if callable(getattr(model, name, None)) and name not in vars(model)]
    for name in replaced if hasattr(model, "get_params") else []:
        setattr(model, name, _telling(getattr(model, name), take))
    return lambda: _restore(model, replaced)


def _telling(method: Callable[..., Any], take: Callable[[Any], None]) -> Callable[..., Any]:
    def call(first: Any, *others: Any, **named: Any) -> Any:
        take(first)
        return method(first, *others, **named)

    return call


def _restore(model: Any, names: list[str]) -> None:
    for name in names:
        vars(model).pop(name, None)


def _is_number(kind: str) -> bool:
    try:
        return np.dtype(kind).kind in "biuf"
    except TypeError:
        return False


def _zero(kind: str) -> Any:
    return np.zeros(1, dtype=kind)[0] if _is_number(kind) else ""
