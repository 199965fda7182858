"""Conditions about declared names that are not what they look like."""

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

from packaging.utils import canonicalize_name

from fedbake.inspect.facts import Declaration, Facts
from fedbake.rules.conditions.base import Case, Condition, Match
from fedbake.rules.finding import DropFor, Rename
from fedbake.rules.misspelling import likely_meant
from fedbake.rules.names import Names
from fedbake.rules.needs import meant_name
from fedbake.rules.standard_library import in_some_release


class StandardLibraryName(Condition):
    """Holds once for each declaration of a package that Python has itself, and that the code uses in no other way."""

    kind: Literal["standard_library_name"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"name", "text", "file", "module"})
    proposes: ClassVar[bool] = True

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each declaration."""
        names = case.knowledge.names
        standard = {str(canonicalize_name(module)): module for module in in_some_release(names)}
        standard.update(names.backports)
        modules_of = names.modules_of
        return tuple(
            Match(
                found.location,
                {**_told(found), "module": standard[found.name]},
                found,
                DropFor(package=found.name),
            )
            for found in case.facts.declarations
            if found.name in standard and not _imports_any(case.facts, modules_of.get(found.name, ()))
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return "a package is declared whose module is a part of Python"


class LookalikeName(Condition):
    """Holds once for each declaration of a name that people mistake for another one."""

    kind: Literal["lookalike_name"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"name", "text", "file", "meant", "because"})
    proposes: ClassVar[bool] = True

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each declaration, with the change as far as the versions allow one."""
        return tuple(self._matches(case.facts, case.knowledge.names))

    def _matches(self, facts: Facts, names: Names) -> Iterator[Match]:
        for found in facts.declarations:
            lookalike = names.lookalikes.get(found.name)
            if lookalike is not None:
                values = {**_told(found), "meant": lookalike.meant, "because": lookalike.because}
                yield Match(found.location, values, found, _correction(found, facts, names))

    def describe(self) -> str:
        """As a part of a sentence."""
        return "a name is declared that is not the one of the package that is meant"


class MisspeltName(Condition):
    """Holds once for each declaration of an unknown name that is one slip away from a well-known one."""

    kind: Literal["misspelt_name"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"name", "text", "file", "meant"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each declaration."""
        meant = likely_meant([found.name for found in case.facts.declarations], case.knowledge.names)
        return tuple(
            Match(found.location, {**_told(found), "meant": meant[found.name]}, found)
            for found in case.facts.declarations
            if found.name in meant
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return "an unknown name is declared that is one slip away from a well-known one"


def _correction(found: Declaration, facts: Facts, names: Names) -> DropFor | Rename | None:
    """The change that installs what is meant.

    Versions that mean nothing for it go with the name: where the code needs what is meant, it is added as an
    undeclared import. A release that only the declared name has is not given up.
    """
    meant = meant_name(found, names)
    if meant == found.name:
        return None
    if meant is None or facts.declared(meant):
        return DropFor(package=found.name)
    return Rename(package=found.name, to=meant)


def _told(found: Declaration) -> dict[str, str]:
    return {"name": found.name, "text": found.text, "file": found.location.file}


def _imports_any(facts: Facts, modules: Iterable[str]) -> bool:
    return any(found.reaches(module) for module in modules for each in facts.modules.values() for found in each.imports)
