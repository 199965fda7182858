"""A plan directory is opened only when it is byte for byte what was planned."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from baking import build_plan, write_directory, write_sums
from fedbake.bake.directory import open_plan
from fedbake.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_directory(tmp_path / "plan", build_plan("owner/tiny"))


def test_what_was_planned_is_opened(folder: Path) -> None:
    assert open_plan(folder).plan == build_plan("owner/tiny")


def test_results_of_an_earlier_bake_do_not_disturb(folder: Path) -> None:
    for name in ("result.json", "events.ndjson", ".result.json.part"):
        (folder / name).write_text("{}")
    assert open_plan(folder).plan.plan_id


def _edit(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + b"#")


def _link(name: str) -> Callable[[Path], None]:
    def replace(folder: Path) -> None:
        (folder / name).rename(folder.parent / "elsewhere")
        (folder / name).symlink_to(folder.parent / "elsewhere")

    return replace


def _link_context(folder: Path) -> None:
    (folder / "context").rename(folder.parent / "context")
    (folder / "context").symlink_to(folder.parent / "context")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_edit("learner.Dockerfile"), "learner.Dockerfile"),
        (_edit("docker-bake.hcl"), "docker-bake.hcl"),
        (_edit("context/code.py"), "context/code.py"),
        (_edit("plan.json"), "plan.json"),
        (_edit("learner.Dockerfile.dockerignore"), "learner.Dockerfile.dockerignore"),
        (lambda folder: (folder / "context/code.py").unlink(), "context/code.py"),
        (lambda folder: (folder / "docker-bake.override.hcl").write_text(""), "docker-bake.override.hcl"),
        (lambda folder: (folder / ".env").write_text("X=1"), ".env"),
        (lambda folder: (folder / "context/extra.py").write_text(""), "context/extra.py"),
        (_link("learner.Dockerfile"), "learner.Dockerfile"),
        (_link_context, "context"),
        (lambda folder: os.mkfifo(folder / "pipe"), "pipe"),
        (lambda folder: (folder / "context/code.py").chmod(0o600), "context/code.py"),
        (lambda folder: (folder / "result.json").symlink_to("/etc/passwd"), "result.json"),
    ],
)
def test_a_change_is_refused_and_named(folder: Path, change: Callable[[Path], object], named: str) -> None:
    change(folder)
    with pytest.raises(UsageError) as caught:
        open_plan(folder)
    assert named in caught.value.message
    assert caught.value.hint


def test_a_plan_whose_sums_were_renewed_after_an_edit_still_has_the_wrong_identity(folder: Path) -> None:
    plan = json.loads((folder / "plan.json").read_text())
    plan["request"]["registry"] = "evil.example:5000"
    (folder / "plan.json").write_text(json.dumps(plan))
    write_sums(folder)
    with pytest.raises(UsageError, match="identity"):
        open_plan(folder)


@pytest.mark.parametrize("key", ["unknown", "plan_id"])
def test_a_plan_of_another_schema_is_refused(folder: Path, key: str) -> None:
    plan = json.loads((folder / "plan.json").read_text())
    plan[key] = 1
    (folder / "plan.json").write_text(json.dumps(plan))
    write_sums(folder)
    with pytest.raises(UsageError, match="cannot be read"):
        open_plan(folder)


@pytest.mark.parametrize(
    "line",
    [
        "{sum}  ../outside\n",
        "{sum}  /etc/passwd\n",
        "{sum}  context/./code.py\n",
        "{sum} plan.json\n",
        "{sum}  plan.json\n",
        "short  x\n",
        "\n",
        "{sum}  a\x07b\n",
    ],
)
def test_sums_that_cannot_be_used_are_refused(folder: Path, line: str) -> None:
    sums = folder / "SHA256SUMS"
    sums.write_text(sums.read_text() + line.format(sum="0" * 64))
    with pytest.raises(UsageError, match="SHA256SUMS has a line"):
        open_plan(folder)


def test_a_file_that_sums_forgot_is_not_part_of_the_plan(folder: Path) -> None:
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(line for line in sums.read_text().splitlines(True) if "docker-bake.hcl" not in line))
    with pytest.raises(UsageError, match=r"docker-bake\.hcl is not part of the plan"):
        open_plan(folder)


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.write_text("x"), lambda path: None])
def test_what_is_no_plan_directory_is_called_that(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "x")
    with pytest.raises(UsageError, match="not a plan directory"):
        open_plan(tmp_path / "x")


def test_a_link_to_a_plan_directory_is_not_followed(folder: Path) -> None:
    (folder.parent / "link").symlink_to(folder)
    with pytest.raises(UsageError, match="not a plan directory"):
        open_plan(folder.parent / "link")
