"""What a resolution tells the rules about each locked package."""

from dataclasses import dataclass

from fedbake.names import Platform, Role


@dataclass(frozen=True, slots=True)
class LockedFacts:
    """One package of a lock on one platform.

    Attributes:
        name: the normalised name.
        roles: the images it goes into.
        has_wheel: whether the platform has a wheel; without one the package is compiled there.
        yanked: why its release was withdrawn from the index, ``""`` without a reason; ``None`` when it was not.
        nearest: the version nearest to the locked one that has a wheel on every planned platform; ``None`` where the
            locked one has, or none does.
        bytes: how much is downloaded.
    """

    name: str
    version: str
    platform: Platform
    roles: tuple[Role, ...]
    has_wheel: bool
    yanked: str | None
    nearest: str | None
    bytes: int
