"""Path patterns of rules: letters with ``*``, ``?`` and ``**``, matched in linear steps.

Rules hold no regular expressions: no rule file can be made to run for ever, and a pattern reads as a path.
"""

import re
from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import AfterValidator

_GRAMMAR = re.compile(r"(?:[A-Za-z0-9_.*?-]+/)*[A-Za-z0-9_.*?-]+", re.ASCII)
_MAX_LENGTH = 256


def _checked(pattern: str) -> str:
    if len(pattern) > _MAX_LENGTH or not _GRAMMAR.fullmatch(pattern):
        raise ValueError(f"{pattern!r} is not a path pattern such as data/*.csv (regular expressions are not accepted)")
    parts = pattern.split("/")
    if "." in parts or ".." in parts:
        raise ValueError(f"{pattern!r} can match no path of a repository: it has a '.' or '..' component")
    if any("**" in part and part != "**" for part in parts):
        raise ValueError(f"{pattern!r} is not a path pattern: '**' stands alone between slashes")
    return pattern


Pattern = Annotated[str, AfterValidator(_checked)]
"""A validated pattern: ``*`` and ``?`` stay within one path component, ``**`` stands for any number of components."""


def matches(pattern: str, path: str) -> bool:
    """Whether a validated pattern matches a whole path of the repository."""
    return _wild(pattern.split("/"), path.split("/"), "**", _component)


def matches_any(patterns: Sequence[str], path: str) -> bool:
    """Whether one of the patterns matches."""
    return any(matches(pattern, path) for pattern in patterns)


def _component(pattern: str, name: str) -> bool:
    return _wild(pattern, name, "*", lambda wanted, given: wanted in {"?", given})


def _wild(pattern: Sequence[str], given: Sequence[str], wildcard: str, same: Callable[[str, str], bool]) -> bool:
    """Match greedily, going back only to the latest wildcard: at most ``len(pattern) * len(given)`` steps."""
    at, star, resume, position = 0, -1, 0, 0
    while position < len(given):
        if at < len(pattern) and pattern[at] == wildcard:
            star, resume, at = at, position, at + 1
        elif at < len(pattern) and same(pattern[at], given[position]):
            at, position = at + 1, position + 1
        elif star >= 0:
            at, resume = star + 1, resume + 1
            position = resume
        else:
            return False
    return all(part == wildcard for part in pattern[at:])
