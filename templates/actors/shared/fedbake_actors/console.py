"""How an actor speaks and how its process ends."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from fedbake_actors.errors import ActorError


def say(line: str) -> None:
    """Write one line to standard output at once: a container's log is read while it runs."""
    print(line, flush=True)


def complain(error: ActorError) -> None:
    """Write a failure to standard error: its sentence, then its details, indented."""
    print("\n".join([f"error: {error.message}", *(f"  {line}" for line in error.details)]), file=sys.stderr, flush=True)


def run_to_end(actor: Callable[[], None]) -> NoReturn:
    """Run an actor and end the process with its exit code; SIGTERM ends it at once with a line and code 143."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        actor()
    except ActorError as error:
        complain(error)
        _leave(error.exit_code)
    except Exception:
        # Not foreseen, so the whole traceback is the best report; printed here, because the process must end even now.
        traceback.print_exc()
        _leave(1)
    _leave(0)


def _stop(signum: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
    # Written past Python's buffers: the signal may have come while a line was being written to them.
    os.write(1, b"stopped by SIGTERM\n")
    os._exit(128 + signum)


def _leave(code: int) -> NoReturn:
    """End without waiting for threads: those of gRPC last as long as the other side keeps its connection."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
