"""Measuring: scenarios round by round, so that a slow moment hits all alike; kept as JSON, shown as Markdown.

Machines differ and are noisy: what counts is the ratio to a baseline of the same run. Seconds, processor seconds and
megabytes are those of the machine it ran on.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The kernel counts the memory of the process that starts a program to the program: this one needs next to nothing.
_LAUNCHER = """
import os, sys, time
silent = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
started = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent)
_, status, usage = os.wait4(pid, 0)
seconds = time.perf_counter() - started
print(os.waitstatus_to_exitcode(status), seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
"""


@dataclass(frozen=True)
class Cost:
    """What one run took.

    Attributes:
        seconds: on the clock.
        cpu: seconds of processor time, of the process and all it waited for; ``None`` where others did the work.
        megabytes: peak memory of the largest process; ``None`` as above.
    """

    seconds: float
    cpu: float | None = None
    megabytes: float | None = None


@dataclass(frozen=True)
class Scenario:
    """One thing that is measured.

    Attributes:
        name: as it stands in the table.
        run: does it once.
        baseline: the name of the scenario it is compared with.
        budget: what the design allows, as a text.
        prepare: makes things ready before each run; is not measured.
        rounds: in how many rounds it is measured at most; in all of them when ``None``.
    """

    name: str
    run: Callable[[], Cost]
    baseline: str | None = None
    budget: str = ""
    prepare: Callable[[], object] = lambda: None
    rounds: int | None = None


def command(argv: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Cost:
    """Run a program; its cost is the kernel's own account of the child.

    Args:
        argv: the program by its path, and its arguments.
        env: variables beside those of this process.

    Raises:
        SystemExit: it fails.
    """
    # Bytecode is written on the first run, as it is for users.
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    launcher = (sys.executable, "-I", "-S", "-c", _LAUNCHER, *argv)
    done = subprocess.run(
        launcher, env={**plain, **(env or {})}, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True
    )
    code, seconds, cpu, megabytes = done.stdout.split()
    if code != "0":
        raise SystemExit(f"{' '.join(argv)} failed with status {code}")
    return Cost(float(seconds), float(cpu), float(megabytes))


def clocked(action: Callable[[], object]) -> Cost:
    """Do something here; only the clock tells what it costs."""
    started = time.perf_counter()
    action()
    return Cost(time.perf_counter() - started)


@dataclass(frozen=True)
class Results:
    """What was measured.

    Attributes:
        costs: of each scenario by name, in the order of the rounds.
    """

    scenarios: tuple[Scenario, ...]
    costs: Mapping[str, Sequence[Cost]]

    def median(self, name: str) -> float:
        """Seconds on the clock."""
        return statistics.median(cost.seconds for cost in self.costs[name])

    def ratios(self, scenario: Scenario) -> list[float]:
        """How many times the baseline, in each round; nothing without a baseline, or where either was not measured."""
        mine, base = self.costs.get(scenario.name, ()), self.costs.get(scenario.baseline or "", ())
        return [cost.seconds / other.seconds for cost, other in zip(mine, base, strict=False)]

    def markdown(self) -> str:
        """A table; medians, and the smallest and largest of the rounds."""
        lines = [
            "| scenario | rounds | seconds: median (min to max) | CPU s | ratio | MB | budget |",
            "|---|---:|---:|---:|---|---:|---|",
        ]
        lines += [self._row(scenario) for scenario in self.scenarios if self.costs.get(scenario.name)]
        return "\n".join(lines)

    def _row(self, scenario: Scenario) -> str:
        costs = self.costs[scenario.name]
        seconds = [cost.seconds for cost in costs]
        spread = f"{statistics.median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"
        processor = [cost.cpu for cost in costs if cost.cpu is not None]
        cpu = f"{statistics.median(processor):.2f}" if processor else ""
        memory = [cost.megabytes for cost in costs if cost.megabytes is not None]
        megabytes = f"{max(memory):.0f}" if memory else ""
        ratios = self.ratios(scenario)
        compared = f"{statistics.median(ratios):.2f} times {scenario.baseline}" if ratios else ""
        return f"| {scenario.name} | {len(costs)} | {spread} | {cpu} | {compared} | {megabytes} | {scenario.budget} |"


def measured(scenarios: Sequence[Scenario], rounds: int, kept: Path, resume: bool = False) -> Results:
    """Run all scenarios in turn, as many rounds as asked for.

    Args:
        kept: the JSON file every single cost is written to as soon as it is known.
        resume: go on with what the file has from an interrupted run.
    """
    found: dict[str, list[Cost]] = {}
    if resume and kept.exists():
        found = {
            name: [Cost(**each) for each in costs] for name, costs in json.loads(kept.read_text())["costs"].items()
        }
    for number in range(rounds):
        for scenario in scenarios:
            costs = found.setdefault(scenario.name, [])
            if len(costs) > number or (scenario.rounds is not None and number >= scenario.rounds):
                continue
            scenario.prepare()
            costs.append(scenario.run())
            print(f"round {number + 1} of {rounds}: {costs[-1].seconds:8.2f} s  {scenario.name}", file=sys.stderr)
            _keep(found, kept)
    return Results(tuple(scenarios), found)


def _keep(found: Mapping[str, Sequence[Cost]], kept: Path) -> None:
    costs = {name: [asdict(cost) for cost in each] for name, each in found.items()}
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(".unfinished")
    unfinished.write_text(json.dumps({"machine": machine(), "costs": costs}, indent=2) + "\n")
    unfinished.replace(kept)


def machine() -> str:
    """The machine in a few words."""
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kernel = f"{platform.system()} {platform.release()}"
    return f"{_processor()}, {os.cpu_count()} cores, {gibibytes:.0f} GiB, {kernel}, CPython {platform.python_version()}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{platform.machine()} ({next(names, 'unknown')})"
