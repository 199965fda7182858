"""Everything for real: data servers, MLflow, MQTT broker and observer around an aggregator and two platforms' learners.

The images are baked from repositories that load their data from the node they run on, as FLOps' users write them.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.baked_images import baked
from e2e.federation import FederationResult
from e2e.full_federation import Tracked, answered, success, tracked
from e2e.main_job import PROJECT, fedbake, federate, planned, reference
from e2e.serving import first_images, plan_of_run, served
from e2e.sizes import growth
from e2e.surroundings import Surroundings, surroundings
from fedbake.bake.result import BakeResult
from fedbake.names import Platform, Role

ROUNDS = 3

pytestmark = pytest.mark.timeout(1800)


@dataclass(frozen=True, slots=True)
class Example:
    """A golden case and where its actors run; ``kind`` is the type of a pixel its model takes."""

    case: str
    aggregator: Platform
    learners: tuple[Platform, ...]
    kind: str


EXAMPLES = [
    Example("digits-federated", Platform.AMD64, (Platform.AMD64, Platform.ARM64), "float64"),
    # PyTorch for linux/amd64 is gigabytes of CUDA libraries on the package index: everything runs on linux/arm64.
    Example("torch-federated", Platform.ARM64, (Platform.ARM64, Platform.ARM64), "float32"),
]


@dataclass(frozen=True, slots=True)
class Finished:
    """A federation that has ended, while everything around it is still there."""

    example: Example
    plan: Path
    baked: BakeResult
    around: Surroundings
    trained: FederationResult
    found: Tracked


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda example: example.case)
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    example: Example = request.param
    platforms = ",".join(sorted({example.aggregator, *example.learners}))
    plan = planned(example.case, tmp_path_factory.mktemp("plan"), "--platform", platforms)
    with (
        baked(plan) as result,
        surroundings(tmp_path_factory.mktemp("around"), nodes=len(example.learners)) as around,
    ):
        trained = federate(result, example.learners, around.told, rounds=ROUNDS, aggregator=example.aggregator)
        assert trained.completed, trained.report()
        yield Finished(example, plan, result, around, trained, tracked(around))


def test_no_layer_has_grown_without_being_looked_at(finished: Finished) -> None:
    assert growth(finished.example.case, finished.plan) == [], "make sizes accepts it"


def test_learners_train_with_the_data_of_their_nodes(finished: Finished) -> None:
    assert finished.baked.verified
    assert finished.trained.accuracy > 0.85
    for number, rows in ((1, 899), (2, 898)):
        name = f"learner-{number}-{finished.example.learners[number - 1].arch}"
        log = finished.trained.outcome(name).stdout
        assert f"data for the tags digits: {rows} examples from 1 tables" in log


def test_the_manager_is_told_where_the_model_is(finished: Finished) -> None:
    message = success(finished.around)
    assert [topic for topic, _ in finished.around.broker.messages] == [
        "flops_manager/aggregator/started",
        "flops_manager/aggregator/success",
    ]
    assert (message["flops_project_id"], message["aggregator_type"]) == (PROJECT, "CLASSIC_AGGREGATOR")
    assert (message["experiment_id"], message["run_id"]) == (finished.found.experiment_id, finished.found.runs[-1].id)
    assert message["accuracy"] == pytest.approx(max(run.accuracy for run in finished.found.runs))


def test_the_observer_hears_every_round(finished: Finished) -> None:
    heard = finished.around.observer.heard
    assert heard[0] == f"aggregator started: {ROUNDS} rounds"
    rounds = [line.partition(":")[0] for line in heard if line.startswith("round ") and "accuracy" in line]
    assert rounds == [f"round {number} of {ROUNDS}" for number in range(1, ROUNDS + 1)]
    assert heard[-1].startswith("aggregator finished:")


def test_each_round_is_a_run_of_the_revision_the_images_are_from(finished: Finished) -> None:
    runs = finished.found.runs
    assert [run.name for run in runs] == [f"FLOps FL round {number}" for number in range(1, ROUNDS + 1)]
    _, _, tag = reference(finished.baked, Role.AGGREGATOR).rpartition(":")
    assert {run.revision for run in runs} == {tag}
    assert runs[-1].accuracy == pytest.approx(finished.trained.accuracy)
    assert [run.artifacts for run in runs] == [[], [], ["logged_model_artifact"]]
    assert "git executable" not in finished.trained.outcome("aggregator").stderr.lower(), "images have none"


def test_the_model_in_mlflow_needs_nothing_of_the_repository(finished: Finished) -> None:
    run_id = success(finished.around)["run_id"]
    answers = answered(finished.around, finished.baked, finished.example.aggregator, run_id)
    assert answers.inputs[0]["tensor-spec"] == {"dtype": finished.example.kind, "shape": [-1, 64]}
    assert answers.right > 0.85
    assert len(answers.first) == 5


def test_the_inference_image_of_the_run_says_what_the_model_says(finished: Finished, tmp_path: Path) -> None:
    platforms = sorted({finished.example.aggregator, *finished.example.learners})
    run_id = success(finished.around)["run_id"]
    request = plan_of_run(finished.around, run_id, ",".join(platforms))
    fedbake(*request, "--name", f"test-{secrets.token_hex(4)}/served", "-o", str(tmp_path / "plan"))
    expected = answered(finished.around, finished.baked, finished.example.aggregator, run_id).first
    images = first_images(finished.around)
    with baked(tmp_path / "plan") as result:
        assert result.verified
        for platform in platforms:
            with served(result, platform) as server:
                assert server.says(images) == expected
                # What FLOps' own tester sends: a table whose header row counts the pixels.
                table = "\n".join([",".join(map(str, range(64))), ",".join(map(str, images[0]))])
                assert len(server.ask("text/csv", table.encode())) == 1
