"""The text of a dependency file, once it is safe to read: of bounded size, without characters that deceive."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Self

from fedbake.inspect.facts import Location, Note, Problem

SIZE_LIMIT = 256 * 2**10

UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF_32_MARKS = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
# Control characters, the line separators other than \n, and the bidirectional controls of CVE-2021-42574, which make a
# reviewer see other text than a program reads. A carriage return is only accepted as a part of \r\n.
_DECEPTIVE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]|\r(?!\n)")
_URL = re.compile(r"[^\s'\"]*://[^'\"]*")
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its name, which knows the line and column of every character.

    Attributes:
        file: path in the repository.
        content: the characters, with ``\\n`` alone between lines.
        starts: where each line starts in ``content``.
        notes: what a person should know about the bytes of the file.
    """

    file: str
    content: str
    starts: tuple[int, ...]
    notes: tuple[Note, ...] = ()

    @classmethod
    def of(cls, file: str, content: str, notes: tuple[Note, ...] = ()) -> Self:
        """Take a text whose lines end with ``\\n``."""
        return cls(file, content, (0, *(match.end() for match in re.finditer("\n", content))), notes)

    def location(self, offset: int) -> Location:
        """The place of the character at an offset."""
        line = bisect_right(self.starts, offset)
        return Location(self.file, line, offset - self.starts[line - 1] + 1)


def decode(file: str, data: bytes) -> Text | Problem:
    """The text of a dependency file, or why it is not one that can be read.

    It is UTF-8, or UTF-16 with a byte order mark, which older versions of PowerShell write and pip reads. The mark is
    dropped and ``\\r\\n`` becomes ``\\n``. Refused is everything that is not plain text: other encodings, binary data,
    control characters, merge conflicts, and more than 256 KiB.
    """
    if len(data) > SIZE_LIMIT:
        return too_large(file, len(data))
    if data.startswith(_UTF_32_MARKS):
        return _not_utf8(file, "UTF-32", Location(file))
    if data.startswith(UTF_16_MARKS):
        return _utf_16(file, data)
    if b"\0" in data:
        return Problem(
            "file-binary", f"{file} is not a text file", Location(file), "put a plain text file in its place"
        )
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _not_utf8(file, "another encoding than UTF-8", Location(file, line))
    return _checked(file, content)


def _utf_16(file: str, data: bytes) -> Text | Problem:
    try:
        content = data.decode("utf-16")
    except UnicodeDecodeError:
        return _not_utf8(file, "UTF-16 with an error in it", Location(file))
    message = f"{file} is written in UTF-16, which few tools read; UTF-8 is what they expect"
    return _checked(file, content, Note("file-encoding-utf16", message, Location(file)))


def _checked(file: str, content: str, *notes: Note) -> Text | Problem:
    text = Text.of(file, content.replace("\r\n", "\n"), notes)
    return _deception(text) or _conflict(text) or text


def too_large(file: str, size: int) -> Problem:
    """The problem of a dependency file of ``size`` bytes, which is over the limit."""
    message = f"{file} has {size} bytes; more than {SIZE_LIMIT} are not read"
    return Problem("file-too-large", message, Location(file), "keep only the dependencies in it")


def shown(text: str) -> str:
    """Text of unknown origin in a form a message may carry: quoted, ASCII only, at most 80 characters, without URLs.

    A URL may contain a password.
    """
    short = text if len(text) <= 80 else f"{text[:77]}..."
    return ascii(_URL.sub("<URL>", short))


def _not_utf8(file: str, encoding: str, location: Location) -> Problem:
    hint = "save it as UTF-8; in PowerShell redirect with | Out-File -Encoding utf8 in place of >"
    return Problem("file-encoding", f"{file} is written in {encoding}", location, hint)


def _deception(text: Text) -> Problem | None:
    found = _DECEPTIVE.search(text.content)
    if found is None:
        return None
    message = f"{text.file} contains the control character U+{ord(found.group()):04X}"
    hint = "delete the character, and end lines with a line feed"
    return Problem("file-control-character", message, text.location(found.start()), hint)


def _conflict(text: Text) -> Problem | None:
    found = _CONFLICT.search(text.content)
    if found is None:
        return None
    message = f"{text.file} contains an unresolved merge conflict"
    return Problem("file-merge-conflict", message, text.location(found.start()), "resolve it and commit the result")
