"""How to write a conda dependency that is not one: the slips people make, with the corrected text."""

import re

_NAME = r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}+)[ \t]*+"
_VERSION = r"(?P<version>[A-Za-z0-9][A-Za-z0-9_.!+*]{0,40})"
_RANGE = (
    r"(?P<versions>[<>=!~]{1,2}[ \t]*[0-9A-Za-z.*]{1,40}(?:[ \t]*,[ \t]*[<>=!~]{1,2}[ \t]*[0-9A-Za-z.*]{1,40}){0,5})"
)
_CLAUSE = r"[<>=!~]{1,2}[ \t]*[0-9A-Za-z.*]{1,40}"
_SLIPS = (
    (rf"{_NAME}[=<>!~]{{1,3}}", "write {name} for any version, or {name}=1.2 for one"),
    (rf"{_NAME}={{3,5}}[ \t]*{_VERSION}", "write {name}=={version}"),
    (rf"{_NAME}=(?P<order>[<>])[ \t]*{_VERSION}", "write {name}{order}={version}"),
    (rf"{_NAME}[:@][ \t]*(?P<version>[0-9][A-Za-z0-9_.]{{0,40}})", "write {name}={version}"),
    (rf"{_NAME}\([ \t]*{_RANGE}[ \t]*\)", "write {name}{versions}"),
    (rf"{_NAME}{_RANGE}[ \t]*,", "write {name}{versions}"),
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
_COMPILED = tuple((re.compile(pattern, re.ASCII), hint) for pattern, hint in _SLIPS)


def correction(text: str) -> str | None:
    """The corrected text of an entry, for a hint; ``None`` when it is not known what was meant."""
    for grammar, hint in _COMPILED:
        match = grammar.fullmatch(text)
        if match is not None:
            return hint.format_map({name: part.replace(" ", "") for name, part in match.groupdict().items() if part})
    return None
