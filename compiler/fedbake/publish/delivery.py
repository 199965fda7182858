"""Delivering what is in the outbox: to one address, in order, in the background, for as long as it takes."""

import threading
from collections.abc import Callable
from typing import Protocol

from fedbake.publish.mqtt import Session
from fedbake.publish.notice import Address, Channel, Notice
from fedbake.publish.observer import tell
from fedbake.publish.outbox import Outbox
from fedbake.transient import DELIVERY

_TURN_SECONDS = 0.05
_HURRIED_SECONDS = 0.3
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
    """One connection to the broker while it lasts, with a last will, which is the parting word as it stands.

    MQTT knows a will from the beginning of a connection only: another will is another connection.

    Attributes:
        fear: what the manager is to hear should this process die before it says its last word.
        word: the last word, once it is said.
        on_lost: called from another thread when the connection ends.
    """

    def __init__(self, address: Address, outbox: Outbox) -> None:
        self.fear: Notice | None = None
        self.word: Notice | None = None
        self.on_lost: Callable[[], None] = lambda: None
        self._address = address
        self._outbox = outbox
        self._session: Session | None = None
        self._offered: Notice | None = None

    @property
    def is_settled(self) -> bool:
        """Whether no broker has a will that the last word has made untrue."""
        return self.word is None or self._offered in (None, self.word)

    def prepare(self) -> None:
        """Be connected, with the will as it stands."""
        self._connected()

    def send(self, notice: Notice) -> None:
        """Publish, and wait for the acknowledgement."""
        self._connected().publish(notice)

    def end(self) -> None:
        """Say good-bye, so that the broker forgets the will."""
        if self._session is not None:
            self._session.end()
            self._session = None

    def _connected(self) -> Session:
        will = self._will()
        if self._session is not None and self._session.is_alive:
            if self._session.will is will:
                return self._session
            self._session.end()
        if self._session is not None:
            self._session = None
            self._outbox.entrusted(to_broker=False)
        self._offered = will
        try:
            session = Session(self._address, will, self.on_lost)
        except BaseException:
            self._offered = None
            raise
        self._session = session
        self._outbox.entrusted(to_broker=will is not None)
        return session

    def _will(self) -> Notice | None:
        """None while messages wait that come before the last word: a will would overtake them."""
        if self.word is None:
            return self.fear
        return None if self._outbox.has_before(self.word) else self.word


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
        self._is_hurried = False
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
        self._is_hurried = True
        self.wake()

    def stop(self) -> None:
        """Stop after the message in hand."""
        self._is_ending = True
        self.wake()

    def has_stopped(self, patience: float) -> bool:
        """Wait a number of seconds until it has stopped."""
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _work(self) -> None:
        pauses = DELIVERY.pauses()
        while not self._is_ending:
            try:
                self._line.prepare()
                # While another process sends, there is nothing to do but to look again; else until there is news.
                pause = None if deliver(self._outbox, self._address, self._line, self._goes_on) else _TURN_SECONDS
                pauses = DELIVERY.pauses()
            except OBSTACLES as error:
                self._note(error)
                pause = min(next(pauses), _HURRIED_SECONDS) if self._is_hurried else next(pauses)
            self._wake.wait(pause)
            self._wake.clear()
        self._line.end()

    def _goes_on(self) -> bool:
        return not self._is_ending

    def _note(self, error: Exception) -> None:
        if not self._is_lost:
            self._is_lost = True
            reason = getattr(error, "strerror", None) or error
            self._report(f"the {self._address} cannot be told: {reason}; it is tried again in the background")
