"""Exactly what the images may contain: the files of the plan's ``context/`` folder and where their bytes come from."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fedbake.names import ACTORS, Role
from fedbake.plan.model import ContextFile
from fedbake.source.snapshot import EntryKind, Snapshot

Read = Callable[[], Iterable[bytes]]
"""Gives the bytes of a file anew, piece by piece."""


@dataclass(frozen=True, slots=True)
class Context:
    """The files of ``context/``, sorted by path, and how to read each of them."""

    files: tuple[ContextFile, ...]
    readers: Mapping[str, Read]


def context_of(snapshot: Snapshot, actors: Mapping[str, Path], roles: tuple[Role, ...]) -> Context:
    """The user's regular files, or those of a trained model, and the planned roles' actors.

    Args:
        actors: files of the template folder ``actors/`` by relative path.
    """
    readers = {path: (mode, read) for path, mode, read in (*_content(snapshot, roles), *_actors(actors, roles))}
    files = []
    for path in sorted(readers):
        mode, read = readers[path]
        size, digest = 0, hashlib.sha256()
        for chunk in read():
            size += len(chunk)
            digest.update(chunk)
        files.append(ContextFile(path=path, mode=mode, bytes=size, sha256=digest.hexdigest()))
    return Context(tuple(files), {path: read for path, (_, read) in readers.items()})


def is_shipped(path: str) -> bool:
    """Whether a path of the repository goes into images: hidden folders and files are tooling, not code."""
    return not any(part.startswith(".") for part in path.split("/"))


def _content(snapshot: Snapshot, roles: tuple[Role, ...]) -> Iterator[tuple[str, Literal["0644", "0755"], Read]]:
    folder = "model" if Role.INFERENCE in roles else "ml_repo"
    for entry in snapshot.regular_files():
        if is_shipped(entry.path):
            mode: Literal["0644", "0755"] = "0755" if entry.kind is EntryKind.EXECUTABLE else "0644"
            yield f"context/{folder}/{entry.path}", mode, _bind(snapshot, entry.path)


def _bind(snapshot: Snapshot, path: str) -> Read:
    return lambda: snapshot.contents.chunks(path)


def _actors(actors: Mapping[str, Path], roles: tuple[Role, ...]) -> Iterator[tuple[str, Literal["0644"], Read]]:
    wanted = {"shared", *(role.value for role in roles)}
    for path, file in actors.items():
        if path.split("/")[0] in wanted or (path == "verify.py" and not {*ACTORS}.isdisjoint(roles)):
            yield f"context/actors/{path}", "0644", _whole(file)


def _whole(file: Path) -> Read:
    return lambda: (file.read_bytes(),)
