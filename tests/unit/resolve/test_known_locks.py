"""What was resolved once is not resolved again, as long as nothing changed that it depends on."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fedbake.compile import compile_plan
from fedbake.judge import Folders, judge
from fedbake.plan.assemble import Assembled
from fedbake.plan.request import Asked
from fedbake.settings import Settings
from fedbake.source.fetch import fetch
from package_index import PackageIndex, package_index

BASE = "registry.example/python@sha256:" + "1" * 64
ACTORS = ("flwr==1.25.0", "protobuf==5.29.0", "paho-mqtt==2.1.0", "mlflow-skinny==2.22.5", "pandas==2.2.3")
EXAMPLE = Path(__file__).parents[3] / "golden/sklearn-digits/repo"


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with package_index() as index:
        for package in (*ACTORS, "setuptools==81.0.0", "numpy==1.26.4", "scikit-learn==1.5.2", "fire==0.7.0"):
            index.add(*package.split("=="))
        # As PyPI has it: what was read may be used for a while.
        index.headers["Cache-Control"] = "max-age=600"
        yield index


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in ("data_manager.py", "model_manager.py"):
        shutil.copy(EXAMPLE / name, folder)
    (folder / "requirements.txt").write_text("numpy==1.26.4\nscikit-learn==1.5.2\n")
    return folder


def plan(repository: Path, index: PackageIndex) -> Assembled:
    given = Settings.from_environment(os.environ)
    settings = replace(given, cache_dir=repository.parent / "cache", index_url=index.simple)
    asked, folders = Asked(python="3.11", base_images={"3.11": BASE}), Folders.with_own(None, None)
    judged = judge(fetch(str(repository), None, settings), asked, folders)
    return compile_plan(judged, asked, folders, settings, lambda _: None)


def resolutions(repository: Path) -> set[str]:
    return {path.name for path in (repository.parent / "cache/locks").iterdir()}


def test_code_and_comments_may_change_without_a_new_resolution(repository: Path, index: PackageIndex) -> None:
    before = plan(repository, index)
    known, asked = resolutions(repository), len(index.asked)
    (repository / "data_manager.py").write_text((EXAMPLE / "data_manager.py").read_text() + "\nMORE = 1\n")
    (repository / "requirements.txt").write_text("# The numbers.\nscikit-learn==1.5.2\nnumpy==1.26.4  # not 2 yet\n")
    after = plan(repository, index)
    assert resolutions(repository) == known
    assert index.asked[asked:] == []
    assert after.locks == before.locks
    assert after.plan.plan_id != before.plan.plan_id


def test_of_a_new_dependency_nothing_but_itself_is_asked_of_the_index(repository: Path, index: PackageIndex) -> None:
    plan(repository, index)
    asked = len(index.asked)
    with (repository / "requirements.txt").open("a") as stream:
        stream.write("fire==0.7.0\n")
    assert "fire==0.7.0" in plan(repository, index).locks["locks/actors.linux-amd64.txt"]
    assert {request for request in index.asked[asked:] if "fire" not in request} == set()
