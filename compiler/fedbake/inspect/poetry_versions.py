"""Poetry's version constraints in PEP 440 terms: carets, tildes, wildcards, ranges and alternatives (``||``).

The meaning follows Poetry's documentation, "Dependency specification".
"""

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

Clauses = tuple[str, ...]
"""PEP 440 comparisons that hold together, such as ``(">=1.2", "<2")``; none for any version."""

_LENGTH_LIMIT = 200
_CLAUSE = re.compile(
    r"(?P<operator>\^|~=|==|!=|>=|<=|=|~|>|<)?[ \t]*(?:\*|v?(?P<version>[0-9][0-9A-Za-z.+!_*-]*))"
    r"[ \t]*(?P<comma>,?)[ \t]*",
    re.ASCII,
)
_WILDCARD = re.compile(r"(?P<release>[0-9]{1,9}(?:\.[0-9]{1,9})*)(?:\.[xX*])+", re.ASCII)


def alternatives(text: str) -> tuple[Clauses, ...] | None:
    """The alternatives a constraint allows, ``None`` for what is no constraint."""
    if len(text) > _LENGTH_LIMIT:
        return None
    read = [_clauses(part.strip()) for part in re.split(r"\|\|?", text)]
    known = tuple(each for each in read if each is not None)
    return known if len(known) == len(read) else None


def _clauses(text: str) -> Clauses | None:
    position, found = 0, list[str]()
    awaited = True
    while position < len(text):
        match = _CLAUSE.match(text, position)
        clause = _clause(match["operator"] or "", match["version"]) if match else None
        if match is None or clause is None:
            return None
        found.extend(clause)
        awaited = bool(match["comma"])
        position = match.end()
    return None if awaited else tuple(found)


def _clause(operator: str, version: str | None) -> Clauses | None:
    if version is None:
        return () if operator in {"", "=", "=="} else None
    wildcard = _WILDCARD.fullmatch(version)
    if wildcard is not None:
        sign = {"": "==", "=": "==", "==": "==", "!=": "!="}.get(operator)
        return None if sign is None else (f"{sign}{wildcard['release']}.*",)
    try:
        parsed = Version(version)
    except InvalidVersion:
        return None
    if operator in {"^", "~"}:
        return f">={version}", f"<{_next_breaking(parsed) if operator == '^' else _next_minor(parsed)}"
    clause = f"{'==' if operator in {'', '='} else operator}{version}"
    try:
        SpecifierSet(clause)
    except InvalidSpecifier:
        return None
    return (clause,)


def _next_breaking(version: Version) -> str:
    """The first release a caret excludes: the leftmost number that is not zero goes up."""
    release = version.release[:3]
    place = next((index for index, number in enumerate(release) if number), len(release) - 1)
    return _raised(version, place)


def _next_minor(version: Version) -> str:
    """The first release a tilde excludes: the minor number goes up, the major one where no other is given."""
    return _raised(version, min(len(version.release) - 1, 1))


def _raised(version: Version, place: int) -> str:
    numbers = [*version.release[:place], version.release[place] + 1]
    epoch = f"{version.epoch}!" if version.epoch else ""
    return epoch + ".".join(map(str, numbers))
