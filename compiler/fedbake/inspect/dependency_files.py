"""The kinds of dependency files, their order, and how each is read.

Of several files at the root of a repository the first in this order decides, and the others are not used:

1. ``conda.yaml``, ``conda.yml``: what FLOps asks for;
2. ``MLproject``: the environment file it names;
3. ``environment.yaml``, ``environment.yml``;
4. ``python_env.yaml``;
5. ``requirements.txt``;
6. ``pyproject.toml``, ``Pipfile``, ``setup.cfg``, ``setup.py``.

A file that is not about dependencies, such as a pyproject.toml with settings of tools only, is passed over. One that is
empty or cannot be read is not: it may have been meant to decide.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from fedbake.inspect.facts import Location, Problem
from fedbake.inspect.reading import Found, Reference
from fedbake.inspect.text import SIZE_LIMIT, Text, decode, too_large
from fedbake.source.snapshot import Contents, Entry, EntryKind

PRECEDENCE = (
    "conda.yaml",
    "conda.yml",
    "MLproject",
    "MLProject",
    "mlproject",
    "environment.yaml",
    "environment.yml",
    "python_env.yaml",
    "requirements.txt",
    "pyproject.toml",
    "Pipfile",
    "setup.cfg",
    "setup.py",
)
PROJECT_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
"""Where a package says what it needs, in the order pip's build backends ask."""

_SHAPES = {EntryKind.SYMLINK: "a symbolic link", EntryKind.SUBMODULE: "a submodule"}
_PARTING = frozenset(",'\"")
_CONDA = frozenset({"conda.yaml", "conda.yml", "environment.yaml", "environment.yml"})

Reader = Callable[[Text], Iterator[Found]]
"""Gives everything a file of one kind says, in its order."""


def present_files(entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """The dependency files at the root, in order of precedence."""
    return tuple(name for name in PRECEDENCE if name in entries)


def read_file(entry: Entry, contents: Contents, reader: Reader) -> Iterator[Found]:
    """Everything one file says, in order; a problem when it is no plain file or text."""
    if not entry.is_regular:
        shape = _SHAPES.get(entry.kind, "a Git LFS pointer in place of the file")
        message = f"{entry.path} is {shape}"
        hint = "commit the file itself; nothing is followed or fetched in its place"
        yield Problem("file-not-regular", message, Location(entry.path), hint)
        return
    text = (
        too_large(entry.path, entry.size) if entry.size > SIZE_LIMIT else decode(entry.path, contents.read(entry.path))
    )
    if isinstance(text, Problem):
        yield text
    else:
        yield from text.notes
        for found in reader(text):
            yield _as_it_stands(found, text) if isinstance(found, Problem) and found.correction else found


def _as_it_stands(problem: Problem, text: Text) -> Problem:
    """The problem, with its correction only where that can be written in place of the text just like that.

    Escapes and continued lines are no text of the file; a comma would part an entry of a list in brackets, and a quote
    end one in quotes.
    """
    start = text.starts[problem.location.line - 1] + problem.location.column - 1
    is_plain = _PARTING.isdisjoint(problem.correction or "")
    return problem if is_plain and text.content.startswith(problem.text, start) else replace(problem, correction=None)


def reader_of(name: str) -> Reader:
    """The reader of one of the files in the order of precedence."""
    if name in _CONDA:
        return reader_for(Reference.CONDA)
    if name == "python_env.yaml":
        return reader_for(Reference.PYTHON_ENV)
    if name == "requirements.txt":
        return reader_for(Reference.REQUIREMENTS)
    if name in PROJECT_FILES:
        return project_reader(name, ())
    if name == "Pipfile":
        from fedbake.inspect.pipfile import read_pipfile

        return read_pipfile
    from fedbake.inspect.mlproject import read_mlproject

    return read_mlproject


def reader_for(reference: Reference) -> Reader:
    """The reader of a file that another one refers to for this reason."""
    if reference is Reference.CONDA:
        from fedbake.inspect.conda import read_environment

        return read_environment
    if reference is Reference.PYTHON_ENV:
        from fedbake.inspect.python_env import read_python_env

        return read_python_env
    from fedbake.inspect.requirements_txt import read_requirements

    return read_requirements


def project_reader(name: str, extras: tuple[str, ...]) -> Reader:
    """The reader of one of the files of a package, with the extras that are wanted of it."""
    if name == "pyproject.toml":
        from fedbake.inspect.pyproject import read_pyproject

        return partial(read_pyproject, extras=extras)
    if name == "setup.cfg":
        from fedbake.inspect.setup_cfg import read_setup_cfg

        return partial(read_setup_cfg, extras=extras)
    from fedbake.inspect.setup_py import read_setup_py

    return partial(read_setup_py, extras=extras)
