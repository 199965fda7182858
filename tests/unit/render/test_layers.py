"""The program a build step separates environments with: what is equal for all platforms becomes a layer of all."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / "templates/docker/layers.py"


@pytest.fixture
def amd64(tmp_path: Path) -> Path:
    return tmp_path / "linux-amd64"


@pytest.fixture
def arm64(tmp_path: Path) -> Path:
    return tmp_path / "linux-arm64"


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """An environment as ``uv venv`` leaves it."""
    return placed(tmp_path / "venv", {"pyvenv.cfg": "home = /usr/bin\n"})


def placed(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def separate(venv: Path, *trees: Path) -> None:
    subprocess.run([sys.executable, str(PROGRAM), str(venv), *map(str, trees)], check=True, timeout=60)


def held(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_modules_are_shared_and_libraries_are_not(venv: Path, amd64: Path, arm64: Path) -> None:
    placed(amd64, {"lib/numpy/core.py": "pass\n", "lib/numpy/core.so": "x86"})
    placed(arm64, {"lib/numpy/core.py": "pass\n", "lib/numpy/core.so": "arm"})
    separate(venv, amd64, arm64)
    assert held(venv) == {"pyvenv.cfg": "home = /usr/bin\n", "lib/numpy/core.py": "pass\n"}
    assert held(amd64) == {"lib/numpy/core.so": "x86"}
    assert held(arm64) == {"lib/numpy/core.so": "arm"}


def test_a_package_of_one_platform_stays_there(venv: Path, amd64: Path, arm64: Path) -> None:
    placed(amd64, {"lib/nvidia/cuda.py": "pass\n"})
    separate(venv, amd64, arm64)
    assert held(amd64) == {"lib/nvidia/cuda.py": "pass\n"}
    assert arm64.is_dir(), "an image copies it, even when it is empty"
    assert held(venv) == {"pyvenv.cfg": "home = /usr/bin\n"}


def test_equal_content_with_other_permissions_is_not_equal(venv: Path, amd64: Path, arm64: Path) -> None:
    for tree, mode in ((amd64, 0o755), (arm64, 0o644)):
        (placed(tree, {"bin/tool": "#!/bin/sh\n"}) / "bin/tool").chmod(mode)
    separate(venv, amd64, arm64)
    assert "bin/tool" in held(amd64)
    assert "bin/tool" in held(arm64)


def test_equal_size_is_not_equal_content(venv: Path, amd64: Path, arm64: Path) -> None:
    placed(amd64, {"lib/config.py": "CPU = 'x86'\n"})
    placed(arm64, {"lib/config.py": "CPU = 'arm'\n"})
    separate(venv, amd64, arm64)
    assert held(arm64) == {"lib/config.py": "CPU = 'arm'\n"}


def test_what_a_package_says_of_its_files_is_not_believed(venv: Path, amd64: Path, arm64: Path) -> None:
    record = "core.so,sha256=equal,3\n"
    placed(amd64, {"lib/core.so": "x86", "lib/core.dist-info/RECORD": record})
    placed(arm64, {"lib/core.so": "arm", "lib/core.dist-info/RECORD": record})
    separate(venv, amd64, arm64)
    assert held(arm64) == {"lib/core.so": "arm"}


@pytest.mark.parametrize("target", ["libcore.so.1", "/etc/passwd", "nowhere"])
def test_links_are_compared_as_links(venv: Path, amd64: Path, arm64: Path, target: str) -> None:
    for tree in (amd64, arm64):
        placed(tree, {"lib/libcore.so.1": tree.name})
        (tree / "lib/libcore.so").symlink_to(target)
    separate(venv, amd64, arm64)
    assert (venv / "lib/libcore.so").readlink() == Path(target)
    assert held(arm64)["lib/libcore.so.1"] == "linux-arm64"


def test_a_file_here_and_a_folder_there_both_stay(venv: Path, amd64: Path, arm64: Path) -> None:
    placed(amd64, {"lib/data": "a file", "lib/more/data": "deep"})
    placed(arm64, {"lib/data/file": "in a folder", "lib/more": "a file"})
    separate(venv, amd64, arm64)
    assert held(amd64) == {"lib/data": "a file", "lib/more/data": "deep"}
    assert held(arm64) == {"lib/data/file": "in a folder", "lib/more": "a file"}


def test_folders_that_became_empty_are_gone(venv: Path, amd64: Path, arm64: Path) -> None:
    for tree in (amd64, arm64):
        placed(tree, {"lib/pure/deep/module.py": "pass\n"})
    separate(venv, amd64, arm64)
    assert list(amd64.iterdir()) == list(arm64.iterdir()) == []
