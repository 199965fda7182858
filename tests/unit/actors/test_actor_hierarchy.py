"""A root, two clusters and their learners, for real: what comes out is what the sums by hand say."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from actor_environments import environment
from actor_images import aggregator_arguments, image_folder, learner_arguments, repository, variables

from e2e.federation import FederationResult, Participant, run_federation
from ports import free_port

# Each learner halves what it gets and adds its number: short enough to follow with a pencil.
MODEL = """
import json
import os

import numpy as np


class ModelManager:
    def __init__(self):
        self.weight = np.zeros(1)

    def set_model_data(self):
        self.number = int(os.environ["LEARNER"])
        self._log("data", 0.0)

    def get_model(self):
        return self.weight

    def get_model_parameters(self):
        return [self.weight]

    def set_model_parameters(self, parameters):
        self.weight = parameters[0]

    def fit_model(self):
        self._log("fit", float(self.weight[0]))
        self.weight = self.weight / 2 + self.number
        return 10 * self.number

    def evaluate_model(self):
        return float(self.weight[0]), 0.1 * self.number, 10 * self.number

    def _log(self, event, value):
        with open(os.environ["EVENTS"], "a") as log:
            log.write(json.dumps([self.number, event, value]) + "\\n")
"""
DATA = """
class DataManager:
    def get_data(self):
        return None

    def _prepare_data(self):
        return None
"""
CLUSTERS = {"east": (1, 2), "west": (3, 4)}
CYCLES, ROUNDS = 2, 2


def by_hand() -> tuple[list[float], list[float], list[float]]:
    """What every round of every cycle starts with in the east, and the root's losses and accuracies."""
    weight, starts, losses, accuracies = 0.0, [], [], []
    for _ in range(CYCLES):
        trained, measured = {}, {}
        for name, learners in CLUSTERS.items():
            own, seen = weight, []
            for _ in range(ROUNDS):
                if name == "east":
                    starts.append(own)
                own = mean({number: own / 2 + number for number in learners})
                seen.append(own)
            trained[name], measured[name] = own, sum(seen) / len(seen)
        examples = {name: sum(learners) for name, learners in CLUSTERS.items()}
        total = sum(examples.values())
        weight = sum(examples[name] * trained[name] for name in CLUSTERS) / total
        losses.append(sum(examples[name] * measured[name] for name in CLUSTERS) / total)
        share = {name: mean({number: 0.1 * number for number in learners}) for name, learners in CLUSTERS.items()}
        accuracies.append(sum(examples[name] * share[name] for name in CLUSTERS) / total)
    return starts, losses, accuracies


def mean(values: Mapping[int, float]) -> float:
    """The mean, each value weighted with its learner's number."""
    return sum(number * value for number, value in values.items()) / sum(values)


@pytest.mark.parametrize(
    "requirements",
    [("flwr==1.6.0", "numpy==1.23.5", "protobuf==3.20.3"), ("flwr==1.25.0", "numpy==1.26.4")],
    ids=lambda requirements: requirements[0],
)
def test_two_cycles_of_two_rounds_end_with_what_a_pencil_says(requirements: tuple[str, ...], tmp_path: Path) -> None:
    result, events = hierarchy(environment(*requirements), tmp_path)
    assert result.completed, result.report()
    starts, losses, accuracies = by_hand()
    assert result.summary is not None
    assert result.summary.loss == pytest.approx(losses)
    assert result.summary.accuracy == pytest.approx(accuracies)
    # Learner 1 is in the east: the first start of its second cycle is what the root made of both clusters.
    assert [value for number, event, value in events if (number, event) == (1, "fit")] == pytest.approx(starts)
    assert sum(event == "data" for number, event, _ in events if number == 1) == CYCLES
    assert "Traceback" not in result.report()


def hierarchy(python: Path, tmp_path: Path) -> tuple[FederationResult, list[tuple[int, str, float]]]:
    """Run all seven actors natively; how they ended, and what the learners saw."""
    written = repository(tmp_path, {"model_manager": MODEL, "data_manager": DATA})
    leading, learning = image_folder("aggregator", written, tmp_path), image_folder("learner", written, tmp_path)
    ports = {name: free_port() for name in ("root", *CLUSTERS)}
    events = tmp_path / "events"
    patience = {"FEDBAKE_CONNECT_SECONDS": "60", "FEDBAKE_LEARNERS_SECONDS": "60"}

    def aggregator(name: str, kind: str, rounds: int, *root: str) -> Participant:
        words = [kind if word == "CLASSIC_AGGREGATOR" else word for word in aggregator_arguments(rounds, 2)]
        *positional, switch = words
        env = variables(FEDBAKE_PORT=str(ports[name]), **patience)
        return Participant(name, (str(python), "main.py", *positional, *root, switch), env, leading)

    learners = [
        Participant(
            f"learner-{number}",
            (str(python), "main.py", *learner_arguments(ports[name])),
            variables(LEARNER=str(number), EVENTS=str(events), **patience),
            learning,
        )
        for name, numbers in CLUSTERS.items()
        for number in numbers
    ]
    root = aggregator("root", "ROOT_AGGREGATOR", CYCLES)
    clusters = [aggregator(name, "CLUSTER_AGGREGATOR", ROUNDS, f"127.0.0.1:{ports['root']}") for name in CLUSTERS]
    result = run_federation(root, [*clusters, *learners], CYCLES, timeout=120)
    lines = events.read_text(encoding="utf-8").splitlines()
    return result, [tuple(json.loads(line)) for line in lines]
