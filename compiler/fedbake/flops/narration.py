"""What the observer hears of a bake: every part a user waits for, in plain words, and now and then how far it is."""

import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import IO, Self

from fedbake.bake.event import ActivityChanged, Event, PhaseStarted, State, StepChanged
from fedbake.bake.progress import BuildProgress, tally
from fedbake.bake.step import Step, shortened
from fedbake.bake.view import LineView, PlainLines
from fedbake.flops.stopwatch import Stopwatch
from fedbake.render.bakefile import CHECK_PREFIX

_EVERY_SECONDS = 30.0
_SILENT = frozenset({"done", "failed", "interrupted"})
_SHOWN_CHARACTERS = 100
_OF_THE_SERVER = "remote: "


class Narration:
    """Tells the observer what matters, logs that and every line of the bake besides, and keeps the time.

    A view of the bake; what comes before it is told with `say`.

    Args:
        stream: the log.
        tell: takes a message for the observer.
        watch: keeps the time.
        every: seconds between two messages about a long build.
    """

    def __init__(
        self, stream: IO[str], tell: Callable[[str], None], watch: Stopwatch, every: float = _EVERY_SECONDS
    ) -> None:
        self._stream = stream
        self._lines = LineView(stream, PlainLines())
        self._tell = tell
        self._watch = watch
        self._every = every
        self._told: set[str] = set()
        self._progress: BuildProgress | None = None
        self._ended = threading.Event()
        self._reminder = threading.Thread(target=self._remind, name="progress of the build", daemon=True)

    def say(self, text: str) -> None:
        """Log and tell a message; what a Git server writes is only logged."""
        print(text, file=self._stream, flush=True)
        if not text.startswith(_OF_THE_SERVER):
            self._tell(text)

    def __enter__(self) -> Self:
        self._reminder.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._reminder.join()

    def watch(self, progress: BuildProgress) -> None:
        """Speak about the state of this build from now on."""
        self._progress = progress

    def show(self, event: Event) -> None:
        """Something happened."""
        self._watch.follow(event)
        self._lines.show(event)
        message = words(event)
        if message is not None and message not in self._told:
            self._told.add(message)
            self._tell(message)

    def _remind(self) -> None:
        began = time.monotonic()
        while not self._ended.wait(self._every):
            if self._progress is not None:
                state = "; ".join(how_far(self._progress))
                self._tell(f"still building after {time.monotonic() - began:.0f} seconds: {state or 'starting'}")


def words(event: Event) -> str | None:
    """The message for an event; ``None`` for what a user does not wait for, or is told otherwise."""
    match event:
        case PhaseStarted(phase, detail) if phase not in _SILENT:
            return f"{phase}: {detail}"
        case StepChanged(step, state, emulated, seconds) if step.installs or step.runs_check:
            return _program(step, state, seconds, emulated=emulated)
        case ActivityChanged(name, State.STARTED | State.DONE as state) if name.endswith("] exporting to image"):
            image = name.removeprefix("[").partition("]")[0]
            return f"the {image} is {'built, and is being pushed' if state is State.STARTED else 'pushed'}"
    return None


def _program(step: Step, state: State, seconds: float, *, emulated: bool) -> str | None:
    under = " under emulation" if emulated else ""
    image = step.target.removeprefix(CHECK_PREFIX)
    if step.runs_check and state is State.STARTED:
        return f"verifying the {image} for {step.platform.value}{under}"
    if step.runs_check and state is State.DONE:
        return f"the {image} for {step.platform.value} has passed its checks in {seconds:.0f} seconds"
    if step.runs_check and state is State.CACHED:
        return f"the {image} for {step.platform.value} has passed its checks before, with the same content"
    if step.runs_check or state is not State.STARTED:
        return None
    # Wheels are installed natively for every platform; what is emulated is a compiler.
    what = "compiling packages without a wheel" if emulated else "installing the dependencies"
    return f"{what} for {step.platform.value}{under}"


def how_far(progress: BuildProgress) -> Iterator[str]:
    """For each image and platform that is being worked on, how far it is and what it waits for."""
    for target, platform in sorted({(step.target, step.platform) for step in progress.snapshot()}):
        counted = tally(progress, target, platform)
        if counted.current:
            doing = shortened(counted.current[0])[:_SHOWN_CHARACTERS]
            how = " under emulation" if counted.emulating else ""
            yield f"{target} for {platform.value}, {counted.ended} of {counted.steps} steps done, now{how} {doing}"
