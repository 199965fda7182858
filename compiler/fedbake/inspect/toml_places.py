"""Where the values of a TOML file stand, and whether it is shallow enough to be parsed.

`tomllib` reads the values and judges the syntax, but it tells no places, recurses into nested arrays, and takes time
that grows with the square of a dotted key's length. This scanner walks over the text once, before it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fedbake.inspect.facts import Problem
from fedbake.inspect.text import Text

DEPTH_LIMIT = 20

_TOKEN = re.compile(
    r"(?P<blank>[ \t]+|\#[^\n]*)"
    r"|(?P<string>\"{3}(?:[^\"\\]|\\.|\"(?!\"\"))*+\"{3,5}|'{3}(?:[^']|'(?!''))*+'{3,5}"
    r"|(?!\"{3}|'{3})(?:\"(?:[^\"\\\n]|\\[^\n])*+\"|'[^'\n]*'))"
    r"|(?P<mark>[\[\]{}=,.\n])"
    r"|(?P<bare>[^\s\"'\#\[\]{}=,.]+)",
    re.ASCII | re.DOTALL,
)

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Offsets of values by path: ``("project", "dependencies", 0)`` is the first string of that array.

    Attributes:
        offsets: where a value begins, a string after its quote.
        keys: where the key of a value begins.
        ends: the offset after a value.
    """

    offsets: Mapping[Path, int]
    keys: Mapping[Path, int]
    ends: Mapping[Path, int]

    def offset(self, *path: str | int) -> int:
        """Where a value begins; where the nearest one around it does, when the scanner did not meet it."""
        return next((self.offsets[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.offsets), 0)

    def entry(self, *path: str | int) -> tuple[int, int] | None:
        """From where to where a value stands with its key, or an item of an array by itself.

        ``None`` for a table that has a header of its own or is spread over dotted keys.
        """
        start = self.keys.get(path, self.offsets.get(path) if isinstance(path[-1], int) else None)
        return None if start is None or path not in self.ends else (start, self.ends[path])


@dataclass(slots=True)
class _Nest:
    """An array or inline table whose end is still to come; ``index`` counts its commas."""

    path: Path
    is_array: bool
    index: int = 0


class _RefusedError(Exception):
    """The text goes deeper than is read, or a string does not end."""

    def __init__(self, code: str, message: str, offset: int) -> None:
        super().__init__(message)
        self.code = code
        self.offset = offset


def scan(text: Text) -> Places | Problem:
    """Find the places of all values, but for numbers, dates and truth values inside of arrays."""
    scanner = _Scanner()
    try:
        position = 0
        while position < len(text.content):
            match = _TOKEN.match(text.content, position)
            if match is None:
                raise _RefusedError("toml-syntax", "this string does not end", position)
            scanner.take(match)
            position = match.end()
    except _RefusedError as refused:
        hint = "close the string" if refused.code == "toml-syntax" else "keep values and keys shallow"
        return Problem(refused.code, f"{text.file}: {refused}", text.location(refused.offset), hint)
    return Places(scanner.offsets, scanner.keys, scanner.ends)


class _Scanner:
    """Follows keys and values. After wrong syntax its places mean nothing; `tomllib` stops there as well."""

    def __init__(self) -> None:
        self.offsets: dict[Path, int] = {}
        self.keys: dict[Path, int] = {}
        self.ends: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}
        self._table: Path = ()
        self._nests: list[_Nest] = []
        self._key: list[str] = []
        self._key_start = 0
        self._value: Path | None = None
        self._header: int | None = None
        self._repeats = False

    def take(self, token: re.Match[str]) -> None:
        """Take the next token."""
        if token["mark"] is not None:
            self._mark(token["mark"], token.start())
        elif token["string"] is not None and self._value is not None:
            quotes = 3 if token["string"].startswith(('"""', "'''")) else 1
            self._note(self._item(), token.start() + quotes)
            self.ends[self._item()] = token.end()
        elif token["blank"] is None and self._value is None:
            self._part(token["bare"] or token["string"][1:-1], token.start())
        elif token["bare"] is not None and not (self._nests and self._nests[-1].is_array):
            self._note(self._item(), token.start())
            self.ends[self._item()] = token.end()

    def _mark(self, mark: str, offset: int) -> None:
        if mark == "\n":
            self._line_ends()
        elif mark == "=" and self._value is None:
            self._key_ends()
        elif mark in "[{":
            self._opens(mark == "[", offset)
        elif mark in "]}":
            self._closes(offset)
        elif mark == "," and self._nests:
            self._nests[-1].index += 1
            self._expect()

    def _line_ends(self) -> None:
        if not self._nests:
            self._key, self._value, self._header = [], None, None

    def _key_ends(self) -> None:
        base = self._nests[-1].path if self._nests else self._table
        self._value = (*base, *self._key)
        if not self._nests:
            for end in range(len(base) + 1, len(self._value)):
                self._note(self._value[:end], self._key_start)
        self.keys.setdefault(self._value, self._key_start)

    def _opens(self, is_array: bool, offset: int) -> None:
        if self._value is None:
            self._repeats = self._header is not None
            self._header = offset if self._header is None else self._header
            return
        path = self._item()
        self._note(path, offset)
        self._nests.append(_Nest(path, is_array))
        if len(self._nests) > DEPTH_LIMIT:
            raise _RefusedError("toml-too-complex", f"more than {DEPTH_LIMIT} levels are not read", offset)
        self._expect()

    def _closes(self, offset: int) -> None:
        if self._header is not None:
            self._table = tuple(self._key)
            self._note(self._table, self._header)
            if self._repeats:
                number = self._tables[self._table] = self._tables.get(self._table, -1) + 1
                self._table = (*self._table, number)
                self._note(self._table, self._header)
            self._key, self._header, self._repeats = [], None, False
        elif self._nests:
            self._value = self._nests.pop().path
            self.ends[self._value] = offset + 1

    def _expect(self) -> None:
        """After a comma or an opening mark: a value follows in an array, a key in an inline table."""
        nest = self._nests[-1]
        self._key, self._value = [], (nest.path if nest.is_array else None)

    def _item(self) -> Path:
        """The path of the value that begins here."""
        if self._nests and self._nests[-1].is_array:
            return (*self._nests[-1].path, self._nests[-1].index)
        return self._value or ()

    def _part(self, text: str, offset: int) -> None:
        self._key_start = self._key_start if self._key else offset
        self._key.append(text)
        if len(self._key) > DEPTH_LIMIT:
            raise _RefusedError("toml-too-complex", f"a key has more than {DEPTH_LIMIT} parts", offset)

    def _note(self, path: Path, offset: int) -> None:
        self.offsets.setdefault(path, offset)
