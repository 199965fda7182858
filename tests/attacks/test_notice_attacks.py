"""Attacks on notifications (NTF-1 to NTF-4), each live against a naive way of telling first."""

import json
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from e2e.broker import Broker
from e2e.observer import Observer
from fedbake.errors import UsageError
from fedbake.names import project_id
from fedbake.publish.audience import Audience
from fedbake.publish.notifications import Notifications
from fedbake.publish.wording import LONGEST_BYTES, OBSERVER_BYTES
from ports import free_port

SECRET = "5ec2e7f00d5ec2e7f00d5ec2e7f00d5e"
SUBJECT = "trained_model_image_builder"
PREFIX = f"flops_manager/{SUBJECT}/"
# What an error of a hostile repository could hold, all at once.
HOSTILE = (
    f"\x1b]52;c;aGVsbG8=\x07\x1b[2J\x9b31mfatal: https://me:{SECRET}@host/x?sig={SECRET}\r\n"
    f'{{"level":"info"}}\x00 \u202etxt\u2066 \u2028 --token={SECRET} \ud800 DB_PASSWORD: "{SECRET} {SECRET}"\n'
)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(free_port(), tmp_path) as running:
        yield running


@pytest.fixture
def tell_of_failure(tmp_path: Path) -> Callable[[int, int, str], list[str]]:
    """A builder of fedbake that fails with this message."""

    def tell(mqtt: int, observer: int, message: str) -> list[str]:
        log: list[str] = []
        audience = Audience("127.0.0.1", "127.0.0.1", mqtt, observer)
        with Notifications("project", SUBJECT, audience, tmp_path / "outbox.sqlite", log.append) as told:
            told.failed(message)
        return log

    return tell


def naive_publish(port: int, topic: str, payload: str, *, retain: bool = False) -> None:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.publish(topic, payload.encode("utf-8", "surrogatepass"), qos=1, retain=retain).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


@pytest.mark.parametrize("project", ["a/b", "$SYS/x", "x//y", "x" * 3000, "a b"])
def test_ntf1_a_project_cannot_choose_its_topic(broker: Broker, project: str) -> None:
    naive_publish(broker.port, f"flops/{project}/failed", "{}")
    broker.wait_for(f"flops/{project}/failed")
    with pytest.raises(UsageError):
        project_id(project)


@pytest.mark.parametrize("project", ["+", "#", "a\0b", "a\nb", "\ud800", "", "a" * 70_000, "a\n", "\uff41", "A"])
def test_ntf1_what_brokers_refuse_or_lose_is_refused_earlier(project: str) -> None:
    with pytest.raises(UsageError) as refused:
        project_id(project)
    assert len(refused.value.message) < 1000


def test_ntf2_an_endless_error_is_cut(broker: Broker, tell_of_failure: Callable[[int, int, str], list[str]]) -> None:
    message = HOSTILE + "€" * (10 * 2**20 // 3)
    naive_publish(
        broker.port, "naive", json.dumps({"error_msg": message}, ensure_ascii=False)[:-1].replace("\ud800", "") + "}"
    )
    assert len(broker.wait_for("naive")["error_msg"].encode()) > 10 * 2**20
    with Observer() as observer:
        tell_of_failure(broker.port, observer.port, message)
    failed = broker.wait_for(f"{PREFIX}failed")["error_msg"]
    assert len(failed.encode()) <= LONGEST_BYTES
    assert failed.endswith("(shortened)")
    assert "".join(observer.heard) == failed
    assert len(observer.heard) <= LONGEST_BYTES // (OBSERVER_BYTES - 3) + 1


def test_ntf2_controls_and_secrets_of_an_error_are_told_to_nobody(
    broker: Broker, tmp_path: Path, tell_of_failure: Callable[[int, int, str], list[str]]
) -> None:
    naive_publish(broker.port, "naive", json.dumps({"error_msg": HOSTILE}))
    assert SECRET in broker.wait_for("naive")["error_msg"]
    assert "\x1b[2J" in broker.wait_for("naive")["error_msg"]
    with Observer() as observer:
        # Nobody is at the other port: what waits on the disk is looked at, too.
        tell_of_failure(broker.port, observer.port, HOSTILE)
    failed = broker.wait_for(f"{PREFIX}failed")["error_msg"]
    assert failed.split("\n") == [
        "fatal: https://***@host/x?***",
        '{"level":"info"} txt  --token=***  DB_PASSWORD: ***',
    ]
    assert observer.heard == [failed]
    for file in tmp_path.glob("outbox*"):
        assert file.is_dir() or SECRET.encode() not in file.read_bytes()


def test_ntf2_a_cut_character_does_not_end_the_observer(
    broker: Broker, tell_of_failure: Callable[[int, int, str], list[str]]
) -> None:
    text = "aa" + "€" * 1000
    with pytest.raises(UnicodeDecodeError):
        text.encode()[:OBSERVER_BYTES].decode()
    with Observer() as observer:
        tell_of_failure(broker.port, observer.port, text)
        assert "".join(observer.heard) == text


def test_ntf2_a_message_is_always_json(broker: Broker, tell_of_failure: Callable[[int, int, str], list[str]]) -> None:
    forged = '", "flops_project_id": "other", "x": "' + "[" * 3000
    assert json.loads(f'{{"flops_project_id": "project", "error_msg": "{forged}"}}')["flops_project_id"] == "other"
    with Observer() as observer:
        tell_of_failure(broker.port, observer.port, forged)
    failed = broker.wait_for(f"{PREFIX}failed")
    assert (failed["flops_project_id"], failed["error_msg"]) == ("project", forged)


def test_ntf3_nothing_is_retained_for_whoever_subscribes_later(
    broker: Broker, tell_of_failure: Callable[[int, int, str], list[str]]
) -> None:
    naive_publish(broker.port, "naive", "{}", retain=True)
    with Observer() as observer:
        tell_of_failure(broker.port, observer.port, "it failed")
    broker.wait_for(f"{PREFIX}failed")
    later: list[str] = []
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: later.append(message.topic)
    client.connect("127.0.0.1", broker.port)
    client.subscribe("#")
    client.loop_start()
    time.sleep(0.5)
    client.disconnect()
    client.loop_stop()
    assert later == ["naive"]


@contextmanager
def hostile_observer(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Accepts, and does something to whoever connected."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        open_for_good: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                    open_for_good.append(connection)
                    answer(connection)
                except OSError:
                    if server.fileno() < 0:
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for connection in open_for_good:
            connection.close()
        thread.join(5)


def never(_: socket.socket) -> None:
    """Reads nothing, answers nothing, closes nothing."""


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def flood(connection: socket.socket) -> None:
    """A gigabyte, as long as it is taken."""
    connection.settimeout(2)
    for _ in range(1000):
        connection.sendall(b"x" * 10**6)


def naive_tell(port: int) -> int:
    """How a naive client waits for an answer: until there is no more. It is given two seconds here."""
    received = 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(2)
        connection.sendall(b"text")
        while received < 50 * 10**6 and (part := connection.recv(2**20)):
            received += len(part)
    return received


@pytest.mark.parametrize("answer", [never, reset, flood])
def test_ntf4_a_hostile_observer_changes_nothing(
    broker: Broker,
    tell_of_failure: Callable[[int, int, str], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[socket.socket], None],
) -> None:
    monkeypatch.setattr("fedbake.publish.notifications.OBSERVER_SECONDS", 1.0)
    with hostile_observer(answer) as port:
        if answer is flood:
            assert naive_tell(port) >= 50 * 10**6
        else:
            with pytest.raises(OSError):
                naive_tell(port)
    with hostile_observer(answer) as port:
        began = time.monotonic()
        tracemalloc.start()
        log = tell_of_failure(broker.port, port, "it failed")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert time.monotonic() - began < 5
    assert peak < 20 * 2**20
    assert broker.wait_for(f"{PREFIX}failed")["error_msg"] == "it failed"
    assert not log or "cannot be told" in log[0] or "not delivered" in log[0]
