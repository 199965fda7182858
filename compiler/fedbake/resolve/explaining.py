"""Why nothing satisfies a demand: the fewest of the user's own lines, and changes that were tried and help."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from fedbake.errors import ResolutionError
from fedbake.resolve.changes import Change, by_preference, joint_changes, single_changes
from fedbake.resolve.conflict import smallest_subset
from fedbake.resolve.demand import Demand, with_versions
from fedbake.resolve.faults import Fault, faults
from fedbake.resolve.lock import Lock
from fedbake.resolve.runtime import ACTORS
from fedbake.resolve.solving import Report, described, lock_of
from fedbake.resolve.suggesting import edits, in_words
from fedbake.resolve.target import Target
from fedbake.resolve.uv import Refused, UnsolvableError
from fedbake.rules.fixes import Wanted, renamed
from fedbake.settings import Settings

_MOST_CONFLICTS = 3


def explained(
    demand: Demand,
    cause: UnsolvableError,
    soft: Sequence[Wanted],
    target: Target,
    settings: Settings,
    report: Report,
) -> ResolutionError:
    """The error a user sees for a demand that has no solution.

    Args:
        cause: what came of trying to solve it.
        demand: the lines of all roles, and what the actors need.
        soft: the lines it costs the user least to change.

    Raises:
        TransientError: the package index did not answer.
    """

    def solve(some: Demand) -> Lock | None:
        return lock_of(some, target, settings)

    report("looking for the lines that cause it")
    found = faults(demand.lines, target, settings)
    if found:
        report("trying changes")
        pythons = [each for each in _other_targets(target) if not faults(demand.lines, each, settings)]
        return _fault_error(
            found, _corrections(demand, found, soft, solve), _first_fitting(demand, demand, pythons, settings)
        )
    conflict = _refused_lines(demand, cause) or _conflict(demand, solve)
    core = demand.only(conflict)
    report("trying changes")
    alternatives = single_changes(demand, core, by_preference(conflict, soft), solve)
    if not alternatives and solve(core.loosened(by_preference(conflict, soft))) is not None:
        joint = joint_changes(demand, _culprits(demand, conflict, soft, solve), solve)
        alternatives = (joint,) if joint else ()
    python = None if alternatives else _first_fitting(demand, core, _other_targets(target), settings)
    return _conflict_error(conflict, demand, alternatives, python, target, settings)


def _refused_lines(demand: Demand, cause: UnsolvableError) -> tuple[Wanted, ...]:
    """The first line of the user that asks for a package that may not be compiled; no search is needed for it."""
    names = {refused.name for refused in cause.refused}
    return tuple(line for line in demand.wanted if line.declaration and line.declaration.name in names)[:1]


def _conflict(demand: Demand, solve: Callable[[Demand], Lock | None]) -> tuple[Wanted, ...]:
    return smallest_subset(demand.lines, lambda some: solve(demand.only(some)) is None)


def _culprits(
    demand: Demand, conflict: Sequence[Wanted], soft: Sequence[Wanted], solve: Callable[[Demand], Lock | None]
) -> list[Wanted]:
    """The lines of a conflict, and of those that show behind it."""
    culprits = by_preference(conflict, soft)
    for _ in range(_MOST_CONFLICTS):
        loosened = demand.loosened(culprits)
        if solve(loosened) is not None:
            break
        more = by_preference(_conflict(loosened, solve), soft)
        if not more:
            break
        culprits += more
    return culprits


def _corrections(
    demand: Demand, found: Sequence[Fault], soft: Sequence[Wanted], solve: Callable[[Demand], Lock | None]
) -> tuple[Change, ...]:
    """Changes of the faulty lines, and of others where that is not enough."""
    guesses = {fault.line: _guess(fault) for fault in found}
    certain = {line: change for line, change in guesses.items() if change is not None}
    corrected = Demand(
        tuple(_corrected(line, certain) for line in demand.wanted),
        tuple(_corrected(line, certain) for line in demand.constraints),
    )
    if solve(corrected) is not None:
        return tuple(certain.values())
    if len(certain) < len(found):
        return ()
    culprits = _culprits(corrected, [each for each in corrected.lines if _is_of(each, certain)], soft, solve)
    others = joint_changes(corrected, culprits, solve)
    changed = {change.line.because for change in others}
    return (*others, *(each for each in certain.values() if each.line.because not in changed)) if others else ()


def _guess(fault: Fault) -> Change | None:
    if fault.name is not None:
        return Change(fault.line, renamed(fault.line.requirement, fault.name))
    if fault.version is not None:
        return Change(fault.line, with_versions(fault.line.requirement, f"=={fault.version}"))
    return None


def _corrected(line: Wanted, certain: dict[Wanted, Change]) -> Wanted:
    return replace(line, requirement=certain[line].requirement) if line in certain else line


def _is_of(line: Wanted, certain: dict[Wanted, Change]) -> bool:
    return any(line.because == each.because for each in certain)


def _other_targets(target: Target) -> list[Target]:
    """The same with the other Python releases, the nearest first."""
    others = (each for each in target.pythons if each != target.python)
    nearest = sorted(others, key=lambda each: (abs(each.minor - target.python.minor), -each.minor))
    return [replace(target, python=each) for each in nearest]


def _first_fitting(demand: Demand, core: Demand, targets: Sequence[Target], settings: Settings) -> str | None:
    """The Python of the first target with which everything can be installed as it stands.

    Args:
        core: the part of the demand in question: small, and so asked about first.
    """

    def fits(target: Target) -> bool:
        return all(lock_of(each, target, settings) is not None for each in dict.fromkeys((core, demand)))

    return next((str(target.python) for target in targets if fits(target)), None)


def _fault_error(found: Sequence[Fault], changes: Sequence[Change], python: str | None) -> ResolutionError:
    first, *others = found
    details = [f"{_place(fault.line)}: {fault.message}" for fault in others]
    if changes:
        made = {change.line.because: str(change.requirement) for change in changes}
        guesses = [guess for guess in map(_guess, found) if guess is not None]
        beaten = [guess for guess in guesses if str(guess.requirement) != made.get(guess.line.because)]
        details += [f"tried: {guess.requirement}, which the other lines do not let in" for guess in beaten]
        details.append(f"tried: {in_words(changes)}, and everything fits")
    hints = [f"with --python {python} it fits as it is"] if python else []
    hints += [fault.hint for fault in found if fault.hint]
    return ResolutionError(
        first.message,
        where=_place(first.line),
        hint="; or ".join(dict.fromkeys(hints)) or None,
        details=tuple(details),
        suggestions=edits(changes),
    )


def _conflict_error(
    conflict: Sequence[Wanted],
    demand: Demand,
    alternatives: Sequence[Sequence[Change]],
    python: str | None,
    target: Target,
    settings: Settings,
) -> ResolutionError:
    refused, reasoning = _reasons(demand.only(conflict), target, settings)
    named = [_name(line) for line in conflict]
    if refused:
        needed = (
            ""
            if any(line.declaration and line.declaration.name == refused[0].name for line in conflict)
            else (f", and {' with '.join(named)} needs it")
        )
        message = f"{refused[0].name} {refused[0].version} cannot be used: {refused[0].because}{needed}"
    elif len(conflict) == 1:
        message = f"{named[0]} cannot be installed on {', '.join(target.platforms)} with Python {target.python}"
    else:
        message = f"{', '.join(named[:-1])} and {named[-1]} cannot hold together"
    width = max(len(line.because) for line in conflict)
    details = [f"{line.because:<{width}}  {_text(line)}" for line in conflict]
    details += [f"tried: {in_words(changes)}, and everything fits" for changes in alternatives]
    hints = [f"--allow-source {each.name} compiles it inside the build" for each in refused if each.by_name]
    hints += [f"{'each' if len(alternatives) > 1 else 'the'} change above is enough by itself"] if alternatives else []
    hints += [f"with --python {python} it fits as it is"] if python else []
    own = next((line for line in conflict if line.declaration is not None), None)
    return ResolutionError(
        message,
        where=_place(own) if own else None,
        hint="; or ".join(hints) or "loosen or change one of the lines above; every other requirement can stay",
        details=tuple(details),
        suggestions=edits(alternatives[0]) if alternatives else (),
        reasoning=tuple(reasoning),
    )


def _reasons(conflict: Demand, target: Target, settings: Settings) -> tuple[tuple[Refused, ...], list[str]]:
    """The packages that may not be compiled, and the resolver's own words."""
    try:
        described(conflict, target, settings, lambda _: None)
    except UnsolvableError as error:
        lines = [line.strip().removeprefix("cause: ") for line in error.explanation.splitlines() if line.strip()]
        said = [line for line in lines if not line.startswith(("error:", "hint:", "warning:", "Resolved "))]
        return error.refused, said
    return (), []


def _name(line: Wanted) -> str:
    if line is ACTORS:
        return "the actors' Flower"
    return str(line.requirement) if line.declaration else f"{line.requirement} ({line.because})"


def _text(line: Wanted) -> str:
    """The line as the user wrote it, where it is the user's."""
    if line.declaration is None or line.rule is not None:
        return str(line.requirement)
    return line.declaration.text


def _place(line: Wanted) -> str | None:
    return str(line.declaration.location) if line.declaration else None
