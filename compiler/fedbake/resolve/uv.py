"""Running uv's resolver: one universal resolution that builds nothing, in a private folder and environment."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from fedbake.errors import FedbakeError, TransientError
from fedbake.process import run
from fedbake.resolve import pylock
from fedbake.resolve.accelerator import from_route, silent
from fedbake.resolve.index import without_login
from fedbake.resolve.lock import Lock, LockedFile, LockedPackage
from fedbake.resolve.memory import place, recall, remember
from fedbake.resolve.platforms import best_wheel
from fedbake.resolve.problem import Problem, StaticMetadata
from fedbake.scratch import scratch_folder
from fedbake.settings import Settings

_TIMEOUT_SECONDS = 300
_UNSOLVABLE = 1
_WITHDRAWN = re.compile(
    r'^warning: `(?P<name>[a-z0-9-]+)==(?P<version>[^`]+)` is yanked(?: \(reason: "(?P<reason>.*)"\))?$', re.MULTILINE
)


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

    with scratch_folder() as folder:
        (folder / "pyproject.toml").write_text(problem.project(), encoding="utf-8")
        done = run(
            [find_uv_bin(), *_arguments(problem)],
            env=_environment(settings),
            cwd=folder,
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
