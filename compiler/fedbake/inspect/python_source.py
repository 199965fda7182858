"""The text of a Python file and its syntax tree, or why there is none. Nothing is imported, compiled or run.

`ast.parse` is safe against deep nesting (it raises), but not against size: a tree takes up to 1.7 KiB for two
characters of source, and f-strings with many fields and dotted imports take time that grows with the square of their
length (measured with CPython 3.11). The limits here keep one file below about two seconds and 200 MiB.
"""

import ast
import re
import warnings
from dataclasses import dataclass

from fedbake.inspect.facts import Location, Problem
from fedbake.inspect.text import shown

BYTES_LIMIT = 2**20
WEIGHT_LIMIT = 80_000

_MARKS = "\n;,.([{=+-*/<>@|&^%~:!"
_FIELD_WORK_LIMIT = 4 * 10**9
_DOTTED_LIMIT = 5000
_LONG_LINE = 5000
_FIELD_STRING = re.compile(r"(?:[fF][rR]?|[rR][fF])['\"]", re.ASCII)
_DOTTED_IMPORT = re.compile(r"(?:from|import)(?:[\w.\t \f]|\\\n)*")
# PEP 263: in the first or second line, and in the second only after a line that is blank or a comment.
_COOKIE = re.compile(rb"(?:[ \t\f]*(?:#[^\n]*)?\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]{1,40})", re.ASCII)
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "ascii": "ascii",
    "us-ascii": "ascii",
    "latin-1": "latin-1",
    "latin1": "latin-1",
    "iso-8859-1": "latin-1",
    "iso-8859-15": "iso-8859-15",
    "cp1252": "cp1252",
    "windows-1252": "cp1252",
}


@dataclass(frozen=True, slots=True)
class PythonSource:
    """A parsed Python file.

    Attributes:
        weight: how many marks of syntax it has: a measure for the time and memory its tree takes.
    """

    path: str
    lines: tuple[str, ...]
    tree: ast.Module
    weight: int

    def location(self, node: ast.stmt | ast.expr) -> Location:
        """Where a node begins. The tree counts bytes, a location characters (bytes as well in very long lines)."""
        line = self.lines[node.lineno - 1] if node.lineno <= len(self.lines) else ""
        if line.isascii() or len(line) > _LONG_LINE:
            return Location(self.path, node.lineno, node.col_offset + 1)
        before = line.encode("utf-8", "replace")[: node.col_offset]
        return Location(self.path, node.lineno, len(before.decode("utf-8", "ignore")) + 1)


def parse_python(path: str, data: bytes) -> PythonSource | Problem:
    """Parse one file; every way in which that can fail is a problem with the code ``python-syntax``."""
    content = _decode(path, data)
    if isinstance(content, Problem):
        return content
    weight = weight_of(content)
    if len(data) > BYTES_LIMIT or weight > WEIGHT_LIMIT or _is_slow(content):
        return _problem(path, "is too large or too complex to be inspected", "split it; keep data out of Python files")
    try:
        with warnings.catch_warnings():
            # An invalid escape sequence in someone's code is a matter between them and Python.
            warnings.simplefilter("ignore")
            tree = ast.parse(content, filename="<repository>")
    except SyntaxError as error:
        return _syntax(path, content, error)
    except (RecursionError, MemoryError):
        return _problem(path, "is nested too deeply to be inspected", "write its longest expressions as a list or loop")
    except ValueError:
        return _problem(path, "is not valid Python", "look for unusual characters and very long numbers")
    return PythonSource(path, tuple(content.split("\n")), tree, weight)


def weight_of(content: str) -> int:
    """How many marks of syntax a text has, inside of strings and comments as well."""
    return sum(map(content.count, _MARKS))


def _decode(path: str, data: bytes) -> str | Problem:
    cookie = _COOKIE.match(data[:2000])
    named = cookie[1].decode("ascii").lower().replace("_", "-") if cookie else "utf-8"
    encoding = _ENCODINGS.get(named)
    if encoding is None:
        return _problem(path, f"declares the encoding {shown(named)}, which is not read", "save it as UTF-8")
    try:
        content = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _problem(path, f"is not valid {encoding} text", "save it as UTF-8", line)
    return content.replace("\r\n", "\n").replace("\r", "\n")


def _is_slow(content: str) -> bool:
    """Whether the parser would take time that grows with the square of the length."""
    if _FIELD_STRING.search(content) and content.count("{") * len(content) > _FIELD_WORK_LIMIT:
        return True
    return any(match.end() - match.start() > _DOTTED_LIMIT for match in _DOTTED_IMPORT.finditer(content))


def _syntax(path: str, content: str, error: SyntaxError) -> Problem:
    lines = content.count("\n") + 1
    line = min(max(error.lineno or 1, 1), lines)
    column = max(error.offset or 1, 1) if error.lineno is not None and error.lineno <= lines else 1
    # The message may quote a character of the file.
    reason = ascii(error.msg[:200])[1:-1]
    message = f"{path} is not valid Python 3: {reason}"
    return Problem("python-syntax", message, Location(path, line, column), "check this line and the one before")


def _problem(path: str, what: str, hint: str, line: int = 1) -> Problem:
    return Problem("python-syntax", f"{path} {what}", Location(path, line), hint)
