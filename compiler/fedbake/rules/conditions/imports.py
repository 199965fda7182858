"""Conditions about what the code imports and what is declared for it."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

from fedbake.inspect.facts import Declaration
from fedbake.rules.conditions.base import Case, Condition, Match
from fedbake.rules.finding import Constrain
from fedbake.rules.needs import Need, needs, only_conda_imports
from fedbake.rules.pythons import possible_pythons
from fedbake.rules.soft_pins import soft_pins
from fedbake.rules.unused import never_imported

_SHOWN = 10


class _Needs(Condition):
    """About modules that the code cannot do without and that nothing declared provides; each is found once."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"module", "file", "distribution", "python"})
    proposes: ClassVar[bool] = True

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each module, at its first import."""
        pythons = possible_pythons(case)
        python = str(pythons[-1]) if pythons else ""
        return tuple(
            _match(need, python) for need in needs(case.facts, case.knowledge.names, pythons) if self.counts(need)
        )

    @abstractmethod
    def counts(self, need: Need) -> bool:
        """Whether this is one of those asked for."""


class UndeclaredImport(_Needs):
    """Holds for each module that a known distribution provides, which is not declared."""

    kind: Literal["undeclared_import"]

    def counts(self, need: Need) -> bool:
        """Whether a distribution is known, and the module never was Python's own."""
        return bool(need.distributions) and not need.was_standard

    def describe(self) -> str:
        """As a part of a sentence."""
        return "the code imports a module of a known package, and nothing declared provides it"


class UnknownImport(_Needs):
    """Holds for each module that no known distribution provides."""

    kind: Literal["unknown_import"]
    proposes: ClassVar[bool] = False

    def counts(self, need: Need) -> bool:
        """Whether no distribution is known."""
        return not need.distributions and not need.was_standard

    def describe(self) -> str:
        """As a part of a sentence."""
        return "the code imports a module that is not its own, not Python's, and of no declared or known package"


class ImportNotInPython(_Needs):
    """Holds for each module of the standard library that a Python release which can be meant does not have."""

    kind: Literal["import_not_in_python"]

    def counts(self, need: Need) -> bool:
        """Whether it is in the standard library of another release."""
        return need.was_standard

    def describe(self) -> str:
        """As a part of a sentence."""
        return "the code imports a module that the standard library of the Python asked for does not have"


class OnlyCondaImport(Condition):
    """Holds once for each import of a module that only a package of conda provides."""

    kind: Literal["only_conda_import"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"module", "file", "package", "because"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each import statement."""
        return tuple(
            Match(
                found.location,
                {"module": found.module, "file": found.location.file, "package": package, "because": because},
            )
            for found, package, because in only_conda_imports(case.facts)
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return "the code imports a module of a declared package that only conda has"


class RelativeImportAtTop(Condition):
    """Holds once for each import with a leading dot in a file at the top of the repository, which is in no package."""

    kind: Literal["relative_import_at_top"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"module", "file"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each import statement that the actors run and the code cannot do without."""
        return tuple(
            Match(found.location, {"module": found.module, "file": path})
            for path in case.facts.used_modules
            if "/" not in path
            for found in case.facts.modules[path].imports
            if found.relative and not found.optional
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return "a file at the top of the repository imports with a leading dot"


class NeverImported(Condition):
    """Holds once for all declared packages that no code of the repository imports; it stands at the first one."""

    kind: Literal["never_imported"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"count", "packages"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match, or none."""
        return _together(never_imported(case.facts, case.knowledge.names))

    def describe(self) -> str:
        """As a part of a sentence."""
        return "packages are declared whose modules no code of the repository imports"


class SoftPin(Condition):
    """Holds once for all exact versions that MLflow wrote down and nobody chose; it stands at the first one."""

    kind: Literal["soft_pin"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"count", "packages"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match, or none."""
        return _together(soft_pins(case.facts, case.knowledge.names))

    def describe(self) -> str:
        """As a part of a sentence."""
        return "MLflow wrote down exact versions of packages that no code of the repository imports"


def _match(need: Need, python: str) -> Match:
    distribution = need.distributions[0] if need.distributions else ""
    values = {"module": need.module, "file": need.found.location.file, "distribution": distribution, "python": python}
    return Match(
        need.found.location, values, proposed=Constrain(requirement=distribution) if need.distributions else None
    )


def _together(declarations: Sequence[Declaration]) -> tuple[Match, ...]:
    if not declarations:
        return ()
    names = list(dict.fromkeys(each.name for each in declarations))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    counted = "1 package" if len(names) == 1 else f"{len(names)} packages"
    return (Match(declarations[0].location, {"count": counted, "packages": ", ".join(names[:_SHOWN]) + more}),)
