"""The change of one text file in the form ``git apply`` takes."""

import difflib
from collections.abc import Iterator

# The escapes of git's quoted path names (git-config, core.quotePath); other bytes are written in octal.
_ESCAPES = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
_FIRST_PRINTABLE, _LAST_PRINTABLE = 0x20, 0x7E


def text_diff(name: str, before: str, after: str) -> str:
    """A unified diff of two texts of a file, ``""`` when they are equal."""
    lines = list(_hunks(before, after))
    if not lines:
        return ""
    return f"{header(name)}--- {_path('a', name)}\n+++ {_path('b', name)}\n{''.join(lines)}"


def header(name: str) -> str:
    """The line that begins the change of a file."""
    return f"diff --git {quoted(f'a/{name}')} {quoted(f'b/{name}')}\n"


def quoted(path: str) -> str:
    """A path as git writes it: between quotes with escapes, when it has characters that need them."""
    escaped = "".join(_escaped(byte) for byte in path.encode())
    return path if escaped == path else f'"{escaped}"'


def changed_lines(before: str, after: str) -> list[str]:
    """The lines of a unified diff between two texts, without the names of files."""
    return list(difflib.unified_diff(_lines(before), _lines(after)))[2:]


def _escaped(byte: int) -> str:
    if byte in _ESCAPES:
        return _ESCAPES[byte]
    return chr(byte) if _FIRST_PRINTABLE <= byte <= _LAST_PRINTABLE else f"\\{byte:03o}"


def _path(side: str, name: str) -> str:
    """A path in the lines before the hunks, where a tab ends one that has spaces."""
    path = quoted(f"{side}/{name}")
    return f"{path}\t" if " " in path and not path.startswith('"') else path


def _hunks(before: str, after: str) -> Iterator[str]:
    for line in changed_lines(before, after):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines with their endings; only a line feed ends one."""
    *full, rest = text.split("\n")
    return [*(f"{line}\n" for line in full), *([rest] if rest else [])]
