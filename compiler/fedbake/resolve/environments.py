"""The resolve stage: what each role wants in, locked environments out.

All roles are solved together, so that every package has one version in all of them. The packages every role needs
become the environment ``actors``, one layer that all images share; what only one role needs becomes an environment of
its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement

from fedbake.errors import ResolutionError
from fedbake.names import Platform, PythonMinor, Role
from fedbake.resolve.conflict import conflict_error, smallest_conflict
from fedbake.resolve.lock import Lock, LockedPackage
from fedbake.resolve.platforms import best_wheel, installed_on
from fedbake.resolve.runtime import ANY_RUNTIME, RuntimeRow
from fedbake.resolve.uv import Problem, StaticMetadata, UnsolvableError, solve
from fedbake.rules.fixes import Wanted
from fedbake.settings import Settings

SHARED = "actors"


@dataclass(frozen=True, slots=True)
class LockedEnvironment:
    """The packages that become one layer, by platform."""

    name: str
    roles: tuple[Role, ...]
    packages: Mapping[Platform, tuple[LockedPackage, ...]]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Everything that was locked.

    Attributes:
        runtime: the row of the table of actor runtimes that fitted first, or the last resort.
        lock: the whole universal resolution.
        environments: the shared one first.
        build: by platform, what the packages without a wheel are built with; empty where there are none.
    """

    runtime: RuntimeRow
    lock: Lock
    environments: tuple[LockedEnvironment, ...]
    build: Mapping[Platform, tuple[LockedPackage, ...]]


@dataclass(frozen=True, slots=True)
class Target:
    """What is resolved for."""

    python: PythonMinor
    platforms: tuple[Platform, ...]
    as_of: str | None


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
    environments = _split(wanted, runtime, problem, lock, settings)
    return Resolution(runtime, lock, environments, _build_environments(lock, target, settings))


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


def _split(
    wanted: Mapping[Role, Sequence[Wanted]], runtime: RuntimeRow, problem: Problem, lock: Lock, settings: Settings
) -> tuple[LockedEnvironment, ...]:
    """The shared environment, then what each role needs beyond it."""
    texts = {role: {str(each.requirement) for each in wanted[role]} for role in sorted(wanted)}
    common = set.intersection(*texts.values())
    if all(own == common for own in texts.values()):
        return (_environment(SHARED, tuple(texts), lock, problem),)
    actors = {str(each) for each in (runtime.requirement, *runtime.adds)}
    pinned = replace(problem, constraints=_pins(lock))
    shared_lock = solve(replace(pinned, requirements=tuple(sorted(common | actors))), settings)
    environments = [_environment(SHARED, tuple(texts), shared_lock, problem)]
    for role, own in texts.items():
        if own != common:
            role_lock = solve(replace(pinned, requirements=tuple(sorted(own | actors))), settings)
            extra = _environment(role.value, (role,), _without(role_lock, shared_lock), problem)
            environments.append(extra)
    return tuple(environments)


def _pins(lock: Lock) -> tuple[str, ...]:
    return tuple(
        f"{package.name}=={package.version}" + (f" ; {package.marker}" if package.marker else "")
        for package in lock.packages
    )


def _without(lock: Lock, shared: Lock) -> Lock:
    there = {(package.name, package.version) for package in shared.packages}
    return Lock(tuple(package for package in lock.packages if (package.name, package.version) not in there))


def _environment(name: str, roles: tuple[Role, ...], lock: Lock, problem: Problem) -> LockedEnvironment:
    by_platform = {platform: installed_on(lock, platform, problem.python) for platform in problem.platforms}
    return LockedEnvironment(name, roles, by_platform)


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
