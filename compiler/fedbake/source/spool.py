"""Content of a repository or a model, copied once into a private file that has no name, and hashed on the way."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from fedbake.errors import SourceError
from fedbake.source.snapshot import Entry, EntryKind

CHUNK = 1 << 20
_LFS_FIRST_LINE = b"version https://git-lfs.github.com/spec/v1\n"  # Git LFS specification, "The Pointer"
_LFS_MAX_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """Where one content lies in the spool.

    Attributes:
        offset, size: in bytes.
        sha256: of the content, 32 bytes.
        lfs_pointer: whether it is a Git LFS pointer file.
    """

    offset: int
    size: int
    sha256: bytes
    lfs_pointer: bool = False


def unstored(identity: bytes) -> Stored:
    """Stands for something that has an identity but no content here: the commit of a submodule."""
    return Stored(0, 0, hashlib.sha256(identity).digest())


class Spool:
    """A file of mode 0600 that is already unlinked: it disappears with the process."""

    def __init__(self) -> None:
        # Not a with-block: it lives as long as the snapshot that reads from it.
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._end = 0

    def store(self, chunks: Iterable[bytes]) -> Stored:
        """Append one content.

        Raises:
            SourceError: the temporary directory has no room for it.
        """
        digest = hashlib.sha256()
        start, first = self._end, b""
        for chunk in chunks:
            first = first or chunk[:_LFS_MAX_BYTES]
            digest.update(chunk)
            try:
                self._file.write(chunk)
            except OSError as error:
                raise no_room(error) from None
            self._end += len(chunk)
        size = self._end - start
        pointer = size < _LFS_MAX_BYTES and first.startswith(_LFS_FIRST_LINE)
        return Stored(start, size, digest.digest(), pointer)

    def seal(self, index: Mapping[str, Stored]) -> "SpooledContents":
        """End writing; what was stored can be read by path.

        Raises:
            SourceError: the temporary directory has no room for it.
        """
        try:
            self._file.flush()
        except OSError as error:
            raise no_room(error) from None
        return SpooledContents(self._file, dict(index))


class SpooledContents:
    """Reads regular files out of a spool (`fedbake.source.snapshot.Contents`)."""

    def __init__(self, file: IO[bytes], index: Mapping[str, Stored]) -> None:
        self._file = file
        self._index = index

    def read(self, path: str) -> bytes:
        """The bytes of one regular file; ``KeyError`` for any other path."""
        return b"".join(self.chunks(path))

    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes of one regular file, piece by piece; ``KeyError`` for any other path."""
        stored = self._index[path]
        position, end = stored.offset, stored.offset + stored.size
        while position < end:
            chunk = os.pread(self._file.fileno(), min(CHUNK, end - position), position)
            if not chunk:
                raise OSError(f"the spool ends inside {path}")
            position += len(chunk)
            yield chunk

    def sha256(self, path: str) -> str:
        """The digest of one regular file, 64 hex digits; ``KeyError`` for any other path."""
        return self._index[path].sha256.hex()


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a snapshot holds, whatever it came from."""

    entries: tuple[Entry, ...]
    tree: str
    contents: SpooledContents


def assemble(spool: Spool, items: Iterable[tuple[str, EntryKind, Stored]]) -> Content:
    """Sort the paths, index the regular files and compute the tree digest.

    The digest is sha256 over, for each path in order of its UTF-8 bytes: path NUL kind NUL sha256-in-hex LF. Paths hold
    neither character (`fedbake.source.paths`), so that no two trees have the same encoding.
    """
    ordered = sorted(items, key=lambda item: item[0])
    digest = hashlib.sha256()
    entries: list[Entry] = []
    index: dict[str, Stored] = {}
    for path, kind, stored in ordered:
        digest.update(f"{path}\0{kind.value}\0{stored.sha256.hex()}\n".encode())
        regular = kind in {EntryKind.FILE, EntryKind.EXECUTABLE}
        entry = Entry(path, kind, stored.size, regular and stored.lfs_pointer)
        entries.append(entry)
        if entry.is_regular:
            index[path] = stored
    return Content(tuple(entries), digest.hexdigest(), spool.seal(index))


def no_room(error: OSError) -> SourceError:
    """The temporary directory cannot take any more."""
    return SourceError(
        f"the content cannot be copied to {tempfile.gettempdir()}: {error.strerror}",
        hint="free some space, or set TMPDIR to a larger disk",
    )
