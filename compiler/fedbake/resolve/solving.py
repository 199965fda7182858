"""One demand in, a lock out: with the first actor runtime that fits, and descriptions of what has to be compiled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fedbake.resolve.demand import Demand
from fedbake.resolve.lock import Lock
from fedbake.resolve.runtime import ANY_RUNTIME, RuntimeRow
from fedbake.resolve.target import Target
from fedbake.resolve.uv import Problem, UnsolvableError, solve
from fedbake.rules.fixes import Wanted
from fedbake.settings import Settings

Report = Callable[[str], None]

# What every image needs beside the user's lines.
ACTORS = Wanted(ANY_RUNTIME, "the actors", None, None)


@dataclass(frozen=True, slots=True)
class Solved:
    """A lock, with the problem it is the answer to and the actor runtime in it."""

    runtime: RuntimeRow
    problem: Problem
    lock: Lock


def solve_with_runtime(
    demand: Demand, runtimes: Sequence[RuntimeRow], target: Target, settings: Settings, report: Report
) -> Solved:
    """The lock with the first actor runtime that fits; any release the actors work with is the last resort.

    Raises:
        UnsolvableError: there is no solution with any runtime.
        TransientError: the package index did not answer.
    """
    own = described(demand, target, settings, report)
    last = replace(own, requirements=tuple(sorted({*own.requirements, str(ANY_RUNTIME)})))
    for row in (row for row in runtimes if target.python in row.python):
        added = (str(row.requirement), *map(str, row.adds))
        problem = replace(own, requirements=tuple(sorted({*own.requirements, *added})))
        try:
            return Solved(row, problem, solve(problem, settings))
        except UnsolvableError:
            report(f"{row.requirement} does not fit")
            # Remembered, and so asked once: where no release at all fits, the other rows need not be tried.
            solve(last, settings)
    return Solved(RuntimeRow(ANY_RUNTIME, (), (target.python,)), last, solve(last, settings))


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
