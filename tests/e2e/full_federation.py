"""A federation with everything around it, and what is left of it: used by ``make demo-full`` and by the tests."""

import json
from dataclasses import dataclass
from typing import Any

from e2e.main_job import PROJECT
from e2e.surroundings import Surroundings, run_script


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """One run in MLflow, as somebody sees it who has nothing of the repository."""

    id: str
    name: str
    revision: str
    accuracy: float
    artifacts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tracked:
    """A project in MLflow.

    Attributes:
        runs: one for each round, in order; the last one has the model.
        inputs: the model's input schema, as MLflow writes it.
        right: share of all handwritten digits the model is right about.
        predictions: what it says of the first five of them.
    """

    experiment_id: str
    runs: tuple[TrackedRun, ...]
    inputs: list[dict[str, Any]]
    right: float
    predictions: list[int]


def tracked(around: Surroundings) -> Tracked:
    """Look into MLflow and load the model there, as an independent client."""
    found = json.loads(run_script("look_at_runs.py", around.tracking.uri, PROJECT).splitlines()[-1])
    runs = tuple(TrackedRun(**{**run, "artifacts": tuple(run["artifacts"])}) for run in found.pop("runs"))
    return Tracked(runs=runs, **found)


def success(around: Surroundings) -> dict[str, Any]:
    """What the manager was told at the end."""
    return around.broker.wait_for("flops_manager/aggregator/success")
