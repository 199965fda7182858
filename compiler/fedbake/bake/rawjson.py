"""The stream of `docker buildx … --progress=rawjson`: BuildKit's SolveStatus messages (moby/buildkit, client/graph.go).

buildx 0.13 prints each message as indented JSON over many lines, with its own warnings and errors as plain lines
between them; later versions may print one message per line. Both are read; what is not a message is given back as text.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_MESSAGE_LINES = 200_000


@dataclass(frozen=True, slots=True)
class Vertex:
    """What is newly known about one node of the build graph.

    Attributes:
        digest: its identity; nodes that several targets share have one digest and a name for each target.
        started, completed: seconds since the epoch; ``None`` when it has not.
        error: empty unless it failed or was cancelled.
    """

    digest: str
    name: str
    started: float | None
    completed: float | None
    cached: bool
    error: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Progress of something a node moves: a layer pulled or pushed, the context sent. Sizes in bytes."""

    vertex: str
    id: str
    current: int
    total: int
    completed: bool


@dataclass(frozen=True, slots=True)
class Log:
    """Output of a node's program, not necessarily whole lines."""

    vertex: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """A line of buildx itself."""

    line: str


Message = Vertex | Transfer | Log | Text


class Decoder:
    """Turns lines into messages; keeps the lines of a message that is not complete yet."""

    def __init__(self) -> None:
        self._open: list[str] = []

    def feed(self, line: str) -> Iterator[Message]:
        """The messages this line completes."""
        if self._open:
            self._open.append(line)
            if line == "}":
                yield from self._close()
            elif len(self._open) > _MESSAGE_LINES:
                yield from self.rest()
        elif line == "{":
            self._open.append(line)
        elif line.startswith("{"):
            yield from _decoded([line])
        elif line.strip():
            yield Text(line)

    def rest(self) -> Iterator[Message]:
        """The lines of a message that was never completed, as text."""
        lines, self._open = self._open, []
        yield from (Text(line) for line in lines)

    def _close(self) -> Iterator[Message]:
        lines, self._open = self._open, []
        yield from _decoded(lines)


def _decoded(lines: list[str]) -> Iterator[Message]:
    try:
        messages = list(_messages(json.loads("\n".join(lines))))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        messages = [Text(line) for line in lines]
    yield from messages


def _messages(status: dict[str, Any]) -> Iterator[Message]:
    for vertex in status.get("vertexes") or ():
        yield Vertex(
            digest=str(vertex["digest"]),
            name=str(vertex.get("name", "")),
            started=_seconds(vertex.get("started")),
            completed=_seconds(vertex.get("completed")),
            cached=bool(vertex.get("cached")),
            error=str(vertex.get("error") or ""),
        )
    for moved in status.get("statuses") or ():
        yield Transfer(
            vertex=str(moved["vertex"]),
            id=str(moved.get("id") or moved.get("name") or ""),
            current=int(moved.get("current") or 0),
            total=int(moved.get("total") or 0),
            completed=moved.get("completed") is not None,
        )
    for log in status.get("logs") or ():
        yield Log(vertex=str(log["vertex"]), data=base64.b64decode(log.get("data") or ""))


def _seconds(text: str | None) -> float | None:
    return datetime.fromisoformat(text).timestamp() if text else None
