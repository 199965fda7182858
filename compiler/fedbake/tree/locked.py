"""The packages of one image of a plan, with what each says it needs, read from the index."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from fedbake.errors import ResolutionError, UsageError
from fedbake.names import Platform, PythonMinor, Role
from fedbake.plan.model import BuildPlan, Package
from fedbake.resolve.index import download
from fedbake.resolve.lock import LockedFile
from fedbake.resolve.sdist import static_metadata
from fedbake.resolve.wheel_metadata import wheel_metadata
from fedbake.settings import Settings
from fedbake.tree.distribution import CoreMetadata, Distribution, core_metadata, distribution

_CONNECTIONS = 8


def locked_distributions(
    plan: BuildPlan, role: Role, platform: Platform, settings: Settings
) -> tuple[Distribution, ...]:
    """What the image of a role holds on a platform, sorted by name.

    A package that is compiled is described by its wheel for another platform of the plan, as it was when its versions
    were chosen, or else by what is static in its source archive.

    Raises:
        UsageError: the plan has no such image or platform, or its packages are none.
        TransientError: the index did not answer.
    """
    if role not in plan.request.targets or platform not in plan.request.platforms:
        offered = ", ".join([*plan.request.targets, *plan.request.platforms])
        raise UsageError(f"the plan has no {role.value} for {platform.value}", hint=f"it has {offered}")
    packages = sorted(_packages(plan, role, platform), key=lambda package: package.name)
    wheels = _wheels(plan)
    python = PythonMinor.parse(plan.python)
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        return tuple(pool.map(lambda each: _described(each, wheels, platform, python, settings), packages))


def _packages(plan: BuildPlan, role: Role, platform: Platform) -> list[Package]:
    return [
        package
        for environment in plan.environments
        if role in environment.roles
        for package in environment.lock(platform).packages
    ]


def _wheels(plan: BuildPlan) -> dict[tuple[str, str], Package]:
    return {
        (package.name, package.version): package
        for environment in plan.environments
        for lock in environment.locks
        for package in lock.packages
        if package.kind == "wheel"
    }


def _described(
    package: Package,
    wheels: Mapping[tuple[str, str], Package],
    platform: Platform,
    python: PythonMinor,
    settings: Settings,
) -> Distribution:
    nothing = CoreMetadata(package.name, package.version, (), ())
    try:
        alone = distribution(nothing, platform, python)
    except ValueError as error:
        raise UsageError("the plan names a package that no package can be", hint="make the plan again") from error
    wheel = package if package.kind == "wheel" else wheels.get((package.name, package.version))
    try:
        found = _of_wheel(wheel, settings) if wheel else _of_source(package, settings)
        if found is None:
            return _unclear(alone, "it is compiled, and its source archive does not say without being run")
        told = CoreMetadata(package.name, package.version, found.requires, found.extras)
        return distribution(told, platform, python)
    except (ResolutionError, ValueError):
        return _unclear(alone, "its metadata cannot be read")


def _unclear(alone: Distribution, because: str) -> Distribution:
    return Distribution(alone.name, alone.version, unclear=because)


def _of_wheel(wheel: Package, settings: Settings) -> CoreMetadata:
    return core_metadata(wheel_metadata(_file(wheel), settings))


def _of_source(package: Package, settings: Settings) -> CoreMetadata | None:
    sdist = _file(package)
    found = static_metadata(sdist, download(sdist, settings))
    return CoreMetadata(package.name, package.version, found[1][0], ()) if found else None


def _file(package: Package) -> LockedFile:
    return LockedFile(package.file, package.url, package.bytes, package.sha256)
