"""YAML as a plain tree of scalars, lists and mappings, each with its place, built behind a guard.

ruamel.yaml only delivers the stream of parser events; nothing is ever constructed from it. The guard looks at each
event before the next one is parsed, so that a bomb costs no more than its first few events: no anchors, aliases and
merge keys, no tags, one document, at most 20 levels and 20,000 events.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fedbake.inspect.facts import Location, Problem
from fedbake.inspect.text import Text, shown

DEPTH_LIMIT = 20
EVENT_LIMIT = 20_000

_NOT_TEXT = (
    ("nothing", re.compile(r"|~|null|Null|NULL", re.ASCII)),
    ("a truth value", re.compile(r"true|false|yes|no|on|off", re.ASCII | re.IGNORECASE)),
    (
        "a number",
        re.compile(
            r"[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?0(?:x[0-9a-fA-F_]+|o[0-7_]+|b[01_]+)|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
            re.ASCII,
        ),
    ),
    ("a date", re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?", re.ASCII)),
)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as written.

    Attributes:
        text: its characters, whatever YAML would make of them: ``3.10`` stays ``3.10``.
        plain: whether it stands without quotes.
        location: of its first character, after an opening quote.
        end: where it ends, after a closing quote.
    """

    text: str
    plain: bool
    location: Location
    end: Location

    @property
    def kind(self) -> str:
        """What YAML takes it for: ``text``, ``nothing``, ``a truth value``, ``a number`` or ``a date``."""
        if self.plain:
            for kind, grammar in _NOT_TEXT:
                if grammar.fullmatch(self.text):
                    return kind
        return "text"

    @property
    def is_on_one_line(self) -> bool:
        """Whether it begins and ends on the same line, so that what stands there is what it says."""
        return self.location.line == self.end.line


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple["Node", ...]
    location: Location
    kind: str = "a list"


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping, in the order of the file. Keys are scalars, and no two are equal."""

    pairs: tuple[tuple[Scalar, "Node"], ...]
    location: Location
    kind: str = "a mapping"


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Tree:
    """A document: its root, which is missing in an empty or refused one, and what is wrong with it."""

    root: Node | None
    problems: tuple[Problem, ...]


class _RefusedError(Exception):
    """The guard met something it does not let through."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end is still to come."""

    is_mapping: bool
    location: Location
    children: list[Node] = field(default_factory=list)


def parse(text: Text) -> Tree:
    """Read one YAML document; everything wrong with it is in the result, nothing is raised."""
    composer = _Composer(text)
    try:
        for event in _events(text):
            composer.take(event)
    except _RefusedError as refused:
        return Tree(None, (refused.problem,))
    return Tree(composer.root, tuple(composer.problems))


def _events(text: Text) -> Iterator[Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(text.content)
    except MarkedYAMLError as error:
        # A key without its colon is only missed at the end of the text; the context is where it stands.
        mark = error.context_mark if error.context == "while scanning a simple key" else error.problem_mark
        offset = mark.index if mark else 0
        raise _RefusedError(_syntax(text, error.problem, offset)) from None
    except YAMLError:
        raise _RefusedError(_syntax(text, None, 0)) from None
    except ValueError:
        # A directive such as %YAML with thousands of digits, beyond what Python converts to an integer.
        raise _RefusedError(_syntax(text, "a number is too long", 0)) from None


def _syntax(text: Text, problem: str | None, offset: int) -> Problem:
    location = text.location(min(offset, len(text.content)))
    reason = f": {ascii(problem)[1:-1]}" if problem else ""
    hint = "check the indentation and the colons of this line and the one before"
    return Problem("yaml-syntax", f"{text.file} is not valid YAML{reason}", location, hint)


class _Composer:
    """Puts events together to a tree, without recursion, and refuses what the guard does not let through."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._open: list[_Open] = []
        self._events = 0
        self._documents = 0
        self.root: Node | None = None
        self.problems: list[Problem] = []

    def take(self, event: Any) -> None:
        """Take the next event."""
        from ruamel.yaml import events

        self._events += 1
        location = self._text.location(event.start_mark.index)
        self._check(event, location)
        if isinstance(event, events.ScalarEvent):
            self._add(_scalar(event, location, self._text.location(event.end_mark.index)))
        elif isinstance(event, events.CollectionStartEvent):
            self._open.append(_Open(isinstance(event, events.MappingStartEvent), location))
        elif isinstance(event, events.CollectionEndEvent):
            self._add(self._close())

    def _check(self, event: Any, location: Location) -> None:
        from ruamel.yaml import events

        if isinstance(event, events.DocumentStartEvent):
            self._documents += 1
        if isinstance(event, events.AliasEvent) or getattr(event, "anchor", None) is not None:
            hint = "write the value out where it is needed"
            raise _RefusedError(Problem("yaml-anchor", "anchors and aliases are not read", location, hint))
        tag = _tag(event)
        if tag is not None:
            raise _RefusedError(Problem("yaml-tag", f"the tag {shown(tag)} is not read", location, "leave out the tag"))
        if self._documents > 1:
            hint = "keep one document, without a second ---"
            raise _RefusedError(Problem("yaml-documents", "a second document begins here", location, hint))
        deeper = isinstance(event, events.CollectionStartEvent) and len(self._open) >= DEPTH_LIMIT
        if self._events > EVENT_LIMIT or deeper:
            limits = f"{DEPTH_LIMIT} levels or {EVENT_LIMIT} values"
            message = f"{self._text.file} has more than {limits}"
            raise _RefusedError(Problem("yaml-too-complex", message, location, "keep only the dependencies in it"))

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1].children.append(node)
        elif self.root is None:
            self.root = node

    def _close(self) -> Node:
        done = self._open.pop()
        if not done.is_mapping:
            return Sequence(tuple(done.children), done.location)
        pairs: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(done.children[::2], done.children[1::2], strict=True):
            problem = _key_problem(key, pairs)
            if problem is not None:
                self.problems.append(problem)
            elif isinstance(key, Scalar):
                pairs[key.text] = (key, value)
        return Mapping(tuple(pairs.values()), done.location)


def _key_problem(key: Node, before: dict[str, tuple[Scalar, Node]]) -> Problem | None:
    if not isinstance(key, Scalar):
        return Problem("yaml-key", f"{key.kind} is used as a key", key.location, "use a plain word as the key")
    if key.plain and key.text == "<<":
        return Problem("yaml-anchor", "merge keys are not read", key.location, "write the values out")
    if key.text in before:
        first = before[key.text][0].location
        message = f"the key {shown(key.text)} stands here a second time; the first is in line {first.line}"
        return Problem("yaml-duplicate-key", message, key.location, "join the two")
    return None


def _tag(event: Any) -> str | None:
    from ruamel.yaml import events

    if isinstance(event, events.DocumentStartEvent):
        return "%TAG" if event.tags else None
    written = getattr(event, "ctag", None)
    return str(written).replace("tag:yaml.org,2002:", "!!") if written is not None else None


def _scalar(event: Any, location: Location, end: Location) -> Scalar:
    quoted = event.style in {"'", '"'}
    place = Location(location.file, location.line, location.column + 1) if quoted else location
    return Scalar(event.value, event.style in {None, ""}, place, end)
