"""The releases of a project, out of the files an index offers for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from fedbake.names import Platform, PythonMinor
from fedbake.resolve.index import OfferedFile
from fedbake.resolve.lock import LockedFile
from fedbake.resolve.platforms import best_wheel

_LOWER = (">=", ">", "~=", "==")


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a project.

    Attributes:
        requires_python: the Python releases it is for, as its metadata says.
        uploaded: when its first file appeared (RFC 3339), ``""`` where the index does not say.
        yanked: whether all of its files were withdrawn.
    """

    version: Version
    wheels: tuple[LockedFile, ...]
    sdist: LockedFile | None
    requires_python: str | None
    uploaded: str
    yanked: bool

    def begins_after(self, python: PythonMinor) -> bool:
        """Whether it is for later Python releases only; the resolver looks at lower bounds and at no others."""
        try:
            bounds = [Version(each.version.removesuffix(".*")) for each in self._bounds if each.operator in _LOWER]
        except InvalidVersion:
            return False
        return any(bound > Version(f"{python}.99") for bound in bounds)

    def is_for(self, python: PythonMinor) -> bool:
        """Whether some patch release of a Python is one of those it is for."""
        return self._bounds.contains(f"{python}.99")

    @property
    def _bounds(self) -> SpecifierSet:
        try:
            return SpecifierSet(self.requires_python or "")
        except InvalidSpecifier:
            return SpecifierSet()

    def usable(self, platforms: Iterable[Platform], python: PythonMinor) -> bool:
        """Whether every platform can install it as it is, and nothing speaks against recommending it."""
        return (
            not self.yanked
            and not self.version.is_prerelease
            and self.is_for(python)
            and self.has_wheels(platforms, python)
        )

    def has_wheels(self, platforms: Iterable[Platform], python: PythonMinor) -> bool:
        """Whether every platform has a wheel."""
        return all(best_wheel(self.wheels, platform, python) for platform in platforms)


def releases(files: Iterable[OfferedFile]) -> tuple[Release, ...]:
    """The versions in ascending order; files whose names mean nothing are left out."""
    by_version: dict[Version, list[OfferedFile]] = {}
    for offer in files:
        version = _version(offer.file.name)
        if version is not None:
            by_version.setdefault(version, []).append(offer)
    return tuple(_release(version, by_version[version]) for version in sorted(by_version))


def nearest(wanted: Version, versions: Iterable[Version]) -> Version | None:
    """The version most like another one.

    The longest common beginning counts, then how near the first number is that differs, then the one after it; of
    what is left the newest, which has the most mistakes corrected.
    """

    def unlikeness(version: Version) -> tuple[int, ...]:
        pairs = [(one.major, one.minor, one.micro) for one in (wanted, version)]
        apart = [abs(one - other) for one, other in zip(*pairs, strict=True)]
        if apart[0]:
            # Past another major number, a minor number is near where the counting turned over: 1.0 follows 0.24.
            return apart[0], version.minor if version > wanted else -version.minor, 0
        return 0, apart[1], apart[2] if not apart[1] else 0

    return min(sorted(versions, reverse=True), key=unlikeness, default=None)


def _release(version: Version, files: list[OfferedFile]) -> Release:
    sdists = [offer.file for offer in files if not offer.file.name.endswith(".whl")]
    return Release(
        version=version,
        wheels=tuple(offer.file for offer in files if offer.file.name.endswith(".whl")),
        sdist=next((each for each in sdists if each.name.endswith(".tar.gz")), sdists[0] if sdists else None),
        requires_python=next((offer.requires_python for offer in files if offer.requires_python), None),
        uploaded=min(offer.uploaded for offer in files),
        yanked=all(offer.yanked for offer in files),
    )


def _version(filename: str) -> Version | None:
    try:
        return parse_wheel_filename(filename)[1] if filename.endswith(".whl") else parse_sdist_filename(filename)[1]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
