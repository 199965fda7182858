"""What an actor tells others: the FLOps manager over MQTT, and the project's observer over TCP.

Topics, payloads and limits are those of the FLOps contract (sections "MQTT" and "Observer TCP protocol"). A notice that
cannot be delivered is a line in the log: it never fails an actor, and delays it by seconds at most.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from fedbake_actors.errors import ActorError
from fedbake_actors.user_code import describe

MQTT_PORT = 9027
OBSERVER_PORT = 2727
# What the observer reads from one connection, in bytes; it decodes strictly, so that no character may be cut.
_OBSERVER_BYTES = 1024
_CONNECT_SECONDS = 5
_ACKNOWLEDGED_SECONDS = 10
_ATTEMPTS = 3
_PAUSE_SECONDS = 2
_LONGEST_MESSAGE = 8000


@dataclass(frozen=True)
class Audience:
    """Where the manager's broker and the observer listen."""

    mqtt_host: str
    observer_host: str
    mqtt_port: int = MQTT_PORT
    observer_port: int = OBSERVER_PORT


class Notices:
    """Sends the notices of one actor of one project; ``audience`` is ``None`` when notifications are switched off."""

    def __init__(self, project: str, subject: str, audience: Audience | None, write: Callable[[str], None]) -> None:
        self._project = project
        self._subject = subject
        self._audience = audience
        self._write = write
        self._observer_lost = False

    def manager(self, status: str, **facts: object) -> None:
        """Publish to ``flops_manager/<subject>/<status>`` and wait for the broker to acknowledge it.

        Args:
            status: ``started``, ``success`` or ``failed``.
            facts: the payload besides the project.
        """
        if self._audience is None:
            return
        topic = f"flops_manager/{self._subject}/{status}"
        payload = json.dumps({"flops_project_id": self._project, **facts})
        obstacle = _delivered(self._audience, topic, payload)
        if obstacle is not None:
            self._write(f"the manager was not told {topic}: {obstacle}")

    def observer(self, text: str) -> None:
        """Tell the observer; once it was not there, it is left alone."""
        if self._audience is None or self._observer_lost:
            return
        try:
            for part in pieces(text):
                _told(self._audience, part)
        except OSError as error:
            self._observer_lost = True
            self._write(f"the project observer cannot be reached: {error.strerror or error}")

    @contextmanager
    def failures(self, **facts: object) -> Iterator[None]:
        """Tell the manager and the observer of a failure inside of the block, which goes on as it was raised."""
        try:
            yield
        except ActorError as error:
            self._failed("\n".join([error.message, *error.details]), facts)
            raise
        except Exception as error:
            self._failed(describe(error), facts)
            raise

    def _failed(self, message: str, facts: Mapping[str, object]) -> None:
        shown = message[:_LONGEST_MESSAGE]
        self.observer(f"{self._subject} failed: {shown}")
        self.manager("failed", **facts, error_msg=shown)


def pieces(text: str) -> Iterator[bytes]:
    """A text in UTF-8, cut between characters into what the observer reads at once."""
    data = text.encode("utf-8", "replace")
    while data:
        end = min(len(data), _OBSERVER_BYTES)
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        yield data[:end]
        data = data[end:]


def _told(audience: Audience, part: bytes) -> None:
    with socket.create_connection((audience.observer_host, audience.observer_port), _CONNECT_SECONDS) as connection:
        connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        # Its answer says that it has read; the observer serves one connection at a time.
        connection.recv(2 * _OBSERVER_BYTES)


def _delivered(audience: Audience, topic: str, payload: str) -> str | None:
    """Try to publish; what was in the way at last, if anything."""
    obstacle = None
    for attempt in range(_ATTEMPTS):
        time.sleep(_PAUSE_SECONDS if attempt else 0)
        try:
            _publish(audience, topic, payload)
        except ImportError as error:
            return describe(error)
        except (OSError, RuntimeError) as error:
            obstacle = describe(error)
        else:
            return None
    return obstacle


def _publish(audience: Audience, topic: str, payload: str) -> None:
    """Publish once and wait for the broker.

    Raises:
        OSError: the broker cannot be reached, or did not acknowledge the message in time.
        ImportError: the environment has no paho-mqtt.
    """
    # Asked first, because paho before 2.0 knows no limit for how long it connects.
    socket.create_connection((audience.mqtt_host, audience.mqtt_port), _CONNECT_SECONDS).close()
    import paho.mqtt.client as paho

    # Since paho 2.0 a client says which form of callbacks it uses, even when it has none.
    client = paho.Client(paho.CallbackAPIVersion.VERSION2) if hasattr(paho, "CallbackAPIVersion") else paho.Client()
    client.connect(audience.mqtt_host, audience.mqtt_port)
    client.loop_start()
    try:
        message = client.publish(topic, payload, qos=1)
        message.wait_for_publish(_ACKNOWLEDGED_SECONDS)
        if not message.is_published():
            raise TimeoutError("the broker did not acknowledge it")
    finally:
        client.disconnect()
        client.loop_stop()
