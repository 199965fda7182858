"""pyproject.toml: ``project.dependencies`` and ``requires-python`` (PEP 621). No build backend ever runs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fedbake.inspect.facts import Location, Note, Origin, Problem
from fedbake.inspect.python_version import declare_python
from fedbake.inspect.reading import Found
from fedbake.inspect.requirement import declare
from fedbake.inspect.text import Text
from fedbake.inspect.toml_places import Places, scan

# Tables that take packages from other places than the index, or change versions behind project.dependencies.
_SOURCES = (
    ("tool", "uv", "sources"),
    ("tool", "uv", "index"),
    ("tool", "uv", "index-url"),
    ("tool", "uv", "extra-index-url"),
    ("tool", "uv", "find-links"),
    ("tool", "uv", "override-dependencies"),
    ("tool", "uv", "constraint-dependencies"),
    ("tool", "pdm", "source"),
    ("tool", "poetry", "source"),
)
_POETRY = ("tool", "poetry", "dependencies")
_POSITION = re.compile(r"\(at line ([0-9]{1,9}), column ([0-9]{1,9})\)", re.ASCII)


def read_pyproject(text: Text) -> Iterator[Found]:
    """Read the declarations of a pyproject.toml, in order, with everything that is wrong with it."""
    places = scan(text)
    if isinstance(places, Problem):
        yield places
        return
    document = _parse(text)
    if isinstance(document, Problem):
        yield document
        return
    yield from _Reader(text, places, document).found()


def _parse(text: Text) -> Mapping[str, Any] | Problem:
    import tomllib

    try:
        return tomllib.loads(text.content)
    except ValueError as error:
        # TOMLDecodeError is a ValueError; a number of thousands of digits raises a plain one.
        position = _POSITION.search(str(error))
        location = Location(text.file, int(position[1]), int(position[2])) if position else Location(text.file)
        reason = ascii(_POSITION.sub("", str(error)).strip())[1:-1]
        message = f"{text.file} is not valid TOML: {reason}"
        return Problem("toml-syntax", message, location, "check this line and the one before")


class _Reader:
    """Reads one parsed document, with the places of its values at hand."""

    def __init__(self, text: Text, places: Places, document: Mapping[str, Any]) -> None:
        self._text = text
        self._places = places
        self._document = document

    def found(self) -> Iterator[Found]:
        """Everything the document says about dependencies."""
        for path in _SOURCES:
            if self._at(*path) is not None:
                message = f"{'.'.join(path)} changes where packages come from or which versions are allowed"
                hint = "delete it; indexes are chosen by whoever runs fedbake, not by the repository"
                yield Problem("pyproject-sources", message, self._place(*path), hint)
        poetry = self._at(*_POETRY)
        if poetry is not None:
            hint = "move them to project.dependencies, as PEP 621 describes; poetry 2 reads them there"
            message = "dependencies in the form of Poetry are not read"
            yield Problem("pyproject-poetry", message, self._place(*_POETRY), hint)
        project = self._at("project")
        if project is None:
            if poetry is None:
                yield self._no_project()
        elif isinstance(project, dict):
            yield from self._project(project)
        else:
            yield self._wrong("a table", "project")

    def _project(self, project: dict[str, Any]) -> Iterator[Found]:
        dynamic = project.get("dynamic")
        for name in ("dependencies", "requires-python"):
            if isinstance(dynamic, list) and name in dynamic:
                message = f"{name} are computed by the build backend, which is never run"
                yield Problem("pyproject-dynamic", message, self._place("project", "dynamic"), "write them out here")
        yield from self._python(project)
        yield from self._dependencies(project.get("dependencies", []))
        for path in (("project", "optional-dependencies"), ("dependency-groups",)):
            if self._at(*path) is not None:
                yield Note("pyproject-optional", f"{'.'.join(path)} are not installed", self._place(*path))

    def _python(self, project: dict[str, Any]) -> Iterator[Found]:
        if "requires-python" not in project:
            return
        asked = project["requires-python"]
        if isinstance(asked, str):
            yield declare_python(asked, asked, self._place("project", "requires-python"))
        else:
            yield self._wrong("a string", "project", "requires-python")

    def _dependencies(self, listed: object) -> Iterator[Found]:
        if not isinstance(listed, list):
            yield self._wrong("an array of strings", "project", "dependencies")
            return
        for index, item in enumerate(listed):
            path = ("project", "dependencies", index)
            if isinstance(item, str):
                yield declare(item.strip(" \t"), Origin.PYPROJECT, self._place(*path))
            else:
                yield self._wrong("a string", *path)

    def _at(self, *path: str) -> object:
        value: object = self._document
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _place(self, *path: str | int) -> Location:
        return self._text.location(self._places.offset(*path))

    def _wrong(self, wanted: str, *path: str | int) -> Problem:
        message = f"{'.'.join(map(str, path))} is not {wanted}"
        return Problem("pyproject-type", message, self._place(*path), f"make it {wanted}")

    def _no_project(self) -> Problem:
        message = f"{self._text.file} has no table [project] and so declares no dependencies"
        hint = "add [project] with requires-python and dependencies, or a conda.yaml or requirements.txt"
        return Problem("pyproject-no-project", message, Location(self._text.file), hint)
