"""Everything for real: data servers, MLflow, MQTT broker and observer around an aggregator and two platforms' learners.

The images are baked from a repository that loads its data from the node it runs on, as FLOps' users write it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from e2e.federation import FederationResult
from e2e.full_federation import Tracked, success, tracked
from e2e.main_job import PROJECT, fedbake, federate, planned, reference
from e2e.surroundings import Surroundings, surroundings
from fedbake.bake.result import BakeResult
from fedbake.names import Platform, Role

BOTH = tuple(Platform)
ROUNDS = 3

pytestmark = pytest.mark.timeout(1800)


@dataclass(frozen=True, slots=True)
class Finished:
    """A federation that has ended, while everything around it is still there."""

    baked: BakeResult
    around: Surroundings
    trained: FederationResult


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    plan = planned("digits-federated", tmp_path_factory.mktemp("plan"))
    fedbake("bake", str(plan))
    baked = BakeResult.model_validate_json((plan / "result.json").read_bytes())
    with surroundings(tmp_path_factory.mktemp("around"), nodes=len(BOTH)) as around:
        yield Finished(baked, around, federate(baked, BOTH, around.told, rounds=ROUNDS))


@pytest.fixture(scope="module")
def found(finished: Finished) -> Tracked:
    """What an independent client finds in MLflow."""
    return tracked(finished.around)


def test_learners_of_two_platforms_train_with_the_data_of_their_nodes(finished: Finished) -> None:
    trained = finished.trained
    assert finished.baked.verified
    assert trained.completed, trained.report()
    assert trained.accuracy > 0.85
    for name, rows in (("learner-1-amd64", 899), ("learner-2-arm64", 898)):
        assert f"data for the tags digits: {rows} examples from 1 tables" in trained.outcome(name).stdout


def test_the_manager_is_told_where_the_model_is(finished: Finished, found: Tracked) -> None:
    message = success(finished.around)
    assert [topic for topic, _ in finished.around.broker.messages] == [
        "flops_manager/aggregator/started",
        "flops_manager/aggregator/success",
    ]
    assert (message["flops_project_id"], message["aggregator_type"]) == (PROJECT, "CLASSIC_AGGREGATOR")
    assert (message["experiment_id"], message["run_id"]) == (found.experiment_id, found.runs[-1].id)
    assert message["accuracy"] == pytest.approx(max(run.accuracy for run in found.runs))


def test_the_observer_hears_every_round(finished: Finished) -> None:
    heard = finished.around.observer.heard
    assert heard[0] == f"aggregator started: {ROUNDS} rounds"
    rounds = [line.partition(":")[0] for line in heard if "accuracy" in line and line.startswith("round ")]
    assert rounds == [f"round {number} of {ROUNDS}" for number in range(1, ROUNDS + 1)]
    assert heard[-1].startswith("aggregator finished:")


def test_each_round_is_a_run_of_the_commit_the_images_are_from(finished: Finished, found: Tracked) -> None:
    assert [run.name for run in found.runs] == [f"FLOps FL round {number}" for number in range(1, ROUNDS + 1)]
    _, _, tag = reference(finished.baked, Role.AGGREGATOR).rpartition(":")
    assert {run.revision for run in found.runs} == {tag}
    assert found.runs[-1].accuracy == pytest.approx(finished.trained.accuracy)


def test_the_model_in_mlflow_needs_nothing_of_the_repository(found: Tracked) -> None:
    assert [run.artifacts for run in found.runs] == [(), (), ("logged_model_artifact",)]
    assert found.inputs[0]["tensor-spec"] == {"dtype": "float64", "shape": [-1, 64]}
    assert found.right > 0.85
    assert found.predictions[:3] == [0, 1, 2]
