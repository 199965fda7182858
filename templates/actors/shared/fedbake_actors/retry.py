"""Waiting between attempts: longer each time, never in step with others, and not for ever."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 20.0


class Backoff:
    """Decides how long to wait before the next attempt, and when to give up.

    Args:
        window: seconds without any success after which there are no more attempts.
        clock: seconds of a clock that never goes back.
        sleep: waits for a number of seconds.
        jitter: a number from 0 to 1; many learners start at once and must not come back at once.
    """

    def __init__(
        self,
        window: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._window = window
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self.succeeded()

    def succeeded(self) -> None:
        """Begin anew: the next wait is short again, and the window starts now."""
        self._deadline = self._clock() + self._window
        self._next = FIRST_SECONDS

    def wait(self) -> bool:
        """Wait before the next attempt; ``False``, at once, when the window has passed."""
        left = self._deadline - self._clock()
        if left <= 0:
            return False
        self._sleep(min(left, self._next * (0.5 + self._jitter() / 2)))
        self._next = min(LONGEST_SECONDS, self._next * 2)
        return True
