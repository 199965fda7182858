"""Which packages become which layer: what every role has in common, then what each role has besides. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from fedbake.names import Platform, PythonMinor, Role
from fedbake.resolve.lock import Lock, LockedPackage
from fedbake.resolve.platforms import best_wheel, installed_on

SHARED = "actors"


@dataclass(frozen=True, slots=True)
class LockedEnvironment:
    """The packages that become one layer, by platform."""

    name: str
    roles: tuple[Role, ...]
    packages: Mapping[Platform, tuple[LockedPackage, ...]]


def layers(
    locks: Mapping[Role, Lock], platforms: tuple[Platform, ...], python: PythonMinor
) -> tuple[LockedEnvironment, ...]:
    """The shared environment first, then one for each role that has packages of its own on some platform.

    The environment of an image that serves a model is named after it: no actor shares it.

    A package is shared on a platform when every role installs the same file of it there: a framework's build for one
    accelerator is not that for another.
    """
    roles = tuple(sorted(locks))
    shared: dict[Platform, tuple[LockedPackage, ...]] = {}
    own: dict[Role, dict[Platform, tuple[LockedPackage, ...]]] = {role: {} for role in roles}
    for platform in platforms:
        packages = {role: _by_file(locks[role], platform, python) for role in roles}
        common = set.intersection(*(set(files) for files in packages.values()))
        shared[platform] = tuple(package for file, package in packages[roles[0]].items() if file in common)
        for role in roles:
            own[role][platform] = tuple(package for file, package in packages[role].items() if file not in common)
    extra = (LockedEnvironment(role.value, (role,), own[role]) for role in roles if any(own[role].values()))
    name = Role.INFERENCE.value if roles == (Role.INFERENCE,) else SHARED
    return (LockedEnvironment(name, roles, shared), *extra)


def _by_file(lock: Lock, platform: Platform, python: PythonMinor) -> dict[tuple[str, str, str | None], LockedPackage]:
    found = {}
    for package in installed_on(lock, platform, python):
        file = best_wheel(package.wheels, platform, python) or package.sdist
        found[package.name, package.version, file.sha256 if file else None] = package
    return found
