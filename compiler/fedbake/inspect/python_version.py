"""Which Python a file asks for: release numbers and comparisons, and nothing else of PEP 440."""

import re

from fedbake.inspect.facts import Location, Problem, PythonDeclaration
from fedbake.inspect.text import shown

_CLAUSE = re.compile(
    r"(?P<operator>>=|<=|==|!=|~=|>|<)\s*"
    r"(?P<major>[0-9]{1,2})(?:\.(?P<minor>[0-9]{1,2}))?(?:\.(?P<patch>[0-9]{1,3}))?(?P<any>\.\*)?",
    re.ASCII,
)


def declare_python(specifier: str, text: str, location: Location) -> PythonDeclaration | Problem:
    """Read a specifier set for Python such as ``>=3.9,<3.12`` or ``==3.11.*``.

    Args:
        specifier: in PEP 440 terms.
        text: what the user wrote.

    Returns:
        the declaration, written anew from the parsed numbers; or a problem for what is no release of Python 3.
    """
    clauses = [_clause(part) for part in specifier.split(",")]
    written = [clause for clause in clauses if clause is not None]
    if len(written) < len(clauses):
        message = f"{shown(text)} does not name a Python version that can be used"
        return Problem("python-version", message, location, "name a release of Python 3, such as 3.11 or >=3.10,<3.13")
    return PythonDeclaration(",".join(written), location, text)


def declare_release(release: str, text: str, location: Location) -> PythonDeclaration | Problem:
    """Read one version: ``3.11`` stands for any of its patch releases, ``3.11.4`` for itself.

    Args:
        release: the version alone.
        text: what the user wrote.

    Returns:
        as `declare_python`.
    """
    return declare_python(f"=={release}" if release.count(".") > 1 else f"=={release}.*", text, location)


def _clause(part: str) -> str | None:
    match = _CLAUSE.fullmatch(part.strip(" \t"))
    if match is None:
        return None
    operator, wildcard = match["operator"], match["any"] or ""
    release = [int(each) for each in match.group("major", "minor", "patch") if each is not None]
    wrong_wildcard = wildcard and operator not in {"==", "!="}
    too_short = operator == "~=" and len(release) < 2
    not_three = operator in {"==", "~="} and release[0] != 3
    below_three = (operator == "<" and release <= [3, 0, 0][: len(release)]) or (operator == "<=" and release[0] < 3)
    if wrong_wildcard or too_short or not_three or below_three:
        return None
    return f"{operator}{'.'.join(map(str, release))}{wildcard}"
