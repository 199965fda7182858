"""Packages without a wheel for some platform: named by the resolver, described without running their code."""

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from packaging.metadata import parse_email
from packaging.version import Version

from fedbake.errors import ResolutionError
from fedbake.names import Platform, PythonMinor
from fedbake.resolve.index import download, offered
from fedbake.resolve.lock import LockedFile
from fedbake.resolve.memory import recall_reading, remember_reading
from fedbake.resolve.platforms import best_wheel
from fedbake.resolve.problem import Evidence, Problem, StaticMetadata
from fedbake.resolve.releases import Release, releases
from fedbake.resolve.sdist import build_requirements, static_metadata
from fedbake.resolve.uv import Refused, UnsolvableError, solve
from fedbake.settings import Settings

_METADATA_LIMIT = 2**20
# Each round finds the packages the one before could not see behind the first without a wheel.
_ROUNDS = 8
_NAME = r"[a-z0-9][a-z0-9._-]*"
_WITHOUT_WHEELS = re.compile(
    rf"\b(?P<name>{_NAME})(?:[<>=!~]\S*)? (?:has|have) no (?:usable wheels|wheels|`)"
    rf"|Wheels are required for `(?P<hint>{_NAME})`"
)


def with_sources(
    problem: Problem,
    error: UnsolvableError,
    allowed: frozenset[str],
    settings: Settings,
    report: Callable[[str], None],
) -> Problem:
    """A problem with descriptions of the packages it can only be solved with if they are compiled.

    A package with a wheel for another platform may be compiled where it has none. One without any is compiled only if
    it is named.

    Args:
        error: why the problem has no solution of wheels alone.
        allowed: normalised names of packages that may be compiled on every platform.
        report: told when the index is looked at.

    Raises:
        UnsolvableError: there is no solution even so, or only one with packages that may not be compiled.
        TransientError: the package index did not answer.
    """
    for _ in range(_ROUNDS):
        names = _without_wheels(error.explanation).difference(each.name for each in problem.from_source)
        if not names:
            raise error
        report("looking for packages without a wheel")
        found = _described(names, problem, allowed, error, settings)
        if not found:
            raise error
        problem = replace(problem, from_source=(*problem.from_source, *found))
        try:
            solve(problem, settings)
        except UnsolvableError as next_error:
            error = next_error
        else:
            return problem
    raise error


def build_environment_of(sdists: Iterable[LockedFile], settings: Settings) -> tuple[str, ...]:
    """What source distributions are built with, the front end included.

    Raises:
        TransientError: the index did not answer.
        ResolutionError: an archive or its pyproject.toml cannot be read.
    """
    return tuple(sorted({"pip", "wheel"}.union(*(_build_requirements(sdist, settings) for sdist in sdists))))


def _without_wheels(explanation: str) -> set[str]:
    found = _WITHOUT_WHEELS.finditer(" ".join(explanation.split()))
    return {each["name"] or each["hint"] for each in found}


def _described(
    names: set[str], problem: Problem, allowed: frozenset[str], error: UnsolvableError, settings: Settings
) -> tuple[StaticMetadata, ...]:
    """The versions that would be taken if nothing were known of what they need, each with what it needs."""
    versions = _chosen(names, problem, settings)
    pages = offered(versions, problem.as_of, settings)
    described, refused = [], []
    for name, version in versions.items():
        release = next(each for each in releases(pages[name] or ()) if each.version == Version(version))
        if all(best_wheel(release.wheels, platform, problem.python) for platform in problem.platforms):
            continue
        elsewhere = any(best_wheel(release.wheels, platform, problem.python) for platform in Platform)
        static = _description(name, release, problem.python, settings) if elsewhere or name in allowed else None
        if static is not None:
            described.append(static)
        elif elsewhere or name in allowed:
            because = "what it needs is not known without running its code"
            refused.append(Refused(name, version, because, by_name=False))
        else:
            because = f"it has no wheel for Python {problem.python}"
            refused.append(Refused(name, version, because, by_name=release.sdist is not None))
    if refused:
        raise UnsolvableError(error.explanation, tuple(refused))
    return tuple(described)


def _chosen(names: set[str], problem: Problem, settings: Settings) -> dict[str, str]:
    """The versions of packages without a wheel, by name; none where the problem has no solution even so."""
    for _ in range(_ROUNDS):
        try:
            lock = solve(replace(problem, undescribed=tuple(sorted(names))), settings)
        except UnsolvableError as error:
            more = _without_wheels(error.explanation) - names
            if not more:
                return {}
            names = names | more
        else:
            return {package.name: package.version for package in lock.packages if package.name in names}
    return {}


def _description(name: str, release: Release, python: PythonMinor, settings: Settings) -> StaticMetadata | None:
    if release.sdist is None:
        return None
    if release.wheels:
        wheel = min(release.wheels, key=lambda wheel: (wheel.size, wheel.name))
        evidence, requires, needed_python = _remembered(wheel, "metadata", _wheel_metadata, settings)
    else:
        evidence, requires, needed_python = _remembered(release.sdist, "metadata", _sdist_metadata, settings)
    if evidence is None:
        return None
    fitting = (best_wheel(release.wheels, platform, python) for platform in Platform)
    return StaticMetadata(
        name=name,
        version=str(release.version),
        requires=tuple(requires),
        requires_python=needed_python,
        wheels=tuple(dict.fromkeys(wheel for wheel in fitting if wheel is not None)),
        evidence=Evidence(evidence),
    )


def _wheel_metadata(wheel: LockedFile, content: bytes) -> list[object]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        member = next(item for item in archive.infolist() if item.filename.endswith(".dist-info/METADATA"))
        if member.file_size > _METADATA_LIMIT:
            raise zipfile.BadZipFile
        metadata, _ = parse_email(archive.read(member))
    except (zipfile.BadZipFile, StopIteration, RuntimeError) as error:
        raise ResolutionError(f"{wheel.name} has no readable METADATA", where=wheel.url) from error
    return [Evidence.WHEEL, metadata.get("requires_dist", []), metadata.get("requires_python")]


def _sdist_metadata(sdist: LockedFile, content: bytes) -> list[object]:
    found = static_metadata(sdist, content)
    return [found[0], *found[1]] if found else [None, [], None]


def _build_requirements(sdist: LockedFile, settings: Settings) -> list[str]:
    found: list[str] = _remembered(sdist, "build-requirements", build_requirements, settings)
    return found


def _remembered(file: LockedFile, kind: str, read: Callable[[LockedFile, bytes], Any], settings: Settings) -> Any:
    known = recall_reading(settings.cache_dir, kind, file.sha256)
    if known is None:
        known = read(file, download(file, settings))
        remember_reading(settings.cache_dir, kind, file.sha256, known)
    return known
