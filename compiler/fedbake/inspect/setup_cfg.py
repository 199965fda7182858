"""setup.cfg: ``install_requires`` and ``python_requires`` of setuptools. Nothing it refers to is imported."""

import re
from collections.abc import Iterator
from configparser import (
    DuplicateOptionError,
    DuplicateSectionError,
    Error,
    MissingSectionHeaderError,
    ParsingError,
    RawConfigParser,
)

from packaging.utils import canonicalize_name

from fedbake.inspect.facts import Location, Note, Origin, Problem
from fedbake.inspect.python_version import declare_python
from fedbake.inspect.reading import DeclaresNothing, Found, Include, Reference
from fedbake.inspect.requirement import declare
from fedbake.inspect.text import Text, shown

_OPTIONS, _EXTRAS = "options", "options.extras_require"
# The parser's own expression for an option takes time that grows with the square of a run of blanks.
_BLANKS = re.compile(r"[^\S\n]{200}")
_HEADER = re.compile(r"[ \t]*\[(?P<name>[^\]]+)\]")
_OPTION = re.compile(r"[ \t]*(?P<name>[^\s=:#;\[](?:[^=:\n]{0,100}?[^\s=:])?)[ \t]*[=:]")


class _Parser(RawConfigParser):
    """The parser as setuptools uses it: names of options keep their case. Values are not interpolated."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def read_setup_cfg(text: Text, extras: tuple[str, ...] = ()) -> Iterator[Found]:
    """Read the declarations of a setup.cfg, in order, with everything that is wrong with it.

    Args:
        text: the file.
        extras: the extras whose dependencies are wanted as well.
    """
    parser = _parsed(text)
    if isinstance(parser, Problem):
        yield parser
    elif not parser.sections():
        yield Problem("file-empty", f"{text.file} is empty", Location(text.file), "list the dependencies in it")
    else:
        yield from _Reader(text, parser).found(extras)


def _parsed(text: Text) -> RawConfigParser | Problem:
    blanks = _BLANKS.search(text.content)
    if blanks is not None:
        message = f"{text.file} has more than 200 blanks in a row"
        return Problem("setup-cfg-syntax", message, text.location(blanks.start()), "delete them")
    parser = _Parser()
    try:
        parser.read_string(text.content)
    except Error as error:
        message = f"{text.file} is not valid: {_reason(error)}"
        hint = "check this line and the one before: [section], name = value, further lines of a value indented"
        return Problem("setup-cfg-syntax", message, Location(text.file, _line(error)), hint)
    return parser


def _reason(error: Error) -> str:
    if isinstance(error, DuplicateSectionError):
        return "a section stands here a second time"
    if isinstance(error, DuplicateOptionError):
        return "an option stands here a second time"
    return "this line is neither a section nor an option"


def _line(error: Error) -> int:
    if isinstance(error, DuplicateSectionError | DuplicateOptionError | MissingSectionHeaderError):
        return error.lineno or 1
    return int(error.errors[0][0]) if isinstance(error, ParsingError) and error.errors else 1


class _Reader:
    """Reads one parsed file; the places are found in its text, since the parser tells none."""

    def __init__(self, text: Text, parser: RawConfigParser) -> None:
        self._text = text
        self._parser = parser
        self._lines = text.content.split("\n")
        self._options = dict(_option_lines(self._lines))

    def found(self, extras: tuple[str, ...]) -> Iterator[Found]:
        """Everything the file says about dependencies."""
        yield from self._python()
        name = self._named(_OPTIONS, "install_requires")
        items = list(self._items(_OPTIONS, name)) if name else []
        yield from self._requirements(items)
        yield from self._of_extras(extras)
        if not items:
            yield DeclaresNothing(f"{self._text.file} has no install_requires", Location(self._text.file))

    def _named(self, section: str, name: str) -> str | None:
        """The option as it is written, with an underscore or, as old versions of setuptools allow, a dash."""
        written = (name, name.replace("_", "-"))
        return next((each for each in written if self._parser.has_option(section, each)), None)

    def _python(self) -> Iterator[Found]:
        name = self._named(_OPTIONS, "python_requires")
        for asked, place in self._items(_OPTIONS, name) if name else ():
            yield declare_python(asked, asked, place)

    def _of_extras(self, extras: tuple[str, ...]) -> Iterator[Found]:
        wanted = {canonicalize_name(each) for each in extras}
        names = self._parser.options(_EXTRAS) if self._parser.has_section(_EXTRAS) else []
        aside = []
        for name in names:
            if canonicalize_name(name) in wanted:
                yield from self._requirements(list(self._items(_EXTRAS, name)))
            else:
                aside.append(name)
        if aside:
            message = f"extras_require are not installed ({len(aside)} extras)"
            yield Note("setup-extras", message, self._place_of(_EXTRAS, aside[0]))

    def _requirements(self, items: list[tuple[str, Location]]) -> Iterator[Found]:
        for item, place in items:
            directive, _, files = item.partition(":")
            if directive.strip() == "file" and len(items) == 1:
                yield from (Include(Reference.REQUIREMENTS, each.strip(), place) for each in files.split(","))
            elif directive.strip() in {"attr", "file"}:
                message = "the requirements are computed by setuptools, which is never run"
                yield Problem("setup-cfg-computed", message, place, "write them out here, one a line")
            elif "%" in item:
                message = f"{shown(item)} refers to another option"
                yield Problem("setup-cfg-interpolation", message, place, "write the requirements out here, one a line")
            else:
                yield declare(item, Origin.SETUP_CFG, place)

    def _items(self, section: str, name: str) -> Iterator[tuple[str, Location]]:
        """The entries of an option: one a line, or between semicolons where it has one line only; without comments."""
        value = self._parser.get(section, name) or ""
        option = number = self._options.get((section, name), 0)
        for line in value.split("\n"):
            if not line:
                continue
            found, column = self._found(line, number)
            number = found + 1
            offset = 0
            for part in [line] if "\n" in value else line.split(";"):
                bare = part.split(" #")[0].strip()
                if bare and not bare.startswith("#"):
                    before = len(part) - len(part.lstrip())
                    there = found if found < len(self._lines) else option
                    yield bare, Location(self._text.file, there + 1, column + offset + before + 1)
                offset += len(part) + 1

    def _found(self, wanted: str, start: int) -> tuple[int, int]:
        """The indices of line and column where a line of a value stands, from a line on; past the end when nowhere."""
        for number in range(start, len(self._lines)):
            line = self._lines[number].rstrip()
            if line.endswith(wanted):
                return number, len(line) - len(wanted)
        return len(self._lines), 0

    def _place_of(self, section: str, name: str) -> Location:
        return Location(self._text.file, self._options.get((section, name), 0) + 1)


def _option_lines(lines: list[str]) -> Iterator[tuple[tuple[str, str], int]]:
    """The index of the line of each option; the first of those with one name comes last."""
    section = ""
    found = []
    for number, line in enumerate(lines):
        header, option = _HEADER.match(line), _OPTION.match(line)
        if header is not None:
            section = header["name"]
        elif option is not None:
            found.append(((section, option["name"]), number))
    return reversed(found)
