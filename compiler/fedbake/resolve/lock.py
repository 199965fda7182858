"""What a resolution found: every package with the files an index offers for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One file of a package on an index.

    Attributes:
        name: its file name, from which its tags are read.
        url: where the index offers it.
        size: bytes.
        sha256: 64 hex digits.
        by_url: whether only its URL leads to it: the package index does not have it.
    """

    name: str
    url: str
    size: int
    sha256: str
    by_url: bool = False


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One version of a package, for the environments its marker holds in.

    Attributes:
        name: normalised name (PEP 503).
        marker: PEP 508 marker text, or ``None`` when it is always installed.
        sdist: the source distribution, when the index offers one.
        yanked: why the release was withdrawn from the index, ``""`` without a reason; ``None`` when it was not.
    """

    name: str
    version: str
    marker: str | None
    wheels: tuple[LockedFile, ...]
    sdist: LockedFile | None
    yanked: str | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """A universal resolution: the packages of every platform, sorted by name."""

    packages: tuple[LockedPackage, ...]


def pins(lock: Lock) -> tuple[str, ...]:
    """Requirements, as PEP 508 texts, that allow exactly these versions where each of them is installed."""
    return tuple(
        f"{package.name}=={package.version}" + (f" ; {package.marker}" if package.marker else "")
        for package in lock.packages
    )
