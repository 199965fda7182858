"""Running uv's resolver: one universal resolution that builds nothing, in a private folder and environment."""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from fedbake.errors import FedbakeError, TransientError
from fedbake.names import Platform, PythonMinor
from fedbake.process import run
from fedbake.resolve import pylock
from fedbake.resolve.accelerator import Route, from_route, silent
from fedbake.resolve.index import without_login
from fedbake.resolve.lock import Lock, LockedFile, LockedPackage
from fedbake.resolve.memory import place, recall, remember
from fedbake.resolve.platforms import best_wheel, environment_marker
from fedbake.settings import Settings

_TIMEOUT_SECONDS = 300
_UNSOLVABLE = 1
_WITHDRAWN = re.compile(
    r'^warning: `(?P<name>[a-z0-9-]+)==(?P<version>[^`]+)` is yanked(?: \(reason: "(?P<reason>.*)"\))?$', re.MULTILINE
)


class Evidence(StrEnum):
    """Where the metadata of a package without a wheel was read; no code of it is run for that."""

    WHEEL = "the METADATA of its wheel for another platform"
    PKG_INFO = "its PKG-INFO, which promises to be the same for every build (PEP 643)"
    PYPROJECT = "its pyproject.toml"
    EGG_INFO = "the egg-info that setuptools left when the source archive was made"


@dataclass(frozen=True, slots=True)
class Refused:
    """A package that would have to be compiled, and may not be.

    Attributes:
        because: why not, as the end of a sentence.
        by_name: whether naming it with ``--allow-source`` helps.
    """

    name: str
    version: str
    because: str
    by_name: bool


class UnsolvableError(FedbakeError):
    """No set of versions satisfies the requirements.

    Attributes:
        explanation: uv's own.
        refused: packages with which there might be one, if they were compiled.
    """

    exit_code = 4

    def __init__(self, explanation: str, refused: tuple[Refused, ...] = ()) -> None:
        reasoning = tuple(line.strip() for line in explanation.splitlines() if line.strip())
        super().__init__("the requirements cannot be satisfied together", details=reasoning)
        self.explanation = explanation
        self.refused = refused


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


def solve(problem: Problem, settings: Settings) -> Lock:
    """Resolve for all platforms at once.

    Raises:
        UnsolvableError: there is no solution.
        TransientError: the package index could not be reached.
    """
    path = place(settings.cache_dir, _question(problem, settings))
    answer = recall(path, dated=problem.as_of is not None)
    if answer is None:
        answer = _compile(problem, settings)
        remember(path, answer)
    if isinstance(answer, str):
        raise UnsolvableError(answer)
    return _with_wheels(answer, problem.from_source)


def _with_wheels(lock: Lock, from_source: tuple[StaticMetadata, ...]) -> Lock:
    wheels = {(static.name, static.version): static.wheels for static in from_source}
    return Lock(
        tuple(
            replace(package, wheels=wheels.get((package.name, package.version), package.wheels))
            for package in lock.packages
        )
    )


def _compile(problem: Problem, settings: Settings) -> Lock | str:
    """The lock, or uv's explanation of why there is none."""
    from uv import find_uv_bin

    with tempfile.TemporaryDirectory(prefix="fedbake-resolve-") as folder:
        (Path(folder) / "pyproject.toml").write_text(problem.project(), encoding="utf-8")
        done = run(
            [find_uv_bin(), *_arguments(problem)],
            env=_environment(settings),
            cwd=Path(folder),
            timeout=_TIMEOUT_SECONDS,
        )
    if done.code == 0:
        lock = _fitting(pylock.read(done.text), _withdrawn(done.stderr), problem)
        return from_route(lock, problem.route, problem.python, settings) if problem.route else lock
    if done.code == _UNSOLVABLE:
        return done.stderr
    if problem.route is not None and problem.route.index in done.stderr:
        raise silent(problem.route)
    raise TransientError(
        "the package index did not answer",
        hint="check the network, the proxy and the CA bundle (FEDBAKE_CA_BUNDLE), then run the same command again",
        details=tuple(line.strip() for line in done.stderr.splitlines()[-4:]),
    )


def _arguments(problem: Problem) -> list[str]:
    build = ["--no-build"]
    compiled = [*(static.name for static in problem.from_source), *problem.undescribed]
    if compiled:
        build = ["--only-binary", ":all:"]
        for name in compiled:
            build += ["--no-binary", name]
    dated = ["--exclude-newer", problem.as_of] if problem.as_of else []
    return [
        *("pip", "compile", "--universal", "--no-header", "--no-annotate"),
        *("--format", "pylock.toml", "--python-version", str(problem.python)),
        *build,
        *dated,
        "pyproject.toml",
    ]


def _environment(settings: Settings) -> dict[str, str]:
    import sys

    proxies = settings.pick("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
    trust = {"SSL_CERT_FILE": str(settings.ca_bundle)} if settings.ca_bundle else {}
    return {
        "PATH": os.defpath,
        "UV_DEFAULT_INDEX": settings.index_url,
        "UV_CACHE_DIR": str(settings.cache_dir / "uv"),
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "NO_COLOR": "1",
        **proxies,
        **trust,
    }


def _withdrawn(said: str) -> dict[tuple[str, str], str]:
    """The reasons, by name and version, of withdrawn releases that were chosen because something pins them."""
    return {(found["name"], found["version"]): found["reason"] or "" for found in _WITHDRAWN.finditer(said)}


def _fitting(lock: Lock, withdrawn: Mapping[tuple[str, str], str], problem: Problem) -> Lock:
    """The lock with the one wheel of each package that each platform would install; indexes offer dozens more."""

    def fitting(package: LockedPackage) -> tuple[LockedFile, ...]:
        best = (best_wheel(package.wheels, platform, problem.python) for platform in problem.platforms)
        return tuple(dict.fromkeys(wheel for wheel in best if wheel is not None))

    return Lock(
        tuple(
            replace(package, wheels=fitting(package), yanked=withdrawn.get((package.name, package.version)))
            for package in lock.packages
        )
    )


def _question(problem: Problem, settings: Settings) -> str:
    from fedbake.resolve import solver_version

    return json.dumps([solver_version(), without_login(settings.index_url), problem.project(), _arguments(problem)])
