"""A resolution as the rules see it: each locked package on each platform."""

from collections.abc import Iterable

from packaging.version import Version

from fedbake.names import PythonMinor
from fedbake.resolve.environments import Resolution
from fedbake.resolve.index import OfferedFile, offered
from fedbake.resolve.layers import LockedEnvironment
from fedbake.resolve.lock import LockedPackage
from fedbake.resolve.platforms import best_wheel
from fedbake.resolve.releases import nearest, releases
from fedbake.resolve.target import Target
from fedbake.rules.locked import LockedFacts
from fedbake.settings import Settings


def locked_facts(resolution: Resolution, target: Target, settings: Settings) -> tuple[LockedFacts, ...]:
    """One value for each package, layer and platform; the index is asked about packages without a wheel only.

    Raises:
        TransientError: the package index did not answer.
    """
    installed = [
        (environment, package)
        for environment in resolution.environments
        for packages in environment.packages.values()
        for package in packages
    ]
    compiled = {package.name: package.version for _, package in installed if not _has_wheels(package, target)}
    pages = offered(compiled, target.as_of, settings) if compiled else {}
    near = {name: _near(version, pages[name] or (), target) for name, version in compiled.items()}
    return tuple(_facts(resolution.environments, near, target.python))


def _has_wheels(package: LockedPackage, target: Target) -> bool:
    return all(best_wheel(package.wheels, platform, target.python) for platform in target.platforms)


def _near(version: str, files: Iterable[OfferedFile], target: Target) -> str | None:
    """The version most like another one that has a wheel on every platform."""
    past = releases(offer for offer in files if offer.existed(target.as_of))
    found = nearest(Version(version), (each.version for each in past if each.usable(target.platforms, target.python)))
    return str(found) if found else None


def _facts(
    environments: Iterable[LockedEnvironment], near: dict[str, str | None], python: PythonMinor
) -> Iterable[LockedFacts]:
    for environment in environments:
        for platform, packages in environment.packages.items():
            for package in packages:
                wheel = best_wheel(package.wheels, platform, python)
                file = wheel or package.sdist
                yield LockedFacts(
                    name=package.name,
                    version=package.version,
                    platform=platform,
                    roles=environment.roles,
                    has_wheel=wheel is not None,
                    yanked=package.yanked,
                    nearest=near.get(package.name),
                    bytes=file.size if file else 0,
                )
