"""pyproject.toml: the dependencies of ``[project]`` (PEP 621) or ``[tool.poetry]``. No build backend ever runs.

In a file with both, ``project.dependencies`` lists the packages and Poetry's table only adds to them, as Poetry 2 does.
Dependencies a backend adds (``dynamic``) are read where setuptools takes them from requirements files.
"""

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from fedbake.inspect.facts import Declaration, Location, Note, Origin, Problem
from fedbake.inspect.poetry import TABLE, PoetryTable, left_out
from fedbake.inspect.python_version import declare_python
from fedbake.inspect.reading import DeclaresNothing, Found, Include, Reference
from fedbake.inspect.requirement import declare
from fedbake.inspect.text import Text, shown
from fedbake.inspect.toml_document import TomlDocument, load_toml

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
# Dependencies in the form of a tool that is not read.
_OTHER_TOOLS = {
    ("tool", "flit", "metadata", "requires"): "of Flit before version 3",
    ("tool", "pixi", "dependencies"): "of Pixi",
    ("tool", "pixi", "pypi-dependencies"): "of Pixi",
}
_NOT_INSTALLED = (
    ("project", "optional-dependencies"),
    ("dependency-groups",),
    ("tool", "uv", "dev-dependencies"),
    ("tool", "pdm", "dev-dependencies"),
)
_SETUPTOOLS_FILES = ("tool", "setuptools", "dynamic", "dependencies")


def read_pyproject(text: Text, extras: tuple[str, ...] = ()) -> Iterator[Found]:
    """Read the declarations of a pyproject.toml, in order, with everything that is wrong with it.

    Args:
        text: the file.
        extras: the extras whose dependencies are wanted as well.
    """
    document = load_toml(text)
    if isinstance(document, Problem):
        yield document
    else:
        yield from _Reader(document, extras).found()


class _Reader:
    """Reads one parsed document."""

    def __init__(self, document: TomlDocument, extras: tuple[str, ...]) -> None:
        self._document = document
        self._extras = extras

    def found(self) -> Iterator[Found]:
        """Everything the document says about dependencies."""
        at, place = self._document.at, self._document.place
        for path in _SOURCES:
            if at(*path) is not None:
                message = f"{'.'.join(path)} changes where packages come from or which versions are allowed"
                hint = "delete it; indexes are chosen by whoever runs fedbake, not by the repository"
                yield Problem("pyproject-sources", message, place(*path), hint)
        others = [table for table in _OTHER_TOOLS if at(*table) is not None]
        for table in others:
            message = f"dependencies in the form {_OTHER_TOOLS[table]} are not read"
            hint = "move them to project.dependencies, as PEP 621 describes"
            yield Problem("pyproject-other-tool", message, place(*table), hint)
        project, poetry = at("project"), at(*TABLE)
        if isinstance(project, dict):
            yield from self._project(project)
        elif project is not None:
            yield self._document.wrong("pyproject-type", "a table", "project")
        if poetry is not None:
            enriches = isinstance(project, dict) and bool(project.get("dependencies"))
            yield from PoetryTable(self._document, self._extras, enriches).found()
        yield from self._left_out()
        if project is None and poetry is None and not others:
            because = f"{self._document.text.file} holds settings of tools only"
            yield DeclaresNothing(because, Location(self._document.text.file))

    def _project(self, project: dict[str, object]) -> Iterator[Found]:
        dynamic = project.get("dynamic")
        if isinstance(dynamic, list):
            yield from self._dynamic(dynamic)
        if "requires-python" in project:
            yield self._python(project["requires-python"])
        if "dependencies" in project:
            yield from self._listed(project["dependencies"], "project", "dependencies")
        yield from self._of_extras(project)

    def _dynamic(self, dynamic: list[object]) -> Iterator[Found]:
        """What the backend adds. Setuptools takes what pyproject.toml does not say from setup.cfg or setup.py."""
        backend = self._document.at("build-system", "build-backend")
        setuptools = isinstance(backend, str) and backend.startswith("setuptools.")
        hint = "write them out here"
        if "requires-python" in dynamic and not setuptools:
            message = "requires-python is computed by the build backend, which is never run"
            yield Problem("pyproject-dynamic", message, self._document.place("project", "dynamic"), hint)
        if "dependencies" not in dynamic or self._document.at(*TABLE) is not None:
            return
        if self._document.at(*_SETUPTOOLS_FILES) is not None:
            yield from self._files()
        elif setuptools:
            because = f"{self._document.text.file} leaves the dependencies to setup.cfg or setup.py"
            yield DeclaresNothing(because, self._document.place("project", "dynamic"))
        else:
            message = "dependencies are computed by the build backend, which is never run"
            yield Problem("pyproject-dynamic", message, self._document.place("project", "dynamic"), hint)

    def _files(self) -> Iterator[Found]:
        files = self._document.at(*_SETUPTOOLS_FILES, "file")
        listed = [files] if isinstance(files, str) else files
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            yield self._document.wrong("pyproject-type", 'a table such as {file = ["x.txt"]}', *_SETUPTOOLS_FILES)
            return
        for index, file in enumerate(listed):
            place = self._document.place(*_SETUPTOOLS_FILES, "file", index)
            yield Include(Reference.REQUIREMENTS, file, place)

    def _python(self, asked: object) -> Found:
        if not isinstance(asked, str):
            return self._document.wrong("pyproject-type", "a string", "project", "requires-python")
        return declare_python(asked, asked, self._document.place("project", "requires-python"))

    def _listed(self, listed: object, *path: str) -> Iterator[Found]:
        if not isinstance(listed, list):
            yield self._document.wrong("pyproject-type", "an array of strings", *path)
            return
        for index, item in enumerate(listed):
            if isinstance(item, str):
                place = self._document.place(*path, index)
                yield declare(item.strip(" \t"), Origin.PYPROJECT, place)
            else:
                yield self._document.wrong("pyproject-type", "a string", *path, index)

    def _of_extras(self, project: dict[str, object]) -> Iterator[Found]:
        """The dependencies of the extras that are wanted; an extra may name others of the same project."""
        table = project.get("optional-dependencies")
        known = {canonicalize_name(each): each for each in table} if isinstance(table, dict) else {}
        own = canonicalize_name(str(project.get("name", "")))
        waiting = [canonicalize_name(each) for each in self._extras]
        seen = set[str]()
        while waiting:
            extra = waiting.pop(0)
            if extra in seen or not isinstance(table, dict):
                continue
            seen.add(extra)
            if extra not in known:
                message = f"the project has no extra {shown(extra)}, and nothing is installed for it"
                yield Note("project-extra", message, self._document.place("project", "optional-dependencies"))
                continue
            for each in self._listed(table[known[extra]], "project", "optional-dependencies", known[extra]):
                if isinstance(each, Declaration) and each.name == own:
                    waiting.extend(canonicalize_name(name) for name in sorted(each.requirement.extras))
                else:
                    yield each

    def _left_out(self) -> Iterator[Note]:
        wanted = {("project", "optional-dependencies")} if self._extras else set()
        for path in _NOT_INSTALLED:
            if self._document.at(*path) is not None and path not in wanted:
                message = f"{'.'.join(path)} are not installed"
                yield Note("pyproject-optional", message, self._document.place(*path))
        yield from left_out(self._document)
