"""rules/dependencies/actor-runtime.yaml says what was run: here it is run again, wherever the interpreter exists.

The interpreters are looked for on the PATH; put those of other Pythons there to repeat all of it.
"""

from pathlib import Path
from typing import Any

import pytest
from actor_environments import environment, has_python
from actor_images import NUMPY_ONLY, federate, image_folder, run_verify
from packaging.requirements import Requirement
from packaging.version import Version
from ruamel.yaml import YAML

from fedbake.resources import shipped

TABLE = shipped("rules") / "dependencies" / "actor-runtime.yaml"
ROWS: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(TABLE.read_text(encoding="utf-8"))["actor_runtime"]
CHECKED = [(row, check) for row in ROWS for check in row["checked"]]
HERE = {minor for minor in {check["python"] for _, check in CHECKED} if has_python(minor)}


def requirements(row: dict[str, Any], check: dict[str, str]) -> tuple[str, ...]:
    return (row["requirement"], *row["adds"], f"numpy=={check['numpy']}", f"protobuf=={check['protobuf']}")


def name(case: tuple[dict[str, Any], dict[str, str]]) -> str:
    row, check = case
    return f"{row['requirement']}-python{check['python']}-numpy{check['numpy']}-protobuf{check['protobuf']}"


@pytest.mark.parametrize("case", [case for case in CHECKED if case[1]["python"] in HERE], ids=name)
def test_a_combination_of_the_table_works(case: tuple[dict[str, Any], dict[str, str]], tmp_path: Path) -> None:
    row, check = case
    python = environment(*requirements(row, check), python=check["python"])
    result = federate(python, [python], NUMPY_ONLY, tmp_path)
    assert result.completed, result.report()
    assert result.accuracy > 0.8, result.report()
    verified = run_verify(python, image_folder("learner", NUMPY_ONLY, tmp_path / "verify"), "learner")
    assert verified.code == 0, verified.stderr


def test_every_row_was_run_on_a_python_it_is_for_and_3_11_is_among_them() -> None:
    for row in ROWS:
        ran = {check["python"] for check in row["checked"]}
        assert "3.11" in ran
        assert ran <= set(row["python"])


def test_rows_pin_exact_versions_in_descending_order() -> None:
    pins = [Requirement(row["requirement"]) for row in ROWS]
    versions = [Version(next(iter(pin.specifier)).version) for pin in pins]
    assert {pin.name for pin in pins} == {"flwr"}
    assert {next(iter(pin.specifier)).operator for pin in pins} == {"=="}
    assert versions == sorted(versions, reverse=True)
