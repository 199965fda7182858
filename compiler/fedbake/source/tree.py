"""The tree of a fetched commit: listed and checked on what it declares, then copied into the spool."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from fedbake.errors import SourceError
from fedbake.settings import Limits
from fedbake.source.git import PrivateRepository
from fedbake.source.limits import Budget
from fedbake.source.paths import PathRules
from fedbake.source.snapshot import EntryKind
from fedbake.source.spool import CHUNK, Content, Spool, Stored, assemble, unstored

# 100664 is what git wrote before 2005-04; it means 100644.
_KINDS = {
    (b"100644", b"blob"): EntryKind.FILE,
    (b"100664", b"blob"): EntryKind.FILE,
    (b"100755", b"blob"): EntryKind.EXECUTABLE,
    (b"120000", b"blob"): EntryKind.SYMLINK,
    (b"160000", b"commit"): EntryKind.SUBMODULE,
}
_RECORD = re.compile(rb"([0-7]{6}) ([a-z]+) ([0-9a-f]{40}) +([0-9]{1,18}|-)\t(.*)", re.DOTALL)
_READ = 1 << 16
_MAX_RECORD = 1 << 20


@dataclass(frozen=True, slots=True)
class Listed:
    """One path of a tree: the object it names and the object's declared size in bytes."""

    path: str
    kind: EntryKind
    object_id: bytes
    size: int


def read_tree(repository: PrivateRepository, commit: str, limits: Limits) -> Content:
    """Copy the tree of a commit.

    Raises:
        SourceError: a path, a mode or a size in it is refused, or the tree is empty; nothing was read then.
    """
    listing = repository.stream(
        ["ls-tree", "-r", "-z", "--long", "--full-tree", "--end-of-options", commit],
        lambda out: check(_records(out), limits),
    )
    objects = {entry.object_id: entry.size for entry in listing if entry.kind is not EntryKind.SUBMODULE}
    spool = Spool()
    stored = repository.stream(
        ["cat-file", "--batch", "--buffer"],
        lambda out: _copy(out, objects, spool),
        stdin=b"".join(object_id + b"\n" for object_id in objects),
    )
    items = ((entry.path, entry.kind, stored.get(entry.object_id) or unstored(entry.object_id)) for entry in listing)
    return assemble(spool, items)


def check(records: Iterator[bytes], limits: Limits) -> list[Listed]:
    """Check every record of ``ls-tree -r -z --long``, stopping at the first that is refused.

    Raises:
        SourceError: the first path, mode or size that is refused, or that there is none at all.
    """
    rules, budget = PathRules(limits), Budget(limits)
    listing: list[Listed] = []
    for record in records:
        entry = _parse(record, rules)
        budget.take(entry.path, entry.size)
        listing.append(entry)
    paths = {entry.path for entry in listing}
    if len(paths) < len(listing) or paths & rules.folders:
        raise SourceError("the repository has the same path twice", hint="run git fsck in the repository")
    if not listing:
        raise SourceError("the repository has no files at this commit")
    return listing


def _parse(record: bytes, rules: PathRules) -> Listed:
    match = _RECORD.fullmatch(record)
    if match is None:
        raise SourceError("git lists a path of the repository in a form that is not understood")
    path = rules.accept(match[5])
    kind = _KINDS.get((match[1], match[2]))
    if kind is None:
        raise SourceError(
            f"a path in the repository has the mode {match[1].decode()}, which nothing honest has", where=path
        )
    return Listed(path, kind, match[3], 0 if match[4] == b"-" else int(match[4]))


def _records(stream: IO[bytes]) -> Iterator[bytes]:
    """NUL-terminated records, read piecewise."""
    rest = b""
    while piece := stream.read(_READ):
        *records, rest = (rest + piece).split(b"\0")
        yield from records
        if len(rest) > _MAX_RECORD:
            raise SourceError("a path in the repository is longer than a megabyte")


def _copy(stream: IO[bytes], objects: dict[bytes, int], spool: Spool) -> dict[bytes, Stored]:
    """Copy every object out of ``cat-file --batch``, which answers in the order it was asked."""
    stored: dict[bytes, Stored] = {}
    for object_id, size in objects.items():
        if stream.readline(_READ) != b"%s blob %d\n" % (object_id, size):
            raise SourceError(f"the object {object_id.decode()} of the repository is missing or damaged")
        stored[object_id] = spool.store(_chunks(stream, size))
        if stored[object_id].size != size or stream.read(1) != b"\n":
            raise SourceError(f"the object {object_id.decode()} of the repository is damaged")
    return stored


def _chunks(stream: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0:
        chunk = stream.read(min(size, CHUNK))
        if not chunk:
            return
        size -= len(chunk)
        yield chunk
