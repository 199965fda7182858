"""``events.ndjson``: everything that happened in a bake, one JSON object per line, written while it happens."""

import errno
import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from fedbake.bake.event import Event, PhaseStarted, as_json
from fedbake.errors import FedbakeError, WorkerError

_LIMIT_BYTES = 64 * 2**20


class EventLog:
    """The log of one bake; a context manager. A log past 64 MiB ends with a line that says so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = _LIMIT_BYTES
        self._stream: BinaryIO | None = None

    def __enter__(self) -> Self:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._stream = os.fdopen(os.open(self._path, flags, 0o644), "wb", buffering=0)
        except OSError as error:
            raise cannot_write(error, self._path) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    def write(self, event: Event) -> None:
        """Add an event.

        Raises:
            WorkerError: it cannot be written.
        """
        if self._stream is None or self._left <= 0:
            return
        line = encoded(event)
        self._left -= len(line)
        if self._left <= 0:
            line = encoded(PhaseStarted("log", "ends here: it reached its limit of 64 MiB"))
        try:
            self._stream.write(line)
        except OSError as error:
            raise cannot_write(error, self._path) from error


def encoded(event: Event) -> bytes:
    """An event as one line of ASCII JSON, so that no text in it can forge a line."""
    return json.dumps(as_json(event, time.time())).encode("ascii") + b"\n"


def cannot_write(error: OSError, path: Path) -> FedbakeError:
    """The error for a file of the plan directory that cannot be written."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = "free some space, then run again" if full else "the plan's folder has to be writable"
    return WorkerError(f"a file cannot be written: {error.strerror}", where=str(path), hint=hint)
