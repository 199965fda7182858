"""Temporary folders that do not pile up: whoever makes one removes those that killed processes left behind."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fedbake.errors import WorkerError

_PREFIX = "fedbake-scratch-"


@contextmanager
def scratch_folder(within: Path | None = None) -> Iterator[Path]:
    """A private folder that is gone afterwards; after ``kill -9``, when the next one is made.

    Its owner holds a lock on it, which the kernel releases with the process (flock(2)): a folder nobody holds has no
    owner any more. Process numbers would not do, as containers that share the folder around it do not share those.

    Args:
        within: the folder around it; that of the system when not given.

    Raises:
        WorkerError: it cannot be made.
    """
    around = Path(tempfile.gettempdir()) if within is None else within
    _sweep(around)
    folder, descriptor = _made(around)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _made(around: Path) -> tuple[Path, int]:
    """A new folder, held. Between its making and its locking another process may take it for an orphan."""
    while True:
        try:
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=around))
        except OSError as error:
            hint = "it needs to be writable, and on a disk that is not full; TMPDIR names another one"
            message = f"a temporary folder cannot be made: {error.strerror}"
            raise WorkerError(message, where=str(around), hint=hint) from error
        descriptor = _held(folder)
        if descriptor is not None:
            if folder.is_dir():
                return folder, descriptor
            os.close(descriptor)


def _held(folder: Path) -> int | None:
    """Hold a folder; ``None`` when somebody else holds it, or it is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _sweep(around: Path) -> None:
    with suppress(OSError), os.scandir(around) as entries:
        for folder in [Path(entry.path) for entry in entries if _is_own(entry)]:
            descriptor = _held(folder)
            if descriptor is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(descriptor)


def _is_own(entry: "os.DirEntry[str]") -> bool:
    if not entry.name.startswith(_PREFIX):
        return False
    found = entry.stat(follow_symlinks=False)
    return found.st_uid == os.getuid()
