"""Which dependency file of a repository decides, and what it says."""

from collections.abc import Callable, Iterator, Mapping

from fedbake.inspect.facts import Location, Problem
from fedbake.inspect.reading import Found
from fedbake.inspect.text import SIZE_LIMIT, Text, decode, too_large
from fedbake.source.snapshot import Contents, Entry, EntryKind

PRECEDENCE = ("conda.yaml", "conda.yml", "environment.yaml", "environment.yml", "requirements.txt", "pyproject.toml")

_PROBLEM_LIMIT = 100
_FOUND_LIMIT = 5000
_SHAPES = {EntryKind.SYMLINK: "a symbolic link", EntryKind.SUBMODULE: "a submodule"}


def present_files(entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """The dependency files at the root, in order of precedence: the first one decides, whatever it contains."""
    return tuple(name for name in PRECEDENCE if name in entries)


def read_dependency_file(entry: Entry, contents: Contents) -> Iterator[Found]:
    """Everything one dependency file says, in order; reading ends when too much is found or wrong."""
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
        return
    yield from text.notes
    yield from _bounded(_reader(entry.path)(text), entry.path)


def _reader(file: str) -> Callable[[Text], Iterator[Found]]:
    if file == "requirements.txt":
        from fedbake.inspect.requirements_txt import read_requirements

        return read_requirements
    if file == "pyproject.toml":
        from fedbake.inspect.pyproject import read_pyproject

        return read_pyproject
    from fedbake.inspect.conda import read_environment

    return read_environment


def _bounded(found: Iterator[Found], file: str) -> Iterator[Found]:
    problems = 0
    for number, each in enumerate(found):
        if problems >= _PROBLEM_LIMIT or number >= _FOUND_LIMIT:
            what = f"{_PROBLEM_LIMIT} problems" if problems >= _PROBLEM_LIMIT else f"{_FOUND_LIMIT} entries"
            hint = "correct those first" if problems else "keep only what the code needs"
            yield Problem("file-too-many", f"{file} is not read any further after {what}", each.location, hint)
            return
        problems += isinstance(each, Problem)
        yield each
