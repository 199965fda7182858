"""Waiting for something outside to become true."""

import time
from collections.abc import Callable

_POLL_SECONDS = 0.1


def wait_until(is_true: Callable[[], bool], patience: float) -> bool:
    """Ask repeatedly until it is true or ``patience`` seconds have passed; returns whether it became true."""
    deadline = time.monotonic() + patience
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
