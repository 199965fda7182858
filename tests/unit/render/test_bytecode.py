"""The program a build step compiles modules with: once for all platforms, and only what an actor may import."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / "templates/docker/bytecode.py"


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A folder of packages."""
    package = tmp_path / "venv/lib/package"
    (package / "tests").mkdir(parents=True)
    (package / "module.py").write_text("ANSWER = 42\n")
    (package / "tests/test_module.py").write_text("assert True\n")
    (package / "template.py").write_text("class {{ name }}:\n")
    return tmp_path / "venv"


def compiled(environment: Path, cache: Path) -> set[str]:
    """Compile an environment; the modules that have bytecode then."""
    command = [sys.executable, str(PROGRAM), str(environment)]
    subprocess.run(command, env={**os.environ, "BYTECODE_CACHE": str(cache)}, check=True, timeout=60)
    return {path.name.partition(".")[0] for path in environment.rglob("*.pyc")}


def bytecode(environment: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(environment / "lib/package/module.py")))


def test_modules_are_compiled_but_neither_tests_nor_what_is_no_module(environment: Path, tmp_path: Path) -> None:
    assert compiled(environment, tmp_path / "cache") == {"module"}


def test_bytecode_is_used_without_a_look_at_its_source(environment: Path, tmp_path: Path) -> None:
    compiled(environment, tmp_path / "cache")
    (environment / "lib/package/module.py").write_text("ANSWER = 43\n")
    show = "import sys; sys.path.insert(0, sys.argv[1]); from package.module import ANSWER; print(ANSWER)"
    command = [sys.executable, "-c", show, str(environment / "lib")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "42\n"


def test_a_second_environment_takes_what_is_the_same_from_the_cache(environment: Path, tmp_path: Path) -> None:
    compiled(environment, tmp_path / "cache")
    (kept,) = (path for path in (tmp_path / "cache").rglob("*") if path.is_file() and path.name != "lock")
    kept.write_bytes(kept.read_bytes() + b"taken from the cache")
    bytecode(environment).unlink()
    compiled(environment, tmp_path / "cache")
    assert bytecode(environment).read_bytes().endswith(b"taken from the cache")


def test_a_folder_beside_an_environment_is_compiled_for_its_place_in_it(environment: Path, tmp_path: Path) -> None:
    beside = tmp_path / "linux-amd64/lib/package"
    beside.mkdir(parents=True)
    (beside / "config.py").write_text("def platform():\n    pass\n")
    command = [sys.executable, str(PROGRAM), *map(str, (environment, environment, tmp_path / "linux-amd64"))]
    subprocess.run(command, env={**os.environ, "BYTECODE_CACHE": str(tmp_path / "cache")}, check=True, timeout=60)
    assert bytecode(environment).exists()
    compiled_beside = Path(importlib.util.cache_from_source(str(beside / "config.py"))).read_bytes()
    assert str(environment / "lib/package/config.py").encode() in compiled_beside


def test_an_empty_environment_is_nothing_to_compile(tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    assert compiled(tmp_path / "venv", tmp_path / "cache") == set()


def test_a_changed_module_is_compiled_again(environment: Path, tmp_path: Path) -> None:
    compiled(environment, tmp_path / "cache")
    before = bytecode(environment).read_bytes()
    (environment / "lib/package/module.py").write_text("ANSWER = 43\n")
    compiled(environment, tmp_path / "cache")
    assert bytecode(environment).read_bytes() != before
