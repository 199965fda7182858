"""What the actors tell the manager and the observer, heard by a real broker and an observer as in the contract."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from actor_environments import environment
from actor_images import (
    NUMPY_ONLY,
    aggregator_arguments,
    edited,
    image_folder,
    repository,
    run_main,
    variables,
)
from fedbake_actors.notices import pieces

from e2e.broker import Broker
from e2e.federation import FederationResult, Participant, run_federation
from e2e.observer import Observer
from ports import free_port

PROJECT = "66f0c1"
PAHO = [("paho-mqtt==1.6.1",), ("paho-mqtt==2.1.0",)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(free_port(), tmp_path) as running:
        yield running


@pytest.fixture
def observer() -> Iterator[Observer]:
    with Observer() as running:
        yield running


def train(python: Path, repository: Path, tmp_path: Path, mqtt: int, observer: int) -> FederationResult:
    """One aggregator, one learner, two rounds, told where the broker and the observer listen."""
    port = free_port()
    env = variables(FEDBAKE_PORT=str(port), FEDBAKE_MQTT_PORT=str(mqtt), FEDBAKE_OBSERVER_PORT=str(observer),
                    FEDBAKE_CONNECT_SECONDS="60", FEDBAKE_LEARNERS_SECONDS="60")  # fmt: skip
    project = (PROJECT, "127.0.0.1", "127.0.0.1")
    leading = (*project, *(word for word in aggregator_arguments(2, 1)[3:] if word != "--deactivate-notifications"))
    return run_federation(
        Participant(
            "aggregator", (str(python), "main.py", *leading), env, image_folder("aggregator", repository, tmp_path)
        ),
        [
            Participant(
                "learner",
                (str(python), "main.py", *project, f"127.0.0.1:{port}", "digits"),
                env,
                image_folder("learner", repository, tmp_path),
            )
        ],
        2,
        timeout=120,
    )


@pytest.mark.parametrize("paho", PAHO, ids=str)
def test_a_session_is_announced_from_start_to_success(
    paho: tuple[str, ...], broker: Broker, observer: Observer, tmp_path: Path
) -> None:
    python = environment("flwr==1.25.0", "numpy==1.26.4", *paho)
    result = train(python, NUMPY_ONLY, tmp_path, broker.port, observer.port)
    assert result.completed, result.report()
    success = broker.wait_for("flops_manager/aggregator/success")
    assert [topic for topic, _ in broker.messages] == [
        "flops_manager/aggregator/started",
        "flops_manager/aggregator/success",
    ]
    started = broker.messages[0][1]
    assert started == {"flops_project_id": PROJECT, "aggregator_type": "CLASSIC_AGGREGATOR"}
    assert success["flops_project_id"] == PROJECT
    assert success["accuracy"] == pytest.approx(result.accuracy)
    assert observer.heard[0] == "aggregator started: 2 rounds"
    assert [line.partition(":")[0] for line in observer.heard if line.startswith("round")][-1] == "round 2 of 2"
    assert observer.heard[-1].startswith("aggregator finished:")


def test_a_failing_learner_tells_why(broker: Broker, observer: Observer, tmp_path: Path) -> None:
    python = environment("flwr==1.25.0", "numpy==1.26.4", "paho-mqtt==2.1.0")
    broken = {"data_manager": edited("data_manager", "class DataManager", "1 / 0\n\n\nclass DataManager")}
    folder = image_folder("learner", repository(tmp_path, broken), tmp_path)
    done = run_main(
        python,
        folder,
        (PROJECT, "127.0.0.1", "127.0.0.1", "127.0.0.1", "digits"),
        FEDBAKE_MQTT_PORT=str(broker.port),
        FEDBAKE_OBSERVER_PORT=str(observer.port),
    )
    assert done.code == 1
    failed = broker.wait_for("flops_manager/learner/failed")
    assert failed["flops_project_id"] == PROJECT
    assert "division by zero" in failed["error_msg"]
    assert "data_manager.py:" in failed["error_msg"]
    assert "division by zero" in "".join(observer.heard)


def test_nobody_listening_is_a_line_in_the_log_and_no_failure(tmp_path: Path) -> None:
    python = environment("flwr==1.25.0", "numpy==1.26.4", "paho-mqtt==2.1.0")
    started = time.monotonic()
    result = train(python, NUMPY_ONLY, tmp_path, free_port(), free_port())
    assert result.completed, result.report()
    log = result.outcome("aggregator").stdout
    assert log.count("the project observer cannot be reached") == 1
    assert "the manager was not told flops_manager/aggregator/success" in log
    assert time.monotonic() - started < 60


def test_an_environment_without_paho_trains_all_the_same(broker: Broker, observer: Observer, tmp_path: Path) -> None:
    result = train(environment("flwr==1.25.0", "numpy==1.26.4"), NUMPY_ONLY, tmp_path, broker.port, observer.port)
    assert result.completed, result.report()
    assert "ModuleNotFoundError" in result.outcome("aggregator").stdout


@pytest.mark.parametrize("text", ["", "short", "ä" * 600, "a" + "€" * 1000, "🙂" * 700, "\ud800 lone"])
def test_what_the_observer_reads_is_never_cut_inside_of_a_character(text: str) -> None:
    parts = list(pieces(text))
    assert all(len(part) <= 1024 for part in parts)
    assert "".join(part.decode("utf-8") for part in parts) == text.encode("utf-8", "replace").decode()
