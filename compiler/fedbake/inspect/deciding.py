"""Which dependency file of a repository decides, what it says, and where its Python version stands otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fedbake.inspect.dependency_files import present_files
from fedbake.inspect.facts import Declaration, Note, Problem, PythonDeclaration
from fedbake.inspect.includes import Reading, read_with_includes
from fedbake.inspect.python_elsewhere import python_elsewhere
from fedbake.inspect.reading import DeclaresNothing, Found
from fedbake.source.snapshot import Contents, Entry


@dataclass(frozen=True, slots=True)
class Decided:
    """What the dependency files of a repository say.

    Attributes:
        files: the dependency files in order of precedence, the first of which decides.
        found: what it says, with the files it includes.
        included: the included files.
        constraints: bounds for packages that are installed for another reason.
    """

    files: tuple[str, ...]
    found: tuple[Found, ...]
    included: tuple[str, ...] = ()
    constraints: tuple[Declaration, ...] = ()


def read_dependencies(entries: Mapping[str, Entry], contents: Contents) -> Decided:
    """Read the first dependency file that is about dependencies; each one before it leaves a note.

    When there is none, the first file decides, and that it declares nothing is a problem.
    """
    present = present_files(entries)
    passed: list[DeclaresNothing] = []
    for position, file in enumerate(present):
        reading = read_with_includes(file, entries, contents)
        if reading.nothing is None or any(isinstance(each, Problem) for each in reading.found):
            notes = tuple(_passed_over(each, file) for each in passed)
            python = tuple(_python(file, reading, entries, contents))
            return Decided(present[position:], (*notes, *python), reading.files, reading.constraints)
        passed.append(reading.nothing)
    return Decided(present, tuple(_declares_nothing(each) for each in passed))


def _passed_over(nothing: DeclaresNothing, decides: str) -> Note:
    return Note("file-passed-over", f"{nothing.because}; {decides} decides", nothing.location)


def _declares_nothing(nothing: DeclaresNothing) -> Problem:
    hint = "list the dependencies in a conda.yaml, requirements.txt or pyproject.toml"
    return Problem("file-no-dependencies", nothing.because, nothing.location, hint)


def _python(file: str, reading: Reading, entries: Mapping[str, Entry], contents: Contents) -> Iterator[Found]:
    """What was read, with the Python versions of the deciding file first, or with one of another file."""
    asked = [each for each in reading.found if isinstance(each, PythonDeclaration)]
    yield from (each for each in reading.found if not isinstance(each, PythonDeclaration))
    yield from sorted(asked, key=lambda each: each.location.file != file)
    if not asked and not any(isinstance(each, Problem) and each.code == "python-version" for each in reading.found):
        yield from python_elsewhere(file, entries, contents)
