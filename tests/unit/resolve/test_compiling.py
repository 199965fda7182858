"""From a judged repository to a plan: what resolution shows becomes findings, fixes and rejections."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from fedbake.compile import LockRejectedError, compile_plan
from fedbake.errors import ResolutionError
from fedbake.judge import Folders, judge
from fedbake.names import Flavor
from fedbake.plan.assemble import Assembled
from fedbake.plan.request import Asked
from fedbake.resolve.tables import load_table
from fedbake.resources import shipped
from fedbake.rules.finding import FixLevel, Replace
from fedbake.settings import Settings
from fedbake.source.fetch import fetch
from package_index import PackageIndex, package_index

METHODS = {
    "set_model_data": "self",
    "get_model": "self",
    "get_model_parameters": "self",
    "set_model_parameters": "self, parameters",
    "fit_model": "self",
    "evaluate_model": "self",
}
CODE = {
    "model_manager.py": "import tabulation\n\n\nclass ModelManager:\n"
    + "".join(f"    def {name}({arguments}):\n        pass\n" for name, arguments in METHODS.items()),
    "bounds.txt": "numerics<2\n",
    "data_manager.py": "class DataManager:\n    def get_data(self):\n        pass\n",
}
LOGGED = "mlflow==2.0\nnumerics==1.0\ntabulation==2.0\n"
STRICT_RULE = """
rules:
- id: house/no-withdrawn-releases
  title: withdrawn releases are refused
  severity: error
  targets: [learner]
  when:
  - locked_yanked: {}
  then: {message: "{name} {version} was withdrawn: {reason}"}
  because: a house rule
  tests:
  - name: a withdrawn release is refused
    locked:
    - {name: numerics, version: "1.0", yanked: broken}
    expect: ["repository: numerics 1.0 was withdrawn: broken"]
"""


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with package_index() as index:
        index.add("flwr", "1.12.0")
        index.add("mlflow", "2.0")
        index.add("setuptools", "70")
        for row in load_table([shipped("rules")], "dependencies/actor-runtime.yaml")[0]["extras"]:
            index.add(Requirement(row["requirement"]).name, row["checked"][-1])
        for version in ("1.0", "2.0"):
            index.add("numerics", version)
        index.add("tabulation", "2.0", "numerics>=2")
        index.add("tabulation", "1.0", "numerics")
        yield index


def compiled(
    index: PackageIndex, cache: Path, requirements: str, fixes: FixLevel, own_rules: Path | None = None
) -> Assembled:
    repository = cache / "repository"
    repository.mkdir(exist_ok=True)
    for path, text in {**CODE, "requirements.txt": requirements}.items():
        (repository / path).write_text(text)
    asked = Asked(
        flavor=Flavor.SKLEARN,
        python="3.11",
        fixes=fixes,
        base_images={"3.11": f"base.example/python:3.11@sha256:{'1' * 64}"},
    )
    folders = Folders.with_own(None, own_rules)
    variables = {"FEDBAKE_INDEX_URL": index.simple, "FEDBAKE_CACHE_DIR": str(cache), "PATH": os.defpath}
    settings = Settings.from_environment(variables)
    judged = judge(fetch(str(repository), None, settings), asked, folders)
    assert not judged.errors
    return compile_plan(judged, asked, folders, settings, lambda _: None)


def test_a_relaxed_soft_pin_is_reported_and_offered_as_a_patch(index: PackageIndex, tmp_path: Path) -> None:
    with pytest.raises(ResolutionError) as caught:
        compiled(index, tmp_path, LOGGED, FixLevel.SAFE)
    assert caught.value.suggestions[0].before == "numerics==1.0", "a version nobody chose is what to change first"
    made = compiled(index, tmp_path, LOGGED, FixLevel.ALL)
    (relaxed,) = [finding for finding in made.plan.findings if finding.rule == "resolve/soft-pin-relaxed"]
    assert (relaxed.where, relaxed.fix) == ("requirements.txt:2:1", Replace(package="numerics", requirement="numerics"))
    assert "2.0 is installed" in relaxed.message
    assert "-numerics==1.0\n+numerics\n" in made.patch


def test_constraints_of_the_repository_bound_what_is_locked(index: PackageIndex, tmp_path: Path) -> None:
    made = compiled(index, tmp_path, "tabulation==1.0\n-c bounds.txt\n", FixLevel.SAFE)
    assert "numerics==1.0" in made.locks["locks/actors.linux-amd64.txt"]


def test_a_rule_of_the_site_may_reject_what_was_locked(index: PackageIndex, tmp_path: Path) -> None:
    index.say("numerics-1.0-py3-none-any.whl", yanked="broken")
    requirements = "tabulation==1.0\nnumerics==1.0\n"
    assert compiled(index, tmp_path, requirements, FixLevel.SAFE)
    (tmp_path / "rules" / "dependencies").mkdir(parents=True)
    (tmp_path / "rules" / "dependencies" / "releases.yaml").write_text(STRICT_RULE)
    with pytest.raises(LockRejectedError, match=r"numerics 1\.0 was withdrawn: broken") as caught:
        compiled(index, tmp_path, requirements, FixLevel.SAFE, tmp_path / "rules")
    assert any(finding.rule == "house/no-withdrawn-releases" for finding in caught.value.findings)
