"""Soft pins given up where nothing else solves (``--fix all``): versions a tool wrote down and no code asks for."""

from collections.abc import Sequence

from fedbake.resolve.conflict import smallest_subset
from fedbake.resolve.demand import Demand
from fedbake.resolve.solving import Report, lock_of
from fedbake.resolve.target import Target
from fedbake.rules.fixes import Wanted
from fedbake.settings import Settings


def pins_to_relax(
    demand: Demand, soft: Sequence[Wanted], target: Target, settings: Settings, report: Report
) -> tuple[Wanted, ...]:
    """As few of the soft pins as are enough to give up; none when giving up all of them is not enough.

    Raises:
        TransientError: the package index did not answer.
    """
    if not soft:
        return ()

    def solves(some: Sequence[Wanted]) -> bool:
        return lock_of(demand.loosened(some), target, settings) is not None

    report(f"trying without {len(soft)} soft pins")
    return smallest_subset(soft, solves) if solves(soft) else ()
