"""The builder as FLOps starts it, on the contract's ports; Git host, MLflow, engine and registry are real."""

import json
import re
import secrets
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from e2e.builder import COMMON, GOLDEN, PROJECT, Run, World, example, kill, platforms_in_registry, world
from e2e.surroundings import run_script
from e2e.tracking_server import TrackingServer
from fedbake.flops.run import run as run_here
from fedbake.settings import Settings
from ports import free_port
from unit.actors.actor_environments import environment

pytestmark = pytest.mark.timeout(900)

TIMING = re.compile(r"\d+ seconds|'\d+' minutes and \d+ seconds")
ACTOR_KEYS = [
    "flops_project_id", "full_builder_process", "build_preparation", "base_image_build", "base_image_push",
    "actor_images_build", "actor_images_push",
]  # fmt: skip
MODEL_KEYS = ["flops_project_id", "full_builder_process", "build_preparation", "build_image", "push_image"]
MLFLOW = ("mlflow==2.12.1", "setuptools<82", "sqlalchemy<2.1")


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("flops")) as made:
        yield made


@dataclass(frozen=True, slots=True)
class Built:
    """A job that was done, by the words of its command line and the images it made."""

    run: Run
    words: tuple[str, ...]
    images: tuple[str, ...]


@pytest.fixture(scope="module")
def actors(around: World) -> Built:
    url, name, commit = around.repository(example())
    words = (*COMMON, "--supported_platforms=linux/amd64,linux/arm64", "fl_actors", url, "sklearn")
    images = tuple(f"{name}/{role}:{commit}" for role in ("learner", "aggregator"))
    return Built(around.run(*words), words, images)


@pytest.fixture(scope="module")
def model(around: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("mlflow")
    with TrackingServer(environment(*MLFLOW), free_port(), folder) as tracking:
        run_id = run_script("log_served_model.py", tracking.uri, str(GOLDEN / "served-digits" / "repo")).split()[-1]
        customer = f"Customer-{secrets.token_hex(4)}"
        words = (*COMMON, "--supported_platforms=linux/amd64", "trained_model", customer, tracking.uri, run_id)
        yield Built(around.run(*words), words, (f"{customer.lower()}/trained_model:{run_id}",))


def assert_succeeded(run: Run, subject: str, keys: list[str]) -> None:
    """Exit code, topics, order, payloads and texts are the contract's."""
    assert run.code == 0, run.log
    assert run.topics == [f"{subject}/started", f"{subject}/success"]
    started, success = run.published
    assert {each.qos for each in run.published} == {1}
    assert not any(each.retained for each in run.published)
    assert started.payload["flops_project_id"] == PROJECT
    assert [key for key in success.payload if key != "fedbake"] == keys
    timings = {key: success.payload[key] for key in keys[1:]}
    assert all(TIMING.fullmatch(text) for text in timings.values()), timings
    assert list(success.payload["fedbake"]["seconds"]) == keys[1:]
    # The observer has heard everything when the manager, who undeploys both, hears the last word.
    assert success.observed == len(run.observed)
    assert json.loads(run.observed[-1]) == timings


def test_actors_are_built_for_both_platforms_under_the_names_the_manager_derives(actors: Built) -> None:
    assert_succeeded(actors.run, "fl_actors_image_builder", ACTOR_KEYS)
    for image in actors.images:
        assert set(platforms_in_registry(image)) == {"linux/amd64", "linux/arm64"}


def test_the_observer_hears_every_step_somebody_waits_for(actors: Built) -> None:
    heard = actors.run.observed
    expected = [
        "making the learner and aggregator images of ",
        "fetching HEAD of ",
        "checking it against the rules",
        "resolving ",
        "the rules found 0 errors",
        "building: learner, aggregator for linux/amd64, linux/arm64",
        "the learner for linux/amd64 has passed its checks",
        "publishing: 2 tags",
    ]
    places = [next(number for number, text in enumerate(heard) if text.startswith(each)) for each in expected]
    assert places == sorted(places)
    for image in ("learner", "aggregator"):
        assert f"the {image} is pushed" in heard


def test_where_the_time_went_adds_up(actors: Built) -> None:
    full, *parts = actors.run.last["fedbake"]["seconds"].values()
    assert sum(parts) == pytest.approx(full, abs=0.1)
    assert full < actors.run.seconds


def test_a_trained_model_is_built_under_its_customers_name(model: Built) -> None:
    assert_succeeded(model.run, "trained_model_image_builder", MODEL_KEYS)
    assert set(platforms_in_registry(model.images[0])) == {"linux/amd64"}


@pytest.mark.parametrize("job", ["actors", "model"])
def test_what_stands_already_is_answered_without_a_plan(
    job: str, around: World, actors: Built, request: pytest.FixtureRequest
) -> None:
    done: Built = request.getfixturevalue(job)
    before = [platforms_in_registry(image) for image in done.images]
    again = around.run(*done.words)
    assert again.code == 0, again.log
    assert again.topics == done.run.topics
    assert "resolving" not in again.log
    assert "building" not in again.log
    assert any(f"{done.images[0]} stands already: sha256:" in text for text in again.observed)
    assert [platforms_in_registry(image) for image in done.images] == before


def test_a_tag_that_stands_for_something_else_is_never_moved(around: World, actors: Built) -> None:
    before = [platforms_in_registry(image) for image in actors.images]
    run = around.run(*actors.words[:-1], "pytorch")
    assert (run.code, run.topics[-1]) == (1, "fl_actors_image_builder/failed")
    assert run.last["error_msg"].startswith("this image was made of something else, and its tag is never moved")
    assert [platforms_in_registry(image) for image in actors.images] == before


def test_a_rejected_repository_is_told_by_its_findings(around: World) -> None:
    files = example()
    files["model_manager.py"] = files["model_manager.py"].replace(b"def fit_model(self)", b"def fit_model(self, data)")
    url, name, commit = around.repository(files)
    run = around.run(*COMMON, "fl_actors", url, "sklearn")
    assert run.code == 1
    assert run.topics == ["fl_actors_image_builder/started", "fl_actors_image_builder/failed"]
    assert set(run.last) == {"flops_project_id", "error_msg", "fedbake"}
    message = run.last["error_msg"]
    assert message.startswith("the rules reject ")
    assert re.search(r"model_manager\.py:\d+:\d+: error: ModelManager\.fit_model .* \[[a-z-/]+\]\n", message)
    assert "hint: " in message
    assert "\x1b" not in message
    assert "".join(run.observed).endswith(message)
    assert run.published[-1].observed == len(run.observed)
    assert platforms_in_registry(f"{name}/learner:{commit}") == {}
    assert around.left_behind() == []


def test_a_failing_build_is_told_by_its_step_and_last_lines(around: World) -> None:
    files = example()
    files["model_manager.py"] += (
        b'\nprint("\\x1b[31mred\\x1b[0m https://me:hidden@host/ ")\nraise RuntimeError("this model cannot be")\n'
    )
    url, name, commit = around.repository(files)
    run = around.run(*COMMON, "fl_actors", url, "sklearn")
    assert (run.code, run.topics[-1]) == (1, "fl_actors_image_builder/failed")
    message = run.last["error_msg"]
    assert message.startswith("verification failed with exit code ")
    assert "RuntimeError: this model cannot be" in message
    everything = "".join([message, *run.observed])
    assert "\x1b" not in everything
    assert "hidden" not in everything
    assert platforms_in_registry(f"{name}/learner:{commit}") == {}
    assert around.left_behind() == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--supported_platforms=linux/riscv64", "fl_actors", "https://localhost/a/b", "sklearn"), 1, "not supported"),
        (("fl_actors", "https://localhost/a/b", "cobol"), 2, "argument FLAVOUR: this is none of sklearn"),
        (("fl_actors", "https://localhost:9/a/b", "sklearn"), 1, "the host cannot be reached"),
        (("fl_actors", "/etc", "sklearn"), 1, "a builder reads repositories of Git hosts only"),
    ],
)
def test_exit_codes(around: World, words: tuple[str, ...], code: int, said: str) -> None:
    run = around.run(*COMMON, *words, FEDBAKE_PATIENCE="1")
    assert (run.code, run.topics[-1]) == (code, "fl_actors_image_builder/failed")
    assert said in run.last["error_msg"]
    assert said in run.log


def test_notifications_can_be_switched_off(around: World) -> None:
    run = around.run("--deactivate-notifications", *COMMON, "fl_actors", "/etc", "sklearn")
    assert (run.code, run.published, run.observed) == (1, (), ())
    assert "a builder reads repositories of Git hosts only" in run.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_builder_that_is_asked_to_end_says_so(around: World, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/a/b"
        process = around.start(*COMMON, "fl_actors", url, "sklearn")
        around.wait_for("fetching HEAD", process)
        process.send_signal(number)
        run = around.ended(process)
    assert (run.code, run.last["error_msg"]) == (1, f"stopped by {number.name}")
    assert run.topics[-1] == "fl_actors_image_builder/failed"


def test_a_builder_that_is_asked_to_end_while_it_builds_moves_no_tag(around: World) -> None:
    url, name, commit = around.repository({**example(), "new.py": f"X = '{secrets.token_hex(8)}'\n".encode()})
    process = around.start(*COMMON, "fl_actors", url, "sklearn")
    around.wait_for("building: ", process)
    process.send_signal(signal.SIGTERM)
    run = around.ended(process)
    assert (run.code, run.last["error_msg"]) == (1, "stopped by SIGTERM")
    assert platforms_in_registry(f"{name}/learner:{commit}") == {}
    assert around.left_behind() == []


def test_the_broker_speaks_for_a_builder_that_was_killed(around: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/a/b"
        process = around.start(*COMMON, "fl_actors", url, "sklearn")
        around.wait_for("fetching HEAD", process)
        kill(process)
        around.wait_until_told()
    assert [each.topic.rpartition("/")[2] for each in around.published] == ["started", "failed"]
    assert "was killed" in around.published[-1].payload["error_msg"]


def test_a_defect_of_fedbake_is_told_by_its_type_and_place(around: World, tmp_path: Path) -> None:
    settings = Settings.from_environment(around.environment | {"FEDBAKE_STATE_DIR": str(tmp_path)})
    url, _, _ = around.repository({"a": b"a"})
    around.published.clear()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with (tmp_path / "log").open("w") as log, pytest.raises(AttributeError):
            run_here([*COMMON, "fl_actors", url, "sklearn"], replace(settings, limits=None), log)  # type: ignore[arg-type]
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    around.wait_until_told()
    message = around.published[-1].payload["error_msg"]
    assert re.match(r"internal error of fedbake: AttributeError in \w+\.py, line \d+; the builder's log", message)
