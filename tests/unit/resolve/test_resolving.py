"""Resolving with the real resolver against the real index, as it was on a fixed day."""

import os
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from fedbake.errors import TransientError
from fedbake.inspect.facts import Declaration, Location, Origin
from fedbake.names import Platform, PythonMinor, Role
from fedbake.plan.locks import planned_locks
from fedbake.resolve.environments import resolve
from fedbake.resolve.lock import Lock
from fedbake.resolve.problem import Problem
from fedbake.resolve.runtime import load_runtime
from fedbake.resolve.target import Target
from fedbake.resolve.uv import solve
from fedbake.resources import shipped
from fedbake.rules.fixes import Wanted
from fedbake.settings import Settings

PYTHON = PythonMinor(3, 11)
BOTH = tuple(Platform)
AS_OF = "2026-11-02T00:00:00Z"
TARGET = Target(PYTHON, BOTH, AS_OF)
RUNTIMES = load_runtime([shipped("rules")]).rows


def settings() -> Settings:
    return Settings.from_environment(os.environ)


def wanted(*texts: str) -> tuple[Wanted, ...]:
    declarations = (
        Declaration(Requirement(text), Origin.CONDA_PIP, Location("conda.yaml", line, 5), text)
        for line, text in enumerate(texts, 4)
    )
    return tuple(Wanted(each.requirement, str(each.location), each, None) for each in declarations)


def problem(*texts: str) -> Problem:
    return Problem(requirements=texts, python=PYTHON, platforms=BOTH, as_of=AS_OF)


def versions(lock: Lock) -> dict[str, str]:
    return {package.name: package.version for package in lock.packages}


def test_all_platforms_run_the_same_versions_and_a_date_makes_it_repeatable() -> None:
    lock = solve(problem("numpy<2"), settings())
    assert versions(lock) == {"numpy": "1.26.4"}


def test_the_actors_get_the_first_flower_that_fits_the_users_pins() -> None:
    both = wanted("protobuf==4.25.3", "numpy==1.26.4")
    resolution = resolve({Role.LEARNER: both}, TARGET, RUNTIMES, settings(), lambda _: None)
    assert str(resolution.runtime.requirement) == "flwr==1.23.0"
    assert versions(resolution.lock)["protobuf"] == "4.25.3"


def test_a_release_of_flower_that_was_not_run_is_the_last_resort() -> None:
    resolution = resolve({Role.LEARNER: wanted("flwr==1.8.0")}, TARGET, RUNTIMES, settings(), lambda _: None)
    assert versions(resolution.lock)["flwr"] == "1.8.0"
    assert not resolution.runtime.was_run


def test_what_only_one_role_needs_becomes_a_layer_of_its_own_with_the_same_versions() -> None:
    shared, extra = wanted("numpy==1.26.4"), wanted("numpy==1.26.4", "pandas==2.2.2")
    resolution = resolve({Role.LEARNER: shared, Role.AGGREGATOR: extra}, TARGET, RUNTIMES, settings(), lambda _: None)
    actors, aggregator = resolution.environments
    names = {
        environment.name: {each.name for each in environment.packages[Platform.ARM64]}
        for environment in (actors, aggregator)
    }
    assert actors.roles == (Role.AGGREGATOR, Role.LEARNER)
    assert "numpy" in names["actors"]
    assert "pandas" in names["aggregator"]
    assert not names["actors"] & names["aggregator"]


def test_a_package_without_a_wheel_for_one_platform_is_compiled_there_only() -> None:
    resolution = resolve({Role.LEARNER: wanted("psutil==5.9.8")}, TARGET, RUNTIMES, settings(), lambda _: None)
    locks = planned_locks(resolution, PYTHON)
    compiled = {lock.platform: [package.name for package in lock.compiled] for lock in locks.environments[0].locks}
    assert compiled == {Platform.AMD64: [], Platform.ARM64: ["psutil"]}
    (build,) = locks.build
    assert build.platform is Platform.ARM64
    assert {"pip", "setuptools", "wheel"} <= {package.name for package in build.packages}


def test_an_unreachable_index_is_worth_another_try(tmp_path: Path) -> None:
    nowhere = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "FEDBAKE_CACHE_DIR": str(tmp_path)}
    with pytest.raises(TransientError, match="index did not answer"):
        solve(problem("numpy<2"), Settings.from_environment(nowhere))


def test_a_dated_answer_is_remembered_and_needs_no_index(tmp_path: Path) -> None:
    here = {**os.environ, "FEDBAKE_CACHE_DIR": str(tmp_path)}
    first = solve(problem("six"), Settings.from_environment(here))
    nowhere = Settings.from_environment({**here, "HTTPS_PROXY": "http://127.0.0.1:9"})
    assert solve(problem("six"), nowhere) == first
