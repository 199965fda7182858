"""Writing a plan: whole or not at all, the same on every machine."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from baking import build_plan
from fedbake.errors import UsageError, WorkerError
from fedbake.plan.assemble import Assembled
from fedbake.plan.context import Context
from fedbake.render.directory import write_plan

CODE = b"print('hello')\n"


def assembled(code: bytes = CODE) -> Assembled:
    plan = build_plan("owner/tiny", code)
    return Assembled(plan, {}, "", Context(plan.context, {"context/code.py": lambda: [code]}))


def write(target: Path, code: bytes = CODE) -> None:
    plan = assembled(code)
    write_plan(plan, {"plan.json": lambda: [b"{}\n"], **plan.context.readers}, target)


def test_every_file_is_there_with_its_sum_a_fixed_mode_and_the_commits_time(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    old = os.umask(0o077)
    try:
        write(target)
    finally:
        os.umask(old)
    assert (target / "context/code.py").read_bytes() == CODE
    assert hashlib.sha256(CODE).hexdigest() + "  context/code.py" in (target / "SHA256SUMS").read_text()
    assert subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=target, check=False).returncode == 0
    moment = assembled().plan.source.committed_at
    for path in [target, *target.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)
        assert path.stat().st_mtime == moment


def test_an_older_plan_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    write(target)
    (target / "result.json").write_text("{}")
    write(target, b"new\n")
    assert (target / "context/code.py").read_bytes() == b"new\n"
    assert not (target / "result.json").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


@pytest.mark.parametrize("make", ["file", "folder", "link"])
def test_anything_that_is_not_a_plan_is_refused_and_untouched(tmp_path: Path, make: str) -> None:
    target, precious = tmp_path / "target", tmp_path / "elsewhere"
    precious.mkdir()
    (precious / "thesis.tex").write_text("years of work")
    if make == "file":
        target.write_text("a file")
    elif make == "folder":
        precious.rename(target)
        precious = target
    else:
        target.symlink_to(precious)
    with pytest.raises(UsageError, match="output folder"):
        write(target)
    assert (precious / "thesis.tex").read_text() == "years of work"


def test_a_failing_write_leaves_the_older_plan_whole(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    write(target)
    before = (target / "SHA256SUMS").read_bytes()
    plan = assembled()

    def fails() -> list[bytes]:
        raise OSError(28, "No space left on device")

    with pytest.raises(WorkerError, match="disk is full"):
        write_plan(plan, {"plan.json": lambda: [b"{}"], "z": fails}, target)
    assert (target / "SHA256SUMS").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]
