"""Locked environments as they stand in a plan: one file per package and platform, and the texts in ``locks/``."""

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from fedbake.errors import ResolutionError
from fedbake.names import Platform, PythonMinor
from fedbake.plan.model import Environment, Package, PlatformLock
from fedbake.resolve import pylock
from fedbake.resolve.environments import Resolution
from fedbake.resolve.lock import Lock, LockedFile, LockedPackage
from fedbake.resolve.platforms import best_wheel, environment_marker, uv_platform


@dataclass(frozen=True, slots=True)
class PlannedLocks:
    """The environments of a plan, what packages without a wheel are built with, and the lock files' texts by path."""

    environments: tuple[Environment, ...]
    build: tuple[PlatformLock, ...]
    files: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Digest over all lock files."""
        digest = hashlib.sha256()
        for path, text in sorted(self.files.items()):
            digest.update(f"{path}\0{len(text)}\0{text}".encode())
        return digest.hexdigest()


def planned_locks(resolution: Resolution, python: PythonMinor) -> PlannedLocks:
    """Choose each platform's file of each package and write the lock files.

    Raises:
        ResolutionError: a package has neither a wheel for a platform nor a source distribution.
    """
    environments = tuple(
        Environment(
            name=environment.name,
            roles=environment.roles,
            locks=tuple(
                _lock(environment.name, platform, packages, python)
                for platform, packages in environment.packages.items()
            ),
        )
        for environment in resolution.environments
    )
    build = tuple(
        _lock("build", platform, packages, python) for platform, packages in resolution.build.items() if packages
    )
    locks = [lock for environment in environments for lock in environment.locks] + list(build)
    by_url = {wheel.sha256 for package in resolution.lock.packages for wheel in package.wheels if wheel.by_url}
    files = {lock.requirements: _requirements(lock, python, by_url) for lock in locks}
    return PlannedLocks(environments, build, {**files, **_pylocks(resolution, environments, locks, python)})


def _lock(name: str, platform: Platform, packages: Sequence[LockedPackage], python: PythonMinor) -> PlatformLock:
    return PlatformLock(
        platform=platform,
        packages=tuple(_package(package, platform, python) for package in packages),
        requirements=f"locks/{name}.{platform.slug}.txt",
        uv_platform=uv_platform(platform),
    )


def _package(package: LockedPackage, platform: Platform, python: PythonMinor) -> Package:
    wheel = best_wheel(package.wheels, platform, python)
    file = wheel or package.sdist
    if file is None:
        raise ResolutionError(f"{package.name} {package.version} offers no file that {platform} can install")
    return Package(
        name=package.name,
        version=package.version,
        kind="wheel" if wheel else "source",
        file=file.name,
        url=file.url,
        bytes=file.size,
        sha256=file.sha256,
    )


def _requirements(lock: PlatformLock, python: PythonMinor, by_url: AbstractSet[str]) -> str:
    lines = [f"# Wheels for {lock.platform}, Python {python}: installed as they are, nothing is resolved or built."]
    for package in lock.packages:
        if package.sha256 in by_url:
            lines.append(f"{package.name} @ {package.url} --hash=sha256:{package.sha256}")
        elif package.kind == "wheel":
            lines.append(f"{package.name}=={package.version} --hash=sha256:{package.sha256}")
        else:
            lines.append(f"# {package.name}=={package.version} has no wheel here: compiled from {package.file}")
    return "\n".join(lines) + "\n"


def _pylocks(
    resolution: Resolution, environments: Sequence[Environment], locks: Sequence[PlatformLock], python: PythonMinor
) -> dict[str, str]:
    """One file for all images; one for each where they have other builds of a package, as a lock holds one of them."""
    if not _builds_differ(environments):
        return {"locks/pylock.toml": _pylock(resolution.lock, locks, python)}
    return {
        f"locks/pylock.{role.value}.toml": _pylock(
            lock,
            [each for environment in environments if role in environment.roles for each in environment.locks],
            python,
        )
        for role, lock in resolution.role_locks.items()
    }


def _builds_differ(environments: Sequence[Environment]) -> bool:
    seen: dict[tuple[Platform, str], str] = {}
    files = ((lock.platform, package) for each in environments for lock in each.locks for package in lock.packages)
    return any(seen.setdefault((on, package.name), package.sha256) != package.sha256 for on, package in files)


def _pylock(lock: Lock, locks: Sequence[PlatformLock], python: PythonMinor) -> str:
    """The universal lock, reduced to the files the plan uses."""
    used = {package.sha256 for lock in locks for package in lock.packages}
    platforms = sorted({lock.platform for lock in locks})
    packages = [
        replace(
            package,
            wheels=tuple(sorted(filter(lambda wheel: wheel.sha256 in used, package.wheels), key=_by_name)),
            sdist=package.sdist if package.sdist and package.sdist.sha256 in used else None,
        )
        for package in lock.packages
    ]
    markers = (environment_marker(platform, python) for platform in platforms)
    return pylock.write((package for package in packages if package.wheels or package.sdist), str(python), markers)


def _by_name(file: LockedFile) -> str:
    return file.name
