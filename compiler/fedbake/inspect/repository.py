"""All facts of a repository, put together."""

from collections.abc import Iterator

from fedbake.inspect.deciding import read_dependencies
from fedbake.inspect.facts import (
    AcceleratorDeclaration,
    Declaration,
    Dropped,
    Facts,
    ModuleFacts,
    Note,
    Problem,
    PythonDeclaration,
)
from fedbake.inspect.import_graph import used_modules
from fedbake.inspect.python_files import read_python_files
from fedbake.source.snapshot import Snapshot


def facts_of(snapshot: Snapshot) -> Facts:
    """Read what a repository declares and defines."""
    entries = {entry.path: entry for entry in snapshot.entries}
    decided = read_dependencies(entries, snapshot.contents)
    found = decided.found
    read: list[ModuleFacts | Problem | Note] = list(read_python_files(snapshot.entries, snapshot.contents))
    modules = {each.path: each for each in read if isinstance(each, ModuleFacts)}
    return Facts(
        entries=entries,
        dependency_files=decided.files,
        declarations=tuple(each for each in found if isinstance(each, Declaration)),
        python=tuple(each for each in found if isinstance(each, PythonDeclaration)),
        modules=dict(sorted(modules.items())),
        problems=_in_order(each for each in [*found, *read] if isinstance(each, Problem)),
        notes=tuple(each for each in [*found, *read] if isinstance(each, Note)),
        included_files=decided.included,
        constraints=decided.constraints,
        dropped=tuple(each for each in found if isinstance(each, Dropped)),
        accelerators=tuple(each for each in found if isinstance(each, AcceleratorDeclaration)),
        used_modules=used_modules(modules),
    )


def _in_order(problems: Iterator[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.location))
