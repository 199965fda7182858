"""A real MQTT broker (mosquitto) on a port of its own, and an independent listener on everything it carries."""

import json
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as paho

_READY_SECONDS = 10
# Run by root it would change its user, and could not write there.
_NOTHING_LOST = "persistence true\npersistence_location {folder}/\nmax_queued_messages 0\nuser root\n"


class Broker:
    """Runs mosquitto; ``messages`` are topic and payload of everything published, in order.

    With ``forgets=False`` it and its listener lose nothing when it is stopped and started again.
    """

    def __init__(self, port: int, folder: Path, *, forgets: bool = True) -> None:
        self.port = port
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\n"
            + ("persistence false\n" if forgets else _NOTHING_LOST.format(folder=folder))
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._listener = paho.Client(paho.CallbackAPIVersion.VERSION2, "listener", clean_session=forgets)
        self._listener.reconnect_delay_set(1, 1)
        self._listener.on_message = self._heard
        self._listens = threading.Event()
        self._listener.on_subscribe = lambda *_: self._listens.set()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        assert program, "mosquitto is not installed (make worker does it)"
        self._process = subprocess.Popen([program, "-c", str(self._config)], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop it as a service manager does; the listener waits for it to come back."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        self._listener.connect("127.0.0.1", self.port)
        self._listener.subscribe("#", qos=1)
        self._listener.loop_start()
        # One that is stopped before it knows of the subscription has nothing to keep for the listener.
        assert self._listens.wait(_READY_SECONDS), "the broker did not accept the listener"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.disconnect()
        self._listener.loop_stop()
        self.stop()

    def wait_for(self, topic: str, seconds: float = 10) -> dict[str, Any]:
        """The payload of the first message of a topic.

        Raises:
            TimeoutError: there was none in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for name, payload in list(self.messages):
                if name == topic:
                    return payload
            time.sleep(0.05)
        raise TimeoutError(f"nothing was published to {topic}; there were {self.messages}")

    def _heard(self, client: object, data: object, message: paho.MQTTMessage) -> None:
        self.messages.append((message.topic, json.loads(message.payload)))
