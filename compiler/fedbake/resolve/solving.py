"""One demand in, a lock out: with the first actor runtime that fits, and descriptions of what has to be compiled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fedbake.resolve.demand import Demand
from fedbake.resolve.lock import Lock
from fedbake.resolve.problem import Problem
from fedbake.resolve.runtime import RuntimeRow
from fedbake.resolve.target import Target
from fedbake.resolve.uv import UnsolvableError, solve
from fedbake.settings import Settings

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Solved:
    """A lock, with the problem it is the answer to and the actor runtime in it, where there is one."""

    runtime: RuntimeRow | None
    problem: Problem
    lock: Lock


def solve_with_runtime(
    demand: Demand, runtimes: Sequence[RuntimeRow], target: Target, settings: Settings, report: Report
) -> Solved:
    """The lock with the first actor runtime that fits.

    Args:
        runtimes: in order of preference, the last resort at the end; none for images without actors.

    Raises:
        UnsolvableError: there is no solution with any runtime.
        TransientError: the package index did not answer.
    """
    own = described(demand, target, settings, report)
    if not runtimes:
        return Solved(None, own, solve(own, settings))
    *tried, last_resort = runtimes
    last = _with(own, last_resort)
    for row in (row for row in tried if target.python in row.python):
        problem = _with(own, row)
        try:
            return Solved(row, problem, solve(problem, settings))
        except UnsolvableError:
            report(f"{row.requirement} does not fit")
            # Remembered, and so asked once: where no release at all fits, the other rows need not be tried.
            solve(last, settings)
    return Solved(last_resort, last, solve(last, settings))


def _with(own: Problem, row: RuntimeRow) -> Problem:
    return replace(own, requirements=tuple(sorted({*own.requirements, *row.requirements})))


def described(demand: Demand, target: Target, settings: Settings, report: Report) -> Problem:
    """The problem of a demand, with descriptions of the packages that have to be compiled.

    Raises:
        UnsolvableError: there is no solution.
        TransientError: the package index did not answer.
    """
    problem = demand.of(target.nothing)
    try:
        solve(problem, settings)
    except UnsolvableError as error:
        # Reading archives and metadata takes modules that a plan of wheels alone does not need.
        from fedbake.resolve.source_only import with_sources

        return with_sources(problem, error, target.allow_source, settings, report)
    return problem


def lock_of(demand: Demand, target: Target, settings: Settings) -> Lock | None:
    """The lock of a demand, if there is one."""
    try:
        return solve(described(demand, target, settings, lambda _: None), settings)
    except UnsolvableError:
        return None
