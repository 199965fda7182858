"""The same commit gives the same plan, byte for byte, wherever and however it is compiled."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = str(Path(sys.executable).with_name("fedbake"))
EXAMPLE = Path(__file__).parents[2] / "golden/sklearn-digits/repo"
REQUEST = ("--as-of", "2026-11-01", "--base-image", "3.11=docker.io/library/python:3.11@sha256:" + "1" * 64)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as a Git repository."""
    folder = tmp_path_factory.mktemp("origin") / "digits.git"
    script = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(folder)]
    subprocess.run(["cp", "-r", str(EXAMPLE), str(folder)], check=True)
    for step in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*script, *step], check=True)
    return folder


def plan(source: Path, target: Path, *, cwd: Path, umask: int = 0o022, **variables: str) -> str:
    cwd.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [PROGRAM, "plan", str(source), "-o", str(target), *REQUEST],
        cwd=cwd,
        umask=umask,
        env={**os.environ, **variables},
        check=True,
        capture_output=True,
        timeout=300,
    )
    return (target / "SHA256SUMS").read_text()


def test_path_folder_time_zone_locale_umask_and_hash_seed_do_not_matter(origin: Path, tmp_path: Path) -> None:
    first = plan(origin, tmp_path / "plan", cwd=tmp_path / "here", TZ="UTC", LANG="C.UTF-8", PYTHONHASHSEED="1")
    clone = tmp_path / "a folder with spaces" / "clone"
    subprocess.run(["git", "clone", "-q", str(origin), str(clone)], check=True)
    second = plan(
        clone,
        tmp_path / "another folder" / "plan é",
        cwd=tmp_path / "there",
        umask=0o077,
        TZ="Pacific/Kiritimati",
        LANG="de_DE.UTF-8",
        LC_ALL="C",
        PYTHONHASHSEED="2",
        SOURCE_DATE_EPOCH="1",
    )
    assert first == second


def test_the_files_are_those_the_sums_name(origin: Path, tmp_path: Path) -> None:
    plan(origin, tmp_path / "plan", cwd=tmp_path)
    subprocess.run(["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"], cwd=tmp_path / "plan", check=True)


def test_no_path_of_this_machine_is_in_a_plan(origin: Path, tmp_path: Path) -> None:
    plan(origin, tmp_path / "plan", cwd=tmp_path)
    for path in (tmp_path / "plan").rglob("*"):
        if path.is_file():
            assert str(tmp_path).encode() not in path.read_bytes(), path
            assert str(origin.parent).encode() not in path.read_bytes(), path
