"""The live view of a bake on a terminal: a bar for each image and platform, what it is doing, native or emulated."""

import time
from collections.abc import Iterable
from types import TracebackType
from typing import IO, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from fedbake.bake.event import ActivityChanged, Event, PhaseStarted, State, StepChanged
from fedbake.bake.progress import BuildProgress, Tally, tally
from fedbake.bake.step import Step, shortened
from fedbake.names import Platform

_WIDE = 70
_BAR = 24
_ACTIVITIES = 3
_COLUMNS = 7


class LiveView:
    """Redraws itself a few times a second until the bake ends, then leaves the last picture standing."""

    def __init__(self, stream: IO[str]) -> None:
        self._console = Console(file=stream)
        self._progress: BuildProgress | None = None
        self._phase = ""
        self._activities: dict[str, None] = {}
        self._began = time.monotonic()
        self._live = Live(get_renderable=self._picture, console=self._console, refresh_per_second=8)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._activities = {}
        self._live.stop()

    def watch(self, progress: BuildProgress) -> None:
        """Draw the state of this build from now on."""
        self._progress = progress

    def show(self, event: Event) -> None:
        """Take notice of phases, of BuildKit's own work, and of failures, which stay on the screen."""
        match event:
            case PhaseStarted(phase, detail):
                self._phase = f"{phase}: {detail}"
            case ActivityChanged(name, State.STARTED):
                self._activities = {**self._activities, name: None}
            case ActivityChanged(name, _):
                self._activities = {one: None for one in self._activities if one != name}
            case StepChanged(step, State.FAILED):
                self._console.print(Text(f"failed: {step}", style="red"))

    def _picture(self) -> RenderableType:
        head = Text.assemble((f"{time.monotonic() - self._began:.0f} s  ", "dim"), (self._phase, "bold"))
        rows = Table.grid(padding=(0, 2))
        for _ in range(_COLUMNS):
            rows.add_column(no_wrap=True, overflow="ellipsis")
        if (progress := self._progress) is not None:
            for target, platform in _rows(progress.snapshot()):
                rows.add_row(Text(target), Text(platform.value), *_cells(tally(progress, target, platform)))
        work = [Text(name[:_WIDE], style="dim") for name in list(self._activities)[-_ACTIVITIES:]]
        return Group(head, rows, *work)


def _rows(steps: Iterable[Step]) -> list[tuple[str, Platform]]:
    """Targets and platforms in a steady order: images first, then their checks."""
    found = {(step.is_check, step.target, step.platform) for step in steps}
    return [(target, platform) for _, target, platform in sorted(found)]


def _cells(counted: Tally) -> tuple[RenderableType, ...]:
    bar = ProgressBar(total=max(counted.steps, 1), completed=counted.ended, width=_BAR)
    how = Text("emulated", style="yellow") if counted.emulating else Text("native", style="green")
    moved = f"{counted.bytes / 1e6:.1f} MB" if counted.bytes else ""
    current = shortened(counted.current[-1])[:_WIDE] if counted.current else ""
    return bar, Text(f"{counted.ended}/{counted.steps}"), Text(moved), how if current else Text(""), Text(current)
