"""A resolution problem in full: requirements, bounds, and packages described without building them."""

import json
from dataclasses import dataclass
from enum import StrEnum

from fedbake.names import Platform, PythonMinor
from fedbake.resolve.accelerator import Route
from fedbake.resolve.lock import LockedFile
from fedbake.resolve.platforms import environment_marker


class Evidence(StrEnum):
    """Where the metadata of a package without a wheel was read; no code of it is run for that."""

    WHEEL = "the METADATA of its wheel for another platform"
    PKG_INFO = "its PKG-INFO, which promises to be the same for every build (PEP 643)"
    PYPROJECT = "its pyproject.toml"
    EGG_INFO = "the egg-info that setuptools left when the source archive was made"


@dataclass(frozen=True, slots=True)
class StaticMetadata:
    """One version of a package that has no wheel for some platform, described without building it.

    Attributes:
        requires: what it needs (PEP 508).
        wheels: those it does have for its Python; uv leaves them out of a lock once a source distribution is allowed.
        evidence: where its metadata was read.
    """

    name: str
    version: str
    requires: tuple[str, ...]
    requires_python: str | None
    wheels: tuple[LockedFile, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Problem:
    """One resolution problem, in full: equal problems have equal answers.

    Attributes:
        requirements: PEP 508 texts.
        constraints: further bounds on packages if they are needed at all.
        as_of: RFC 3339 date; what was published later does not exist.
        from_source: packages that may come without a wheel, with their static metadata; no other version of them is
            considered, because uv would run its code to learn what it needs.
        undescribed: packages that may come without a wheel as if they needed nothing: the answer is no lock, but says
            which versions are to be described.
        route: the packages among the requirements that come from another index.
    """

    requirements: tuple[str, ...]
    python: PythonMinor
    platforms: tuple[Platform, ...]
    constraints: tuple[str, ...] = ()
    as_of: str | None = None
    from_source: tuple[StaticMetadata, ...] = ()
    undescribed: tuple[str, ...] = ()
    route: Route | None = None

    def project(self) -> str:
        """The ``pyproject.toml`` uv is given."""
        markers = [environment_marker(platform, self.python) for platform in self.platforms]
        described = tuple(f"{static.name}=={static.version}" for static in self.from_source)
        lines = [
            "[project]",
            'name = "your-repository"',
            'version = "0"',
            f'requires-python = "=={self.python}.*"',
            f"dependencies = {_array(self.requirements)}",
            "[tool.uv]",
            f"environments = {_array(tuple(markers))}",
            f"constraint-dependencies = {_array((*self.constraints, *described))}",
        ]
        for static in self.from_source:
            lines += [
                "[[tool.uv.dependency-metadata]]",
                f"name = {json.dumps(static.name)}",
                f"version = {json.dumps(static.version)}",
                f"requires-dist = {_array(static.requires)}",
            ]
            if static.requires_python:
                lines.append(f"requires-python = {json.dumps(static.requires_python)}")
        for name in self.undescribed:
            lines += ["[[tool.uv.dependency-metadata]]", f"name = {json.dumps(name)}", "requires-dist = []"]
        if self.route is not None:
            lines += self.route.tables()
        return "\n".join(lines) + "\n"


def _array(values: tuple[str, ...]) -> str:
    # A JSON array of ASCII strings is a TOML array: the escapes json.dumps writes are all TOML escapes too.
    return json.dumps(list(values))
