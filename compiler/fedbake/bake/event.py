"""What happens during a bake, as values: shown live, and kept one JSON object per line in ``events.ndjson``."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from fedbake.bake.step import Step


class State(StrEnum):
    """How far a step or an activity is."""

    STARTED = "started"
    DONE = "done"
    CACHED = "cached"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StepChanged:
    """A build step started or ended. ``seconds`` is its own time so far."""

    step: Step
    state: State
    emulated: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class ActivityChanged:
    """Work of BuildKit itself started or ended: loading a Dockerfile, exporting, pushing."""

    name: str
    state: State


@dataclass(frozen=True, slots=True)
class Moved:
    """Bytes moved by a step or an activity: the context, a base image, a layer. ``total`` is 0 when unknown."""

    name: str
    what: str
    current: int
    total: int


@dataclass(frozen=True, slots=True)
class LogLine:
    """One printable line of a step's program, or of buildx itself when ``step`` is empty."""

    step: str
    text: str


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """A part of the bake that is fedbake's own: checking, building, publishing."""

    phase: str
    detail: str


Event = StepChanged | ActivityChanged | Moved | LogLine | PhaseStarted


def as_json(event: Event, at: float) -> dict[str, Any]:
    """The event as it stands in ``events.ndjson``; ``at`` is in seconds since the epoch."""
    time = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    match event:
        case StepChanged(step, state, emulated, seconds):
            facts = {"target": step.target, "platform": step.platform.value, "runs_on": step.runs_on}
            facts |= {"instruction": step.instruction, "state": state.value}
            return {"time": time, "event": "step", **facts, "emulated": emulated, "seconds": round(seconds, 3)}
        case ActivityChanged(name, state):
            return {"time": time, "event": "activity", "name": name, "state": state.value}
        case Moved(name, what, current, total):
            return {"time": time, "event": "moved", "name": name, "what": what, "current": current, "total": total}
        case LogLine(name, text):
            return {"time": time, "event": "log", "step": name, "text": text}
        case PhaseStarted(phase, detail):
            return {"time": time, "event": "phase", "phase": phase, "detail": detail}
