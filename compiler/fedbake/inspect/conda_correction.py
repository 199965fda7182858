"""How to write a conda dependency that is not one: the slips people make, with the corrected text."""

import re

from fedbake.inspect.corrected import Correction

_NAME = r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}+)[ \t]*+"
_VERSION = r"(?P<version>[A-Za-z0-9][A-Za-z0-9_.!+*]{0,40})"
_RANGE = (
    r"(?P<versions>[<>=!~]{1,2}[ \t]*[0-9A-Za-z.*]{1,40}(?:[ \t]*,[ \t]*[<>=!~]{1,2}[ \t]*[0-9A-Za-z.*]{1,40}){0,5})"
)
_CLAUSE = r"[<>=!~]{1,2}[ \t]*[0-9A-Za-z.*]{1,40}"
# Slips whose corrected text is known.
_CERTAIN = (
    (rf"{_NAME}={{3,5}}[ \t]*{_VERSION}", "{name}=={version}"),
    (rf"{_NAME}=(?P<order>[<>])[ \t]*{_VERSION}", "{name}{order}={version}"),
    (rf"{_NAME}[:@][ \t]*(?P<version>[0-9][A-Za-z0-9_.]{{0,40}})", "{name}={version}"),
    (rf"{_NAME}\([ \t]*{_RANGE}[ \t]*\)", "{name}{versions}"),
    (rf"{_NAME}{_RANGE}[ \t]*,", "{name}{versions}"),
)
_OTHERS = (
    (rf"{_NAME}[=<>!~]{{1,3}}", "write {name} for any version, or {name}=1.2 for one"),
    (
        rf"{_NAME}(?P<lower>{_CLAUSE})[ \t]+(?P<upper>{_CLAUSE})",
        "put a comma between the two: write {name}{lower},{upper}",
    ),
    (rf"{_NAME}\^.{{1,100}}", "write the range out, such as {name}>=1.2,<2; ^ is Poetry's"),
    (rf"{_NAME}[^;]{{0,200}};.*", "conda has no markers; write the line into the list under - pip:"),
    (rf"{_NAME}@.*", "write {name}=1.2 with its version, or {name} for any"),
    (r".*?\{[{%].*", "fill in what stands in braces: this file is a template"),
    (r"(?:[A-Za-z][A-Za-z0-9_.-]{0,60}+[ \t]++){1,20}[A-Za-z][A-Za-z0-9_.-]{0,60}", "write one package per entry"),
)
_COMPILED = (
    *((re.compile(pattern, re.ASCII), "write " + meant, meant) for pattern, meant in _CERTAIN),
    *((re.compile(pattern, re.ASCII), hint, None) for pattern, hint in _OTHERS),
)


def correction(text: str, otherwise: str) -> Correction:
    """What to write in place of an entry.

    Args:
        otherwise: the hint when it is not known what was meant.
    """
    for grammar, hint, meant in _COMPILED:
        match = grammar.fullmatch(text)
        if match is not None:
            parts = {name: part.replace(" ", "") for name, part in match.groupdict().items() if part}
            return Correction(hint.format_map(parts), meant.format_map(parts) if meant else None)
    return Correction(otherwise)
