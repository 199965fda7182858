"""``make bench``: whole commands against baselines of the same run, as ratios; several rounds, median and spread.

Machines differ and are noisy, so what counts is the ratio to starting the same interpreter; seconds and megabytes are
those of this machine, beside the budgets of the design. ``--write`` keeps the table in docs/performance.md.
"""

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("fedbake"))
EXAMPLE = ROOT / "golden/sklearn-digits/repo"
REQUEST = ("--as-of", "2026-11-01", "--base-image", "3.11=docker.io/library/python:3.11@sha256:" + "1" * 64)
ROUNDS = 7
_CREATE = """
import os, tempfile
with tempfile.TemporaryDirectory() as folder:
    for number in range(10_000):
        if number % 100 == 0:
            os.mkdir(f"{folder}/{number // 100}")
        with open(f"{folder}/{number // 100}/{number}", "xb") as stream:
            stream.write(b"content")
"""


@dataclass(frozen=True)
class Cost:
    """What one run of a command took."""

    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Scenario:
    """A command, and what the design allows it."""

    name: str
    command: tuple[str, ...]
    budget: str
    baseline: str = "start"


def measure(command: tuple[str, ...]) -> Cost:
    """Wall seconds and peak memory of one run, from the kernel's own account of the child."""
    started = time.perf_counter()
    pid = os.posix_spawn(
        command[0],
        list(command),
        # Bytecode is written on the first run, as it is for users.
        {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
    )
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed with status {status}")
    return Cost(time.perf_counter() - started, usage.ru_maxrss / 1024)


@contextmanager
def repositories() -> Iterator[Callable[[int], str]]:
    """Copies of the example with as many files as asked for."""
    with tempfile.TemporaryDirectory() as folder:

        def make(files: int) -> str:
            target = Path(folder) / f"{files}-files"
            target.mkdir()
            for path in EXAMPLE.iterdir():
                (target / path.name).write_bytes(path.read_bytes())
            for number in range(files - len(list(target.iterdir()))):
                place = target / f"package{number // 100}"
                place.mkdir(exist_ok=True)
                (place / f"module{number}.py").write_text(f"import numpy\n\nVALUE = {number}\n")
            return str(target)

        yield make


def scenarios(make: Callable[[int], str], plans: Path) -> list[Scenario]:
    """Everything that is measured; the first is the baseline of the others."""
    example = str(EXAMPLE)
    found = [
        Scenario("start", (sys.executable, "-c", "pass"), "baseline"),
        Scenario("import fedbake.cli", (sys.executable, "-c", "import fedbake.cli"), "0.25 s, 60 MB"),
        Scenario("check, 4 files", (PROGRAM, "check", example), ""),
        Scenario(
            "plan, 4 files, locks known", (PROGRAM, "plan", example, "-o", str(plans / "a"), *REQUEST), "0.6 s, 150 MB"
        ),
    ]
    found.append(Scenario("create 10000 files, the floor", (sys.executable, "-c", _CREATE), ""))
    for files, budget in ((1000, ""), (10_000, "2 s, 150 MB")):
        command = (PROGRAM, "plan", make(files), "-o", str(plans / str(files)), *REQUEST)
        found.append(Scenario(f"plan, {files} files, locks known", command, budget))
    return found


def report(costs: dict[str, list[Cost]], found: list[Scenario]) -> str:
    """The table in Markdown."""
    base = statistics.median(cost.seconds for cost in costs["start"])
    lines = ["| scenario | seconds: median (min to max) | ratio to start | MB | budget |", "|---|---|---:|---:|---|"]
    for scenario in found:
        seconds = sorted(cost.seconds for cost in costs[scenario.name])
        median = statistics.median(seconds)
        memory = max(cost.megabytes for cost in costs[scenario.name])
        spread = f"{median:.2f} ({seconds[0]:.2f} to {seconds[-1]:.2f})"
        lines.append(f"| {scenario.name} | {spread} | {median / base:.1f} | {memory:.0f} | {scenario.budget} |")
    return "\n".join(lines)


def main() -> None:
    """Measure everything in turn, round by round, so that a slow moment hits all scenarios alike."""
    with repositories() as make, tempfile.TemporaryDirectory() as plans:
        found = scenarios(make, Path(plans))
        for scenario in found:
            measure(scenario.command)
        costs: dict[str, list[Cost]] = {scenario.name: [] for scenario in found}
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            for scenario in found:
                costs[scenario.name].append(measure(scenario.command))
    table = report(costs, found)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}, {platform.system()}"
    page = f"# Performance\n\nMeasured by `make bench` on: {machine}; {ROUNDS} rounds.\n\n{table}\n"
    print(page)
    results = {name: [vars(cost) for cost in each] for name, each in costs.items()}
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build/bench.json").write_text(json.dumps(results, indent=2) + "\n")
    if "--write" in sys.argv[1:]:
        (ROOT / "docs/performance.md").write_text(page)


if __name__ == "__main__":
    main()
