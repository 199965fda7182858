"""The frozen picture of a repository that every later stage works on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class EntryKind(StrEnum):
    """What a path of the repository is; git's modes 100644, 100755, 120000 and 160000."""

    FILE = "file"
    EXECUTABLE = "executable"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One path of the repository.

    Attributes:
        path: relative POSIX path, validated: no empty, ``.``, ``..`` or ``.git`` component, no control character.
        kind: what it is. Only files and executables have content that is ever used.
        size: bytes; 0 for a submodule.
        lfs_pointer: whether the content is a Git LFS pointer in place of the real file.
    """

    path: str
    kind: EntryKind
    size: int
    lfs_pointer: bool = False

    @property
    def is_regular(self) -> bool:
        """Whether it is a regular file with its real content."""
        return self.kind in {EntryKind.FILE, EntryKind.EXECUTABLE} and not self.lfs_pointer


class Contents(Protocol):
    """Where the bytes of regular files are read from: a private spool file, never the repository itself."""

    def read(self, path: str) -> bytes:
        """The bytes of one regular file; ``KeyError`` for any other path."""
        ...

    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes of one regular file, piece by piece: models are larger than memory; ``KeyError`` as above."""
        ...

    def sha256(self, path: str) -> str:
        """The digest of one regular file, 64 hex digits, taken when it was copied; ``KeyError`` as above."""
        ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A repository at one commit.

    Attributes:
        name: two-part name ``owner/repository`` or one-part ``folder`` as written, for image names.
        url: the URL it was fetched from without userinfo; ``None`` for anything local, ``file://`` URLs included, since
            a plan must not depend on a path.
        commit: 40 hex digits, or ``None`` for a plain folder that is not a Git repository.
        committed_at: commit time in seconds since the epoch; 0 for a plain folder.
        tree: sha256 over every path, kind and content: equal for equal content, whatever the source.
        entries: every path, sorted.
        contents: the bytes of the regular files.
    """

    name: str
    url: str | None
    commit: str | None
    committed_at: int
    tree: str
    entries: tuple[Entry, ...]
    contents: Contents = field(repr=False, compare=False)

    def entry(self, path: str) -> Entry | None:
        """The entry at exactly this path."""
        return next((entry for entry in self.entries if entry.path == path), None)

    def regular_files(self) -> Iterator[Entry]:
        """Every regular file with its real content, sorted by path."""
        return (entry for entry in self.entries if entry.is_regular)

    @property
    def revision(self) -> str:
        """What identifies this content in a tag: the commit, else the first 40 digits of the tree digest."""
        return self.commit or self.tree[:40]
