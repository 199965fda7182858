"""Which versions fit together (``rules/versions/``): what each release of a package needs, and until when a Python
release is supported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from packaging.specifiers import SpecifierSet

from fedbake.names import Platform, PythonMinor

PYTHON = "python"
"""The name that stands for the interpreter where a package is named."""


class Bends(StrEnum):
    """Which side of a need is changed where both cannot hold."""

    PACKAGE = "package"
    NEEDED = "needed"


@dataclass(frozen=True, slots=True)
class Releases:
    """Some releases of a package, such as ``torch>=2.1,<2.2``.

    Attributes:
        name: the normalised name, or ``python``.
        text: as the table writes it, which says all the rest.
    """

    name: str = field(compare=False)
    versions: SpecifierSet = field(compare=False)
    text: str

    def __contains__(self, version: str) -> bool:
        return self.versions.contains(version, prereleases=True)


@dataclass(frozen=True, slots=True)
class Need:
    """Some releases of a package go only with some releases of another one.

    Attributes:
        of: the releases this is about.
        wanted: what they go with: releases of another package, of ``python``, or of the package itself where only
            those have wheels for ``platforms``.
        platforms: where that is so.
        in_metadata: whether the releases say so themselves, so that a resolver knows it.
        bends: which of the two is changed where they do not fit.
    """

    of: Releases
    wanted: Releases
    because: str
    platforms: tuple[Platform, ...]
    in_metadata: bool
    bends: Bends

    def __str__(self) -> str:
        """What is needed, as a person writes it."""
        where = "" if len(self.platforms) == len(Platform) else f" on {' and '.join(self.platforms)}"
        name = "Python " if self.wanted.name == PYTHON else self.wanted.name
        return name + self.wanted.text.removeprefix(self.wanted.name) + where


@dataclass(frozen=True, slots=True)
class Table:
    """What was found out about packages that are often pinned together.

    Attributes:
        sources: where it was found out.
        checked: ISO date of it.
        covers: by package, the releases it was checked for.
    """

    name: str
    sources: tuple[str, ...]
    checked: str
    covers: Mapping[str, Releases]
    needs: tuple[Need, ...]

    def needs_of(self, package: str, version: str) -> Iterator[Need]:
        """What one release needs."""
        for need in self.needs:
            if need.of.name == package and version in need.of:
                yield need

    def only_release(self, package: str, needed: str, version: str) -> str | None:
        """The release of ``package`` made for one release of another one, where the table knows exactly one."""
        made_for = [
            need.of.versions
            for need in self.needs
            if (need.of.name, need.wanted.name) == (package, needed) and version in need.wanted
        ]
        exact = [clause.version for versions in made_for for clause in versions if clause.operator == "=="]
        return exact[0] if len(made_for) == len(exact) == 1 else None


@dataclass(frozen=True, slots=True)
class PythonSupport:
    """Until when the releases of Python are supported.

    Attributes:
        checked: ISO date of the list.
        end_of_life: ISO date of the end of security fixes by release, the oldest release first.
    """

    checked: str
    end_of_life: Mapping[PythonMinor, str]


@dataclass(frozen=True, slots=True)
class Versions:
    """All tables.

    Attributes:
        tables: by the name of their file.
    """

    tables: Mapping[str, Table]
    python: PythonSupport
