"""What a line that is not a requirement was meant to be: the corrected text, for the mistakes people make."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement

_NAME = r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)"
_VERSION = r"(?P<version>[0-9][A-Za-z0-9._+!]*)"


@dataclass(frozen=True, slots=True)
class Correction:
    """What to write in place of a text.

    Attributes:
        hint: for a person.
        text: the corrected text, where it is known.
    """

    hint: str
    text: str | None = None


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII | re.DOTALL)


def _pinned(match: re.Match[str]) -> str:
    return f"{match['name']}=={match['version']}"


def _joined(match: re.Match[str]) -> str:
    """The same with commas between its comparisons."""
    return re.sub(r"(?<=[0-9A-Za-z.*])[ \t]+(?=[<>=!~])", ",", match.group())


def _without_stars(match: re.Match[str]) -> str:
    return re.sub(r"(?<=[<>])(=?[ \t]*[0-9][0-9.]*?)\.\*", r"\1", match.group())


# Each mistake: its form, the corrected text, and why. The first one whose corrected text is a requirement is told.
_MISTAKES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str], str], ...] = (
    (_pattern(rf"{_NAME}=(?P<version>[A-Za-z0-9._+!]+)(?:=[^=]*)?"), _pinned, "a single = is conda's"),
    (_pattern(rf"{_NAME}[ \t]+=[ \t]+{_VERSION}"), _pinned, "a single = compares nothing"),
    (
        _pattern(rf"{_NAME}[ \t]*=[ \t]*[\"'](?:==)?{_VERSION}[\"']"),
        _pinned,
        "name = \"...\" is a line of Poetry's or Pipenv's",
    ),
    (
        _pattern(rf"{_NAME}[ \t]+{_VERSION}(?:[ \t]+[A-Za-z0-9._/<>-]+){{0,2}}"),
        _pinned,
        "a table with spaces is what pip list and conda list print",
    ),
    (
        _pattern(r"[\[(]?\s*(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\")\s*,?\s*[\])]?,?"),
        lambda match: match["single"] or match["double"] or "",
        "leave out quotes, brackets and commas",
    ),
    (
        _pattern(
            r"[!%$]?[ \t]*(?:python3?[ \t]+-m[ \t]+)?(?:pip3?|uv[ \t]+pip|conda)[ \t]+install[ \t]+(?P<rest>[^ \t]+)"
        ),
        lambda match: match["rest"],
        "this is a list of packages, not a script",
    ),
    (
        _pattern(r"[^;]*=[<>][^;]*"),
        lambda match: match.group().replace("=>", ">=").replace("=<", "<="),
        "the equals sign comes last",
    ),
    (_pattern(r"(?P<rest>[^;]*?)[;,\s]+"), lambda match: match["rest"], "nothing follows the last character"),
    (_pattern(r"[^;]*[<>]=?[ \t]*[0-9][0-9.]*\.\*[^;]*"), _without_stars, "a star goes with == and != alone"),
    (_pattern(r"[^;]*[0-9A-Za-z.*][ \t]+[<>=!~][^;]*"), _joined, "commas separate comparisons"),
    (
        _pattern(rf"{_NAME}[ \t]*~=[ \t]*(?P<version>[0-9]+)"),
        lambda match: f"{match['name']}~={match['version']}.0",
        "~= needs two numbers",
    ),
)
_POETRY = _pattern(r"[^;]*\^[^;]*")
_LIST = _pattern(r"[\[(]?\s*[\"'][^;]*[\"']\s*,?\s*[\])]?,?")


def corrected(text: str) -> Correction:
    """What to write in place of a text that is no requirement."""
    # With runs of spaces, matching would take time that grows with the square of their length.
    text = re.sub(r"[ \t]+", " ", text)
    for form, correct, reason in _MISTAKES:
        match = form.fullmatch(text)
        if match is not None and _is_requirement(correct(match)):
            return Correction(f"write {correct(match)}; {reason}", correct(match))
    if _POETRY.fullmatch(text):
        return Correction("write the range out, such as >=1.2,<2; ^ is Poetry's")
    if _LIST.fullmatch(text):
        return Correction("write one package per line, without quotes, brackets and commas")
    return Correction("write it as name, name==1.2.3 or name>=1.2,<2")


def _is_requirement(text: str) -> bool:
    try:
        return Requirement(text).url is None
    except InvalidRequirement:
        return False
