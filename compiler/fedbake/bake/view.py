"""What a person, or a program, sees while a bake runs. Always on standard error: standard output is for the result."""

from collections.abc import Callable
from types import TracebackType
from typing import IO, Protocol, Self

from fedbake.bake.event import ActivityChanged, Event, LogLine, Moved, PhaseStarted, State, StepChanged
from fedbake.bake.eventlog import encoded
from fedbake.bake.progress import BuildProgress
from fedbake.bake.step import shortened

_SHOWN_BYTES = 1_000_000


class View(Protocol):
    """Something that shows a running bake; a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def watch(self, progress: BuildProgress) -> None:
        """A build begins; its state can be read from ``progress`` at any time."""
        ...

    def show(self, event: Event) -> None:
        """Something happened."""
        ...


class LineView:
    """A view that only writes lines, as things happen.

    Args:
        stream: where the lines go.
        line: the line for an event, `PlainLines` or `json_line`; ``None`` for none.
    """

    def __init__(self, stream: IO[str], line: Callable[[Event], str | None]) -> None:
        self._stream = stream
        self._line = line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    def watch(self, progress: BuildProgress) -> None:
        """Lines need no state."""

    def show(self, event: Event) -> None:
        """Write the event's line, if it has one."""
        line = self._line(event)
        if line is not None:
            self._stream.write(line + "\n")
            self._stream.flush()


def json_line(event: Event) -> str:
    """The event as in ``events.ndjson``."""
    return encoded(event).decode("ascii").rstrip("\n")


class PlainLines:
    """Events in words. Work that several targets share is told once."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, event: Event) -> str | None:
        """The line for an event; ``None`` for what only fills a log."""
        line = _words(event)
        if line is None or isinstance(event, LogLine):
            return line
        if line in self._told:
            return None
        self._told.add(line)
        return line


def _words(event: Event) -> str | None:
    line = None
    match event:
        case PhaseStarted(phase, detail):
            line = f"{phase}: {detail}"
        case StepChanged(step, state, emulated, seconds) if state is not State.CANCELLED:
            how = " (emulated)" if emulated else ""
            took = f" in {seconds:.1f} s" if state is State.DONE else ""
            line = f"{step.platform.value} {state.value}{took}: {shortened(step.instruction)}{how}"
        case ActivityChanged(name, state) if "internal]" not in name and state is not State.CANCELLED:
            line = f"{name} {state.value}"
        case Moved(name, what, current, total) if max(current, total) >= _SHOWN_BYTES:
            line = f"{name}: {what} {max(current, total) / 1e6:.1f} MB"
        case LogLine(_, text):
            line = f"  | {text}"
    return line
