"""What a training round ended with, who is told of it, and the log an aggregator writes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from fedbake_actors.parameters import Arrays


@dataclass(frozen=True)
class Measurement:
    """What one evaluation found.

    Attributes:
        examples: how many were evaluated.
        input_schema: what goes into the model (``inputs.described``), where it was seen.
    """

    loss: float
    accuracy: float
    examples: int
    input_schema: str | None = None


@dataclass(frozen=True)
class RoundResult:
    """One finished round.

    Attributes:
        number: counted from 1.
        loss, accuracy: weighted means over the learners that evaluated; ``None`` when none did.
        trained, evaluated: learners whose results went in.
        examples, evaluated_examples: how many examples all of them trained with and evaluated together.
        failed: learners that were asked to train or to evaluate and did not answer.
        parameters: the model after this round.
        input_schema: what goes into the model, where a learner saw it.
    """

    number: int
    loss: float | None
    accuracy: float | None
    trained: int
    evaluated: int
    examples: int
    evaluated_examples: int
    failed: int
    parameters: Arrays = field(repr=False, compare=False)
    input_schema: str | None = None


class RoundObserver(Protocol):
    """Something that is told how a session goes, in order, in the aggregator's main thread."""

    def learners_awaited(self, number: int, connected: int, needed: int) -> None:
        """Take note that a round cannot go on before more learners are connected."""

    def round_finished(self, result: RoundResult) -> None:
        """Take note of a round."""


class RoundLog:
    """Writes a plain line per round, and can say at the end what all of them were."""

    def __init__(self, rounds: int, write: Callable[[str], None]) -> None:
        self._rounds = rounds
        self._write = write
        self._results: list[RoundResult] = []

    def learners_awaited(self, number: int, connected: int, needed: int) -> None:
        """Write what the session is waiting for."""
        self._write(f"round {number} of {self._rounds}: waiting for learners, {connected} of {needed} are connected")

    def round_finished(self, result: RoundResult) -> None:
        """Write the line of this round."""
        self._results.append(result)
        failed = f", {result.failed} failed" if result.failed else ""
        self._write(
            f"round {result.number} of {self._rounds}: loss {_shown(result.loss)}, accuracy {_shown(result.accuracy)} "
            f"({result.trained} learners trained, {result.evaluated} evaluated{failed})"
        )

    def summary(self) -> str:
        """All rounds as one line of JSON: ``{"rounds": n, "loss": [...], "accuracy": [...]}``.

        A value that was not measured, or is not a finite number, is ``null``.
        """
        return json.dumps(
            {
                "rounds": len(self._results),
                "loss": [_finite(result.loss) for result in self._results],
                "accuracy": [_finite(result.accuracy) for result in self._results],
            },
            allow_nan=False,
        )

    @property
    def final(self) -> dict[str, float]:
        """Accuracy and loss of the last round, as far as they are finite numbers."""
        last = self._results[-1] if self._results else None
        found = {"accuracy": last.accuracy, "loss": last.loss} if last else {}
        return {name: value for name, value in found.items() if value is not None and math.isfinite(value)}

    @property
    def measured(self) -> bool:
        """Whether any round was evaluated at all."""
        return any(result.evaluated for result in self._results)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _shown(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4f}"
