"""What has to hold at once in a resolution, line by line, so that single lines can be left out or loosened."""

from collections.abc import Collection
from copy import copy
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from fedbake.resolve.problem import Problem
from fedbake.rules.fixes import Wanted


@dataclass(frozen=True, slots=True)
class Demand:
    """The lines of one resolution.

    Attributes:
        wanted: what is installed, each requirement once.
        constraints: bounds on packages if they are installed at all.
    """

    wanted: tuple[Wanted, ...]
    constraints: tuple[Wanted, ...] = ()

    @property
    def lines(self) -> tuple[Wanted, ...]:
        """Everything that may contradict something else."""
        return (*self.wanted, *self.constraints)

    def only(self, lines: Collection[Wanted]) -> "Demand":
        """Without all other lines."""
        return Demand(
            tuple(each for each in self.wanted if each in lines),
            tuple(each for each in self.constraints if each in lines),
        )

    def loosened(self, lines: Collection[Wanted]) -> "Demand":
        """With these lines asking for any version."""
        changed = self
        for line in lines:
            changed = changed.respecified(line, "")
        return changed

    def respecified(self, line: Wanted, specifier: str) -> "Demand":
        """With the line of the same place asking for other versions."""

        def changed(each: Wanted) -> Wanted:
            if (each.declaration, each.because) != (line.declaration, line.because):
                return each
            return replace(each, requirement=with_versions(each.requirement, specifier))

        return Demand(tuple(map(changed, self.wanted)), tuple(map(changed, self.constraints)))

    def of(self, problem: Problem) -> Problem:
        """A problem with these lines in place of its own."""
        return replace(
            problem,
            requirements=tuple(sorted({str(each.requirement) for each in self.wanted})),
            constraints=tuple(sorted({str(each.requirement) for each in self.constraints})),
        )


def with_versions(requirement: Requirement, specifier: str) -> Requirement:
    """The same package, extras and marker, in other versions."""
    changed = copy(requirement)
    changed.specifier = SpecifierSet(specifier)
    changed.url = None
    return changed
