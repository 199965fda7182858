"""A dependency file together with the files it refers to, each read in the place where it is named.

Only regular files of the repository are read, each once for a purpose, at most ten levels deep, fifty files and one
MiB together. As in pip, paths are relative to the file that names them, projects (``-e .``) to the folder pip runs in,
and requirements that a constraints file includes are installed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fedbake.inspect.dependency_files import PROJECT_FILES, Reader, project_reader, read_file, reader_for, reader_of
from fedbake.inspect.facts import Declaration, Note, Problem
from fedbake.inspect.included_path import folder_of, resolved, similar
from fedbake.inspect.reading import DeclaresNothing, Found, Include, Reference
from fedbake.inspect.text import shown
from fedbake.source.snapshot import Contents, Entry

DEPTH_LIMIT = 10
FILES_LIMIT = 50
BYTES_LIMIT = 2**20

_PROBLEM_LIMIT = 100
_FOUND_LIMIT = 5000


@dataclass(frozen=True, slots=True)
class Reading:
    """What a dependency file says, with those it refers to.

    Attributes:
        found: in order, without what is in the other attributes.
        constraints: bounds for packages that are installed for another reason.
        files: the files that were read besides the first one, in order.
        nothing: set when the file is not about dependencies.
    """

    found: tuple[Found, ...]
    constraints: tuple[Declaration, ...]
    files: tuple[str, ...]
    nothing: DeclaresNothing | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file is read: which files led to it, the folder pip runs in, and whether it only constrains."""

    chain: tuple[str, ...]
    base: str
    constrains: bool = False


@dataclass(frozen=True, slots=True)
class _Constraint:
    declaration: Declaration


def read_with_includes(file: str, entries: Mapping[str, Entry], contents: Contents) -> Reading:
    """Read one of the dependency files at the root; reading ends when too much is found or wrong."""
    walk = _Walk(entries, contents)
    read = list(_bounded(walk.read(entries[file], reader_of(file), _Place((file,), folder_of(file))), file))
    return Reading(
        found=tuple(each for each in read if not isinstance(each, _Constraint | DeclaresNothing)),
        constraints=tuple(each.declaration for each in read if isinstance(each, _Constraint)),
        files=tuple(walk.files),
        nothing=next((each for each in read if isinstance(each, DeclaresNothing)), None),
    )


def _bounded(found: Iterator[Found | _Constraint], file: str) -> Iterator[Found | _Constraint]:
    problems = 0
    for number, each in enumerate(found):
        if problems >= _PROBLEM_LIMIT or number >= _FOUND_LIMIT:
            what = f"{_PROBLEM_LIMIT} problems" if problems >= _PROBLEM_LIMIT else f"{_FOUND_LIMIT} entries"
            hint = "correct those first" if problems else "keep only what the code needs"
            place = (each.declaration if isinstance(each, _Constraint) else each).location
            yield Problem("file-too-many", f"{file} is not read any further after {what}", place, hint)
            return
        problems += isinstance(each, Problem)
        yield each


class _Walk:
    """Reads a file and follows what it refers to."""

    def __init__(self, entries: Mapping[str, Entry], contents: Contents) -> None:
        self._entries = entries
        self._contents = contents
        self._done = set[tuple[str, bool, tuple[str, ...]]]()
        self._bytes = 0
        self.files: dict[str, None] = {}

    def read(self, entry: Entry, reader: Reader, place: _Place) -> Iterator[Found | _Constraint]:
        """Everything a file says, with that of the files it refers to in their place."""
        for each in read_file(entry, self._contents, reader):
            if isinstance(each, Include) and each.reference is Reference.PROJECT and place.constrains:
                message = "a constraint is a package with its versions, not a folder"
                yield Problem("include-constraint", message, each.location, "delete the entry")
            elif isinstance(each, Include) and each.reference is Reference.PROJECT:
                yield from self._project(each, place)
            elif isinstance(each, Include):
                yield from self._file(each, place)
            elif isinstance(each, Declaration) and place.constrains:
                yield _Constraint(each)
            else:
                yield each

    def _file(self, include: Include, place: _Place) -> Iterator[Found | _Constraint]:
        path = resolved(folder_of(place.chain[-1]), include.path)
        if path is None:
            yield _outside(include)
        elif path not in self._entries:
            message = f"there is no file {shown(path)}"
            yield Problem("include-missing", message, include.location, similar(path, self._entries))
        else:
            constrains = include.reference is Reference.CONSTRAINTS
            own_tool = include.reference in {Reference.CONDA, Reference.PYTHON_ENV}
            inner = _Place((*place.chain, path), folder_of(path) if own_tool else place.base, constrains)
            yield from self._once(path, reader_for(include.reference), include, inner)

    def _project(self, include: Include, place: _Place) -> Iterator[Found | _Constraint]:
        folder = resolved(place.base, include.path)
        if folder is None:
            yield _outside(include)
            return
        if folder in self._entries:
            message = f"{shown(folder)} is installed from a file here"
            hint = "name a released version instead"
            yield Problem("requirement-path", message, include.location, hint)
            return
        names = [f"{folder}/{name}" if folder else name for name in PROJECT_FILES]
        present = [name for name in names if name in self._entries]
        if not present:
            message = f"{shown(folder or '.')} has no pyproject.toml, setup.cfg or setup.py"
            hint = "delete the entry: the repository's own code is copied as it is"
            yield Problem("include-missing", message, include.location, hint)
            return
        message = f"the package in {shown(folder or '.')} is copied as it is; only what it needs is installed"
        yield Note("project-not-installed", message, include.location)
        yield from self._first_of(present, include, place)

    def _first_of(self, names: list[str], include: Include, place: _Place) -> Iterator[Found | _Constraint]:
        """The first of the files of a package that says what it needs."""
        for path in names:
            reader = project_reader(path.rpartition("/")[2], include.extras)
            silent = False
            for each in self._once(path, reader, include, _Place((*place.chain, path), place.base)):
                if isinstance(each, DeclaresNothing):
                    silent = True
                else:
                    yield each
            if not silent:
                return

    def _once(self, path: str, reader: Reader, include: Include, place: _Place) -> Iterator[Found | _Constraint]:
        entry = self._entries[path]
        purpose = (path, place.constrains, include.extras)
        if path in place.chain[:-1]:
            message = f"{shown(path)} is included by itself"
            yield Problem("include-cycle", message, include.location, "delete the entry")
        elif purpose in self._done:
            return
        elif len(place.chain) > DEPTH_LIMIT or len(self.files) >= FILES_LIMIT or self._bytes + entry.size > BYTES_LIMIT:
            limits = f"{DEPTH_LIMIT} levels, {FILES_LIMIT} files or {BYTES_LIMIT} bytes"
            message = f"included files go beyond {limits} and are not read any further"
            yield Problem("include-too-many", message, include.location, "write the packages into fewer files")
        else:
            self._done.add(purpose)
            self._bytes += entry.size
            self.files[path] = None
            yield from self.read(entry, reader, place)


def _outside(include: Include) -> Problem:
    message = "this names something that is not a path inside of the repository"
    hint = "name a file of the repository, relative and with /"
    return Problem("include-outside", message, include.location, hint)
