"""What is resolved for, and what may be tried when nothing fits."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fedbake.names import Platform, PythonMinor, Role
from fedbake.resolve.accelerator import Route
from fedbake.resolve.problem import Problem


@dataclass(frozen=True, slots=True)
class Target:
    """What is resolved for.

    Attributes:
        as_of: RFC 3339 date; what was published later does not exist.
        routes: by role, the packages that come in the builds for an accelerator.
        allow_source: normalised names of packages that may be compiled on every platform.
        pythons: the Python releases there are base images for, which are tried when nothing fits.
        known_names: normalised names of packages, for a name the index does not know.
    """

    python: PythonMinor
    platforms: tuple[Platform, ...]
    as_of: str | None
    routes: Mapping[Role, Route] = field(default_factory=dict)
    allow_source: frozenset[str] = frozenset()
    pythons: tuple[PythonMinor, ...] = ()
    known_names: frozenset[str] = frozenset()

    @property
    def nothing(self) -> Problem:
        """The problem without any requirement."""
        return Problem(requirements=(), python=self.python, platforms=self.platforms, as_of=self.as_of)
