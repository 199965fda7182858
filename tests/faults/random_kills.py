"""Ending a command at points of its life drawn by chance: after so many lines it wrote, and a moment more."""

import random
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LONGEST_MOMENT = 0.4


@dataclass(frozen=True)
class Point:
    """A point in the life of a command.

    Attributes:
        lines: of standard error it has written.
        moment: seconds since the last one.
    """

    lines: int
    moment: float

    @classmethod
    def drawn(cls, chance: random.Random, lines: int) -> "Point":
        """Any point of a run that writes this many lines."""
        return cls(chance.randrange(lines), chance.uniform(0, _LONGEST_MOMENT))


@dataclass(frozen=True)
class Run:
    """A run that ended, one way or the other.

    Attributes:
        code: its exit code; negative for the signal that ended it.
        lines: it wrote on standard error.
    """

    code: int
    lines: tuple[str, ...]


def run_until(
    command: Sequence[str],
    environment: Mapping[str, str],
    point: Point | None = None,
    sent: signal.Signals = signal.SIGKILL,
) -> Run:
    """Run a command to its end, or until it is sent a signal at a point it may not live to see."""
    lines: list[str] = []
    with subprocess.Popen(
        command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        if point is not None:
            while len(lines) < point.lines and (line := running.stderr.readline()):
                lines.append(line)
            time.sleep(point.moment)
            running.send_signal(sent)
        lines += running.stderr.readlines()
    return Run(running.returncode, tuple(lines))
