"""Waiting for something outside to become true."""

import time
from collections.abc import Callable

_POLL_SECONDS = 0.1


def wait_until(is_true: Callable[[], bool], patience: float, pause: float = _POLL_SECONDS) -> bool:
    """Ask every ``pause`` seconds until it is true or ``patience`` seconds have passed; whether it became true."""
    deadline = time.monotonic() + patience
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
