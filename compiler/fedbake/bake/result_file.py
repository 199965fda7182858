"""``result.json``: left in the plan directory complete, or not at all."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fedbake.bake.directory import RESULT, RESULT_PART
from fedbake.bake.eventlog import cannot_write
from fedbake.bake.result import BakeResult


def result_json(result: BakeResult) -> str:
    """The text of ``result.json``: keys in the order of the model."""
    return json.dumps(result.model_dump(mode="json"), indent=2, ensure_ascii=True) + "\n"


def write_result(directory: Path, result: BakeResult) -> None:
    """Write the result of a bake.

    Raises:
        WorkerError: it cannot be written; a result that was there stays.
    """
    part, final = directory / RESULT_PART, directory / RESULT
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with _alone_in(directory), os.fdopen(os.open(part, flags, 0o644), "w", encoding="ascii") as stream:
            stream.write(result_json(result))
            stream.flush()
            part.replace(final)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise cannot_write(error, final) from error


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Builders of one plan may be answered at the same moment; each writes when the one before it is done."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
