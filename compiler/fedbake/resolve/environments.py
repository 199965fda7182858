"""The resolve stage: what each role wants in, locked environments out.

All roles are solved together, so that every package has one version in all of them. What all images install becomes the
environment ``actors``, one layer they share; what only one role needs becomes an environment of its own
(`fedbake.resolve.layers`), and so do its builds for an accelerator (`fedbake.resolve.routing`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from packaging.requirements import Requirement

from fedbake.errors import ResolutionError
from fedbake.names import Platform, PythonMinor, Role
from fedbake.resolve.accelerator import Route
from fedbake.resolve.conflict import conflict_error, smallest_conflict
from fedbake.resolve.layers import LockedEnvironment, layers
from fedbake.resolve.lock import Lock, LockedPackage, pins
from fedbake.resolve.platforms import best_wheel, installed_on
from fedbake.resolve.routing import routed
from fedbake.resolve.runtime import ANY_RUNTIME, RuntimeRow
from fedbake.resolve.uv import Problem, StaticMetadata, UnsolvableError, solve
from fedbake.rules.fixes import Wanted
from fedbake.settings import Settings


@dataclass(frozen=True, slots=True)
class Resolution:
    """Everything that was locked.

    Attributes:
        runtime: the row of the table of actor runtimes that fitted first, or the last resort.
        lock: everything that is installed in some image on some platform.
        role_locks: what each role installs.
        environments: the shared one first.
        build: by platform, what the packages without a wheel are built with; empty where there are none.
    """

    runtime: RuntimeRow
    lock: Lock
    role_locks: Mapping[Role, Lock]
    environments: tuple[LockedEnvironment, ...]
    build: Mapping[Platform, tuple[LockedPackage, ...]]


@dataclass(frozen=True, slots=True)
class Target:
    """What is resolved for.

    Attributes:
        as_of: RFC 3339 date; what was published later does not exist.
        routes: by role, the packages that come in the builds for an accelerator.
    """

    python: PythonMinor
    platforms: tuple[Platform, ...]
    as_of: str | None
    routes: Mapping[Role, Route] = field(default_factory=dict)


def resolve(
    wanted: Mapping[Role, Sequence[Wanted]],
    target: Target,
    runtimes: Sequence[RuntimeRow],
    settings: Settings,
    report: Callable[[str], None],
) -> Resolution:
    """Lock every role's environment for every platform.

    Args:
        wanted: what each planned role needs, after fixes.
        runtimes: what the actors themselves need, in order of preference.
        report: told about each step that may take seconds.

    Raises:
        ResolutionError: the requirements cannot hold together, or a package cannot be installed on a platform.
        TransientError: the package index did not answer.
    """
    everything = _union(wanted)
    rows = [row for row in runtimes if target.python in row.python]
    last_resort = RuntimeRow(ANY_RUNTIME, (), (target.python,))
    runtime, problem, lock = _solve_with_runtime(everything, [*rows, last_resort], target, settings, report)
    locks = _role_locks(wanted, runtime, problem, lock, target, settings)
    environments = layers(locks, target.platforms, target.python)
    installed = _installed(locks, problem, lock, target, settings)
    return Resolution(runtime, installed, locks, environments, _build_environments(installed, target, settings))


def _union(wanted: Mapping[Role, Sequence[Wanted]]) -> list[Wanted]:
    unique = {str(each.requirement): each for role in sorted(wanted) for each in wanted[role]}
    return list(unique.values())


def _problem(wanted: Sequence[Requirement], target: Target, from_source: tuple[StaticMetadata, ...] = ()) -> Problem:
    return Problem(
        requirements=tuple(sorted({str(requirement) for requirement in wanted})),
        python=target.python,
        platforms=target.platforms,
        as_of=target.as_of,
        from_source=from_source,
    )


def _solve_with_runtime(
    wanted: Sequence[Wanted],
    rows: Sequence[RuntimeRow],
    target: Target,
    settings: Settings,
    report: Callable[[str], None],
) -> tuple[RuntimeRow, Problem, Lock]:
    own = [each.requirement for each in wanted]
    report(f"resolving {len(own)} requirements for {', '.join(target.platforms)}")
    from_source: tuple[StaticMetadata, ...] = ()
    if not _solvable(_problem(own, target), settings):
        from fedbake.resolve.source_only import without_wheels

        report("looking for packages without a wheel")
        from_source = without_wheels(own, target.python, target.platforms, target.as_of, settings)
        if not _solvable(_problem(own, target, from_source), settings):
            raise _conflict(wanted, target, from_source, settings)
    for row in rows:
        problem = _problem([*own, row.requirement, *row.adds], target, from_source)
        try:
            return row, problem, solve(problem, settings)
        except UnsolvableError:
            report(f"{row.requirement} does not fit")
    raise _conflict(wanted, target, from_source, settings)


def _solvable(problem: Problem, settings: Settings) -> bool:
    try:
        solve(problem, settings)
    except UnsolvableError:
        return False
    return True


def _conflict(
    wanted: Sequence[Wanted], target: Target, from_source: tuple[StaticMetadata, ...], settings: Settings
) -> ResolutionError:
    runtime = Wanted(ANY_RUNTIME, "the actors", None, None)

    def unsolvable(subset: Sequence[Wanted]) -> bool:
        return not _solvable(_problem([each.requirement for each in subset], target, from_source), settings)

    conflict = smallest_conflict([*wanted, runtime], unsolvable)
    try:
        solve(_problem([each.requirement for each in conflict], target, from_source), settings)
    except UnsolvableError as error:
        return conflict_error(conflict, error.explanation)
    return conflict_error(conflict, "")


def _role_locks(
    wanted: Mapping[Role, Sequence[Wanted]],
    runtime: RuntimeRow,
    problem: Problem,
    lock: Lock,
    target: Target,
    settings: Settings,
) -> dict[Role, Lock]:
    """What each role installs: of the whole lock what it needs, in the builds for its accelerator."""
    actors = {str(each) for each in (runtime.requirement, *runtime.adds)}
    locks = {}
    for role in sorted(wanted):
        needed = tuple(sorted(actors.union(str(each.requirement) for each in wanted[role])))
        own = replace(_pinned(problem, lock), requirements=needed)
        plain = lock if needed == problem.requirements else solve(own, settings)
        locks[role] = routed(own, plain, target.routes.get(role), settings)
    return locks


def _installed(locks: Mapping[Role, Lock], problem: Problem, lock: Lock, target: Target, settings: Settings) -> Lock:
    """Everything that is installed somewhere, once the roles have their builds."""
    routes = {target.routes.get(role) for role in locks}
    if len(routes) == 1:
        return routed(_pinned(problem, lock), lock, routes.pop(), settings)
    everything = {(each.name, each.version): each for own in (*locks.values(), lock) for each in own.packages}
    return Lock(tuple(everything[key] for key in sorted(everything)))


def _pinned(problem: Problem, lock: Lock) -> Problem:
    return replace(problem, constraints=(*problem.constraints, *pins(lock)))


def _build_environments(lock: Lock, target: Target, settings: Settings) -> Mapping[Platform, tuple[LockedPackage, ...]]:
    """What packages without a wheel are built with, locked like everything else; pip is the build front end."""
    environments: dict[Platform, tuple[LockedPackage, ...]] = {}
    for platform in target.platforms:
        sdists = [
            package.sdist
            for package in installed_on(lock, platform, target.python)
            if best_wheel(package.wheels, platform, target.python) is None and package.sdist is not None
        ]
        if not sdists:
            environments[platform] = ()
            continue
        from fedbake.resolve.source_only import build_requirements

        needed = {"pip", "wheel"}.union(*(build_requirements(sdist, settings) for sdist in sdists))
        problem = replace(_problem(list(map(Requirement, needed)), target), platforms=(platform,))
        environments[platform] = installed_on(solve(problem, settings), platform, target.python)
    return environments
