"""One connection to an MQTT broker: MQTT 3.1.1, QoS 1 with the acknowledgement awaited, nothing retained, a last will.

A connection that is lost is never taken up again: paho would send by itself what it still has, at a time when another
process may have sent it, or something later.
"""

import socket
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from fedbake.publish.notice import Address, Notice

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

_CONNECT_SECONDS = 5.0
_ACKNOWLEDGED_SECONDS = 5.0
_END_SECONDS = 4.0
# A broker publishes the last will of a machine that vanished after one and a half times this.
_KEEPALIVE_SECONDS = 30


class Session:
    """A connection to a broker, from CONNECT to its end.

    Attributes:
        will: what the broker publishes when this process ends without saying good-bye.
    """

    def __init__(self, address: Address, will: Notice | None, on_lost: Callable[[], None]) -> None:
        """Connect, and wait until the broker has accepted.

        Args:
            on_lost: called from another thread when the connection ends for whatever reason.

        Raises:
            OSError: the broker cannot be reached, refuses, or does not answer in time.
        """
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self.will = will
        self._on_lost = on_lost
        self._news = threading.Condition()
        self._refusal: str | None = None
        self._is_accepted = False
        self._is_over = False
        self._acknowledged: set[int] = set()
        # 23 characters at most, as every broker of MQTT 3.1.1 accepts.
        name = f"fedbake-{uuid.uuid4().hex[:12]}"
        self._client = Client(CallbackAPIVersion.VERSION2, name, reconnect_on_failure=False)
        self._client.connect_timeout = _CONNECT_SECONDS
        self._client.on_connect = self._connected
        self._client.on_publish = self._published
        self._client.on_disconnect = self._disconnected
        if will is not None and will.topic is not None:
            self._client.will_set(will.topic, will.body.encode(), qos=1, retain=False)
        self._client.connect(address.host, address.port, _KEEPALIVE_SECONDS)
        self._client.loop_start()
        if not self._wait(lambda: self._is_accepted or self._is_over, _CONNECT_SECONDS) or self._is_over:
            self.end()
            raise ConnectionError(self._refusal or "it accepts connections, and speaks no MQTT")

    @property
    def is_alive(self) -> bool:
        """Whether the connection is there, as far as is known."""
        return not self._is_over

    def publish(self, notice: Notice) -> None:
        """Publish a message and wait for the broker's acknowledgement.

        Raises:
            OSError: there was none in time; the connection is ended then.
        """
        if notice.topic is None:
            raise ValueError("a message for the observer")
        sent = self._client.publish(notice.topic, notice.body.encode(), qos=1, retain=False)
        self._wait(lambda: sent.mid in self._acknowledged or self._is_over, _ACKNOWLEDGED_SECONDS)
        if sent.mid not in self._acknowledged:
            self.end()
            raise ConnectionError("it did not acknowledge a message")

    def end(self) -> None:
        """Say good-bye, also to a broker that is slow: it reads this later, and forgets the last will."""
        self._client.disconnect()
        connection = self._client.socket()
        if not self._wait(lambda: self._is_over, _END_SECONDS) and isinstance(connection, socket.socket):
            # It does not even take these few bytes.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _wait(self, is_true: Callable[[], bool], patience: float) -> bool:
        with self._news:
            return self._news.wait_for(is_true, patience)

    def _connected(
        self, _client: object, _data: object, _flags: object, reason: "ReasonCode", _properties: object
    ) -> None:
        with self._news:
            if reason.is_failure:
                self._refusal = f"it refuses: {reason}"
                self._is_over = True
            self._is_accepted = True
            self._news.notify_all()

    def _published(self, _client: object, _data: object, mid: int, _reason: object, _properties: object) -> None:
        with self._news:
            self._acknowledged.add(mid)
            self._news.notify_all()

    def _disconnected(self, *_: object) -> None:
        with self._news:
            self._is_over = True
            self._news.notify_all()
        self._on_lost()
