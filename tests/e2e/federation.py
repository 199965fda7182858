"""Runs a federation for real: one aggregator and its learners, each a process or a container, until the session ends.

The caller says how each participant is started (``python main.py ...``, ``docker run --rm --network host --name ...``);
this module starts them together, waits, keeps what they wrote, and leaves nothing running.

Participants have to run side by side and be ended early when one of them fails, which ``fedbake.process.run`` (one
program, start to end) is not for. So they are started here, with the same care: argument vectors, whole environments,
process groups, time limits.
"""

import json
import math
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from fedbake import process

_POLL_SECONDS = 0.1
_GRACE_SECONDS = 10
_CLEANUP_SECONDS = 60
# What learners get after the aggregator has ended: it told them to leave, and they only have to close their process.
_FAREWELL_SECONDS = 30
# What the others get after somebody has failed: they may be about to end for the same reason, with words of their own.
_AFTERMATH_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Participant:
    """How one actor is started.

    Attributes:
        name: for reports, such as ``aggregator`` or ``learner-arm64``; unique in a federation.
        argv: the program and its arguments, the actor's own arguments included.
        env: its whole environment.
        cwd: the directory it is started in.
        cleanup: a command that removes what may outlive the process, such as ``docker rm --force NAME``. Always run.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    cleanup: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one participant. ``code`` is negative for the signal that ended it."""

    name: str
    code: int
    stdout: str
    stderr: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Summary:
    """The last line of an aggregator: a loss and an accuracy per round, ``None`` where nothing was measured."""

    rounds: int
    loss: tuple[float | None, ...]
    accuracy: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class FederationResult:
    """A finished federation.

    Attributes:
        summary: ``None`` when the aggregator did not get as far as writing it.
        outcomes: the aggregator's, then the learners' in the order given.
        timed_out: whether the time limit ended it.
    """

    summary: Summary | None
    outcomes: tuple[Outcome, ...]
    timed_out: bool
    rounds: int

    @property
    def completed(self) -> bool:
        """Every round was run and everybody ended by himself with exit code 0."""
        everybody = all(outcome.code == 0 for outcome in self.outcomes)
        return everybody and not self.timed_out and self.summary is not None and self.summary.rounds == self.rounds

    @property
    def accuracy(self) -> float:
        """Accuracy after the last round; 0.0 when it was not measured."""
        return (self.summary.accuracy[-1] if self.summary and self.summary.accuracy else None) or 0.0

    def outcome(self, name: str) -> Outcome:
        """The outcome of one participant; ``KeyError`` when there is none of that name."""
        for outcome in self.outcomes:
            if outcome.name == name:
                return outcome
        raise KeyError(name)

    def report(self) -> str:
        """Everything for a person: who ended how, and what they wrote."""
        parts = [f"federation of {len(self.outcomes)}, {'timed out' if self.timed_out else 'ended'}: {self.summary}"]
        for outcome in self.outcomes:
            parts.append(f"--- {outcome.name}: exit {outcome.code} after {outcome.seconds:.1f} s")
            parts.extend(text.rstrip() for text in (outcome.stdout, outcome.stderr) if text.strip())
        return "\n".join(parts)


def run_federation(
    aggregator: Participant, learners: Sequence[Participant], rounds: int, *, timeout: float = 300
) -> FederationResult:
    """Start everybody, wait for the end, and clean up.

    A federation ends when everybody has ended. It is ended soon after the aggregator or a learner has failed, when
    learners stay behind after the aggregator has ended well, or after ``timeout`` seconds.

    Args:
        rounds: how many rounds the aggregator was told to run (``FederationResult.completed`` compares).
        timeout: seconds for the whole federation.
    """
    with ExitStack() as stack:
        running = [stack.enter_context(_Running(participant)) for participant in (aggregator, *learners)]
        timed_out = not _wait(running, time.monotonic() + timeout)
        for actor in running:
            actor.end()
        outcomes = tuple(actor.outcome() for actor in running)
    return FederationResult(_summary(outcomes[0].stdout), outcomes, timed_out, rounds)


def _wait(running: Sequence["_Running"], deadline: float) -> bool:
    """Wait until everybody has ended, or there is no point in waiting; ``False`` when the time was up."""
    last = math.inf
    while True:
        now = time.monotonic()
        codes = [actor.code() for actor in running]
        if None not in codes or now > last:
            return True
        if any(code not in {None, 0} for code in codes):
            last = min(last, now + _AFTERMATH_SECONDS)
        elif codes[0] == 0:
            last = min(last, now + _FAREWELL_SECONDS)
        if now > deadline:
            return False
        time.sleep(_POLL_SECONDS)


def _summary(stdout: str) -> Summary | None:
    lines = [line for line in stdout.splitlines() if line.strip()]
    try:
        found = json.loads(lines[-1]) if lines else None
        return Summary(found["rounds"], tuple(found["loss"]), tuple(found["accuracy"])) if found else None
    except (ValueError, KeyError, TypeError):
        return None


class _Running:
    """A started participant, which is over when the ``with`` block is left."""

    def __init__(self, participant: Participant) -> None:
        self._participant = participant

    def __enter__(self) -> "_Running":
        self._stdout, self._stderr = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self._started = time.monotonic()
        self._ended: float | None = None
        self._process = subprocess.Popen(
            self._participant.argv,
            env=dict(self._participant.env),
            cwd=self._participant.cwd,
            stdin=subprocess.DEVNULL,
            stdout=self._stdout,
            stderr=self._stderr,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._stdout.close()
        self._stderr.close()
        if self._participant.cleanup is not None:
            process.run(self._participant.cleanup, env=self._participant.env, timeout=_CLEANUP_SECONDS)

    def code(self) -> int | None:
        """The exit code, or ``None`` while it runs."""
        code = self._process.poll()
        if code is not None and self._ended is None:
            self._ended = time.monotonic()
        return code

    def end(self) -> None:
        """End it and whatever it started: first politely, then not."""
        for sent in (signal.SIGTERM, signal.SIGKILL):
            if self.code() is not None:
                return
            os.killpg(self._process.pid, sent)
            try:
                self._process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            self.code()

    def outcome(self) -> Outcome:
        """What became of it; only after it has ended."""
        seconds = (self._ended or time.monotonic()) - self._started
        code = self._process.returncode
        return Outcome(self._participant.name, code, _text(self._stdout), _text(self._stderr), seconds)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
