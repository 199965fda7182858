"""Exactly what the images may contain: the files of the plan's ``context/`` folder and where their bytes come from."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fedbake.names import Role
from fedbake.plan.model import ContextFile
from fedbake.source.snapshot import EntryKind, Snapshot

Read = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Context:
    """The files of ``context/``, sorted by path, and how to read each of them."""

    files: tuple[ContextFile, ...]
    readers: Mapping[str, Read]


def context_of(snapshot: Snapshot, actors: Mapping[str, Path], roles: tuple[Role, ...]) -> Context:
    """The user's regular files and the planned roles' actors.

    Args:
        actors: files of the template folder ``actors/`` by relative path.
    """
    readers = {path: (mode, read) for path, mode, read in (*_repository(snapshot), *_actors(actors, roles))}
    files = []
    for path in sorted(readers):
        mode, read = readers[path]
        content = read()
        files.append(ContextFile(path=path, mode=mode, bytes=len(content), sha256=hashlib.sha256(content).hexdigest()))
    return Context(tuple(files), {path: read for path, (_, read) in readers.items()})


def is_shipped(path: str) -> bool:
    """Whether a path of the repository goes into images: hidden folders and files are tooling, not code."""
    return not any(part.startswith(".") for part in path.split("/"))


def _repository(snapshot: Snapshot) -> Iterator[tuple[str, Literal["0644", "0755"], Read]]:
    for entry in snapshot.regular_files():
        if is_shipped(entry.path):
            mode: Literal["0644", "0755"] = "0755" if entry.kind is EntryKind.EXECUTABLE else "0644"
            yield f"context/ml_repo/{entry.path}", mode, _bind(snapshot, entry.path)


def _bind(snapshot: Snapshot, path: str) -> Read:
    return lambda: snapshot.contents.read(path)


def _actors(actors: Mapping[str, Path], roles: tuple[Role, ...]) -> Iterator[tuple[str, Literal["0644"], Read]]:
    wanted = {"shared", *(role.value for role in roles)}
    for path, file in actors.items():
        if path.split("/")[0] in wanted or path == "verify.py":
            yield f"context/actors/{path}", "0644", file.read_bytes
