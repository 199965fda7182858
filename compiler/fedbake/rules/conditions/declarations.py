"""Conditions about what the user declared and asked for: dependencies, the Python version, the flavor."""

from typing import Annotated, ClassVar, Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, Field

from fedbake.inspect.facts import Declaration, Location, Origin
from fedbake.names import Flavor
from fedbake.rules.conditions.base import Case, Condition, Match, listed


def _distribution(name: str) -> str:
    if not name or not name.isascii() or canonicalize_name(name, validate=False) != name:
        raise ValueError(f"{name!r} can match no declaration: write the normalised name, such as scikit-learn")
    return name


def _specifier(text: str) -> str:
    try:
        specifier = SpecifierSet(text)
    except InvalidSpecifier:
        raise ValueError(f"{text!r} is not a version specifier such as >=1.6,<2") from None
    if specifier.is_unsatisfiable():
        raise ValueError(f"no version is {text!r}")
    return text


def _version(text: str) -> str:
    try:
        Version(text)
    except InvalidVersion:
        raise ValueError(f"{text!r} is not a version such as 82.0.0") from None
    return text


Distribution = Annotated[str, AfterValidator(_distribution)]


class Dependency(Condition):
    """Holds once for each declaration of a package.

    Attributes:
        name: the normalised name.
        pinned: counts only declarations of exactly one version, which lies within this specifier.
        admits: counts only declarations that allow at least one of these versions.
        origins: counts only declarations in these lists.
    """

    kind: Literal["dependency"]
    name: Distribution
    pinned: Annotated[str, AfterValidator(_specifier)] | None = None
    admits: tuple[Annotated[str, AfterValidator(_version)], ...] = ()
    origins: tuple[Origin, ...] = Field(default=tuple(Origin), min_length=1)
    placeholders: ClassVar[frozenset[str]] = frozenset({"name", "text", "file"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each declaration."""
        return tuple(
            Match(found.location, {"name": found.name, "text": found.text, "file": found.location.file}, found)
            for found in case.facts.declared(self.name)
            if found.origin in self.origins and self._is_pinned(found) and self._admits(found)
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
        return f"`{self.name}`{pinned}{admits}{where}"


class PythonMissing(Condition):
    """Holds when neither the repository nor the command line says which Python to use."""

    kind: Literal["python_missing"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"file"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match at the dependency file that decides, or none."""
        if case.facts.python or case.context.python is not None:
            return ()
        file = case.facts.dependency_files[0] if case.facts.dependency_files else None
        return (Match(Location(file) if file else None, {"file": file or "the repository"}),)

    def describe(self) -> str:
        """As a part of a sentence."""
        return "no Python version is declared or given with `--python`"


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
