"""The state of a running bake, put together from BuildKit's messages."""

import codecs
import re
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from fedbake.bake.event import ActivityChanged, Event, LogLine, Moved, State, StepChanged
from fedbake.bake.rawjson import Log, Message, Text, Transfer, Vertex
from fedbake.bake.redact import redacted
from fedbake.bake.step import Step, parse_step
from fedbake.names import Platform
from fedbake.source.text import printable

_TAIL_LINES = 40
_LINE_CHARACTERS = 500
_TEXT_CHARACTERS = 4000
_CANCELLED = "context canceled"
_LINE_END = re.compile(r"\r\n|\n|\r")
_UTF8 = codecs.getincrementaldecoder("utf-8")


@dataclass(slots=True)
class StepRecord:
    """What is known about one step so far.

    Attributes:
        state: the furthest it got; ``None`` when it has not begun.
        ran: whether work was done for it in this run; else its result came from the cache.
        intervals: when it worked, in seconds since the epoch.
        moved: bytes moved by each transfer of it.
    """

    state: State | None = None
    ran: bool = False
    intervals: set[tuple[float, float]] = field(default_factory=set)
    moved: dict[str, int] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Time worked; what overlaps counts once."""
        total, end = 0.0, 0.0
        for start, stop in sorted(self.intervals):
            total += max(0.0, stop - max(start, end))
            end = max(end, stop)
        return total


@dataclass(slots=True)
class _Node:
    """One node of the build graph: its names by target, and the output of its program."""

    names: dict[str, None] = field(default_factory=dict)
    state: State | None = None
    error: str = ""
    decoder: codecs.IncrementalDecoder = field(default_factory=lambda: _UTF8("replace"))
    unfinished: str = ""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL_LINES))

    @property
    def step(self) -> Step | None:
        """The step it is; of one shared by several targets, one that builds an image rather than checks it."""
        steps = [step for step in map(parse_step, self.names) if step is not None]
        return min(steps, key=lambda step: step.is_check, default=None)

    @property
    def name(self) -> str:
        """What to call it in front of a person, in printable characters."""
        step = self.step
        return str(step) if step is not None else printable(next(iter(self.names), ""))


@dataclass(frozen=True, slots=True)
class Failure:
    """A node that failed.

    Attributes:
        name: what to call it in front of a person.
        step: the step it is, when it is one of a Dockerfile.
        error: BuildKit's description.
        tail: the last lines its program printed.
    """

    name: str
    step: Step | None
    error: str
    tail: tuple[str, ...]


class BuildProgress:
    """The steps of a running bake and how far each of them is.

    Messages come in on one thread while a view may read on another: `apply` and `snapshot` exclude each other.

    Args:
        native: platforms whose programs the builder runs without an emulator.
    """

    def __init__(self, native: frozenset[str]) -> None:
        self._native = native
        self._lock = threading.Lock()
        self._steps: dict[Step, StepRecord] = {}
        self._nodes: dict[str, _Node] = {}
        self._said: deque[str] = deque(maxlen=_TAIL_LINES)

    @property
    def said(self) -> tuple[str, ...]:
        """The last lines of buildx itself; its error is among them."""
        return tuple(self._said)

    def apply(self, message: Message) -> tuple[Event, ...]:
        """Take one message in; what is new to a reader comes back as events."""
        with self._lock:
            match message:
                case Vertex():
                    return tuple(self._vertex(message))
                case Transfer():
                    return tuple(self._transfer(message))
                case Log():
                    return tuple(self._log(message))
                case Text(line):
                    shown = printable(redacted(line), _TEXT_CHARACTERS)
                    self._said.append(shown)
                    return (LogLine("", shown),)

    def snapshot(self) -> dict[Step, StepRecord]:
        """The steps known so far, in the order they became known. The records go on changing."""
        with self._lock:
            return dict(self._steps)

    def emulated(self, step: Step) -> bool:
        """Whether a step's programs need QEMU on this builder."""
        return step.is_emulated(self._native)

    def failures(self) -> tuple[Failure, ...]:
        """The nodes that failed; those that were only cancelled because another one failed come last."""
        failed = [node for node in self._nodes.values() if node.error and node.error != _CANCELLED]
        ordered = sorted(failed, key=lambda node: _CANCELLED in node.error)
        return tuple(Failure(node.name, node.step, node.error, tuple(node.tail)) for node in ordered)

    def _vertex(self, vertex: Vertex) -> Iterator[Event]:
        node = self._nodes.setdefault(vertex.digest, _Node())
        node.names.setdefault(vertex.name)
        state = _state_of(vertex)
        if vertex.error and (not node.error or _CANCELLED in node.error):
            node.error = redacted(vertex.error)
        step = parse_step(vertex.name)
        if step is not None:
            yield from self._step(step, vertex, state)
        elif state is not None and state is not node.state:
            node.state = state
            yield ActivityChanged(node.name, state)

    def _step(self, step: Step, vertex: Vertex, state: State | None) -> Iterator[Event]:
        record = self._steps.setdefault(step, StepRecord())
        if state is State.DONE and vertex.started is not None and vertex.completed is not None:
            record.ran = True
            record.intervals.add((vertex.started, vertex.completed))
        if _supersedes(state, record.state):
            record.state = state
            yield StepChanged(step, record.state or State.STARTED, self.emulated(step), record.seconds)

    def _transfer(self, moved: Transfer) -> Iterator[Event]:
        node = self._nodes.setdefault(moved.vertex, _Node())
        what = printable(moved.id, 120)
        for step in filter(None, map(parse_step, node.names)):
            self._steps.setdefault(step, StepRecord()).moved[what] = moved.current
        if moved.completed and (moved.current or moved.total):
            yield Moved(node.name, what, moved.current, moved.total)

    def _log(self, log: Log) -> Iterator[Event]:
        node = self._nodes.setdefault(log.vertex, _Node())
        text = node.unfinished + node.decoder.decode(log.data)
        *lines, node.unfinished = _LINE_END.split(text[-_LINE_CHARACTERS * _TAIL_LINES :])
        for line in lines:
            shown = _printable_line(line)
            if shown.strip():
                node.tail.append(shown)
                yield LogLine(node.name, shown)


def _printable_line(line: str) -> str:
    """A line of a program's output, its indentation kept."""
    text = line.lstrip(" \t")
    return " " * (len(line) - len(text)) + printable(redacted(text), _LINE_CHARACTERS)


def _state_of(vertex: Vertex) -> State | None:
    if vertex.error:
        return State.CANCELLED if _CANCELLED in vertex.error else State.FAILED
    if vertex.completed is not None:
        return State.CACHED if vertex.cached else State.DONE
    return State.STARTED if vertex.started is not None else None


_ORDER = (None, State.CANCELLED, State.STARTED, State.CACHED, State.DONE, State.FAILED)


def _supersedes(new: State | None, old: State | None) -> bool:
    """Whether a state is news. BuildKit merges equal nodes: the duplicates end as cancelled while the work goes on."""
    return _ORDER.index(new) > _ORDER.index(old)


@dataclass(frozen=True, slots=True)
class Tally:
    """The steps of one target on one platform, counted.

    Attributes:
        steps: instructions that do something (all but FROM), and ``ended`` those with a result.
        cached: those whose result came from the cache.
        emulated: those that ran programs under QEMU in this run.
        seconds: time worked on them in this run.
        current: instructions being worked on.
        emulating: whether one of those is run under QEMU.
        bytes: moved so far.
    """

    steps: int = 0
    ended: int = 0
    cached: int = 0
    emulated: int = 0
    seconds: float = 0.0
    current: tuple[str, ...] = ()
    emulating: bool = False
    bytes: int = 0


def tally(progress: BuildProgress, target: str, platform: Platform) -> Tally:
    """Count the steps of one target on one platform."""
    records = {
        step: record
        for step, record in progress.snapshot().items()
        if step.target == target and step.platform is platform
    }
    counted = {step: record for step, record in records.items() if not step.instruction.startswith("FROM ")}
    running = [step for step, record in records.items() if record.state is State.STARTED]
    return Tally(
        steps=len(counted),
        ended=sum(record.state in {State.DONE, State.CACHED} for record in counted.values()),
        cached=sum(record.state is State.CACHED for record in counted.values()),
        emulated=sum(record.ran and progress.emulated(step) for step, record in counted.items()),
        seconds=sum(record.seconds for record in counted.values()),
        current=tuple(step.instruction for step in running),
        emulating=any(progress.emulated(step) for step in running),
        bytes=sum(sum(record.moved.values()) for record in records.values()),
    )
