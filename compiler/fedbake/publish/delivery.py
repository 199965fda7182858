"""Delivering what is in the outbox: to one address, in order, in the background, for as long as it takes."""

import random
import threading
from collections.abc import Callable
from typing import Protocol

from fedbake.publish.mqtt import Session
from fedbake.publish.notice import Address, Channel, Notice
from fedbake.publish.observer import tell
from fedbake.publish.outbox import Outbox

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_TURN_SECONDS = 0.05
# Of hosts that are no names, paho and the resolver complain with these.
OBSTACLES = (OSError, ValueError)


class Line(Protocol):
    """A way to somebody."""

    def prepare(self) -> None:
        """Make sure that something can be sent; raises one of OBSTACLES."""

    def send(self, notice: Notice) -> None:
        """Send, and wait until it has arrived; raises one of OBSTACLES."""

    def end(self) -> None:
        """Nothing more is sent."""


class ObserverLine:
    """A connection to the observer for each text."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def prepare(self) -> None:
        """There is nothing to prepare."""

    def send(self, notice: Notice) -> None:
        """Tell the observer."""
        tell(self._address, notice)

    def end(self) -> None:
        """There is nothing to end."""


class ManagerLine:
    """One connection to the broker while it lasts, with a last will.

    Attributes:
        will: what the broker is to publish should this process die from now on; when it changes, the connection is
            made anew, as MQTT wants it.
        on_lost: called from another thread when the connection ends.
    """

    def __init__(self, address: Address, outbox: Outbox) -> None:
        self.will: Notice | None = None
        self.on_lost: Callable[[], None] = lambda: None
        self._address = address
        self._outbox = outbox
        self._session: Session | None = None

    @property
    def is_settled(self) -> bool:
        """Whether no broker has another will of this process than the one that holds now."""
        session = self._session
        return session is None or not session.is_alive or session.will is self.will

    def prepare(self) -> None:
        """Be connected, with the will as it is now."""
        if self._session is not None and self._session.is_alive:
            if self._session.will is self.will:
                return
            self._session.end()
        if self._session is not None:
            self._session = None
            self._outbox.entrusted(to_broker=False)
        self._session = Session(self._address, self.will, self.on_lost)
        self._outbox.entrusted(to_broker=self.will is not None)

    def send(self, notice: Notice) -> None:
        """Publish, and wait for the acknowledgement."""
        self.prepare()
        if self._session is not None:
            self._session.publish(notice)

    def end(self) -> None:
        """Say good-bye, so that the broker forgets the will."""
        if self._session is not None:
            self._session.end()
            self._session = None


def line_to(address: Address, outbox: Outbox) -> Line:
    """A way to an address, without a will."""
    return ManagerLine(address, outbox) if address.channel == Channel.MANAGER else ObserverLine(address)


def deliver(outbox: Outbox, address: Address, line: Line, goes_on: Callable[[], bool] = lambda: True) -> bool:
    """Send what is due at an address, in order; whether this process had its turn.

    Args:
        goes_on: asked before each message.

    Raises:
        OSError, ValueError: a message did not arrive; it and all after it are still in the outbox.
    """
    with outbox.turn(address) as is_ours:
        while is_ours and goes_on() and (notice := outbox.next(address)) is not None:
            line.send(notice)
            outbox.remove(notice)
    return is_ours


class Courier:
    """A thread that delivers to one address, and tries again, less and less often, what did not arrive."""

    def __init__(self, outbox: Outbox, address: Address, line: Line, report: Callable[[str], None]) -> None:
        self._outbox = outbox
        self._address = address
        self._line = line
        self._report = report
        self._wake = threading.Event()
        self._longest = _LONGEST_PAUSE
        self._is_ending = False
        self._is_lost = False
        self._thread = threading.Thread(target=self._work, name=f"fedbake-{address.channel}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def hurry(self) -> None:
        """Try at once, and often from now on."""
        self._longest = 2 * _FIRST_PAUSE
        self.wake()

    def end(self, patience: float) -> bool:
        """Stop after the message in hand, and wait a number of seconds for that; whether it has stopped."""
        self._is_ending = True
        self.wake()
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _work(self) -> None:
        pause = 0.0
        while not self._is_ending:
            try:
                self._line.prepare()
                pause = 0.0 if deliver(self._outbox, self._address, self._line, self._goes_on) else _TURN_SECONDS
            except OBSTACLES as error:
                self._note(error)
                pause = min(max(2 * pause, _FIRST_PAUSE), self._longest) * random.uniform(0.7, 1.3)  # noqa: S311
            self._wake.wait(pause or None)
            self._wake.clear()
        self._line.end()

    def _goes_on(self) -> bool:
        return not self._is_ending

    def _note(self, error: Exception) -> None:
        if not self._is_lost:
            self._is_lost = True
            reason = getattr(error, "strerror", None) or error
            self._report(f"the {self._address} cannot be told: {reason}; it is tried again in the background")
