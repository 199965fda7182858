"""Every golden case: what fedbake makes of it today is what was reviewed. `make golden` accepts a change."""

import os
from pathlib import Path

import pytest

from fedbake.golden.case import FINDINGS, Case, find_cases
from fedbake.golden.compare import accept, differences
from fedbake.golden.produce import produce
from fedbake.judge import Folders
from fedbake.settings import Settings

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = list(find_cases(GOLDEN))


def _settings() -> Settings:
    return Settings.from_environment(os.environ)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.folder.name)
def test_a_case_is_as_reviewed(case: Case) -> None:
    expected = case.expected()
    assert expected, "this case was never accepted: run `make golden` and review it"
    made = produce(case, Folders.with_own(None, None), _settings(), lambda _: None)
    assert "\n".join(differences(expected, made)) == ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.folder.name)
def test_a_case_is_rejected_exactly_when_it_is_broken_on_purpose(case: Case) -> None:
    breaks = case.folder.name.startswith("broken-")
    assert (FINDINGS in case.expected()) == breaks


def test_a_changed_template_shows_as_a_diff_of_the_dockerfile(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.folder.name == "sklearn-digits")
    shipped = GOLDEN.parent / "templates/docker/image.Dockerfile.j2"
    (tmp_path / "docker").mkdir()
    changed = shipped.read_text().replace("USER {{ image.user }}", "USER {{ image.user }}\n# ours")
    (tmp_path / "docker/image.Dockerfile.j2").write_text(changed)
    made = produce(case, Folders.with_own(tmp_path, None), _settings(), lambda _: None)
    diff = list(differences(case.expected(), made))
    assert "+# ours:10001" in diff
    assert any(line.startswith("--- expected/plan/learner.Dockerfile") for line in diff)


def test_accepting_removes_files_that_are_no_longer_made(tmp_path: Path) -> None:
    (tmp_path / "request.yaml").write_text(
        'as_of: 2026-11-01\nbase_images: {"3.11": "docker.io/library/python:3.11"}\n'
    )
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan/old.txt").write_text("old")
    (case,) = find_cases(tmp_path)
    accept(case, {"plan/new.txt": b"new"})
    assert case.expected() == {"plan/new.txt": b"new"}
