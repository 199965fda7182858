"""What a federation with everything around it has left: used by ``make demo-full`` and by the tests."""

import json
from dataclasses import dataclass
from typing import Any

from e2e.main_job import PROJECT, reference, run_image
from e2e.surroundings import SCRIPTS, Surroundings, run_script
from fedbake.bake.result import BakeResult
from fedbake.names import Platform, Role


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """One run in MLflow; ``artifacts`` are the names right below its root."""

    id: str
    name: str
    revision: str
    accuracy: float
    artifacts: list[str]


@dataclass(frozen=True, slots=True)
class Tracked:
    """A project in MLflow: one run for each round, in order; the last one has the model."""

    experiment_id: str
    runs: tuple[TrackedRun, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model says of the handwritten digits.

    Attributes:
        inputs: its input schema, as MLflow writes it.
        right: share of all digits it is right about.
        first: what it says of the first five, which show 0, 1, 2, 3 and 4.
    """

    inputs: list[dict[str, Any]]
    right: float
    first: list[int]


def success(around: Surroundings) -> dict[str, Any]:
    """What the manager was told at the end."""
    return around.broker.wait_for("flops_manager/aggregator/success")


def tracked(around: Surroundings) -> Tracked:
    """Look into MLflow as an independent client."""
    found = json.loads(run_script("look_at_runs.py", around.tracking.uri, PROJECT))
    return Tracked(found["experiment_id"], tuple(TrackedRun(**run) for run in found["runs"]))


def answered(around: Surroundings, baked: BakeResult, platform: Platform, run_id: str) -> Answers:
    """Load the model of a run where the repository cannot be imported, and ask it about all digits.

    The aggregator's environment does it, since it has MLflow and the framework; its own model is another process's.
    """
    mounts = {SCRIPTS / "ask_model.py": "/ask_model.py", around.answers: "/digits.json"}
    volumes = (word for source, target in mounts.items() for word in ("--volume", f"{source}:{target}:ro"))
    command = ("python", "-I", "/ask_model.py", around.tracking.uri, run_id, "/digits.json")
    image = reference(baked, Role.AGGREGATOR)
    done = run_image(image, platform, *command, options=("--network", "host", "--workdir", "/tmp", *volumes))
    assert done.code == 0, done.stderr
    return Answers(**json.loads(done.text.splitlines()[-1]))
