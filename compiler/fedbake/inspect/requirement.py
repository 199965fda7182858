"""One requirement of PEP 508, narrowed to what can be locked: a name, extras, versions and a marker."""

import re

from packaging.requirements import InvalidRequirement, Requirement

from fedbake.inspect.facts import Declaration, Location, Origin, Problem
from fedbake.inspect.text import shown

_LENGTH_LIMIT = 1000
_NESTING_LIMIT = 20

_CONDA_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)=(?P<version>[A-Za-z0-9._+!]+)(?:=[^=]*)?", re.ASCII)
_TABLE_ROW = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)[ \t]+(?P<version>[0-9][A-Za-z0-9._+!]*)(?:[ \t]+[A-Za-z0-9._/-]+){0,2}",
    re.ASCII,
)
_CARET = re.compile(r"[^;]*\^[^;]*", re.ASCII)
_QUOTED = re.compile(r"[\[(]?\s*(?:'[^']*'|\"[^\"]*\")\s*,?\s*[\])]?", re.ASCII)
_FILE_OR_URL = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|file:|\.{0,2}/|~/|[a-z]:\\).*|\.{1,2}|[^;\s]*\.(?:whl|tar\.gz|tar\.bz2|zip|conda)",
    re.ASCII | re.IGNORECASE,
)


def declare(text: str, origin: Origin, location: Location) -> Declaration | Problem:
    """Read one requirement such as ``torch[extra]>=2,<3; python_version < "3.12"``.

    Args:
        text: without comment and surrounding space.
        origin: the list it stands in.
        location: where it begins.

    Returns:
        the declaration; or a problem for anything else, direct references (``name @ URL``) and ``===`` included, which
        name one artifact or a version without order and so cannot be locked for several platforms.
    """
    problem = unsafe(text, location) or _not_lockable(text, location)
    if problem is not None:
        return problem
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        message = f"{shown(text)} is not a requirement"
        return Problem("requirement-syntax", message, location, _suggestion(text))
    return Declaration(requirement, origin, location, text)


def unsafe(text: str, location: Location) -> Problem | None:
    """What keeps a text from being read as any kind of dependency, whatever its grammar; ``None`` when it may be."""
    if len(text) > _LENGTH_LIMIT:
        message = f"this entry has {len(text)} characters; more than {_LENGTH_LIMIT} are not read"
        return Problem("requirement-too-long", message, location, "write one package per entry")
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


def is_file_or_url(text: str) -> bool:
    """Whether an entry names a file, folder or URL rather than a package. It may contain secrets: never show it."""
    return _FILE_OR_URL.fullmatch(text) is not None


def _not_lockable(text: str, location: Location) -> Problem | None:
    if is_file_or_url(text) or "@" in text.partition(";")[0]:
        hint = "name a released version instead, such as name==1.2.3"
        return Problem("requirement-url", "a package is taken from a file or URL here", location, hint)
    if "===" in text:
        return Problem("requirement-arbitrary-equality", "=== compares text, not versions", location, "use == instead")
    if text.count("(") > _NESTING_LIMIT:
        message = f"more than {_NESTING_LIMIT} parentheses are not read"
        return Problem("requirement-syntax", message, location, "simplify the marker after the semicolon")
    return None


def _suggestion(text: str) -> str:
    pin = _CONDA_PIN.fullmatch(text)
    if pin is not None:
        return f"write {pin['name']}=={pin['version']}; a single = is conda's"
    row = _TABLE_ROW.fullmatch(text)
    if row is not None:
        return f"write {row['name']}=={row['version']}; a table with spaces is what pip list and conda list print"
    if _CARET.fullmatch(text):
        return "write the range out, such as >=1.2,<2; ^ is Poetry's"
    if _QUOTED.fullmatch(text):
        return "leave out quotes, brackets and commas"
    return "write it as name, name==1.2.3 or name>=1.2,<2"
