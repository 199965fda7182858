"""One requirement of PEP 508, narrowed to what can be locked: a name, extras, versions and a marker."""

import re

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from fedbake.inspect.corrected import corrected
from fedbake.inspect.direct_reference import direct_reference
from fedbake.inspect.facts import Declaration, Location, Origin, Problem
from fedbake.inspect.text import shown

_LENGTH_LIMIT = 1000
_NESTING_LIMIT = 20

# pip takes numpy-1.26.4 for a name. Nothing on the index is called like that: the version is lost in it.
_NAME_WITH_VERSION = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9._]*(?:-[A-Za-z][A-Za-z0-9._]*)*)-[0-9]+(?:\.[0-9]+)+", re.ASCII
)


def declare(text: str, origin: Origin, location: Location) -> Declaration | Problem:
    """Read one requirement such as ``torch[extra]>=2,<3; python_version < "3.12"``.

    ``===`` with a version of PEP 440 is read as ``==``: on an index both name the same release.

    Args:
        text: without comment and surrounding space.
        origin: the list it stands in.
        location: where it begins.

    Returns:
        the declaration; or a problem for anything else. Direct references (``name @ URL``, a URL, a path) name one
        artifact, and ``===`` with other text a version without order: neither can be locked for several platforms.
    """
    problem = unsafe(text, location) or direct_reference(text, location) or _not_readable(text, location)
    if problem is not None:
        return problem
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        message = f"{shown(text)} is not a requirement"
        meant = corrected(text)
        return Problem("requirement-syntax", message, location, meant.hint, text=text, correction=meant.text)
    if not _with_ordered_versions(requirement):
        message = "=== compares text, and this one is not a version of PEP 440"
        hint = "use == with a released version instead"
        return Problem("requirement-arbitrary-equality", message, location, hint, requirement.name)
    return Declaration(requirement, origin, location, text)


def unsafe(text: str, location: Location) -> Problem | None:
    """What keeps a text from being read as any kind of dependency, whatever its grammar; ``None`` when it may be."""
    problem = too_long(text, location)
    if problem is not None:
        return problem
    if not text.isascii():
        message = f"{shown(text)} contains characters other than ASCII, which can look like another package"
        return Problem("requirement-not-ascii", message, location, "type the name anew with plain letters")
    if re.search("[\x00-\x08\x0a-\x1f\x7f]", text):
        message = f"{shown(text)} contains a line break or a control character"
        return Problem("requirement-control-character", message, location, "write one package per entry, on one line")
    if "${" in text:
        message = f"{shown(text)} depends on an environment variable"
        return Problem("requirement-variable", message, location, "write the value itself")
    if text.endswith("\\"):
        message = f"{shown(text)} ends with a backslash"
        return Problem("requirement-continuation", message, location, "delete the backslash")
    return None


def too_long(text: str, location: Location) -> Problem | None:
    """The problem of an entry of more than 1000 characters."""
    if len(text) <= _LENGTH_LIMIT:
        return None
    message = f"this entry has {len(text)} characters; more than {_LENGTH_LIMIT} are not read"
    return Problem("requirement-too-long", message, location, "write one package per entry")


def _not_readable(text: str, location: Location) -> Problem | None:
    if text.count("(") > _NESTING_LIMIT:
        message = f"more than {_NESTING_LIMIT} parentheses are not read"
        return Problem("requirement-syntax", message, location, "simplify the marker after the semicolon")
    dashed = _NAME_WITH_VERSION.fullmatch(text)
    if dashed is not None:
        meant = f"{dashed['name']}=={text[dashed.end('name') + 1 :]}"
        message = f"{shown(text)} has its version in its name"
        return Problem("requirement-syntax", message, location, f"write {meant}", text=text, correction=meant)
    return None


def _with_ordered_versions(requirement: Requirement) -> bool:
    """Turn ``===`` into ``==`` where it has a version; ``False`` where it has other text."""
    clauses = [(each.operator, each.version) for each in requirement.specifier]
    if "===" not in {operator for operator, _ in clauses}:
        return True
    try:
        for operator, version in clauses:
            if operator == "===":
                Version(version)
    except InvalidVersion:
        return False
    requirement.specifier = SpecifierSet(
        ",".join(f"{'==' if operator == '===' else operator}{version}" for operator, version in clauses)
    )
    return True
