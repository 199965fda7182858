"""A plain folder as a snapshot: walked by directory handles, so that no link made meanwhile leads outside."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from fedbake.errors import SourceError
from fedbake.settings import Limits
from fedbake.source.limits import REPOSITORY, Budget, Subject
from fedbake.source.paths import PathRules
from fedbake.source.snapshot import EntryKind
from fedbake.source.spool import CHUNK, Content, Spool, Stored, assemble
from fedbake.source.text import printable

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def read_folder(
    folder: Path, limits: Limits, subject: Subject = REPOSITORY, leaves_out: Callable[[str], bool] = lambda _path: False
) -> Content:
    """Copy every file of a folder; symbolic links are recorded by their text and never followed.

    Args:
        folder: where the files are.
        limits: of their paths, number and sizes.
        subject: what they are together.
        leaves_out: whether a file or folder, by its relative path, is passed over with everything below it.

    Raises:
        SourceError: it has no files, cannot be read, is over a limit, or holds something that is neither file nor link.
    """
    spool = Spool()
    walk = _Walk(limits, subject, leaves_out, spool)
    try:
        top = os.open(folder, _FLAGS | os.O_DIRECTORY)
        try:
            items = list(walk.folder(top, b""))
        finally:
            os.close(top)
    except OSError as error:
        raise SourceError(
            f"the folder cannot be read: {error.strerror}", where=printable(os.fsdecode(error.filename or folder))
        ) from None
    if not items:
        raise SourceError("the folder is empty", where=printable(str(folder)), hint="give the folder with the ML code")
    return assemble(spool, items)


Item = tuple[str, EntryKind, Stored]


class _Walk:
    """One pass over a folder: what has been counted so far, and where content goes."""

    def __init__(self, limits: Limits, subject: Subject, leaves_out: Callable[[str], bool], spool: Spool) -> None:
        self._limits = limits
        self._rules = PathRules(limits, subject)
        self._budget = Budget(limits, subject)
        self._leaves_out = leaves_out
        self._folders = 0
        self._spool = spool

    def folder(self, handle: int, prefix: bytes) -> Iterator[Item]:
        """Everything below an open directory; names are taken as bytes, and sorted so that errors do not vary."""
        self._folders += 1
        if self._folders > self._limits.files or prefix.count(b"/") > self._limits.path_depth:
            raise SourceError("the folder has too many folders, or they lie too deep", where=ascii(os.fsdecode(prefix)))
        for name in sorted(os.fsencode(name) for name in os.listdir(handle)):
            if not self._leaves_out(os.fsdecode(prefix + name)):
                yield from self._path(handle, name, prefix + name)

    def _path(self, parent: int, name: bytes, raw: bytes) -> Iterator[Item]:
        path = self._rules.accept(raw)
        mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            target = os.readlink(name, dir_fd=parent)
            self._budget.take(path, len(target))
            yield path, EntryKind.SYMLINK, self._spool.store([target])
            return
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise SourceError("the folder holds something that is neither a file, a folder nor a link", where=path)
        handle = _open(name, parent, path)
        try:
            if stat.S_ISDIR(mode):
                yield from self.folder(handle, raw + b"/")
            else:
                yield self._file(handle, path)
        finally:
            os.close(handle)

    def _file(self, handle: int, path: str) -> Item:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise _changed(path)
        self._budget.take(path, status.st_size)
        stored = self._spool.store(_chunks(handle, status.st_size))
        if stored.size != status.st_size or os.read(handle, 1):
            raise _changed(path)
        return path, EntryKind.EXECUTABLE if status.st_mode & stat.S_IXUSR else EntryKind.FILE, stored


def _open(name: bytes, parent: int, path: str) -> int:
    try:
        return os.open(name, _FLAGS, dir_fd=parent)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _changed(path) from None
        raise OSError(error.errno, error.strerror, path) from None


def _chunks(handle: int, size: int) -> Iterator[bytes]:
    while size > 0:
        chunk = os.read(handle, min(size, CHUNK))
        if not chunk:
            return
        size -= len(chunk)
        yield chunk


def _changed(path: str) -> SourceError:
    return SourceError("the folder changed while it was read", where=path, hint="try again when nothing writes to it")
