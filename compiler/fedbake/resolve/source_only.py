"""Packages without a wheel for some platform: found by looking at the index, described without running their code."""

import io
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.metadata import parse_email
from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from fedbake.errors import ResolutionError
from fedbake.names import Platform, PythonMinor
from fedbake.resolve.index import OfferedFile, download, offered
from fedbake.resolve.lock import LockedFile
from fedbake.resolve.platforms import best_wheel
from fedbake.resolve.uv import StaticMetadata
from fedbake.settings import Settings

_METADATA_LIMIT = 2**20
_PYPROJECT_LIMIT = 2**18
_ARCHIVE_MEMBERS = 50_000
# PEP 518: what a source tree without a pyproject.toml is built with.
_LEGACY_BUILD = ("setuptools>=40.8.0",)


@dataclass(frozen=True, slots=True)
class _Version:
    version: Version
    wheels: tuple[LockedFile, ...]
    sdist: LockedFile | None


def without_wheels(
    requirements: Iterable[Requirement],
    python: PythonMinor,
    platforms: tuple[Platform, ...],
    as_of: str | None,
    settings: Settings,
) -> tuple[StaticMetadata, ...]:
    """The required packages of which no acceptable version has a wheel for every platform.

    For each the newest acceptable version with a source distribution and a wheel for another platform is described
    by the metadata in that wheel.

    Raises:
        TransientError: the index did not answer.
    """
    needed = list(requirements)
    projects = offered((canonicalize_name(requirement.name) for requirement in needed), settings)
    found = []
    for requirement in needed:
        name = canonicalize_name(requirement.name)
        versions = _acceptable(projects[name], requirement.specifier, python, as_of)
        if any(all(best_wheel(each.wheels, platform, python) for platform in platforms) for each in versions):
            continue
        candidate = max(
            (each for each in versions if each.sdist and each.wheels), key=lambda each: each.version, default=None
        )
        if candidate is not None:
            found.append(_describe(name, candidate, settings))
    return tuple(found)


def _acceptable(
    files: tuple[OfferedFile, ...], specifier: SpecifierSet, python: PythonMinor, as_of: str | None
) -> list[_Version]:
    versions: dict[Version, tuple[list[LockedFile], list[LockedFile]]] = {}
    for offer in files:
        version = _version(offer.file.name)
        late = as_of is not None and offer.uploaded > as_of
        if version is None or offer.yanked or late or not _python_fits(offer.requires_python, python):
            continue
        wheels, sdists = versions.setdefault(version, ([], []))
        (wheels if offer.file.name.endswith(".whl") else sdists).append(offer.file)
    allowed = specifier.filter(versions)
    return [
        _Version(version, tuple(versions[version][0]), next(iter(versions[version][1]), None)) for version in allowed
    ]


def _version(filename: str) -> Version | None:
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[1]
        return parse_sdist_filename(filename)[1] if filename.endswith(".tar.gz") else None
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None


def _python_fits(requires: str | None, python: PythonMinor) -> bool:
    if not requires:
        return True
    try:
        return SpecifierSet(requires).contains(f"{python}.99")
    except InvalidSpecifier:
        return False


def _describe(name: str, version: _Version, settings: Settings) -> StaticMetadata:
    wheel = min(version.wheels, key=lambda wheel: (wheel.size, wheel.name))
    archive = zipfile.ZipFile(io.BytesIO(download(wheel, settings)))
    member = next((item for item in archive.infolist() if item.filename.endswith(".dist-info/METADATA")), None)
    if member is None or member.file_size > _METADATA_LIMIT:
        raise ResolutionError(f"{wheel.name} has no readable METADATA", where=wheel.url)
    metadata, _ = parse_email(archive.read(member))
    return StaticMetadata(
        name=name,
        version=str(version.version),
        requires=tuple(metadata.get("requires_dist", ())),
        requires_python=metadata.get("requires_python"),
        wheels=version.wheels,
    )


def build_requirements(sdist: LockedFile, settings: Settings) -> tuple[str, ...]:
    """What a source distribution is built with: ``build-system.requires`` of its pyproject.toml (PEP 518).

    Raises:
        TransientError: the index did not answer.
        ResolutionError: the archive or its pyproject.toml cannot be read.
    """
    text = _pyproject(sdist, download(sdist, settings))
    if text is None:
        return _LEGACY_BUILD
    try:
        requires = tomllib.loads(text).get("build-system", {}).get("requires", list(_LEGACY_BUILD))
        return tuple(str(Requirement(each)) for each in requires)
    except (tomllib.TOMLDecodeError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise ResolutionError(f"the pyproject.toml inside {sdist.name} cannot be read", where=sdist.url) from error


def _pyproject(sdist: LockedFile, content: bytes) -> str | None:
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            for count, member in enumerate(archive):
                if count > _ARCHIVE_MEMBERS:
                    raise ResolutionError(f"{sdist.name} holds too many files", where=sdist.url)
                parts = member.name.split("/")
                if len(parts) == 2 and parts[1] == "pyproject.toml" and member.isreg():
                    return _text(archive, member, sdist)
    except tarfile.TarError as error:
        raise ResolutionError(f"{sdist.name} is not a readable source distribution", where=sdist.url) from error
    return None


def _text(archive: tarfile.TarFile, member: tarfile.TarInfo, sdist: LockedFile) -> str:
    stream = archive.extractfile(member)
    if stream is None or member.size > _PYPROJECT_LIMIT:
        raise ResolutionError(f"the pyproject.toml inside {sdist.name} cannot be read", where=sdist.url)
    return stream.read().decode("utf-8", "replace")
