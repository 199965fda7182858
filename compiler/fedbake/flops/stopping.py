"""SIGTERM and SIGINT, as an exception that names them: whoever ends the builder gets a tidy end."""

import signal
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(KeyboardInterrupt):
    """A signal asks the builder to end; ``name`` is the signal's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def raise_when_stopped() -> None:
    """Raise `Stopped` at the first of these signals; further ones change nothing, since the end is under way."""
    for number in _SIGNALS:
        signal.signal(number, _stop)


def stop_no_more() -> None:
    """Take no notice of them any more: the last word is being said, and the manager undeploys whom it hears it from."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _stop(number: int, _frame: FrameType | None) -> None:
    stop_no_more()
    raise Stopped(signal.Signals(number).name)
