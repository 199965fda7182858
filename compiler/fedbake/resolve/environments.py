"""The resolve stage: what each role wants in, locked environments out.

All roles are solved together, so that every package has one version in all of them. What all images install becomes the
environment ``actors``, one layer they share; what only one role needs becomes an environment of its own
(`fedbake.resolve.layers`), and so do its builds for an accelerator (`fedbake.resolve.routing`).
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from fedbake.names import Platform, Role
from fedbake.resolve.companions import Companion, missing_companions, with_companions
from fedbake.resolve.demand import Demand
from fedbake.resolve.layers import LockedEnvironment, layers
from fedbake.resolve.lock import Lock, LockedPackage, pins
from fedbake.resolve.platforms import best_wheel, installed_on
from fedbake.resolve.problem import Problem, StaticMetadata
from fedbake.resolve.routing import routed
from fedbake.resolve.runtime import ACTORS, RuntimeRow
from fedbake.resolve.solving import Solved, solve_with_runtime
from fedbake.resolve.target import Target
from fedbake.resolve.uv import UnsolvableError, solve
from fedbake.rules.fixes import Wanted
from fedbake.settings import Settings

_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Resolution:
    """Everything that was locked.

    Attributes:
        runtime: the row of the table of actor runtimes that fitted first, or the last resort; ``None`` without actors.
        lock: everything that is installed in some image on some platform.
        role_locks: what each role installs.
        environments: the shared one first.
        build: by platform, what the packages without a wheel are built with; empty where there are none.
        described: the packages that have no wheel for some platform, with what is known of them.
        relaxed: the soft pins that were given up, as they were wanted.
    """

    runtime: RuntimeRow | None
    lock: Lock
    role_locks: Mapping[Role, Lock]
    environments: tuple[LockedEnvironment, ...]
    build: Mapping[Platform, tuple[LockedPackage, ...]]
    described: tuple[StaticMetadata, ...] = ()
    relaxed: tuple[Wanted, ...] = ()


def resolve(
    wanted: Mapping[Role, Sequence[Wanted]],
    target: Target,
    runtimes: Sequence[RuntimeRow],
    settings: Settings,
    report: Callable[[str], None],
    *,
    constraints: Sequence[Wanted] = (),
    soft: Sequence[Wanted] = (),
    relaxable: Sequence[Wanted] = (),
    companions: Sequence[Companion] = (),
) -> Resolution:
    """Lock every role's environment for every platform.

    Args:
        wanted: what each planned role needs, after fixes.
        runtimes: what the actors themselves need, in order of preference; none where no actor is planned.
        report: told about each step that may take seconds.
        constraints: bounds on packages if they are installed at all.
        soft: of the wanted lines, those it costs the user least to change; suggestions prefer them.
        relaxable: of the wanted lines, those whose version may be given up when nothing else solves.
        companions: releases that are empty on some platform, with what has the content there.

    Raises:
        ResolutionError: the requirements cannot hold together, or a package cannot be installed on a platform.
        TransientError: the package index did not answer.
    """
    demand = Demand(_union(wanted), tuple(constraints))
    report(f"resolving {len(demand.wanted)} requirements for {', '.join(target.platforms)}")
    relaxed: tuple[Wanted, ...] = ()
    try:
        solved = solve_with_runtime(demand, runtimes, target, settings, report)
    except UnsolvableError as cause:
        # Finding out why takes modules that a plan without a conflict does not need.
        from fedbake.resolve.explaining import explained
        from fedbake.resolve.relaxing import pins_to_relax

        everything = Demand((*demand.wanted, *((ACTORS,) if runtimes else ())), demand.constraints)
        relaxed = pins_to_relax(everything, relaxable, target, settings, report)
        if not relaxed:
            raise explained(everything, cause, soft, target, settings, report) from None
        wanted = {role: Demand(tuple(lines)).loosened(relaxed).wanted for role, lines in wanted.items()}
        solved = solve_with_runtime(demand.loosened(relaxed), runtimes, target, settings, report)
    missing = missing_companions(solved.lock, companions)
    if missing:
        wanted = with_companions(wanted, missing)
        solved = solve_with_runtime(Demand(_union(wanted), demand.constraints), runtimes, target, settings, report)
    locks = _role_locks(wanted, solved, target, settings)
    installed = _installed(locks, solved, target, settings)
    return Resolution(
        runtime=solved.runtime,
        lock=installed,
        role_locks=locks,
        environments=layers(locks, target.platforms, target.python),
        build=_build_environments(installed, target, settings),
        described=solved.problem.from_source,
        relaxed=relaxed,
    )


def _union(wanted: Mapping[Role, Sequence[Wanted]]) -> tuple[Wanted, ...]:
    unique = {str(each.requirement): each for role in sorted(wanted) for each in wanted[role]}
    return tuple(unique.values())


def _role_locks(
    wanted: Mapping[Role, Sequence[Wanted]], solved: Solved, target: Target, settings: Settings
) -> dict[Role, Lock]:
    """What each role installs: of the whole lock what it needs, in the builds for its accelerator."""
    problem, lock = solved.problem, solved.lock
    actors = set(solved.runtime.requirements) if solved.runtime else set()
    pinned = _pinned(problem, lock)

    def locked(role: Role) -> Lock:
        needed = tuple(sorted(actors.union(str(each.requirement) for each in wanted[role])))
        own = replace(pinned, requirements=needed)
        plain = lock if needed == problem.requirements else solve(own, settings)
        return routed(own, plain, target.routes.get(role), settings)

    return _each(locked, sorted(wanted))


def _installed(locks: Mapping[Role, Lock], solved: Solved, target: Target, settings: Settings) -> Lock:
    """Everything that is installed somewhere, once the roles have their builds."""
    lock = solved.lock
    routes = {target.routes.get(role) for role in locks}
    if len(routes) == 1:
        return routed(_pinned(solved.problem, lock), lock, routes.pop(), settings)
    everything = {(each.name, each.version): each for own in (*locks.values(), lock) for each in own.packages}
    return Lock(tuple(everything[key] for key in sorted(everything)))


def _pinned(problem: Problem, lock: Lock) -> Problem:
    return replace(problem, constraints=(*problem.constraints, *pins(lock)))


def _build_environments(lock: Lock, target: Target, settings: Settings) -> Mapping[Platform, tuple[LockedPackage, ...]]:
    """What packages without a wheel are built with, locked like everything else; pip is the build front end."""

    def built_with(platform: Platform) -> tuple[LockedPackage, ...]:
        sdists = [
            package.sdist
            for package in installed_on(lock, platform, target.python)
            if best_wheel(package.wheels, platform, target.python) is None and package.sdist is not None
        ]
        if not sdists:
            return ()
        from fedbake.resolve.source_only import build_environment_of

        problem = replace(target.nothing, requirements=build_environment_of(sdists, settings), platforms=(platform,))
        return installed_on(solve(problem, settings), platform, target.python)

    return _each(built_with, target.platforms)


def _each(answer: Callable[[_Key], _Answer], keys: Sequence[_Key]) -> dict[_Key, _Answer]:
    """The answers by key. They need nothing of each other, and whoever waits for uv waits for all of them at once."""
    with ThreadPoolExecutor(len(keys)) as pool:
        return dict(zip(keys, pool.map(answer, keys), strict=True))
