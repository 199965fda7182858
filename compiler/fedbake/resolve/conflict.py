"""Explaining a conflict: the smallest set of a user's own lines that cannot hold together, found by trying."""

from collections.abc import Callable, Sequence

from fedbake.errors import ResolutionError
from fedbake.rules.fixes import Wanted

Unsolvable = Callable[[Sequence[Wanted]], bool]


def smallest_conflict(wanted: Sequence[Wanted], unsolvable: Unsolvable) -> tuple[Wanted, ...]:
    """A subset that is unsolvable while every subset of it is solvable (Junker 2004, QuickXplain).

    Args:
        wanted: requirements that cannot be satisfied together.
        unsolvable: whether a subset cannot be satisfied.
    """
    return tuple(_explain((), (), list(wanted), unsolvable))


def _explain(
    background: Sequence[Wanted], delta: Sequence[Wanted], candidates: list[Wanted], unsolvable: Unsolvable
) -> list[Wanted]:
    if delta and unsolvable(background):
        return []
    if len(candidates) == 1:
        return candidates
    half = len(candidates) // 2
    left, right = candidates[:half], candidates[half:]
    from_right = _explain([*background, *left], left, right, unsolvable)
    from_left = _explain([*background, *from_right], from_right, left, unsolvable)
    return from_left + from_right


def conflict_error(conflict: Sequence[Wanted], explanation: str) -> ResolutionError:
    """The error a user sees: their own lines first, then the resolver's reasoning."""
    width = max(len(each.because) for each in conflict)
    lines = [f"{each.because:<{width}}  {each.requirement}" for each in conflict]
    reasoning = [line.strip().removeprefix("cause: ") for line in explanation.splitlines() if line.strip()]
    reasoning = [line for line in reasoning if not line.startswith(("error:", "hint:"))]
    own = next((each for each in conflict if each.declaration is not None), None)
    if len(conflict) == 1:
        message = f"{conflict[0].requirement} cannot be installed on the planned platforms and Python"
    else:
        message = f"{len(conflict)} requirements cannot hold together"
    return ResolutionError(
        message,
        where=str(own.declaration.location) if own and own.declaration else None,
        hint="loosen or change one of the lines above; every other requirement can stay",
        details=(*lines, *(f"resolver: {line}" for line in reasoning)),
    )
