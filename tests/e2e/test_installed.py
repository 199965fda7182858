"""The wheel, installed in an empty environment, works from any directory with what it carries."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """fedbake's command in an environment of its own, built and installed from this checkout."""
    folder = tmp_path_factory.mktemp("installed")
    uv = str(Path(sys.executable).with_name("uv"))
    environment = {**os.environ, "VIRTUAL_ENV": str(folder / "venv")}

    def run(*arguments: str) -> None:
        subprocess.run([uv, *arguments], env=environment, check=True, timeout=300)

    run("build", "--quiet", "--wheel", "--out-dir", str(folder / "dist"), str(ROOT))
    run("venv", "--quiet", "--python", sys.executable, str(folder / "venv"))
    run("pip", "install", "--quiet", *map(str, (folder / "dist").glob("*.whl")))
    return folder / "venv/bin/fedbake"


def test_it_finds_its_rules_and_templates_from_anywhere(program: Path, tmp_path: Path) -> None:
    example = ROOT / "golden/sklearn-digits/repo"
    base = "3.11=docker.io/library/python:3.11@sha256:" + "1" * 64
    done = subprocess.run(
        [program, "plan", example, "-o", "plan", "--as-of", "2026-11-01", "--base-image", base, "--format", "json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["targets"] == ["learner", "aggregator"]
    assert facts["emulated"] == {"linux/amd64": [], "linux/arm64": []}
    assert (tmp_path / "plan/learner.Dockerfile").is_file()
    assert (tmp_path / "plan/context/actors/learner/main.py").is_file()


def test_every_command_has_help(program: Path, tmp_path: Path) -> None:
    names = ("plan", "check", "show", "diff", "explain", "rules", "bake", "build", "golden", "doctor", "base-image")
    for name in names:
        done = subprocess.run([program, name, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0
        assert done.stdout.startswith(f"Usage: fedbake {name}")
