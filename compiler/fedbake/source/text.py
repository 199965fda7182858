"""Text that came from outside, made safe to show on a terminal or in a log line."""

import re

# C0 and C1 controls (terminal escape sequences start with one), line and paragraph separators, and the bidirectional
# controls of CVE-2021-42574, which let shown text read differently from the text itself.
_UNSAFE = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)

# Escape sequences of terminals (ECMA-48): CSI with its parameters, OSC and other strings to their end, the short ones.
_ESCAPE = re.compile(
    "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]?"
    "|(?:\\x1b[]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x1b\\x9c\\n]*(?:\\x07|\\x1b\\\\|\\x9c)?"
    "|\\x1b[ -/]*[0-~]?"
)

# Everything behind a scheme, and a login before an @: either may hold a password or a token.
_ADDRESS = re.compile(r"://[^\s'\"]*|[^\s:@/]{1,100}:[^\s@/]{1,100}@[^\s'\"]*")


def has_unsafe(text: str) -> bool:
    """Whether the text holds control, line-separating or direction-changing characters, or lone surrogates."""
    return _UNSAFE.search(text) is not None


def printable(text: str, limit: int = 300) -> str:
    """The text on one line without unsafe characters, at most ``limit`` characters long."""
    clean = _UNSAFE.sub("", text).strip()
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def plain(text: str) -> str:
    """Text of several lines without escape sequences and unsafe characters; a tab becomes spaces."""
    lines = _ESCAPE.sub("", text).expandtabs(4).split("\n")
    return "\n".join(_UNSAFE.sub("", line).rstrip() for line in lines)


def without_addresses(text: str) -> str:
    """The text with every URL cut behind its scheme, since any part of one may be a secret."""
    return _ADDRESS.sub(lambda found: "://…" if found[0].startswith(":") else "…", text)
