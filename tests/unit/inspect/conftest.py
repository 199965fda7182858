"""A repository of a few files, held in memory: what inspection gets from the source stage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from fedbake.inspect import inspect
from fedbake.inspect.facts import Facts
from fedbake.source.snapshot import Entry, EntryKind, Snapshot


@dataclass(frozen=True)
class Files:
    content: Mapping[str, bytes]

    def read(self, path: str) -> bytes:
        return self.content[path]


def snapshot(files: Mapping[str, str | bytes], kinds: Mapping[str, EntryKind] | None = None) -> Snapshot:
    content = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
    entries = [Entry(path, EntryKind.FILE, len(data)) for path, data in content.items()]
    entries += [Entry(path, kind, 0) for path, kind in (kinds or {}).items()]
    return Snapshot("owner/repository", None, None, 0, "0" * 64, tuple(sorted(entries)), Files(content))


@pytest.fixture
def facts_of() -> Callable[..., Facts]:
    """Inspect a repository made of these files, and entries of other kinds."""

    def facts(files: Mapping[str, str | bytes], kinds: Mapping[str, EntryKind] | None = None) -> Facts:
        return inspect(snapshot(files, kinds))

    return facts


@pytest.fixture
def conda(facts_of) -> Callable[[str], Facts]:
    """Inspect a repository with this conda.yaml."""
    return lambda text: facts_of({"conda.yaml": text})


@pytest.fixture
def problems() -> Callable[[Facts], list[str]]:
    """The problems as ``line:column code``."""
    return lambda facts: [f"{each.location.line}:{each.location.column} {each.code}" for each in facts.problems]


@pytest.fixture
def declared() -> Callable[[Facts], list[str]]:
    """The declarations as ``line:column requirement``."""
    return lambda facts: [
        f"{each.location.line}:{each.location.column} {each.requirement}" for each in facts.declarations
    ]
