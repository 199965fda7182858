"""What passes by itself, and how it is tried again: the one place that decides (docs/faults.md).

A failure passes when the network failed, when a server is out of order for now (429 or 5xx), or when an engine
restarts. Everything else stays as it is however often it is tried: a refused login, a full disk, a program that failed.
"""

import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from fedbake.errors import TransientError, WorkerError

T = TypeVar("T")
Notice = Callable[[str], None]
"""Takes one line for a person each time something is tried again."""

_TOO_MANY_REQUESTS = 429
# Longer pauses than this gives are none; a float holds no more than a thousand.
_DOUBLINGS = 64
# Compiled only when something failed.
_NETWORK = (
    r"connection (?:was )?(?:reset|refused|aborted|timed out|failed|closed)|broken pipe|unexpected eof|early eof"
    r"|no such host|temporary failure|server misbehaving|could not resolve host|couldn't connect|could not connect"
    r"|failed to connect|network is unreachable|no route to host|timed? ?out\b|deadline exceeded|operation too slow"
    r"|connect to host|recv failure|send failure|unexpected disconnect|hung up unexpectedly|transfer closed with"
    r"|empty reply from server|ssl_read|recv error|hash sum mismatch"
)
_SERVER = r"(?<![\w-])(?:429|5[0-9]{2}) [A-Z]|returned error: (?:429|5[0-9]{2})\b|too many requests|toomanyrequests"
_ENGINE = (
    r"cannot connect to the docker daemon|error during connect|is the docker daemon running"
    r"|code = unavailable|error reading from server: eof|closing transport|docker\.sock"
)


class EngineStoppedError(WorkerError):
    """The engine went away while it worked. It may be restarting: that is waited for, and the work done again."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often something is tried again, after pauses that double.

    Attributes:
        times: at most, beyond the first try.
        first: seconds of the first pause.
        longest: seconds of any pause.
    """

    times: int
    first: float
    longest: float

    def pauses(self) -> Iterator[float]:
        """The pauses in seconds; each is shortened by up to a half by chance, so that many workers spread out."""
        import random

        for number in range(self.times):
            yield min(self.first * 2 ** min(number, _DOUBLINGS), self.longest) * random.uniform(0.5, 1.0)  # noqa: S311  (no secret)


REQUEST = Retries(times=4, first=0.5, longest=4.0)
"""One request to a server: about six seconds in all."""

BUILD = Retries(times=5, first=1.0, longest=15.0)
"""One build, whose finished steps come from the cache: about half a minute in all."""

DELIVERY = Retries(times=sys.maxsize, first=0.3, longest=6.0)
"""Notifications, in the background for as long as a builder runs."""


def passing_status(status: int) -> bool:
    """Whether an HTTP status says that the server is out of order for now."""
    return status == _TOO_MANY_REQUESTS or 500 <= status < 600


def passing_text(text: str) -> bool:
    """Whether a program's own words (of buildx, BuildKit, git, curl, APT) describe a failure that passes."""
    return re.search(f"{_NETWORK}|{_SERVER}", text, re.IGNORECASE) is not None


def engine_stopped(text: str) -> bool:
    """Whether buildx says that the engine or builder it worked with is gone."""
    return re.search(_ENGINE, text, re.IGNORECASE) is not None


def persistently(
    attempt: Callable[[], T], retries: Retries, seconds: float, notice: Notice, until: float = float("inf")
) -> T:
    """Do something, and again after each failure that passes.

    Args:
        attempt: what is done; raises `TransientError` for what passes.
        retries: how often, and with which pauses.
        seconds: nothing is tried again later than this after the first failure (``Settings.patience``).
        notice: told before each pause.
        until: nothing is tried again after this moment of ``time.monotonic()`` either.

    Raises:
        TransientError: the last failure, when it did not pass.
    """
    for pause in retries.pauses():
        try:
            return attempt()
        except TransientError as error:
            until = min(until, time.monotonic() + seconds)
            if time.monotonic() + pause > until:
                raise
            notice(f"{error.message}; trying again in {pause:.1f} s")
        time.sleep(pause)
    return attempt()


def quietly(_line: str) -> None:
    """A `Notice` nobody reads."""
