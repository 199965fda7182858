"""Where the time of a builder goes, by the contract's keys: each second counts once (docs/flops-contract.md)."""

import time
from collections import defaultdict
from collections.abc import Callable
from enum import Enum, auto

from fedbake.bake.event import ActivityChanged, Event, PhaseStarted, State, StepChanged
from fedbake.bake.step import Step
from fedbake.publish.notice import Subject

_EXPORTING = "exporting to image"
_PUBLISHING = frozenset({"publishing", "loading", "done"})


class _Work(Enum):
    PREPARATION = auto()
    DEPENDENCIES = auto()
    IMAGES = auto()
    PUSH = auto()


class Stopwatch:
    """Runs from when it is made, and follows the events of a bake.

    Args:
        clock: seconds since some fixed moment.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = self._at = clock()
        self._spent: defaultdict[_Work, float] = defaultdict(float)
        self._work = _Work.PREPARATION
        self._running: set[Step] = set()
        self._exporting: set[str] = set()
        self._phase = ""
        self._building = False

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return self._clock() - self._began

    def follow(self, event: Event) -> None:
        """Take notice of what happens from now on."""
        self._count()
        match event:
            case PhaseStarted(phase, _):
                self._phase = phase
                self._building |= phase == "building"
                self._running.clear()
                self._exporting.clear()
            case StepChanged(step, State.STARTED):
                self._running.add(step)
            case StepChanged(step, _):
                self._running.discard(step)
            case ActivityChanged(name, State.STARTED) if name.endswith(_EXPORTING):
                self._exporting.add(name)
            case ActivityChanged(name, _):
                self._exporting.discard(name)
        self._work = self._current()

    def timings(self, subject: Subject) -> dict[str, float]:
        """Seconds so far by the contract's keys, in its order."""
        self._count()
        spent = self._spent
        whole = {"full_builder_process": self.seconds, "build_preparation": spent[_Work.PREPARATION]}
        if subject is Subject.TRAINED_MODEL:
            built = spent[_Work.DEPENDENCIES] + spent[_Work.IMAGES]
            return {**whole, "build_image": built, "push_image": spent[_Work.PUSH]}
        return {
            **whole,
            "base_image_build": spent[_Work.DEPENDENCIES],
            "base_image_push": 0.0,
            "actor_images_build": spent[_Work.IMAGES],
            "actor_images_push": spent[_Work.PUSH],
        }

    def _count(self) -> None:
        now = self._clock()
        self._spent[self._work] += now - self._at
        self._at = now

    def _current(self) -> _Work:
        if self._phase in _PUBLISHING:
            return _Work.PUSH
        if not self._building:
            return _Work.PREPARATION
        if any(step.installs for step in self._running):
            return _Work.DEPENDENCIES
        return _Work.PUSH if self._exporting and not self._running else _Work.IMAGES
