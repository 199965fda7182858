"""What an aggregator leaves in a real MLflow server: runs, the best model, and everything needed to load it again."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from actor_environments import environment
from actor_images import ACTORS, GOLDEN, federate, image_folder, variables
from fedbake_actors.inputs import described, example
from fedbake_actors.rounds import RoundResult
from fedbake_actors.tracking import Experiment, Tracker

from e2e.federation import FederationResult
from e2e.tracking_server import TrackingServer
from fedbake import process
from ports import free_port

DIGITS = GOLDEN / "sklearn-digits" / "repo"
SERVER = ("mlflow==2.12.1", "setuptools<82", "sqlalchemy<2.1")
ACTOR = (
    "flwr==1.25.0", "numpy==1.26.4", "scikit-learn==1.5.2", "scipy==1.14.1", "mlflow-skinny==2.22.5", "pandas==2.2.3",
)  # fmt: skip
# The oldest of the range in rules/dependencies/actor-runtime.yaml.
OLDEST = (*ACTOR[:4], "mlflow-skinny==2.12.1", "pandas==2.2.3", "setuptools==81.0.0")
LOOK = """
import json, sys
import mlflow, numpy
from mlflow import MlflowClient
mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
experiment = client.get_experiment_by_name("FLOps Project 66f0c1")
runs = sorted(client.search_runs([experiment.experiment_id]), key=lambda run: run.info.run_name)
artifacts = {run.info.run_id: [each.path for each in client.list_artifacts(run.info.run_id)] for run in runs}
with_model = [run for run in runs if artifacts[run.info.run_id]]
uri = f"runs:/{with_model[0].info.run_id}/logged_model_artifact"
model = mlflow.pyfunc.load_model(uri)
schema = model.metadata.get_input_schema()
print(json.dumps({
    "names": [run.info.run_name for run in runs],
    "metrics": [run.data.metrics for run in runs],
    "with_model": [run.info.run_name for run in with_model],
    "inputs": schema.to_dict() if schema else None,
    "predictions": [int(digit) for digit in model.predict(numpy.zeros((2, 64)))],
}))
"""

SIGN = """
import numpy
from fedbake_actors.tracking import signature
found = signature(numpy.zeros((1, 8, 8), "float32"), numpy.zeros((1, 10), "float32"))
print(found.inputs.to_dict(), found.outputs.to_dict())
"""
KEEP = """
import sys
from pathlib import Path
from fedbake_actors import ml_repo
from fedbake_actors.console import say
from fedbake_actors.rounds import RoundResult
from fedbake_actors.tracking import Experiment, Tracker
model = ml_repo.load_model(ml_repo.enter(Path.cwd()))
tracker = Tracker(Experiment(sys.argv[1], "66f0c1", "sklearn", {}), say)
tracker.round_finished(RoundResult(1, 0.5, 0.9, 1, 1, 10, 10, 0, model.parameters()))
tracker.keep_best(model, Path.cwd())
"""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackingServer]:
    with TrackingServer(environment(*SERVER), free_port(), tmp_path_factory.mktemp("mlflow")) as running:
        yield running


def train(requirements: tuple[str, ...], tmp_path: Path, uri: str) -> FederationResult:
    python = environment(*requirements)
    return federate(python, [python], DIGITS, tmp_path, mlflow=uri, ML_MODEL_FLAVOR="sklearn")


@pytest.mark.parametrize("requirements", [OLDEST, ACTOR], ids=lambda requirements: requirements[4])
def test_rounds_are_runs_and_the_best_model_loads_where_the_repository_is_not(
    server: TrackingServer, requirements: tuple[str, ...], tmp_path: Path
) -> None:
    result = train(requirements, tmp_path, server.uri)
    assert result.completed, result.report()
    found = look(server.uri)
    assert found["names"] == ["FLOps FL round 1", "FLOps FL round 2"]
    assert found["metrics"][-1]["accuracy"] == pytest.approx(result.accuracy)
    assert found["with_model"] == ["FLOps FL round 2"]
    assert found["inputs"][0]["tensor-spec"]["shape"] == [-1, 64]
    assert len(found["predictions"]) == 2


def test_a_server_that_comes_late_still_gets_the_model(tmp_path: Path) -> None:
    port, folder = free_port(), image_folder("aggregator", DIGITS, tmp_path)
    uri = f"http://127.0.0.1:{port}"
    argv = [str(environment(*ACTOR)), "-c", KEEP, uri]
    env = variables(PYTHONPATH=str(folder))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=env, cwd=folder, text=True) as aggregator:
        assert aggregator.stdout is not None
        assert aggregator.stdout.readline().startswith("round 1 is not in MLflow")
        with TrackingServer(environment(*SERVER), port, tmp_path):
            assert aggregator.wait(120) == 0
            assert look(uri)["with_model"] == ["FLOps FL round 1"]


def test_arrays_are_described_without_scipy() -> None:
    python = environment("numpy==1.26.4", "mlflow-skinny==2.22.5", "pandas==2.2.3")
    env = variables(PYTHONPATH=str(ACTORS / "shared"))
    done = process.run([str(python), "-c", SIGN], env=env, timeout=120)
    assert done.code == 0, done.stderr
    assert "'dtype': 'float32', 'shape': (-1, 8, 8)" in done.text
    assert "'dtype': 'float32', 'shape': (-1, 10)" in done.text


def look(uri: str) -> dict[str, Any]:
    """What an independent client with MLflow and scikit-learn, and nothing of the repository, sees."""
    done = process.run([str(environment(*ACTOR)), "-c", LOOK, uri], env=variables(), timeout=120)
    assert done.code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.text.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("rounds", "best"),
    [
        ([(0.5, 1.0), (0.9, 2.0), (0.7, 0.1)], 2),
        ([(0.0, 1.0), (None, 0.1)], 1),
        ([(0.8, 2.0), (0.8, 1.0)], 2),
        ([(float("nan"), 1.0), (0.1, 5.0)], 2),
        ([(None, None), (None, 3.0)], 2),
    ],
)
def test_the_best_round_has_the_highest_accuracy_then_the_lowest_loss(
    rounds: list[tuple[float | None, float | None]], best: int
) -> None:
    tracker = Tracker(Experiment("file:///nowhere/at/all", "p", "sklearn", {}), lambda line: None)
    for number, (accuracy, loss) in enumerate(rounds, 1):
        tracker.round_finished(RoundResult(number, loss, accuracy, 1, 1, 1, 1, 0, []))
    assert tracker.best is not None
    assert tracker.best.number == best


def test_a_schema_has_shapes_and_types_and_no_value() -> None:
    import numpy as np

    secret = np.array([[42.5, 7.0]])
    schema = described(secret)
    assert schema == '{"array": {"dtype": "float64", "shape": [2]}}'
    zeros = example(schema)
    assert (zeros.shape, zeros.dtype, zeros.any()) == ((1, 2), secret.dtype, False)
    assert described("text") is None
    assert described(np.array(["a"])) is None
    with pytest.raises(ValueError, match="no schema"):
        example("[]")
