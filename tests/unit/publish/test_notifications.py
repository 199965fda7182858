"""What manager and observer hear of a builder: a real broker, an observer as in the contract."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.broker import Broker
from e2e.observer import Observer
from fedbake.errors import UsageError
from fedbake.publish.audience import Audience
from fedbake.publish.notifications import MANAGER_SECONDS, OBSERVER_SECONDS, WITHOUT_A_WORD, Notifications
from ports import free_port

PROJECT = "66f0c1"
SUBJECT = "fl_actors_image_builder"
PREFIX = f"flops_manager/{SUBJECT}/"


class Worker:
    """A worker's outbox, and what its builders wrote into their logs."""

    def __init__(self, folder: Path) -> None:
        self.outbox = folder / "state" / "outbox.sqlite"
        self.log: list[str] = []

    def builder(self, mqtt: int, observer: int, project: str = PROJECT) -> Notifications:
        audience = Audience("127.0.0.1", "127.0.0.1", mqtt, observer)
        return Notifications(project, SUBJECT, audience, self.outbox, self.log.append)


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return Worker(tmp_path)


def without_id(payload: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key != "fedbake"}


def test_a_build_is_told_from_start_to_success(worker: Worker, broker: Broker, observer: Observer) -> None:
    timings = {"full_builder_process": 75.25, "build_preparation": 3.0, "base_image_build": 0}
    with worker.builder(broker.port, observer.port) as told:
        told.started()
        told.tell("reading the repository")
        told.tell("building the learner")
        told.success(timings)
        assert broker.messages[1:] == []
    success = broker.wait_for(f"{PREFIX}success")
    assert [topic for topic, _ in broker.messages] == [f"{PREFIX}started", f"{PREFIX}success"]
    assert without_id(broker.messages[0][1]) == {"flops_project_id": PROJECT}
    assert list(success) == ["flops_project_id", *timings, "fedbake"]
    assert success["full_builder_process"] == "'1' minutes and 15 seconds"
    assert success["base_image_build"] == "0 seconds"
    assert success["fedbake"]["seconds"] == timings
    assert observer.heard[:2] == ["reading the repository", "building the learner"]
    assert json.loads(observer.heard[2])["build_preparation"] == "3 seconds"
    assert worker.log == []


def test_a_failure_is_told_to_both_and_no_will_follows(worker: Worker, broker: Broker, observer: Observer) -> None:
    with worker.builder(broker.port, observer.port) as told:
        told.started()
        told.failed("conda.yaml:3:5: error: nothing\n    write something\n" + "ä" * 700)
    failed = broker.wait_for(f"{PREFIX}failed")
    assert failed["error_msg"].startswith("conda.yaml:3:5: error: nothing\n    write something")
    assert "".join(observer.heard) == failed["error_msg"]
    assert len(observer.heard) == 2
    time.sleep(0.3)
    assert [topic for topic, _ in broker.messages] == [f"{PREFIX}started", f"{PREFIX}failed"]


def test_the_observer_has_heard_all_before_the_manager_hears_the_last_word(
    worker: Worker, broker: Broker, observer: Observer
) -> None:
    heard_before: list[int] = []
    heard = broker._heard

    def listen(client: object, data: object, message: Any) -> None:
        heard_before.append(len(observer.heard))
        heard(client, data, message)

    broker._listener.on_message = listen
    with worker.builder(broker.port, observer.port) as told:
        told.started()
        for number in range(30):
            told.tell(str(number))
        told.success({})
    broker.wait_for(f"{PREFIX}success")
    assert heard_before[-1] == 31


def test_a_block_that_breaks_off_is_a_failure(worker: Worker, broker: Broker, observer: Observer) -> None:
    def breaking_off() -> None:
        with worker.builder(broker.port, observer.port) as told:
            told.started()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaking_off()
    assert broker.wait_for(f"{PREFIX}failed")["error_msg"] == WITHOUT_A_WORD
    assert observer.heard == [WITHOUT_A_WORD]


def test_a_block_without_a_last_word_ends_quietly(worker: Worker, broker: Broker, observer: Observer) -> None:
    with worker.builder(broker.port, observer.port) as told:
        told.started()
        broker.wait_for(f"{PREFIX}started")
    time.sleep(0.3)
    assert [topic for topic, _ in broker.messages] == [f"{PREFIX}started"]


def test_switched_off_it_tells_nobody_and_writes_nothing(worker: Worker) -> None:
    with Notifications(PROJECT, SUBJECT, None, worker.outbox, worker.log.append) as told:
        told.started()
        told.tell("text")
        told.failed("text")
    assert not worker.outbox.parent.exists()
    assert worker.log == []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> float:
    """Both bounds, in seconds; the real ones only take longer."""
    assert OBSERVER_SECONDS + MANAGER_SECONDS == 15
    monkeypatch.setattr("fedbake.publish.notifications.MANAGER_SECONDS", 0.7)
    monkeypatch.setattr("fedbake.publish.notifications.OBSERVER_SECONDS", 0.7)
    return 1.4


def test_nobody_there_delays_no_message_and_the_end_by_its_bound(worker: Worker, impatient: float) -> None:
    with worker.builder(free_port(), free_port()) as told:
        began = time.monotonic()
        told.started()
        for number in range(20):
            told.tell(str(number))
        told.failed("it failed")
        assert time.monotonic() - began < 1
    assert impatient < time.monotonic() - began < impatient + 3
    refused = [line for line in worker.log if "cannot be told: Connection refused" in line]
    assert len(refused) == 2
    assert worker.log[-1] == "23 notifications were not delivered; the next builder of this worker sends them first"


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port that accepts every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connections: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    connections.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        for connection in connections:
            connection.close()


def test_a_broker_that_never_answers_holds_nobody_up(
    worker: Worker, deaf: int, observer: Observer, impatient: float
) -> None:
    began = time.monotonic()
    with worker.builder(deaf, observer.port) as told:
        told.started()
        told.tell("reading")
        told.success({})
    # Besides the bounds: two seconds for the broker to forget the will, five for the thread that still waits for it.
    assert time.monotonic() - began < impatient + 9
    assert observer.heard == ["reading", "{}"]
    assert "2 notifications were not delivered" in worker.log[-1]


@pytest.mark.parametrize("host", ["..", "no such host", "nobody.invalid", "", "a" * 300])
def test_an_address_that_is_none_is_a_line_in_the_log(worker: Worker, host: str, impatient: float) -> None:
    with Notifications(PROJECT, SUBJECT, Audience(host, host), worker.outbox, worker.log.append) as told:
        told.started()
        told.success({})
    assert "3 notifications were not delivered" in worker.log[-1]


def test_what_a_builder_left_is_heard_before_the_next_one(
    worker: Worker, tmp_path: Path, observer: Observer, impatient: float
) -> None:
    with Broker(free_port(), tmp_path, forgets=False) as broker:
        broker.stop()
        with worker.builder(broker.port, observer.port, "first") as told:
            told.started()
            told.failed("it failed")
        broker.start()
        with worker.builder(broker.port, observer.port, "second") as told:
            told.started()
            told.success({})
        broker.wait_for(f"{PREFIX}success")
    assert [(topic.rpartition("/")[2], payload["flops_project_id"]) for topic, payload in broker.messages] == [
        ("started", "first"),
        ("failed", "first"),
        ("started", "second"),
        ("success", "second"),
    ]


def test_messages_for_another_broker_wait_for_it(
    worker: Worker, broker: Broker, observer: Observer, impatient: float
) -> None:
    with worker.builder(free_port(), observer.port, "elsewhere") as told:
        told.success({})
    with worker.builder(broker.port, observer.port) as told:
        told.success({})
    broker.wait_for(f"{PREFIX}success")
    assert {payload["flops_project_id"] for _, payload in broker.messages} == {PROJECT}
    assert not [line for line in worker.log[2:] if "not delivered" in line]


@pytest.mark.parametrize("project", ["", "A", "a/b", "+", "#", "a\n", "a" * 65, "\u0430", "a_b"])
def test_a_project_that_is_none_is_refused_at_once(worker: Worker, project: str) -> None:
    with pytest.raises(UsageError, match="project id"):
        worker.builder(1, 1, project)


def test_there_are_two_builders_and_no_other_subject(worker: Worker) -> None:
    with pytest.raises(ValueError, match="aggregator"):
        Notifications(PROJECT, "aggregator", None, worker.outbox, worker.log.append)
