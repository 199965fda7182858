"""Notifications while brokers stop, builders are killed and disks are full: nothing that was said is lost."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fault_stories import small_disk, soon

from baking import COMMAND
from e2e.broker import Broker
from e2e.observer import Observer
from fedbake.publish.audience import Audience
from fedbake.publish.notifications import WITHOUT_A_WORD, Notifications
from ports import free_port

SUBJECT = "fl_actors_image_builder"
PREFIX = f"flops_manager/{SUBJECT}/"
TELL = Path(__file__).with_name("tell.py")
PROCESSES = 4


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(free_port(), tmp_path, forgets=False) as running:
        yield running


@pytest.fixture
def observer() -> Iterator[Observer]:
    with Observer() as running:
        yield running


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "state" / "outbox.sqlite"


@contextmanager
def telling(outbox: Path, mqtt: int, observer: int, *what: str) -> "Iterator[subprocess.Popen[str]]":
    """A builder of its own process, which is about to begin."""
    argv = [sys.executable, str(TELL), str(outbox), str(mqtt), str(observer), *what]
    running = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == "beginning\n"
        yield running
    finally:
        running.kill()
        running.communicate()


@contextmanager
def killed_builder(outbox: Path, mqtt: int, observer: int, project: str, last_word: str) -> Iterator[None]:
    """A builder that is killed when the block ends."""
    with telling(outbox, mqtt, observer, "wait", project, last_word) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "waiting\n"
        yield
        running.send_signal(signal.SIGKILL)
        running.wait()


def deliver(outbox: Path) -> subprocess.CompletedProcess[str]:
    """``fedbake outbox --deliver``."""
    variables = {**os.environ, "FEDBAKE_STATE_DIR": str(outbox.parent)}
    argv = [COMMAND, "outbox", "--deliver", "--format", "json"]
    return subprocess.run(argv, env=variables, capture_output=True, text=True, timeout=120, check=False)


def next_builder(outbox: Path, mqtt: int, observer: int, project: str = "next") -> list[str]:
    """A builder that does well; the lines of its log."""
    log: list[str] = []
    with Notifications(
        project, SUBJECT, Audience("127.0.0.1", "127.0.0.1", mqtt, observer), outbox, log.append
    ) as told:
        told.started()
        told.success({})
    return log


def heard(broker: Broker, project: str, seconds: float = 5) -> list[tuple[str, dict[str, Any]]]:
    """What was published of a project, when a while has passed without anything new."""
    deadline = time.monotonic() + seconds
    before = -1
    while len(broker.messages) != before and time.monotonic() < deadline:
        before = len(broker.messages)
        time.sleep(0.4)
    return [
        (topic.removeprefix(PREFIX), payload)
        for topic, payload in broker.messages
        if payload["flops_project_id"] == project
    ]


def wait_until_heard(broker: Broker, status: str, project: str) -> dict[str, Any]:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        for topic, payload in list(broker.messages):
            if topic == PREFIX + status and payload["flops_project_id"] == project:
                return payload
        time.sleep(0.05)
    raise TimeoutError(f"{status} of {project} was not published; there were {broker.messages}")


def first_arrivals(messages: Sequence[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """Each message once, in the order of its first arrival; one that came twice came the same."""
    seen: dict[str, tuple[str, dict[str, Any]]] = {}
    for topic, payload in messages:
        first = seen.setdefault(payload["fedbake"]["id"], (topic, payload))
        assert first == (topic, payload)
    return list(seen.values())


def assert_nothing_is_missing(messages: Sequence[tuple[str, dict[str, Any]]], of_each: int) -> None:
    """Of every process so many runs, in order within each project, each with its start before its success."""
    runs: dict[tuple[str, str], list[int]] = defaultdict(list)
    begun: dict[str, int] = defaultdict(int)
    for topic, payload in messages:
        project = payload["flops_project_id"]
        if topic == f"{PREFIX}started":
            begun[project] += 1
        else:
            assert topic == f"{PREFIX}success", payload
            seconds = payload["fedbake"]["seconds"]
            runs[project, str(seconds["build_preparation"])].append(int(seconds["full_builder_process"]))
            done = sum(len(numbers) for (of, _), numbers in runs.items() if of == project)
            assert begun[project] >= done
    for numbers in runs.values():
        assert numbers == sorted(numbers)
    assert sum(map(len, runs.values())) == sum(begun.values()) == PROCESSES * of_each


@contextmanager
def many_builders(outbox: Path, mqtt: int, observer: int, runs: int) -> Iterator[list["subprocess.Popen[str]"]]:
    """Processes that run one builder after the other, for projects of their own and for one they share."""
    processes = []
    try:
        for name in range(PROCESSES):
            what = ("many", str(name), str(runs), f"own-{name}", f"own-{name}-too", "shared")
            argv = [sys.executable, str(TELL), str(outbox), str(mqtt), str(observer), *what]
            processes.append(subprocess.Popen(argv, stderr=subprocess.DEVNULL, text=True))
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_thousand_messages_through_a_broker_that_comes_and_goes(
    outbox: Path, broker: Broker, observer: Observer
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    stops = 0
    runs = 1000 // PROCESSES // len(["started", "success"])
    with many_builders(outbox, broker.port, observer.port, runs) as processes:
        while any(process.poll() is None for process in processes):
            time.sleep(chance.uniform(0.2, 1.5))
            broker.stop()
            stops += 1
            time.sleep(chance.uniform(0, 0.6))
            broker.start()
        assert [process.returncode for process in processes] == [0] * PROCESSES
    assert stops > 3
    left = deliver(outbox)
    assert (left.returncode, json.loads(left.stdout)) == (0, {"undelivered": []}), left.stderr
    deadline = time.monotonic() + 20
    while len(told := said(broker)) < 1000 and time.monotonic() < deadline:
        time.sleep(0.2)
    print(f"{stops} stops, {len(broker.messages)} arrivals of {len(told)} messages")
    assert len(told) == 1000
    assert_nothing_is_missing(told, runs)


def said(broker: Broker) -> list[tuple[str, dict[str, Any]]]:
    """What builders said themselves: a broker that stops publishes the wills of everyone who is connected."""
    return first_arrivals(
        [message for message in list(broker.messages) if message[1].get("error_msg") != WITHOUT_A_WORD]
    )


def test_builders_and_the_command_at_the_same_time_send_nothing_twice(
    outbox: Path, broker: Broker, observer: Observer
) -> None:
    runs = 40
    commands = []
    with many_builders(outbox, broker.port, observer.port, runs) as processes:
        while any(process.poll() is None for process in processes):
            commands.append(deliver(outbox))
        assert [process.returncode for process in processes] == [0] * PROCESSES
    assert [command.stderr for command in commands] == [""] * len(commands)
    deadline = time.monotonic() + 10
    while len(broker.messages) < 2 * PROCESSES * runs and time.monotonic() < deadline:
        time.sleep(0.1)
    assert first_arrivals(broker.messages) == broker.messages
    assert_nothing_is_missing(broker.messages, runs)
    assert len(observer.heard) == PROCESSES * runs


def test_a_killed_builder_is_reported_by_the_broker(outbox: Path, broker: Broker, observer: Observer) -> None:
    with killed_builder(outbox, broker.port, observer.port, "project", "none"):
        wait_until_heard(broker, "started", "project")
    will = wait_until_heard(broker, "failed", "project")
    assert will["error_msg"] == WITHOUT_A_WORD
    log = next_builder(outbox, broker.port, observer.port)
    assert log == []
    assert [status for status, _ in heard(broker, "project")] == ["started", "failed"]


def test_a_builder_killed_while_the_broker_is_away_is_reported_by_the_next_one(
    outbox: Path, broker: Broker, observer: Observer
) -> None:
    broker.stop()
    with killed_builder(outbox, broker.port, observer.port, "project", "none"):
        pass
    broker.start()
    log = next_builder(outbox, broker.port, observer.port)
    assert "an earlier builder of project project was killed" in log[0]
    wait_until_heard(broker, "success", "next")
    assert [payload.get("error_msg") for _, payload in heard(broker, "project")] == [None, WITHOUT_A_WORD]
    statuses = [topic.removeprefix(PREFIX) for topic, _ in broker.messages]
    assert statuses == ["started", "failed", "started", "success"]


@pytest.mark.parametrize("last_word", ["success", "failed"])
def test_a_builder_killed_after_its_last_word_is_reported_by_that_word(
    outbox: Path, broker: Broker, observer: Observer, last_word: str
) -> None:
    with killed_builder(outbox, broker.port, observer.port, "project", last_word):
        wait_until_heard(broker, "started", "project")
        # Its connection was made anew, with its last word for a will.
        time.sleep(0.5)
    wait_until_heard(broker, last_word, "project")
    next_builder(outbox, broker.port, observer.port)
    messages = heard(broker, "project")
    assert [status for status, _ in messages] == ["started", last_word, last_word]
    assert messages[1] == messages[2]
    assert messages[1][1].get("error_msg") != WITHOUT_A_WORD


def test_builders_killed_at_random_are_all_reported(outbox: Path, broker: Broker, observer: Observer) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    projects = [f"project-{number}" for number in range(20)]
    for project in projects:
        with telling(
            outbox, broker.port, observer.port, "wait", project, chance.choice(["none", "success"])
        ) as running:
            time.sleep(chance.uniform(0, 0.2))
            running.send_signal(signal.SIGKILL)
            running.wait()
    next_builder(outbox, broker.port, observer.port)
    wait_until_heard(broker, "success", "next")
    begun = {payload["flops_project_id"] for topic, payload in broker.messages if topic.endswith("/started")}
    ended = {payload["flops_project_id"] for topic, payload in broker.messages if not topic.endswith("/started")}
    print(f"{len(begun)} of {len(projects)} builders had begun")
    assert begun <= ended
    assert len(begun) > 5
    assert not list(outbox.with_suffix(".locks").glob("run-*"))
    first_arrivals(broker.messages)


def fill(disk: Path) -> None:
    """Leave no byte free."""
    try:
        with (disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"x" * 4096)
    except OSError:
        return


def test_a_disk_that_is_full_from_the_beginning(tmp_path: Path, broker: Broker, observer: Observer) -> None:
    with small_disk(tmp_path / "disk", "256k") as disk:
        fill(disk)
        log = next_builder(disk / "state" / "outbox.sqlite", broker.port, observer.port, "project")
    assert len(log) == 1
    assert "the outbox cannot be used" in log[0]
    wait_until_heard(broker, "success", "project")
    assert observer.heard == ["{}"]


def test_a_disk_that_becomes_full(tmp_path: Path, broker: Broker, observer: Observer) -> None:
    log: list[str] = []
    with small_disk(tmp_path / "disk", "512k") as disk:
        audience = Audience("127.0.0.1", "127.0.0.1", broker.port, observer.port)
        with Notifications("project", SUBJECT, audience, disk / "state" / "outbox.sqlite", log.append) as told:
            told.started()
            told.tell("before")
            fill(disk)
            for number in range(200):
                told.tell(f"{number} " + "x" * 1000)
            told.failed("it failed")
        assert len([line for line in log if "the outbox cannot be used" in line]) == 1
    wait_until_heard(broker, "failed", "project")
    assert observer.heard[-1] == "it failed"
    numbers = [int(text.split()[0]) for text in observer.heard[1:-1]]
    # What arrived while the disk could not note it arrives again; nothing is missing.
    assert sorted(set(numbers)) == list(range(200))


@pytest.mark.parametrize("kind", ["file", "read-only", "garbage"])
def test_a_state_folder_that_cannot_be_used(tmp_path: Path, broker: Broker, observer: Observer, kind: str) -> None:
    state = tmp_path / "state"
    if kind == "file":
        state.write_text("")
    else:
        state.mkdir()
    if kind == "garbage":
        (state / "outbox.sqlite").write_bytes(random.Random(1).randbytes(20_000))
    if kind == "read-only":
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(state)], check=True)
    try:
        log = next_builder(state / "outbox.sqlite", broker.port, observer.port, "project")
    finally:
        if kind == "read-only":
            subprocess.run(["umount", str(state)], check=True)
    assert len(log) == 1
    assert "the outbox cannot be used" in log[0]
    wait_until_heard(broker, "success", "project")
    if kind == "garbage":
        assert (state / "outbox.sqlite").stat().st_size == 20_000


def test_an_observer_that_comes_back_hears_everything_in_order(outbox: Path, broker: Broker) -> None:
    port = free_port()
    audience = Audience("127.0.0.1", "127.0.0.1", broker.port, port)
    log: list[str] = []
    with Notifications("project", SUBJECT, audience, outbox, log.append) as told:
        told.started()
        told.tell("one")
        told.tell("two")
        wait_until_heard(broker, "started", "project")
        assert soon(lambda: log), "nobody noticed that the observer is not there"
        with Observer(port) as observer:
            told.tell("three")
            deadline = time.monotonic() + 10
            while len(observer.heard) < 3 and time.monotonic() < deadline:
                time.sleep(0.05)
            assert observer.heard == ["one", "two", "three"]
    assert len(log) == 1


def test_the_command_tells_what_waits_and_delivers_it(outbox: Path, tmp_path: Path) -> None:
    port, observer_port = free_port(), free_port()
    with killed_builder(outbox, port, observer_port, "project", "failed"):
        pass
    refused = deliver(outbox)
    assert refused.returncode == 75
    assert [each["audience"] for each in json.loads(refused.stdout)["undelivered"]] == [
        "manager",
        "observer",
        "observer",
        "manager",
    ]
    assert refused.stderr.count("Connection refused") == 2
    listed = subprocess.run(
        [COMMAND, "outbox"],
        env={**os.environ, "FEDBAKE_STATE_DIR": str(outbox.parent)},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.decode()
    assert f"project  observer at 127.0.0.1:{observer_port}  building\n" in listed
    assert f"project  manager at 127.0.0.1:{port}  {PREFIX}failed\n4 notifications wait\n" in listed
    with Broker(port, tmp_path, forgets=False) as broker, Observer(observer_port) as observer:
        done = deliver(outbox)
        assert (done.returncode, json.loads(done.stdout)) == (0, {"undelivered": []}), done.stderr
        assert [status for status, _ in heard(broker, "project")] == ["started", "failed"]
        assert observer.heard == ["building", "it failed"]
