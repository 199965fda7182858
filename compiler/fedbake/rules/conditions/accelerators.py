"""Conditions about hardware: what the images compute on, what the repository asks for, what a package is made for."""

import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from fedbake.inspect.facts import Declaration
from fedbake.names import Accelerator, Platform
from fedbake.rules.conditions.base import Case, Condition, Match, listed
from fedbake.rules.finding import DropFor

_NAMES = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:-?\*)?", re.ASCII)


def _names(pattern: str) -> str:
    if not _NAMES.fullmatch(pattern):
        raise ValueError(f"{pattern!r} is not a normalised name, or the beginning of some such as nvidia-*")
    return pattern


Names = Annotated[str, AfterValidator(_names)]
"""A normalised name, or with ``*`` at its end every name that begins so."""


class PlatformPlanned(Condition):
    """Holds when images are planned for one of these platforms."""

    kind: Literal["platform"]
    one_of: tuple[Platform, ...] = Field(min_length=1)
    placeholders: ClassVar[frozenset[str]] = frozenset({"platform"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for the repository as a whole, or none."""
        planned = [platform for platform in case.context.platforms if platform in self.one_of]
        return (Match(None, {"platform": planned[0]}),) if planned else ()

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"images are built for {listed(self.one_of)}"


class ComputesOn(Condition):
    """Holds when every image asked for has ``--accelerator`` with one of these values."""

    kind: Literal["accelerator"]
    one_of: tuple[Accelerator, ...] = Field(min_length=1)

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for the repository as a whole, or none."""
        chosen = case.context.accelerators
        return (Match(None),) if all(chosen.get(role) in self.one_of for role in case.context.roles) else ()

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"every image has `--accelerator` {listed(self.one_of)}"


class AcceleratorDeclared(Condition):
    """Holds once for each declaration of the repository that chooses this hardware.

    Attributes:
        value: ``cuda`` stands for any release of it.
    """

    kind: Literal["accelerator_declared"]
    value: Accelerator
    placeholders: ClassVar[frozenset[str]] = frozenset({"text", "value", "file"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each such declaration."""
        return tuple(
            Match(found.location, {"text": found.text, "value": found.value, "file": found.location.file})
            for found in case.facts.accelerators
            if found.value.startswith(self.value)
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"the repository asks for builds for `{self.value}`"


class DependenciesNamed(Condition):
    """Holds once for each declaration of packages by these names, and proposes to leave it out of every image."""

    kind: Literal["dependencies"]
    names: tuple[Names, ...] = Field(min_length=1)
    placeholders: ClassVar[frozenset[str]] = frozenset({"name", "text", "file"})
    proposes: ClassVar[bool] = True

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each declaration."""
        return tuple(_match(found, DropFor(package=found.name)) for found in _named(self.names, case))

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"{listed(self.names)} is declared"


class MadeFor(Condition):
    """Holds once for each declaration of packages that need an accelerator while an image computes on another one.

    It proposes to leave the package out of those images. An image without ``--accelerator`` does not count: nothing is
    known of it.

    Attributes:
        accelerator: what the packages are made for.
    """

    kind: Literal["made_for"]
    accelerator: Accelerator
    names: tuple[Names, ...] = Field(min_length=1)
    placeholders: ClassVar[frozenset[str]] = frozenset({"name", "text", "file"})
    proposes: ClassVar[bool] = True

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each declaration and role; one for all roles where all are alike."""
        context = case.context
        without = [
            role for role in context.roles if context.accelerators.get(role, self.accelerator) != self.accelerator
        ]
        roles = [None] if without and len(without) == len(context.roles) else without
        return tuple(
            _match(found, DropFor(package=found.name, role=role))
            for role in roles
            for found in _named(self.names, case)
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"{listed(self.names)} is declared, and an image has an `--accelerator` other than `{self.accelerator}`"


def _named(names: tuple[str, ...], case: Case) -> list[Declaration]:
    exact = {name for name in names if not name.endswith("*")}
    begins = tuple(name.removesuffix("*") for name in names if name.endswith("*"))
    return [
        found for found in case.facts.declarations if found.name in exact or (begins and found.name.startswith(begins))
    ]


def _match(found: Declaration, proposed: DropFor) -> Match:
    values = {"name": found.name, "text": found.text, "file": found.location.file}
    return Match(found.location, values, found, proposed)
