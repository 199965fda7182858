"""Where a requirement nobody declared is written down in a user's dependency file, in the style of its neighbours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fedbake.inspect.facts import Declaration, Facts, Location, Origin
from fedbake.rules.fixes import Addition

_DASH = re.compile(r"( *)-( +)[\"']?")
_QUOTES = "\"'"


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters from ``start`` to ``end`` (not included) become ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a file, without a byte order mark; lines end at line feeds alone."""

    content: str

    @property
    def newline(self) -> str:
        """The line ending of the file: that of its first line."""
        first, found, _ = self.content.partition("\n")
        return "\r\n" if found and first.endswith("\r") else "\n"

    def offset(self, location: Location) -> int:
        """The index of a place; ``ValueError`` when the file has no such line."""
        start = 0
        for _ in range(location.line - 1):
            start = self.content.index("\n", start) + 1
        return start + location.column - 1

    def before(self, offset: int) -> str:
        """What stands on the same line before an offset."""
        return self.content[self.content.rfind("\n", 0, offset) + 1 : offset]

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


def additions_to(name: str, text: Text, facts: Facts, added: Sequence[Addition]) -> tuple[Edit, ...]:
    """The edits that write additions into a dependency file.

    None when the file declares nothing beside which they could stand: then the finding alone tells of them.
    """
    if not added:
        return ()
    here = [found for found in facts.declarations if found.location.file == name]
    if name.endswith(".txt"):
        return (_to_requirements(text, here, added),)
    if name.endswith(".toml"):
        return (_to_pyproject(text, here[0], added),) if here else ()
    return _to_conda(name, text, facts, added)


def _noted(addition: Addition) -> str:
    return f"{addition.requirement}  # fedbake: {', '.join(addition.rules)}"


def _to_requirements(text: Text, here: Sequence[Declaration], added: Sequence[Addition]) -> Edit:
    at = text.logical_end(text.offset(here[-1].location)) if here else 0
    return text.insert_lines(at, [_noted(addition) for addition in added])


def _to_pyproject(text: Text, first: Declaration, added: Sequence[Addition]) -> Edit:
    """Before the first dependency, so that no comma of the user's has to change."""
    before = text.before(text.offset(first.location))
    opening = before.rstrip(_QUOTES)
    at = text.offset(first.location) - len(before) + len(opening)
    if opening.strip():
        return Edit(at, at, "".join(f'"{addition.requirement}", ' for addition in added))
    lines = [
        f'{opening}"{addition.requirement}",  # fedbake: {", ".join(addition.rules)}{text.newline}'
        for addition in added
    ]
    start = at - len(opening)
    return Edit(start, start, "".join(lines))


def _to_conda(name: str, text: Text, facts: Facts, added: Sequence[Addition]) -> tuple[Edit, ...]:
    here = [found for found in facts.declarations if found.location.file == name]
    in_pip = [(found.location, found.text) for found in here if found.origin is Origin.CONDA_PIP]
    if in_pip:
        return (_beside_pip_item(text, *max(in_pip), added),)
    in_conda = [(found.location, found.text) for found in here]
    in_conda.extend((asked.location, asked.text) for asked in facts.python if asked.location.file == name)
    return (_new_pip_list(text, *max(in_conda), added),) if in_conda else ()


def _beside_pip_item(text: Text, location: Location, written: str, added: Sequence[Addition]) -> Edit:
    offset = text.offset(location)
    dash = _DASH.fullmatch(text.before(offset))
    if dash is None:
        return _in_flow(text, offset, written, [f'"{addition.requirement}"' for addition in added])
    lines = [f"{dash[1]}-{dash[2]}{_noted(addition)}" for addition in added]
    return text.insert_lines(text.line_end(offset), lines)


def _new_pip_list(text: Text, location: Location, written: str, added: Sequence[Addition]) -> Edit:
    offset = text.offset(location)
    dash = _DASH.fullmatch(text.before(offset))
    if dash is None:
        wanted = ", ".join(f'"{addition.requirement}"' for addition in added)
        return _in_flow(text, offset, written, [f"{{pip: [{wanted}]}}"])
    inner = " " * (len(dash[1]) + 4)
    lines = [f"{dash[1]}-{dash[2]}pip:", *(f"{inner}-{dash[2]}{_noted(addition)}" for addition in added)]
    return text.insert_lines(text.line_end(offset), lines)


def _in_flow(text: Text, offset: int, written: str, items: Sequence[str]) -> Edit:
    quoted = text.before(offset)[-1:] in set(_QUOTES)
    at = offset + len(written) + quoted
    return Edit(at, at, "".join(f", {item}" for item in items))
