"""One package of a table of Poetry or Pipenv: a key with a constraint, or with a table of its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fedbake.inspect.facts import Declaration, Location, Origin, Problem
from fedbake.inspect.reading import Include, Reference
from fedbake.inspect.requirement import declare
from fedbake.inspect.text import shown

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_ARCHIVE = re.compile(r".*\.(?:whl|zip|gz|bz2|xz|tgz)", re.ASCII | re.IGNORECASE)
_VCS = ("git", "hg", "svn", "bzr")


@dataclass(frozen=True, slots=True)
class PackageEntry:
    """A package as one of these tables lists it.

    Attributes:
        name: the key.
        options: its table; empty when only a constraint is given.
        location: where the key begins.
        text: the key with its value, as written.
    """

    name: str
    options: dict[str, object]
    origin: Origin
    location: Location
    text: str = field(repr=False)

    def problem(self, code: str, message: str, hint: str) -> Problem:
        """A problem of this package, at its place."""
        return Problem(code, message, self.location, hint, self.name)


def declared(
    entry: PackageEntry, specifier: str, written: Sequence[str] = (), derived: Sequence[str] = ()
) -> Declaration | Problem:
    """The declaration of an entry in PEP 508 terms.

    Args:
        entry: the package; ``extras`` and ``markers`` of its table are read here.
        specifier: the versions in PEP 440 terms.
        written: further markers of the user, all of which must hold.
        derived: further markers that are known to be right.
    """
    if not _NAME.fullmatch(entry.name):
        return _unnamed(entry)
    extras = entry.options.get("extras", [])
    own = entry.options.get("markers", "")
    if not isinstance(extras, list) or not all(isinstance(each, str) and _NAME.fullmatch(each) for each in extras):
        message = f"the extras of {entry.name} are not an array of names"
        return entry.problem("package-extras", message, 'write extras = ["name"]')
    if not isinstance(own, str):
        return entry.problem("package-markers", f"the markers of {entry.name} are not a string", "put them in quotes")
    users = [*([own.strip()] if own.strip() else []), *written]
    wanted = [*users, *derived]
    for marker in users if len(wanted) > 1 else ():
        # Each by itself: joined, a wrong one could close a parenthesis and change the meaning of the others.
        alone = declare(f"{entry.name}; {marker}", entry.origin, entry.location)
        if isinstance(alone, Problem):
            return replace(alone, package=entry.name)
    name = f"{entry.name}[{','.join(extras)}]" if extras else entry.name
    marker = f"; {' and '.join(f'({each})' if len(wanted) > 1 else each for each in wanted)}" if wanted else ""
    found = declare(f"{name}{specifier}{marker}", entry.origin, entry.location)
    return replace(found, text=entry.text) if isinstance(found, Declaration) else replace(found, package=entry.name)


def from_elsewhere(entry: PackageEntry) -> Problem | Include | None:
    """What an entry is that takes its package from a repository, URL or path; ``None`` for one from an index."""
    options = entry.options
    if not _NAME.fullmatch(entry.name):
        return _unnamed(entry)
    hint = "name a released version instead"
    if any(key in options for key in _VCS):
        message = f"{entry.name} is taken from a version control repository here"
        return entry.problem("requirement-vcs", message, hint)
    if "url" in options or "file" in options:
        return entry.problem("requirement-url", f"{entry.name} is taken from a file or URL here", hint)
    path = options.get("path")
    if path is None:
        return None
    if not isinstance(path, str) or _ARCHIVE.fullmatch(path):
        return entry.problem("requirement-path", f"{entry.name} is taken from a file here", hint)
    extras = options.get("extras", [])
    names = tuple(each for each in extras if isinstance(each, str)) if isinstance(extras, list) else ()
    return Include(Reference.PROJECT, path, entry.location, names)


def _unnamed(entry: PackageEntry) -> Problem:
    message = f"{shown(entry.name)} is not a name a package can have"
    return Problem("requirement-syntax", message, entry.location, "write the name of the package as the key")
