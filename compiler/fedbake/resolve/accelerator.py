"""Builds of a framework for one accelerator: which packages come from an index of their own, and from which.

The table is rules/images/accelerators.yaml. A rules folder of a site replaces it, for instance to name a mirror.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from fedbake.errors import ResolutionError, TransientError, UsageError
from fedbake.names import Accelerator, Platform, PythonMinor
from fedbake.registry.transport import http_client
from fedbake.resolve.lock import Lock, LockedFile
from fedbake.resolve.platforms import installed_on
from fedbake.resolve.tables import load_table
from fedbake.settings import Settings

_INDEX_NAME = "accelerator"
# No user name: a plan names the files of the index and must hold no secret.
_URL = re.compile(r"https?://[A-Za-z0-9._\[\]:-]+(?:/[A-Za-z0-9._~%+-]+)*/?", re.ASCII)
_KEYS = {"index", "packages", "platforms"}


@dataclass(frozen=True, slots=True)
class Route:
    """The packages that come from an index of their own.

    Attributes:
        index: its URL (PEP 503).
        packages: normalised names.
        platforms: where it counts; other platforms get what the package index has.
    """

    index: str
    packages: tuple[str, ...]
    platforms: tuple[Platform, ...]

    def tables(self) -> list[str]:
        """The lines of uv's ``pyproject.toml`` (uv, "Package indexes": an explicit index serves nothing else).

        uv refuses files of an index that does not say when it got them, as soon as a date is given. What comes from
        this index has its release fixed by then, so that the date holds all the same.
        """
        markers = " or ".join(f"platform_machine == '{platform.machine}'" for platform in self.platforms)
        source = f"[{{ index = {json.dumps(_INDEX_NAME)}, marker = {json.dumps(markers)} }}]"
        return [
            "[[tool.uv.index]]",
            f"name = {json.dumps(_INDEX_NAME)}",
            f"url = {json.dumps(self.index)}",
            "explicit = true",
            "[tool.uv.sources]",
            *(f"{json.dumps(name)} = {source}" for name in self.packages),
            "[tool.uv.exclude-newer-package]",
            *(f"{json.dumps(name)} = false" for name in self.packages),
        ]


def load_routes(folders: Sequence[Path]) -> Mapping[Accelerator, Route]:
    """The table; an accelerator without a row gets what the package index has.

    Raises:
        UsageError: it cannot be read.
    """
    table, path = load_table(folders, "images/accelerators.yaml")
    try:
        return {Accelerator(name): _route(row) for name, row in table["accelerators"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        hint = "rows are named cpu or cuda, with an index, packages and platforms"
        raise UsageError(f"the table of accelerators cannot be used: {error}", where=str(path), hint=hint) from error


def _route(row: Mapping[str, Any]) -> Route:
    if unknown := set(row) - _KEYS:
        raise ValueError(f"unknown key {min(unknown)!r}")
    if not _URL.fullmatch(row["index"]):
        raise ValueError("the index is not an http(s) URL without credentials")
    packages = tuple(canonicalize_name(name, validate=True) for name in row["packages"])
    return Route(row["index"], packages, tuple(map(Platform, row["platforms"])))


def from_route(lock: Lock, route: Route, python: PythonMinor, settings: Settings) -> Lock:
    """A lock uv made with a route, with the files of the route's index marked as such and their sizes filled in.

    Indexes of PEP 503 do not say how large a file is; it is asked for with HEAD, and 0 where the server does not tell.

    Raises:
        ResolutionError: a file has a URL that could not stand in a list of requirements.
        TransientError: the index did not answer.
    """
    routed = {
        (package.name, package.version)
        for platform in route.platforms
        for package in installed_on(lock, platform, python)
        if package.name in route.packages
    }
    packages = []
    for package in lock.packages:
        if (package.name, package.version) in routed:
            wheels = tuple(_direct(wheel, route, settings) for wheel in package.wheels)
            packages.append(replace(package, wheels=wheels, sdist=None))
        else:
            packages.append(package)
    return Lock(tuple(packages))


def _direct(wheel: LockedFile, route: Route, settings: Settings) -> LockedFile:
    if not _URL.fullmatch(wheel.url):
        raise ResolutionError(
            "the index of the builds for an accelerator has a file with an unusual URL", where=route.index
        )
    return replace(wheel, by_url=True, size=wheel.size or _size(wheel, route, settings))


def _size(wheel: LockedFile, route: Route, settings: Settings) -> int:
    import httpx

    try:
        with http_client(settings) as client:
            answer = client.head(wheel.url, follow_redirects=True)
            answer.raise_for_status()
            return int(answer.headers.get("Content-Length", "0"))
    except (httpx.HTTPError, ValueError) as error:
        raise silent(route) from error


def silent(route: Route) -> TransientError:
    """The error of an index that does not answer."""
    return TransientError(
        "the index of the builds for an accelerator did not answer",
        where=route.index,
        hint="--accelerator cuda takes what the package index has; images/accelerators.yaml of --rules names a mirror",
    )
