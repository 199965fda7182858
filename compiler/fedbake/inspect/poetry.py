"""``[tool.poetry.dependencies]``: Poetry's own table, with its constraints in PEP 508 terms."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from fedbake.inspect.facts import Location, Note, Origin, Problem, PythonDeclaration
from fedbake.inspect.package_table import PackageEntry, declared, from_elsewhere
from fedbake.inspect.poetry_versions import alternatives
from fedbake.inspect.python_version import declare_python
from fedbake.inspect.reading import Found
from fedbake.inspect.text import shown
from fedbake.inspect.toml_document import TomlDocument

TABLE = ("tool", "poetry", "dependencies")

_PLATFORM = re.compile(r"(?P<operator>==|!=)?[ \t]*(?P<name>[a-z0-9]{1,20})", re.ASCII)
_KEYS = {"version", "python", "platform", "markers", "extras", "optional", "source"}
# Known as well, but not offered in a hint: what a package from elsewhere has, and what has no effect here.
_NOT_SHOWN = {"git", "url", "path", "file", "branch", "rev", "tag", "subdirectory", "develop"}
_NOT_SHOWN |= {"allow-prereleases", "allows-prereleases"}
_WRITE = "write a constraint such as ^1.2, >=1.2,<2 or 1.2.3"


@dataclass(frozen=True, slots=True)
class PoetryTable:
    """The table with what decides how it is read.

    Attributes:
        document: the pyproject.toml.
        extras: the extras that are wanted; the packages of the others are not installed.
        enriches: whether ``project.dependencies`` lists the packages, so that this table only adds to them.
    """

    document: TomlDocument
    extras: tuple[str, ...] = ()
    enriches: bool = False

    def found(self) -> Iterator[Found]:
        """Everything the table says, in the order of the file."""
        table = self.document.at(*TABLE)
        if not isinstance(table, dict):
            yield self.document.wrong("poetry-type", "a table", *TABLE)
            return
        wanted = self._wanted()
        optional: list[Location] = []
        for each in self._entries(table):
            if not isinstance(each, PackageEntry):
                yield each
            elif each.options.get("optional") is True and canonicalize_name(each.name) not in wanted:
                optional.append(each.location)
            else:
                yield from self._package(each)
        if optional:
            message = f"optional packages of Poetry are not installed ({len(optional)})"
            yield Note("poetry-optional", message, optional[0])

    def _entries(self, table: dict[str, object]) -> Iterator[PackageEntry | Found]:
        """The packages of the table, one for each item of an array of constraints, and the Python version."""
        for name, value in table.items():
            if name.lower() == "python":
                yield self._python(name, value)
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    yield self._entry(name, item, (*TABLE, name, index))
            else:
                yield self._entry(name, value, (*TABLE, name))

    def _entry(self, name: str, value: object, path: tuple[str | int, ...]) -> PackageEntry | Problem:
        options = {"version": value} if isinstance(value, str) else value
        if not isinstance(options, dict):
            return self.document.wrong("poetry-type", "a string or a table", *path)
        return PackageEntry(name, options, Origin.POETRY, *self.document.entry(*path))

    def _python(self, name: str, value: object) -> Found:
        place = self.document.place(*TABLE, name)
        if not isinstance(value, str):
            return self.document.wrong("poetry-type", "a string", *TABLE, name)
        allowed = alternatives(value) or ()
        if () in allowed:
            return Note("python-any", "any version of Python is allowed", place)
        read = [declare_python(",".join(clauses), value, place) for clauses in allowed]
        of_three = [each for each in read if isinstance(each, PythonDeclaration)]
        if len(of_three) != 1:
            message = f"{shown(value)} does not name one range of versions of Python 3"
            return Problem("python-version", message, place, "name one range, such as >=3.10,<3.13")
        return of_three[0]

    def _package(self, entry: PackageEntry) -> Iterator[Found]:
        unknown = next((key for key in entry.options if key not in _KEYS | _NOT_SHOWN), None)
        elsewhere = from_elsewhere(entry)
        source = entry.options.get("source", "pypi")
        if unknown is not None:
            message = f"{shown(entry.name)} has the key {shown(unknown)}, which is not known"
            yield entry.problem("poetry-key", message, f"known are {', '.join(sorted(_KEYS))}")
        elif elsewhere is not None:
            yield elsewhere
        elif not isinstance(source, str) or source.lower() != "pypi":
            hint = "delete source; indexes are chosen by whoever runs fedbake, not by the repository"
            yield entry.problem("pyproject-sources", f"{entry.name} comes from another package index here", hint)
        elif not self.enriches:
            if entry.options.get("allow-prereleases") or entry.options.get("allows-prereleases"):
                message = "allow-prereleases is not taken over: a constraint allows a pre-release by naming one"
                yield Note("poetry-prereleases", message, entry.location)
            yield self._declaration(entry)

    def _declaration(self, entry: PackageEntry) -> Found:
        version = entry.options.get("version")
        if not isinstance(version, str):
            return entry.problem(
                "poetry-constraint", f"{shown(entry.name)} has no version", 'write version = "*" for any'
            )
        allowed = alternatives(version)
        if allowed is None:
            message = f"{shown(version)} is not a version constraint of Poetry"
            return entry.problem("poetry-constraint", message, _WRITE)
        if len(allowed) > 1:
            message = f"{shown(version)} combines ranges with ||, which a requirement for pip cannot say"
            return entry.problem("poetry-constraint", message, "name one range; exclude versions with !=")
        markers: list[str] = []
        for key, read in (("python", _python_marker), ("platform", _platform_marker)):
            if key in entry.options:
                asked = entry.options[key]
                marker = read(asked) if isinstance(asked, str) else None
                if marker is None:
                    message = f"the {key} of {shown(entry.name)} is not understood"
                    return entry.problem("poetry-marker", message, "write it as markers in the form of PEP 508")
                markers.extend([marker] if marker else [])
        return declared(entry, ",".join(allowed[0]), derived=markers)

    def _wanted(self) -> set[str]:
        """The packages of the extras that are wanted."""
        table = self.document.at("tool", "poetry", "extras")
        wanted = {canonicalize_name(each) for each in self.extras}
        listed = [
            names
            for extra, names in (table.items() if isinstance(table, dict) else ())
            if canonicalize_name(extra) in wanted and isinstance(names, list)
        ]
        return {canonicalize_name(name) for names in listed for name in names if isinstance(name, str)}


def left_out(document: TomlDocument) -> Iterator[Note]:
    """A note for each group of Poetry that is for developing."""
    groups = document.at("tool", "poetry", "group")
    paths = [("tool", "poetry", "group", name, "dependencies") for name in (groups if isinstance(groups, dict) else ())]
    for path in (("tool", "poetry", "dev-dependencies"), *paths):
        if document.at(*path) is not None:
            yield Note("pyproject-optional", f"{shown('.'.join(path))} are not installed", document.place(*path))


def _python_marker(text: str) -> str | None:
    """A Python constraint as a marker, ``""`` for any version."""
    allowed = alternatives(text)
    if allowed is None:
        return None
    if () in allowed:
        return ""
    parts = [" and ".join(_python_clause(clause) for clause in clauses) for clauses in allowed]
    return parts[0] if len(parts) == 1 else " or ".join(f"({part})" for part in parts)


def _python_clause(clause: str) -> str:
    """``python_version`` has two numbers: it only says the same as the full version at the bounds of a release."""
    match = re.fullmatch(r"(>=|<)([0-9]+\.[0-9]+)", clause, re.ASCII)
    if match is not None:
        return f'python_version {match[1]} "{match[2]}"'
    operator, version = re.split(r"(?<=[=<>])(?=[0-9])", clause, maxsplit=1)
    return f'python_full_version {operator} "{version}"'


def _platform_marker(text: str) -> str | None:
    parts = [_PLATFORM.fullmatch(part.strip()) for part in text.split("||")]
    if not all(parts):
        return None
    return " or ".join(f'sys_platform {part["operator"] or "=="} "{part["name"]}"' for part in parts if part)
