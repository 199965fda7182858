"""requirements.txt: one requirement or option per line, comments, continued lines and hashes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fedbake.inspect.facts import Location, Note, Origin, Problem
from fedbake.inspect.pip_line import HASH, hashes_left_out, read_entry
from fedbake.inspect.reading import Found
from fedbake.inspect.text import Text, shown

_COMMENT = re.compile(r"(?:^|[ \t])#.*", re.ASCII)
# A declaration of the encoding as in Python code (PEP 263), which pip obeys; by other tools it is taken for a comment.
_COOKIE = re.compile(r"#.*?coding[:=][ \t]*(?P<name>[A-Za-z0-9._-]{1,40})", re.ASCII)
_COOKIE_LINES = 2
_SAME_FOR_ASCII = re.compile(r"latin-?1|iso-?8859-?[0-9]{1,2}|(?:windows|cp)-?125[0-9]", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with the lines that continue it, without comment and surrounding space."""

    text: str
    location: Location


def read_requirements(text: Text) -> Iterator[Found]:
    """Read the declarations of a requirements file, in order, with everything that is wrong with it."""
    yield from _cookie(text)
    declared = False
    hashed: _Line | None = None
    for line in _lines(text):
        declared = True
        if isinstance(line, Problem):
            yield line
            continue
        if hashed is None and HASH.search(line.text):
            hashed = line
        yield from read_entry(line.text, Origin.REQUIREMENTS, line.location)
    if not declared:
        yield Note("file-empty", f"{text.file} declares no dependency", Location(text.file))
    if hashed is not None:
        yield hashes_left_out(text.location(text.content.index("--hash", text.starts[hashed.location.line - 1])))


def _cookie(text: Text) -> Iterator[Problem]:
    for number, line in enumerate(text.content.split("\n", _COOKIE_LINES)[:_COOKIE_LINES], 1):
        match = _COOKIE.match(line)
        if match is None:
            continue
        name = match["name"].lower().replace("_", "-")
        if name in {"utf-8", "utf8", "ascii", "us-ascii"}:
            return
        if text.content.isascii() and _SAME_FOR_ASCII.fullmatch(name):
            return
        message = f"{text.file} says that it is written in {shown(match['name'])}"
        location = Location(text.file, number, match.start("name") + 1)
        yield Problem("file-encoding", message, location, "save it as UTF-8 and delete this comment")
        return


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
