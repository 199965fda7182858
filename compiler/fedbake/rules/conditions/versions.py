"""Conditions that ask a table of versions (``rules/versions/``) about the user's exact pins.

Declarations with an environment marker are not judged: which of them counts is only known on a platform.
"""

from collections.abc import Iterator
from itertools import islice
from typing import ClassVar, Literal

from packaging.specifiers import SpecifierSet

from fedbake.inspect.facts import Declaration
from fedbake.rules.conditions.base import Case, Condition, Match
from fedbake.rules.fields import Distribution
from fedbake.rules.finding import Constrain, Replace
from fedbake.rules.pythons import admits, possible_pythons
from fedbake.rules.versions import PYTHON, Bends, Need, Releases, Table


class _OfTable(Condition):
    """Asks one table.

    Attributes:
        table: the name of its file, without ``.yaml``.
        packages: judges only pins of these; of every package if not given.
    """

    table: str
    packages: tuple[Distribution, ...] = ()

    def rows(self, case: Case) -> Table | None:
        """The table, where a rules folder has it."""
        return case.knowledge.versions.tables.get(self.table)

    def pins(self, case: Case) -> Iterator[tuple[Declaration, str]]:
        """The first exact pin of each package with its version: a second one agrees or is a conflict of its own."""
        table = self.rows(case)
        waiting = set(self.packages or table.covers) & set(table.covers) if table else set()
        for declared in case.facts.declarations:
            version = declared.exact_version
            if version is not None and declared.requirement.marker is None and declared.name in waiting:
                waiting.remove(declared.name)
                yield declared, version

    def needs(self, case: Case) -> Iterator[tuple[Declaration, Need]]:
        """What the user's pins need on a planned platform."""
        table = self.rows(case)
        for declared, version in self.pins(case):
            for need in table.needs_of(declared.name, version) if table else ():
                if set(need.platforms) & set(case.context.platforms):
                    yield declared, need


class VersionsConflict(_OfTable):
    """Holds for each exact pin that the table says cannot go with another declaration or with the Python release.

    It stands at the line to change, and proposes the change where there is exactly one.
    """

    kind: Literal["versions_conflict"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"text", "needs", "found", "because", "advice", "file"})
    proposes: ClassVar[bool] = True

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each need that is not met."""
        return tuple(match for declared, need in self.needs(case) for match in self._unmet(declared, need, case))

    def _unmet(self, declared: Declaration, need: Need, case: Case) -> Iterator[Match]:
        if need.wanted.name == PYTHON:
            pythons = possible_pythons(case)
            if pythons and not any(admits(str(need.wanted.versions), minor) for minor in pythons):
                found = f"Python {pythons[0]}" if len(pythons) == 1 else f"Python {pythons[0]} to {pythons[-1]}"
                advice = f"take a release of {declared.name} that is made for it, or another Python (--python)"
                yield Match(declared.location, _values(declared, declared, need, found, advice), declared)
        elif need.wanted.name != declared.name:
            others = case.facts.declared(need.wanted.name)
            unmet = (other for other in others if other.requirement.marker is None and _excludes(need.wanted, other))
            yield from (self._between(declared, need, other, case) for other in islice(unmet, 1))

    def _between(self, declared: Declaration, need: Need, other: Declaration, case: Case) -> Match:
        found = f"{other.text} ({other.location.file}:{other.location.line})"
        if need.bends is Bends.NEEDED:
            change = Replace(package=other.name, requirement=need.wanted.text)
            return Match(
                other.location, _values(declared, other, need, found, f"write {need.wanted.text}"), other, change
            )
        table = self.rows(case)
        version = other.exact_version
        fitting = table.only_release(declared.name, need.wanted.name, version) if table and version else None
        if fitting is None:
            advice = f"write {need.wanted.text}, or take another release of {declared.name}"
            return Match(declared.location, _values(declared, declared, need, found, advice), declared)
        wanted = f"{declared.name}=={fitting}"
        values = _values(declared, declared, need, found, f"write {wanted}")
        return Match(declared.location, values, declared, Replace(package=declared.name, requirement=wanted))

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"the table `{self.table}` says that a pinned version does not go with something else that is declared"


class VersionsBound(_OfTable):
    """Holds for each exact pin that needs a bound on another package which neither its metadata nor the user states.

    It proposes to add the bound.
    """

    kind: Literal["versions_bound"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"name", "text", "needs", "because", "file"})
    proposes: ClassVar[bool] = True

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each bound that is missing."""
        return tuple(
            Match(
                declared.location,
                {
                    "name": declared.name,
                    "text": declared.text,
                    "needs": str(need),
                    "because": need.because,
                    "file": declared.location.file,
                },
                declared,
                Constrain(requirement=need.wanted.text),
            )
            for declared, need in self.needs(case)
            if not need.in_metadata and need.wanted.name not in (PYTHON, declared.name) and _is_open(need, case)
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"the table `{self.table}` says that a pinned version needs a bound that is stated nowhere"


class VersionsPlatform(_OfTable):
    """Holds for each exact pin of a release that has no wheel for a planned platform, while others of it have."""

    kind: Literal["versions_platform"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"text", "platform", "instead", "file"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each such pin and platform."""
        return tuple(
            Match(
                declared.location,
                {
                    "text": declared.text,
                    "platform": platform,
                    "instead": need.wanted.text,
                    "file": declared.location.file,
                },
                declared,
            )
            for declared, need in self.needs(case)
            if need.wanted.name == declared.name
            for platform in need.platforms
            if platform in case.context.platforms
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"the table `{self.table}` says that a pinned release has no wheel for a planned platform"


class VersionsUnknown(_OfTable):
    """Holds for each exact pin of a package of the table that lies outside of the releases it was checked for."""

    kind: Literal["versions_unknown"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"text", "table", "checked", "file"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each such pin."""
        table = self.rows(case)
        covers = table.covers if table else {}
        return tuple(
            Match(
                declared.location,
                {
                    "text": declared.text,
                    "table": self.table,
                    "checked": covers[declared.name].text,
                    "file": declared.location.file,
                },
                declared,
            )
            for declared, version in self.pins(case)
            if version not in covers[declared.name]
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"a pinned version is outside of what the table `{self.table}` was checked for"


def _values(declared: Declaration, place: Declaration, need: Need, found: str, advice: str) -> dict[str, str]:
    return {
        "text": declared.text,
        "needs": str(need),
        "found": found,
        "because": need.because,
        "advice": advice,
        "file": place.location.file,
    }


def _excludes(wanted: Releases, declared: Declaration) -> bool:
    """Whether no version is both declared and wanted."""
    if declared.exact_version is not None:
        return declared.exact_version not in wanted
    return wanted.versions.is_disjoint(declared.requirement.specifier)


def _is_open(need: Need, case: Case) -> bool:
    """Whether what the user says of a package, constraints included, allows a version outside of the bounds.

    Where it allows none inside, that is a conflict and no bound helps.
    """
    allowed = SpecifierSet()
    for each in (*case.facts.declarations, *case.facts.constraints):
        if each.name == need.wanted.name and each.requirement.marker is None:
            allowed &= each.requirement.specifier
    return not allowed.is_subset(need.wanted.versions) and not allowed.is_disjoint(need.wanted.versions)
