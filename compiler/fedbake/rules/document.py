"""Rule files as plain values that remember their lines.

A rule file is the plain part of YAML 1.2: one document of mappings, lists, strings, whole numbers and booleans.
Anchors, aliases, tags and duplicate keys are refused: what a reviewer reads on the page is what holds.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from fedbake.errors import UsageError

Plain: TypeAlias = "str | int | list[Plain] | dict[str, Plain] | None"
Path: TypeAlias = tuple[str | int, ...]

_MAX_CHARACTERS = 256 * 1024
_MAX_DEPTH = 20
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})", re.ASCII)
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Document:
    """A rule file.

    Attributes:
        name: how it is called in messages.
        value: what it says, as plain Python values.
        lines: the line of every key and list item, by its path from the top; counted from 1.
    """

    name: str
    value: Plain
    lines: Mapping[Path, int]

    def place(self, path: Sequence[str | int]) -> str:
        """``file:line`` of the nearest thing at ``path`` that the file really has.

        Components the file does not have (a missing key, the name of a variant) are skipped.
        """
        found: Path = ()
        for part in path:
            if (*found, part) in self.lines:
                found = (*found, part)
        return f"{self.name}:{self.lines.get(found, 1)}"


@dataclass(slots=True)
class _Open:
    """A collection that is being read."""

    path: Path
    value: list[Plain] | dict[str, Plain]
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    """Turns parser events into values, without recursion."""

    name: str
    lines: dict[Path, int] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)
    top: Plain = None
    documents: int = 0

    def take(self, event: Any) -> None:
        """Read one event of the YAML parser."""
        line = event.start_mark.line + 1
        match type(event).__name__:
            case "DocumentStartEvent":
                self.documents += 1
                if self.documents > 1:
                    raise self._refuse(line, "a rule file is one YAML document")
            case "AliasEvent":
                raise self._refuse(line, "aliases are not accepted in rule files", "write the value out")
            case "ScalarEvent":
                self._refuse_extras(event, line)
                self._scalar(event, line)
            case "MappingStartEvent":
                self._refuse_extras(event, line)
                self._open({}, line)
            case "SequenceStartEvent":
                self._refuse_extras(event, line)
                self._open([], line)
            case "MappingEndEvent" | "SequenceEndEvent":
                self.stack.pop()

    def _refuse_extras(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            raise self._refuse(line, "anchors are not accepted in rule files", "write the value out")
        if event.tag is not None:
            raise self._refuse(line, f"the tag {event.tag!r} is not accepted in rule files", "leave it out")

    def _scalar(self, event: Any, line: int) -> None:
        inside = self.stack[-1] if self.stack else None
        if inside is not None and isinstance(inside.value, dict) and inside.key is None:
            if event.value in inside.value:
                raise self._refuse(line, f"the key {event.value!r} is written twice", "keep one of them")
            inside.key = event.value
            inside.value[event.value] = None
            self.lines[(*inside.path, event.value)] = line
        else:
            self._put(event.value if event.style else _plain(event.value), line)

    def _open(self, value: list[Plain] | dict[str, Plain], line: int) -> None:
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None:
            raise self._refuse(line, "a key must be a plain word")
        if len(self.stack) >= _MAX_DEPTH:
            raise self._refuse(line, f"rule files nest at most {_MAX_DEPTH} levels deep")
        self.stack.append(_Open(self._put(value, line), value))

    def _put(self, value: Plain, line: int) -> Path:
        if not self.stack:
            self.top = value
            return ()
        inside = self.stack[-1]
        if isinstance(inside.value, list):
            path: Path = (*inside.path, len(inside.value))
            inside.value.append(value)
            self.lines[path] = line
        else:
            key = str(inside.key)
            path = (*inside.path, key)
            inside.value[key] = value
            inside.key = None
        return path

    def _refuse(self, line: int, message: str, hint: str | None = None) -> UsageError:
        return UsageError(message, where=f"{self.name}:{line}", hint=hint)


def read_document(name: str, text: str) -> Document:
    """Read a rule file.

    Args:
        name: how the file is called in messages.
        text: its whole content.

    Raises:
        UsageError: it is not plain YAML as described above, or longer than 256 Ki characters.
    """
    if len(text) > _MAX_CHARACTERS:
        raise UsageError(f"a rule file holds at most {_MAX_CHARACTERS} characters", where=name, hint="split it")
    builder = _Builder(name)
    for event in _events(name, text):
        builder.take(event)
    return Document(name, builder.top, builder.lines)


def _events(name: str, text: str) -> Iterable[Any]:
    # Rule files are read at every start: libyaml's parser, where PyYAML has it, takes a tenth of the time of any other.
    import yaml

    try:
        yield from yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UsageError(f"this is not YAML: {error.problem}", where=f"{name}:{line}") from None
    except yaml.YAMLError as error:
        raise UsageError(f"this is not YAML: {str(error).splitlines()[0]}", where=name) from None


def _plain(text: str) -> Plain:
    """An unquoted scalar: YAML 1.2 core words and whole numbers, else the text itself (``3.10`` stays a text)."""
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
