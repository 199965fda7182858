"""Exactly what the images may contain: the files of the plan's ``context/`` folder and where their bytes come from."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

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
    found = {file.path: (file, read) for file, read in (*_content(snapshot, roles), *_actors(actors, roles))}
    ordered = [found[path] for path in sorted(found)]
    return Context(tuple(file for file, _ in ordered), {file.path: read for file, read in ordered})


def is_shipped(path: str) -> bool:
    """Whether a path of the repository goes into images: hidden folders and files are tooling, not code."""
    return not any(part.startswith(".") for part in path.split("/"))


def _content(snapshot: Snapshot, roles: tuple[Role, ...]) -> Iterator[tuple[ContextFile, Read]]:
    folder = "model" if Role.INFERENCE in roles else "ml_repo"
    for entry in snapshot.regular_files():
        if is_shipped(entry.path):
            file = ContextFile(
                path=f"context/{folder}/{entry.path}",
                mode="0755" if entry.kind is EntryKind.EXECUTABLE else "0644",
                bytes=entry.size,
                sha256=snapshot.contents.sha256(entry.path),
            )
            yield file, _bind(snapshot, entry.path)


def _bind(snapshot: Snapshot, path: str) -> Read:
    return lambda: snapshot.contents.chunks(path)


def _actors(actors: Mapping[str, Path], roles: tuple[Role, ...]) -> Iterator[tuple[ContextFile, Read]]:
    wanted = {"shared", *(role.value for role in roles)}
    for path, file in actors.items():
        if path.split("/")[0] in wanted or (path == "verify.py" and not {*ACTORS}.isdisjoint(roles)):
            content = file.read_bytes()
            sha256 = hashlib.sha256(content).hexdigest()
            yield (
                ContextFile(path=f"context/actors/{path}", mode="0644", bytes=len(content), sha256=sha256),
                _whole(content),
            )


def _whole(content: bytes) -> Read:
    return lambda: (content,)
