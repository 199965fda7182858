"""Which lines contradict each other: smallest sets of them, found by trying."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def smallest_subset(items: Sequence[Item], holds: Callable[[Sequence[Item]], bool]) -> tuple[Item, ...]:
    """A subset for which something holds while it holds for none of its own subsets (Junker 2004, QuickXplain).

    Args:
        items: those one would rather have in the subset come first.
        holds: whether it holds for a subset. It holds for all items together, and where it holds for a set it holds
            for every larger one. It is never asked about the empty set.
    """
    return tuple(_smallest((), (), list(items), holds))


def _smallest(
    background: Sequence[Item], delta: Sequence[Item], items: list[Item], holds: Callable[[Sequence[Item]], bool]
) -> list[Item]:
    if not items or (delta and holds(background)):
        return []
    if len(items) == 1:
        return items
    half = len(items) // 2
    left, right = items[:half], items[half:]
    from_right = _smallest([*background, *left], left, right, holds)
    from_left = _smallest([*background, *from_right], from_right, left, holds)
    return from_left + from_right
