"""Which file of a package a platform installs: marker and tag logic, all of it from `packaging`."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from fedbake.names import Platform, PythonMinor
from fedbake.resolve.lock import Lock, LockedFile, LockedPackage

# glibc of the oldest base image in use (Debian 11 has 2.31); uv's own default platform since 0.8.0.
GLIBC_MINOR = 28
_OLDEST_GLIBC = {Platform.AMD64: 5, Platform.ARM64: 17}
# Every stage after the resolution asks again about the same files and markers of the same packages.
_REMEMBERED = 4096
_LEGACY_TAGS = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


def uv_platform(platform: Platform) -> str:
    """The name uv has for the platform (``--python-platform``)."""
    return f"{platform.machine}-manylinux_2_{GLIBC_MINOR}"


def environment_marker(platform: Platform, python: PythonMinor) -> str:
    """The PEP 508 marker that holds on exactly this platform and Python."""
    return (
        f"python_version == '{python}' and platform_python_implementation == 'CPython'"
        f" and sys_platform == 'linux' and platform_machine == '{platform.machine}'"
    )


def _platform_tags(platform: Platform) -> Iterator[str]:
    for minor in range(GLIBC_MINOR, _OLDEST_GLIBC[platform] - 1, -1):
        yield f"manylinux_2_{minor}_{platform.machine}"
        if minor in _LEGACY_TAGS:
            yield f"{_LEGACY_TAGS[minor]}_{platform.machine}"
    yield f"linux_{platform.machine}"


@lru_cache
def supported_tags(platform: Platform, python: PythonMinor) -> Mapping[Tag, int]:
    """Every wheel tag the platform can install, with its rank; 0 is the best."""
    version = (python.major, python.minor)
    platforms = list(_platform_tags(platform))
    tags = [
        *cpython_tags(python_version=version, platforms=platforms),
        *compatible_tags(python_version=version, interpreter=f"cp{python.major}{python.minor}", platforms=platforms),
    ]
    return {tag: rank for rank, tag in reversed(list(enumerate(tags)))}


def best_wheel(wheels: tuple[LockedFile, ...], platform: Platform, python: PythonMinor) -> LockedFile | None:
    """The wheel an installer would choose on the platform, or ``None`` when none fits."""
    ranks = ((_rank(wheel.name, platform, python), wheel.name, wheel) for wheel in wheels)
    ranked = ((rank, name, wheel) for rank, name, wheel in ranks if rank is not None)
    best = min(ranked, default=None)
    return best[2] if best else None


@lru_cache(maxsize=_REMEMBERED)
def _rank(filename: str, platform: Platform, python: PythonMinor) -> int | None:
    supported = supported_tags(platform, python)
    try:
        tags = parse_wheel_filename(filename)[3]
    except InvalidWheelFilename:
        return None
    return min((supported[tag] for tag in tags if tag in supported), default=None)


def installed_on(lock: Lock, platform: Platform, python: PythonMinor) -> tuple[LockedPackage, ...]:
    """The packages whose marker holds on the platform, whatever the patch release of the base image's Python.

    A marker may depend on the patch release (``python_full_version < '3.11.3'``), which a plan does not know: a package
    needed by some release is installed for all of them, and of two versions the one for later releases is taken.
    """
    chosen: dict[str, LockedPackage] = {}
    for micro in (0, 99):
        for package in lock.packages:
            if package.marker is None or _holds(package.marker, platform, python, micro):
                chosen[package.name] = package
    return tuple(chosen[name] for name in sorted(chosen))


def holds(marker: Marker, platform: Platform, python: PythonMinor, extra: str = "") -> bool:
    """Whether a marker holds on the platform with some patch release of the Python, and with an extra where given."""
    return any(marker.evaluate({**_environment(platform, python, micro), "extra": extra}) for micro in (0, 99))


@lru_cache(maxsize=_REMEMBERED)
def _holds(marker: str, platform: Platform, python: PythonMinor, micro: int) -> bool:
    return _marker(marker).evaluate(_environment(platform, python, micro))


@lru_cache(maxsize=_REMEMBERED)
def _marker(text: str) -> Marker:
    return Marker(text)


def _environment(platform: Platform, python: PythonMinor, micro: int) -> dict[str, str]:
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.{micro}",
        "os_name": "posix",
        "platform_machine": platform.machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.{micro}",
        "python_version": str(python),
        "sys_platform": "linux",
        "extra": "",
    }
