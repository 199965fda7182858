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
    """

    name: str
    url: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One version of a package, for the environments its marker holds in.

    Attributes:
        name: normalised name (PEP 503).
        marker: PEP 508 marker text, or ``None`` when it is always installed.
        sdist: the source distribution, when the index offers one.
    """

    name: str
    version: str
    marker: str | None
    wheels: tuple[LockedFile, ...]
    sdist: LockedFile | None


@dataclass(frozen=True, slots=True)
class Lock:
    """A universal resolution: the packages of every platform, sorted by name."""

    packages: tuple[LockedPackage, ...]
