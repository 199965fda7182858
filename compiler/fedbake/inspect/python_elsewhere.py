"""The Python version of a repository whose deciding dependency file names none: other files a user says it in."""

from collections.abc import Iterator, Mapping

from fedbake.inspect.dependency_files import Reader, read_file, reader_of
from fedbake.inspect.facts import Note, Problem, PythonDeclaration
from fedbake.inspect.pinned_python import read_pinned_python
from fedbake.inspect.reading import Found
from fedbake.source.snapshot import Contents, Entry

FILES = (".python-version", "runtime.txt", "pyproject.toml", "setup.cfg", "Pipfile", "python_env.yaml", "setup.py")
"""In the order they are asked."""

_PINNED = frozenset({".python-version", "runtime.txt"})
# The beginnings of codes for a file of which no part is understood.
_UNREADABLE = ("file-", "toml-", "yaml-", "setup-cfg-syntax", "setup-py-syntax")


def python_elsewhere(deciding: str, entries: Mapping[str, Entry], contents: Contents) -> Iterator[Found]:
    """What the first of the other files that names a Python version says about it.

    A file that cannot be read ends the search: it may have been the one.
    """
    for file in FILES:
        if file == deciding or file not in entries:
            continue
        found = tuple(read_file(entries[file], contents, _reader(file)))
        python = [each for each in found if isinstance(each, PythonDeclaration)]
        wrong = [each for each in found if isinstance(each, Problem) and each.code == "python-version"]
        for each in python:
            message = f"{deciding} names no Python version; {file} does"
            yield Note("python-from-other-file", message, each.location)
        yield from python
        yield from wrong
        unreadable = next(
            (each for each in found if isinstance(each, Problem) and each.code.startswith(_UNREADABLE)), None
        )
        if not (python or wrong) and unreadable is not None:
            message = f"{file} is not asked for the Python version: it cannot be read"
            yield Note("python-not-found", message, unreadable.location)
        if python or wrong or unreadable is not None:
            return


def _reader(file: str) -> Reader:
    return read_pinned_python if file in _PINNED else reader_of(file)
