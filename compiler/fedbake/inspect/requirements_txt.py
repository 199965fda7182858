"""requirements.txt: one requirement per line, comments, continued lines and hashes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fedbake.inspect.facts import Location, Note, Origin, Problem
from fedbake.inspect.pip_line import read_entry
from fedbake.inspect.reading import Found
from fedbake.inspect.text import Text

_COMMENT = re.compile(r"(?:^|[ \t])#.*", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with the lines that continue it, without comment and surrounding space."""

    text: str
    location: Location


def read_requirements(text: Text) -> Iterator[Found]:
    """Read the declarations of a requirements file, in order, with everything that is wrong with it."""
    declared = False
    for line in _lines(text):
        declared = True
        yield line if isinstance(line, Problem) else read_entry(line.text, Origin.REQUIREMENTS, line.location)
    if not declared:
        yield Note("file-empty", f"{text.file} declares no dependency", Location(text.file))
    hashed = text.content.find("--hash")
    if hashed >= 0:
        message = "hashes are not taken over: the plan's lock has the hashes for every platform"
        yield Note("pip-hashes", message, text.location(hashed))


def _lines(text: Text) -> Iterator[_Line | Problem]:
    """Join continued lines. A comment that is continued is refused: for pip it swallows the next line."""
    parts: list[str] = []
    start = 0
    for number, raw in enumerate(text.content.split("\n"), 1):
        start = start if parts else number
        comment = _COMMENT.search(raw)
        if comment and raw.endswith("\\"):
            location = Location(text.file, number, raw.index("#", comment.start()) + 1)
            hint = "delete the backslash at the end of the comment"
            yield Problem("requirement-continuation", "the next line is a part of this comment", location, hint)
        bare = raw[: comment.start()] if comment else raw
        continued = bare.endswith("\\") and not comment
        parts.append(bare[:-1] if continued else bare)
        if continued:
            continue
        yield from _joined(text.file, start, parts)
        parts = []
    if parts:
        location = Location(text.file, start)
        yield Problem("requirement-continuation", "a backslash stands at the end of the file", location, "delete it")


def _joined(file: str, line: int, parts: list[str]) -> Iterator[_Line]:
    """The content of a joined line, unless it is blank; it begins where its first part that is not blank does."""
    content = " ".join(part.strip(" \t") for part in parts).strip()
    if content:
        skipped = next(index for index, part in enumerate(parts) if part.strip(" \t"))
        first = parts[skipped]
        yield _Line(content, Location(file, line + skipped, len(first) - len(first.lstrip(" \t")) + 1))
