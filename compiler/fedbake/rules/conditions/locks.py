"""Conditions about what was locked: withdrawn releases, and packages that have to be compiled."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from fedbake.names import Platform
from fedbake.rules.conditions.base import Case, Condition, Match, listed
from fedbake.rules.locked import LockedFacts


class LockedYanked(Condition):
    """Holds once for each locked release that its authors have withdrawn from the index.

    It stands at the user's declaration of the package, where there is one.
    """

    kind: Literal["locked_yanked"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"name", "version", "reason"})
    needs_lock: ClassVar[bool] = True

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each release, however many platforms it is locked for."""
        withdrawn = {(each.name, each.version): each for each in case.locked or () if each.yanked is not None}
        return tuple(
            _at(each, case, reason=(each.yanked or "").strip() or "no reason given")
            for _, each in sorted(withdrawn.items())
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return "a locked release was withdrawn from the package index"


class LockedWithoutWheel(Condition):
    """Holds once for each locked package that has no wheel for one of these platforms, and so is compiled there.

    Attributes:
        nearest: whether a release near to the locked one is known that has wheels everywhere.
    """

    kind: Literal["locked_without_wheel"]
    platforms: tuple[Platform, ...] = Field(min_length=1)
    nearest: Literal["known", "unknown"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"name", "version", "platform", "nearest"})
    needs_lock: ClassVar[bool] = True

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each package and platform."""
        return tuple(_at(each, case, nearest=each.nearest or "") for each in self._compiled(case))

    def _compiled(self, case: Case) -> Iterator[LockedFacts]:
        seen = set()
        for each in case.locked or ():
            known = "unknown" if each.nearest is None else "known"
            key = (each.platform, each.name, each.version)
            if not each.has_wheel and each.platform in self.platforms and known == self.nearest and key not in seen:
                seen.add(key)
                yield each

    def describe(self) -> str:
        """As a part of a sentence."""
        near = "a release near to it has" if self.nearest == "known" else "no release near to it has"
        return f"a locked package has no wheel for {listed(self.platforms)}, and {near} one for every platform"


def _at(locked: LockedFacts, case: Case, **values: str) -> Match:
    declared = next(iter(case.facts.declared(locked.name)), None)
    return Match(
        declared.location if declared else None,
        {"name": locked.name, "version": locked.version, "platform": locked.platform, **values},
        declared,
    )
