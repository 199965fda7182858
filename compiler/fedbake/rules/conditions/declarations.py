"""Conditions about what the user declared and asked for: dependencies and the flavor."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from packaging.specifiers import SpecifierSet
from pydantic import Field

from fedbake.inspect.facts import Declaration, Origin
from fedbake.names import Flavor, Loader
from fedbake.rules.conditions.base import Case, Condition, Match, listed
from fedbake.rules.fields import Distribution, ReleaseNumber, Specifier

_TOOLING = frozenset({"pip", "python"})
_MOST_NAMES = 8


class Dependency(Condition):
    """Holds once for each declaration of a package.

    Attributes:
        name: the normalised name.
        pinned: counts only declarations of exactly one version, which lies within this specifier.
        admits: counts only declarations that allow at least one of these versions.
        origins: counts only declarations in these lists.
        marked: counts only declarations with an environment marker, or only those without; both if not given.
    """

    kind: Literal["dependency"]
    name: Distribution
    pinned: Specifier | None = None
    admits: tuple[ReleaseNumber, ...] = ()
    origins: tuple[Origin, ...] = Field(default=tuple(Origin), min_length=1)
    marked: bool | None = None
    placeholders: ClassVar[frozenset[str]] = frozenset({"name", "text", "file"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each declaration."""
        return tuple(
            Match(found.location, {"name": found.name, "text": found.text, "file": found.location.file}, found)
            for found in case.facts.declared(self.name)
            if found.origin in self.origins
            and self._is_pinned(found)
            and self._admits(found)
            and self.marked in {None, found.requirement.marker is not None}
        )

    def _is_pinned(self, found: Declaration) -> bool:
        if self.pinned is None:
            return True
        version = found.exact_version
        return version is not None and SpecifierSet(self.pinned).contains(version, prereleases=True)

    def _admits(self, found: Declaration) -> bool:
        specifier = found.requirement.specifier
        return not self.admits or any(specifier.contains(version, prereleases=True) for version in self.admits)

    def describe(self) -> str:
        """As a part of a sentence."""
        pinned = f" is pinned to a version `{self.pinned}`" if self.pinned else " is declared"
        admits = f", allowing {listed(self.admits)}" if self.admits else ""
        where = "" if self.origins == tuple(Origin) else f" in a list of kind {listed(self.origins)}"
        marked = "" if self.marked is None else f" {'with' if self.marked else 'without'} an environment marker"
        return f"`{self.name}`{pinned}{admits}{where}{marked}"


class _Together(Condition):
    """Holds once for several declarations together; it stands at the first one."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"packages", "file"})

    def together(self, found: Sequence[Declaration]) -> tuple[Match, ...]:
        """One match that names them, or none."""
        names = list(dict.fromkeys(each.name for each in found))
        if not names:
            return ()
        shown, more = names[:_MOST_NAMES], len(names) - _MOST_NAMES
        rest = [f"{more} more"] if more > 0 else []
        *others, last = [*shown, *rest]
        first = found[0].location
        packages = f"{', '.join(others)} and {last}" if others else last
        return (Match(first, {"packages": packages, "file": first.file}, found[0]),)


class WithoutVersion(_Together):
    """Holds when packages are declared without any version."""

    kind: Literal["without_version"]

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for all of them."""
        return self.together([found for found in _packages(case) if not found.requirement.specifier])

    def describe(self) -> str:
        """As a part of a sentence."""
        return "packages are declared without a version"


class WithoutUpperBound(_Together):
    """Holds when packages are declared with a lowest version and nothing that keeps later ones out."""

    kind: Literal["without_upper_bound"]

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for all of them."""
        return self.together([found for found in _packages(case) if _is_unbounded(found)])

    def describe(self) -> str:
        """As a part of a sentence."""
        return "packages are declared with a lowest version only"


def _packages(case: Case) -> list[Declaration]:
    """The declarations an image is made of: neither the interpreter nor the installer."""
    return [found for found in case.facts.declarations if found.name not in _TOOLING]


def _is_unbounded(found: Declaration) -> bool:
    operators = {clause.operator for clause in found.requirement.specifier}
    return bool(operators & {">=", ">"}) and operators <= {">=", ">", "!="}


class LoadedBy(Condition):
    """Holds for trained models that one of these loads in their image."""

    kind: Literal["loaded_by"]
    one_of: tuple[Loader, ...] = Field(min_length=1)
    placeholders: ClassVar[frozenset[str]] = frozenset({"loader"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for the model as a whole, or none."""
        loader = case.context.loader
        return (Match(None, {"loader": loader.value}),) if loader is not None and loader in self.one_of else ()

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"the model is loaded by {listed(self.one_of)}"


class FlavorIs(Condition):
    """Holds for repositories built for one of these flavors."""

    kind: Literal["flavor"]
    one_of: tuple[Flavor, ...] = Field(min_length=1)
    placeholders: ClassVar[frozenset[str]] = frozenset({"flavor"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for the repository as a whole, or none."""
        flavor = case.context.flavor
        return (Match(None, {"flavor": flavor.value}),) if flavor is not None and flavor in self.one_of else ()

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"the flavor is {listed(self.one_of)}"
