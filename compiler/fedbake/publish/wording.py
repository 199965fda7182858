"""What others may be told: text without controls and secrets, bounded, in the forms of the FLOps contract."""

import re
from collections.abc import Iterator

from fedbake.bake.redact import redacted
from fedbake.source.text import plain

LONGEST_BYTES = 8 * 1024
"""Of one text in UTF-8; what is longer ends with a mark."""

OBSERVER_BYTES = 1024
"""What the observer reads from one connection; it decodes strictly, so that no character may be cut."""

_CUT = "\n… (shortened)"
# Only so much is looked at, whatever a text's length: the rest is cut off anyway.
_READ_CHARACTERS = 8 * LONGEST_BYTES
# A login without a scheme before it; an image's name and digest look alike.
_LOGIN = re.compile(r"\b[^\s:@/'\"]{1,100}:[^\s@/'\"]{1,100}@(?!sha256:)(?=[\w\[])")
_TELLING = r"[\w-]{0,40}(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key)[\w-]{0,40}"
_ASSIGNED = re.compile(
    rf"({_TELLING}['\"]?\s{{0,3}}[=:]\s{{0,3}}|--{_TELLING}\s{{1,3}})"
    r"(?:'[^'\n]{4,}'|\"[^\"\n]{4,}\"|[^\s'\",;&]{4,})",
    re.IGNORECASE,
)


def tellable(text: str) -> str:
    """A text as it may leave this machine.

    Escape sequences, control and direction-changing characters are gone, newlines stay. Logins and queries of URLs,
    authorization values and what is assigned to a password or token are masked. It has 8 KiB at most.
    """
    seen = text
    if len(text) > _READ_CHARACTERS:
        # The last word may be half of a secret that would not be recognised any more.
        seen = text[:_READ_CHARACTERS]
        seen = seen[: len(seen) - len(re.split(r"\s", seen)[-1])]
    clean = plain(seen).strip("\n")
    clean = _ASSIGNED.sub(r"\1***", _LOGIN.sub("***@", redacted(clean)))
    if len(seen) == len(text) and len(clean.encode()) <= LONGEST_BYTES:
        return clean
    return _first(clean, LONGEST_BYTES - len(_CUT.encode())) + _CUT


def pieces(text: str) -> Iterator[str]:
    """The text cut between characters into what the observer reads at once."""
    while text:
        piece = _first(text, OBSERVER_BYTES)
        yield piece
        text = text[len(piece) :]


def duration(seconds: float) -> str:
    """A timing as the contract writes it: ``12 seconds``, or ``'3' minutes and 12 seconds`` from one minute on."""
    minutes, rest = divmod(round(seconds), 60)
    return f"'{minutes}' minutes and {rest} seconds" if minutes else f"{rest} seconds"


def _first(text: str, size: int) -> str:
    """As many characters as fit into ``size`` bytes of UTF-8."""
    return text.encode()[:size].decode("utf-8", "ignore")
