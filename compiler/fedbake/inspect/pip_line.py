"""One entry of a list for pip, without its comment: a requirement, or an option no repository may set."""

import re
from dataclasses import dataclass

from fedbake.inspect.facts import Declaration, Location, Origin, Problem
from fedbake.inspect.requirement import declare, unsafe

_HASH = re.compile(r"\s--hash[= ]\s*sha(?:256|384|512):[0-9a-fA-F]{64,128}(?=\s|$)", re.ASCII)
_OPTION = re.compile(r"--?[A-Za-z][A-Za-z-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a kind of option is refused. The argument of the option is never shown: it may contain a password."""

    code: str
    message: str
    hint: str


_INCLUDE = _Refusal("pip-include", "another requirements file is included here", "write its lines into this file")
_CONSTRAINTS = _Refusal("pip-constraints", "a constraints file is used here", "put the versions at the packages")
_EDITABLE = _Refusal(
    "pip-editable",
    "a package is installed in editable mode from a folder or URL here",
    "delete the line: the repository's own code is copied into the images; for others name a released version",
)
_INDEX = _Refusal(
    "pip-index",
    "another package index or download page is named here",
    "delete the line; indexes are chosen by whoever runs fedbake, not by the repository",
)
_OTHER = _Refusal("pip-option", "an option for pip stands here", "delete the option")
_REFUSALS = {
    **dict.fromkeys(("-r", "--requirement"), _INCLUDE),
    **dict.fromkeys(("-c", "--constraint"), _CONSTRAINTS),
    **dict.fromkeys(("-e", "--editable"), _EDITABLE),
    **dict.fromkeys(
        ("-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links", "--no-index", "--trusted-host"),
        _INDEX,
    ),
}


def read_entry(text: str, origin: Origin, location: Location) -> Declaration | Problem:
    """Read one entry. Hashes of the requirement are left out: the plan's own lock has the hashes of every platform."""
    bare = _HASH.sub("", text).strip()
    if bare.startswith("-"):
        return refusal(bare, location)
    inner = re.search(r"\s--?[A-Za-z]", bare, re.ASCII)
    if inner is not None and unsafe(bare, location) is None:
        place = Location(location.file, location.line, location.column + inner.start() + 1)
        return refusal(bare[inner.start() :].lstrip(), place)
    return declare(bare, origin, location)


def refusal(text: str, location: Location) -> Problem:
    """The problem of an option, such as ``-r other.txt``, ``--index-url=…`` or ``-eURL``."""
    found = _OPTION.match(text)
    name = found.group() if found else "-"
    kind = _REFUSALS.get(name) or (_REFUSALS.get(name[:2]) if not name.startswith("--") else None) or _OTHER
    return Problem(kind.code, kind.message, location, kind.hint)
