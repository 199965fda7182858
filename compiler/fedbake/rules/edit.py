"""A dependency file while it is edited: where its lines and declarations are, and changes of parts of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from fedbake.inspect.facts import Location

QUOTES = "\"'"


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters from ``start`` to ``end`` (not included) become ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a file, without a byte order mark; lines end at line feeds alone.

    Attributes:
        name: the path of the file in the repository.
        content: its characters.
        starts: where each line starts.
    """

    name: str
    content: str
    starts: tuple[int, ...]

    @classmethod
    def of(cls, name: str, content: str) -> Self:
        """Take the text of a file as it is, with its own line endings."""
        return cls(name, content, (0, *(index + 1 for index, found in enumerate(content) if found == "\n")))

    @property
    def newline(self) -> str:
        """The line ending of the file: that of its first line."""
        first, found, _ = self.content.partition("\n")
        return "\r\n" if found and first.endswith("\r") else "\n"

    def offset(self, location: Location) -> int:
        """The index of a place; the end of the text when it has no such line."""
        if location.line > len(self.starts):
            return len(self.content)
        return self.starts[location.line - 1] + location.column - 1

    def line_start(self, offset: int) -> int:
        """The index of the first character of this line."""
        return self.content.rfind("\n", 0, offset) + 1

    def before(self, offset: int) -> str:
        """What stands on the same line before an offset."""
        return self.content[self.line_start(offset) : offset]

    def line_end(self, offset: int) -> int:
        """The index after the line feed that ends this line, or the end of the text."""
        found = self.content.find("\n", offset)
        return len(self.content) if found < 0 else found + 1

    def logical_end(self, offset: int) -> int:
        """As `line_end`, with the lines a backslash continues (requirements.txt)."""
        end = self.line_end(offset)
        while end < len(self.content) and self.content[:end].rstrip("\r\n").endswith("\\"):
            end = self.line_end(end)
        return end

    def insert_lines(self, at: int, lines: Sequence[str]) -> Edit:
        """New lines after a line that ends at ``at``, whether or not the file's last line has an ending."""
        if at > 0 and self.content[at - 1] != "\n":
            return Edit(at, at, "".join(self.newline + line for line in lines))
        return Edit(at, at, "".join(line + self.newline for line in lines))


def edited(content: str, edits: Iterable[Edit]) -> str:
    """The content after edits. Two that overlap are both deletions, such as of items with the comma between them."""
    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        parts.extend((content[done : edit.start], edit.text))
        done = max(done, edit.end)
    return "".join((*parts, content[done:]))
