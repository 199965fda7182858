"""Lines of the repository as they are quoted below a finding, with a mark under the column."""

import codecs
from collections.abc import Callable, Sequence
from functools import lru_cache

from fedbake.rules.message import visible
from fedbake.source.snapshot import Contents
from fedbake.source.text import without_addresses

Lines = Callable[[str], Sequence[str]]

_BYTES_LIMIT = 2**20
_LINE_LIMIT = 2000
_TAB = "    "
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def lines_of(contents: Contents) -> Lines:
    """A function that gives the lines of a file by its path; none of a file that is too large or not a regular one."""

    @lru_cache(maxsize=8)
    def read(path: str) -> Sequence[str]:
        try:
            data = contents.read(path)
        except KeyError:
            return ()
        if len(data) > _BYTES_LIMIT:
            return ()
        encoding = "utf-16" if data.startswith(_WIDE_MARKS) else "utf-8-sig"
        return data.decode(encoding, "replace").replace("\r\n", "\n").split("\n")

    return read


def quoted(lines: Sequence[str], line: int, column: int | None, width: int) -> list[str]:
    """One line with its number, and below it a mark under the column; nothing when there is no such line.

    What is invisible is shown as a replacement character, and URLs are cut short: a terminal's log is no place for
    a password somebody wrote into a file.

    Args:
        line: counted from 1.
        column: counted from 1; ``None`` for no mark.
        width: columns of the terminal; longer lines are cut around the mark.
    """
    if not 1 <= line <= len(lines) or not lines[line - 1].strip() or len(lines[line - 1]) > _LINE_LIMIT:
        return []
    text = lines[line - 1].rstrip()
    shown = without_addresses(text)
    gutter = f"{line} | "
    at = column - 1 if column is not None and column <= len(shown) else None
    if at is not None and shown[:at] != text[:at]:
        at = None
    pieces, at = _window([_shown(character) for character in shown], at, max(width - len(gutter), 20))
    marked = [] if at is None else [f"{'|':>{len(gutter) - 1}} {' ' * _cells(''.join(pieces[:at]))}^"]
    return [f"{gutter}{''.join(pieces)}", *marked]


def _window(pieces: list[str], at: int | None, room: int) -> tuple[list[str], int | None]:
    """The part of a line that fits, and where the mark is in it."""
    if sum(map(_cells, pieces)) <= room:
        return pieces, at
    # A character takes two columns at most, a tab four.
    kept = room // max(map(_cells, pieces)) - 2
    first = min(max((at or 0) - kept // 3, 0), len(pieces) - kept)
    before = ["…"] if first else []
    after = ["…"] if first + kept < len(pieces) else []
    return [*before, *pieces[first : first + kept], *after], None if at is None else at - first + len(before)


def _shown(character: str) -> str:
    return _TAB if character == "\t" else visible(character)


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
