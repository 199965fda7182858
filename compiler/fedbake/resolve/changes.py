"""Changes of a user's lines that make a whole demand solvable, found by trying them."""

import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from fedbake.resolve.conflict import smallest_subset
from fedbake.resolve.demand import Demand, with_versions
from fedbake.resolve.lock import Lock
from fedbake.rules.fixes import Wanted

MOST_TRIES = 12
_MOST_SINGLE = 4
_MOST_ALTERNATIVES = 2

Solve = Callable[[Demand], Lock | None]


@dataclass(frozen=True, slots=True)
class Change:
    """Another requirement in place of a line."""

    line: Wanted
    requirement: Requirement


class _NoTryLeftError(Exception):
    """As many resolutions were tried as a user is made to wait for."""


def single_changes(
    demand: Demand, conflict: Demand, lines: Sequence[Wanted], solve: Solve
) -> tuple[tuple[Change, ...], ...]:
    """Up to two lines that are each enough to change, out of a few that contradict each other.

    Args:
        conflict: the part of the demand that contradicts itself: small, and so asked about first.
        lines: of the conflict, those to be changed rather than others first.
        solve: the lock of a demand, or ``None``; asked about the whole demand a bounded number of times.
    """
    attempt = _at_most(MOST_TRIES, solve)
    tried = [line for line in lines[:_MOST_SINGLE] if solve(conflict.loosened([line])) is not None]
    with ThreadPoolExecutor(2) as pool:
        locks = list(pool.map(lambda line: attempt(demand.loosened([line])), tried))
    helpful = ((line, lock) for line, lock in zip(tried, locks, strict=True) if lock is not None)
    settled = (_settled(demand, [line], lock, attempt) for line, lock in helpful)
    return tuple(itertools.islice(filter(None, settled), _MOST_ALTERNATIVES))


def joint_changes(demand: Demand, lines: Sequence[Wanted], solve: Solve) -> tuple[Change, ...]:
    """Changes of as few of the lines as possible that are enough together; none when all of them are not enough.

    Args:
        lines: as for `single_changes`.
        solve: as for `single_changes`.
    """
    attempt = _at_most(MOST_TRIES, solve)
    if attempt(demand.loosened(lines)) is None:
        return ()
    enough = lines
    try:
        enough = smallest_subset(lines, lambda some: attempt(demand.loosened(some)) is not None)
    except _NoTryLeftError:
        # Too many lines to find the fewest among: what is known to be enough is still worth saying.
        attempt = _at_most(len(lines), solve)
    lock = solve(demand.loosened(enough))
    return _settled(demand, enough, lock, attempt) if lock is not None else ()


def _settled(demand: Demand, lines: Sequence[Wanted], lock: Lock, attempt: Solve) -> tuple[Change, ...]:
    """Exact versions for loosened lines: near to what was asked for, where that holds with everything else too.

    None where one of them would have to be a pre-release: the resolver takes those when nothing else is left, but
    nobody should be told to.
    """
    loosened = demand.loosened(lines)
    changes = []
    for line in lines:
        name = canonicalize_name(line.requirement.name)
        version = _version(lock, name)
        for specifier in _nearby(line.requirement, version):
            near = _attempt(attempt, loosened.respecified(line, specifier))
            if near is not None:
                lock, version = near, _version(near, name)
                break
        if version is None:
            continue
        if Version(version).is_prerelease:
            return ()
        loosened = loosened.respecified(line, f"=={version}")
        changes.append(Change(line, with_versions(line.requirement, f"=={version}")))
    return tuple(changes)


def _attempt(attempt: Solve, demand: Demand) -> Lock | None:
    try:
        return attempt(demand)
    except _NoTryLeftError:
        return None


def _nearby(asked: Requirement, found: str | None) -> Iterator[str]:
    """Ranges around the version a line names, the narrowest first, that do not hold the found version yet."""
    exact = [each.version for each in asked.specifier if each.operator == "==" and not each.version.endswith(".*")]
    if len(exact) != 1 or found is None:
        return
    try:
        release = Version(exact[0]).release
    except InvalidVersion:
        return
    for length in (2, 1):
        if release[:length] == Version(found).release[:length]:
            return
        if len(release) > length:
            yield f"=={'.'.join(map(str, release[:length]))}.*"


def _version(lock: Lock, name: str) -> str | None:
    """The one version of a package in a lock; ``None`` where platforms differ, or nothing installs it."""
    versions = {package.version for package in lock.packages if package.name == name}
    return versions.pop() if len(versions) == 1 else None


def _at_most(tries: int, solve: Solve) -> Solve:
    left = iter(range(tries))

    def attempt(demand: Demand) -> Lock | None:
        if next(left, None) is None:
            raise _NoTryLeftError
        return solve(demand)

    return attempt


def by_preference(lines: Collection[Wanted], soft: Collection[Wanted]) -> list[Wanted]:
    """The lines a user could change, those that matter least to them first: soft pins, ranges, exact pins."""

    def rank(line: Wanted) -> int:
        exact = line.declaration is not None and line.declaration.exact_version is not None
        return 0 if line in soft else 2 if exact else 1

    return sorted((line for line in lines if line.declaration is not None and line.requirement.specifier), key=rank)
