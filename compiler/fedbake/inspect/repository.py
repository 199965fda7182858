"""All facts of a repository, put together."""

from collections.abc import Iterator

from fedbake.inspect.dependency_files import present_files, read_dependency_file
from fedbake.inspect.facts import Declaration, Facts, ModuleFacts, Note, Problem, PythonDeclaration
from fedbake.inspect.python_files import read_python_files
from fedbake.inspect.reading import Found
from fedbake.source.snapshot import Snapshot


def facts_of(snapshot: Snapshot) -> Facts:
    """Read what a repository declares and defines."""
    entries = {entry.path: entry for entry in snapshot.entries}
    files = present_files(entries)
    found: list[Found] = []
    if files:
        found.extend(read_dependency_file(entries[files[0]], snapshot.contents))
    read: list[ModuleFacts | Problem | Note] = list(read_python_files(snapshot.entries, snapshot.contents))
    modules = sorted((each for each in read if isinstance(each, ModuleFacts)), key=lambda module: module.path)
    return Facts(
        entries=entries,
        dependency_files=files,
        declarations=tuple(each for each in found if isinstance(each, Declaration)),
        python=tuple(each for each in found if isinstance(each, PythonDeclaration)),
        modules={module.path: module for module in modules},
        problems=_in_order(each for each in [*found, *read] if isinstance(each, Problem)),
        notes=tuple(each for each in [*found, *read] if isinstance(each, Note)),
    )


def _in_order(problems: Iterator[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.location))
