"""Releases whose wheel for a platform is an empty shell: what has to be installed beside it there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from fedbake.errors import UsageError
from fedbake.names import Role
from fedbake.resolve.lock import Lock
from fedbake.resolve.tables import load_table
from fedbake.rules.fixes import Wanted


@dataclass(frozen=True, slots=True)
class Companion:
    """One row of rules/images/companions.yaml.

    Attributes:
        package: the normalised name of the shell.
        versions: its releases this is true of.
        needs: the distribution with the content, in the same version.
        marker: where.
    """

    package: str
    versions: SpecifierSet
    needs: str
    marker: Marker


def load_companions(folders: Sequence[Path]) -> tuple[Companion, ...]:
    """The table.

    Raises:
        UsageError: it cannot be read.
    """
    table, path = load_table(folders, "images/companions.yaml")
    try:
        return tuple(
            Companion(row["package"], SpecifierSet(row["versions"]), row["needs"], Marker(row["marker"]))
            for row in table["companions"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the table of companions cannot be used: {error}", where=str(path)) from error


def missing_companions(lock: Lock, companions: Iterable[Companion]) -> dict[str, tuple[Wanted, ...]]:
    """What has to be locked besides, by the package it belongs to; that package keeps the version it was locked in."""
    versions = {package.name: package.version for package in lock.packages}
    missing = {}
    for each in companions:
        version = versions.get(each.package)
        if version is not None and each.needs not in versions and each.versions.contains(version, prereleases=True):
            texts = (f"{each.package}=={version}", f"{each.needs}=={version} ; {each.marker}")
            missing[each.package] = tuple(Wanted(Requirement(text), each.package, None, None) for text in texts)
    return missing


def with_companions(
    wanted: Mapping[Role, Sequence[Wanted]], missing: Mapping[str, tuple[Wanted, ...]]
) -> dict[Role, tuple[Wanted, ...]]:
    """What each role needs with them: for roles that ask for the package, or for all when it comes with another one."""
    from packaging.utils import canonicalize_name

    named = {role: {canonicalize_name(line.requirement.name) for line in lines} for role, lines in wanted.items()}
    anywhere = set().union(*named.values())
    return {
        role: (
            *lines,
            *(
                each
                for package, added in missing.items()
                if package in named[role] or package not in anywhere
                for each in added
            ),
        )
        for role, lines in wanted.items()
    }
