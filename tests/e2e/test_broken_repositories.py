"""Repositories broken on purpose: the answer names the line, and what it says to write there makes the plan succeed.

The package index is asked as it was on a fixed day.
"""

import codecs
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fedbake.cli import main

EXAMPLE = Path(__file__).parents[2] / "golden/sklearn-digits/repo"
CONDA = "conda.yaml"
CODE = "model_manager.py"

Plan = Callable[..., tuple[int, dict[str, Any]]]


@dataclass(frozen=True)
class Edit:
    """What a person changes: text of a file, or with nothing before it, the content of a new file."""

    before: str
    after: str
    file: str = CONDA


@dataclass(frozen=True)
class ByHand:
    """A repair only a person can make, and the words of the answer that say what to do."""

    told: str
    edit: Edit


@dataclass(frozen=True)
class Broken:
    """A repository with one thing wrong.

    Attributes:
        breaks: what was done to the example.
        place: the one line an answer must name.
        repair: what the answer suggests for programs to write there, or what only a person can do.
        instead: files that take the place of its conda.yaml.
        encoding: of its conda.yaml.
    """

    name: str
    breaks: tuple[Edit, ...]
    place: str
    repair: str | ByHand
    instead: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"


def line(before: str, after: str) -> tuple[Edit]:
    """A changed line of the list for pip."""
    return (Edit(f"  - {before}\n", f"  - {after}\n"),)


def further(*packages: str) -> Edit:
    """Further lines at the end of the list for pip, from line 12 on."""
    return Edit("  - scipy==1.14.1\n", "".join(f"  - {each}\n" for each in ("scipy==1.14.1", *packages)))


PIP_LIST = "  - mlflow==2.14.1\n  - cloudpickle==3.0.0\n  - numpy==1.26.4\n  - scikit-learn==1.5.2\n  - scipy==1.14.1\n"
LIKE_THIS = """
    dependencies:
      - pip:
        - mlflow==2.14.1
        - cloudpickle==3.0.0
        - numpy==1.26.4
        - scikit-learn==1.5.2
        - scipy==1.14.1"""
POETRY = """\
[tool.poetry]
name = "digits"

[tool.poetry.dependencies]
python = "~3.11"
numpy = "^1.26"
scikit-learn = { version = "1.5.9", optional = false }
"""
PIPFILE = """\
[packages]
scikit-learn = "==1.5.2"
numpy = "==1.26.9"

[requires]
python_version = "3.11"
"""
PROJECT = """\
[project]
name = "digits"
version = "1"
requires-python = "==3.11.*"
dependencies = [
    "numpy==1.26.4",
    "scikit-learn>=1.5,<1.6",  # the newest 1.5
    "scipy => 1.14",
]
"""
SETUP = """\
from setuptools import setup

setup(
    python_requires=">=3.11,<3.12",
    install_requires=open("needs.txt").read().splitlines(),
)
"""

CASES = [
    # Releases and names.
    Broken("a release that does not exist", line("scipy==1.14.1", "scipy==1.14.7"), "conda.yaml:11", "scipy==1.14.1"),
    Broken(
        "a name with a letter too few",
        line("scikit-learn==1.5.2", "scikit-lern==1.5.2"),
        "conda.yaml:10",
        "scikit-learn==1.5.2",
    ),
    Broken("a name that somebody else has", line("scipy==1.14.1", "scpy==1.14.1"), "conda.yaml:11", "scipy==1.14.1"),
    Broken("a release for older Pythons", line("scipy==1.14.1", "scipy==1.5.4"), "conda.yaml:11", "scipy==1.17.1"),
    Broken("a release without any wheel", (further("paho-mqtt==1.6.1"),), "conda.yaml:12", "paho-mqtt==2.0.0"),
    # Lines that contradict each other.
    Broken("against the actors", (further("cryptography==38.0.0"),), "conda.yaml:12", "cryptography==44.0.3"),
    Broken(
        "two releases of different years",
        (*line("numpy==1.26.4", "numpy==1.21.6"), further("pandas==2.2.2")),
        "conda.yaml:9",
        "numpy==1.23.5",
    ),
    Broken(
        "torch and torchvision",
        (further("torch==2.1.1", "torchvision==0.15.2"),),
        "conda.yaml:13",
        "torchvision==0.16.1",
    ),
    Broken("tensorflow and numpy", (further("tensorflow==2.12.0"),), "conda.yaml:9", "numpy<1.24,>=1.22"),
    Broken(
        "built for NumPy 1",
        (*line("numpy==1.26.4", "numpy==2.1.0"), *line("mlflow==2.14.1", "mlflow==2.16.0"), further("torch==2.1.1")),
        "conda.yaml:9",
        "numpy<2",
    ),
    Broken("setuptools without pkg_resources", (further("setuptools==82.0.1"),), "conda.yaml:12", "setuptools<82"),
    # Lines that cannot be read.
    Broken("a single equals sign", line("scipy==1.14.1", "scipy=1.14.1"), "conda.yaml:11", "scipy==1.14.1"),
    Broken(
        "a dash in place of the equals signs", line("scipy==1.14.1", "scipy-1.14.1"), "conda.yaml:11", "scipy==1.14.1"
    ),
    Broken(
        "conda with three equals signs", (Edit("- pip<=24.0\n", "- joblib===1.4.2\n"),), "conda.yaml:5", "joblib==1.4.2"
    ),
    Broken(
        "a variable",
        line("scipy==1.14.1", "scipy==${SCIPY}"),
        "conda.yaml:11",
        ByHand("write the value itself", Edit("${SCIPY}", "1.14.1")),
    ),
    Broken(
        "a bracket that is never closed",
        (Edit("- pip<=24.0\n", "- joblib=1.4.2[build=x\n"),),
        "conda.yaml:5",
        ByHand("write it as name, name=1.2", Edit("[build=x", "")),
    ),
    Broken(
        "a tag of a repository",
        line("scipy==1.14.1", "git+https://example.org/scipy/scipy.git@v1.14.1"),
        "conda.yaml:11",
        ByHand("scipy==1.14.1", Edit("git+https://example.org/scipy/scipy.git@v1.14.1", "scipy==1.14.1")),
    ),
    Broken(
        "another index",
        (Edit("  - mlflow", "  - --extra-index-url https://me:secret@example.org/simple\n  - mlflow"),),
        "conda.yaml:7",
        ByHand("delete the line", Edit("  - --extra-index-url https://me:secret@example.org/simple\n", "")),
    ),
    Broken(
        "a file that is not there",
        (further("-r base.txt"),),
        "conda.yaml:12",
        ByHand("add the file, or correct its name", Edit("", "joblib==1.4.2\n", "base.txt")),
    ),
    # Files that cannot be read.
    Broken(
        "the list for pip at the margin",
        (Edit(PIP_LIST, PIP_LIST.replace("  - ", "- ")),),
        "conda.yaml:6",
        ByHand(LIKE_THIS, Edit(PIP_LIST.replace("  - ", "- "), PIP_LIST)),
    ),
    Broken(
        "the list for pip beside the dependencies",
        (Edit("- pip:\n", "pip:\n"),),
        "conda.yaml:6",
        ByHand(LIKE_THIS, Edit("pip:\n", "- pip:\n")),
    ),
    Broken(
        "a tab",
        line("numpy==1.26.4", "numpy==1.26.4\n\t- joblib==1.4.2"),
        "conda.yaml:10",
        ByHand("indent with spaces", Edit("\t- ", "  - ")),
    ),
    Broken(
        "a merge conflict",
        line("numpy==1.26.4", "numpy==1.26.4\n<<<<<<< HEAD\n  - joblib==1.4.2\n=======\n>>>>>>> theirs"),
        "conda.yaml:10",
        ByHand(
            "resolve it and commit the result",
            Edit("<<<<<<< HEAD\n  - joblib==1.4.2\n=======\n>>>>>>> theirs\n", "  - joblib==1.4.2\n"),
        ),
    ),
    # Python.
    Broken(
        "no Python",
        (Edit("- python=3.11\n", ""),),
        "conda.yaml:1",
        ByHand("write it there (python=3.11", Edit("- pip<=24.0\n", "- python=3.11\n")),
    ),
    Broken(
        "a Python without a base image",
        (Edit("python=3.11", "python=3.8"),),
        "conda.yaml:4",
        ByHand("base images exist for 3.9, 3.10, 3.11, 3.12, 3.13", Edit("python=3.8", "python=3.11")),
    ),
    Broken(
        "two Pythons",
        (Edit("- python=3.11\n", "- python=3.11\n- python=3.10\n"),),
        "conda.yaml:5",
        ByHand("keep one of them", Edit("- python=3.10\n", "")),
    ),
    # Code.
    Broken(
        "a method that is not there",
        (Edit("def fit_model(", "def fit_the_model(", CODE),),
        "model_manager.py:16",
        ByHand("has no method fit_model()", Edit("def fit_the_model(", "def fit_model(", CODE)),
    ),
    Broken(
        "a method that wants more",
        (Edit("def fit_model(self)", "def fit_model(self, epochs)", CODE),),
        "model_manager.py:43",
        ByHand("fit_model", Edit("epochs)", "epochs=1)", CODE)),
    ),
    Broken(
        "a colon that is missing",
        (Edit("class DataManager(DataManagerTemplate):", "class DataManager(DataManagerTemplate)", "data_manager.py"),),
        "data_manager.py:21",
        ByHand("expected ':'", Edit("(DataManagerTemplate)", "(DataManagerTemplate):", "data_manager.py")),
    ),
    Broken(
        "a relative import at the top",
        (Edit("from data_manager import", "from .data_manager import", CODE),),
        "model_manager.py:6",
        ByHand("leave the dot out", Edit("from .data_manager", "from data_manager", CODE)),
    ),
    # Other files and encodings.
    Broken(
        "a conda.yaml of PowerShell",
        line("scipy==1.14.1", "scipy==1.14.7"),
        "conda.yaml:11",
        "scipy==1.14.1",
        encoding="utf-16",
    ),
    Broken("a table of Poetry", (), "pyproject.toml:7", 'scikit-learn = "==1.5.2"', instead={"pyproject.toml": POETRY}),
    Broken("a Pipfile", (), "Pipfile:3", 'numpy = "==1.26.4"', instead={"Pipfile": PIPFILE}),
    Broken("a project", (), "pyproject.toml:8", "scipy >= 1.14", instead={"pyproject.toml": PROJECT}),
    Broken(
        "requirements that include others",
        (),
        "base.txt:2",
        "numpy==1.26.4",
        instead={
            "requirements.txt": "-r base.txt\nscikit-learn==1.5.2\n",
            "base.txt": "# What every model needs.\nnumpy==1.26.9  # pinned for the paper\n",
            ".python-version": "3.11\n",
        },
    ),
    Broken(
        "an environment of MLflow that is called otherwise",
        (),
        "MLproject:2",
        ByHand("'conda_env.yaml'", Edit("conda-env.yaml", "conda_env.yaml", "MLproject")),
        instead={
            "MLproject": "name: digits\nconda_env: conda-env.yaml\n",
            "conda_env.yaml": "dependencies:\n- python=3.11\n- pip:\n  - scikit-learn==1.5.2\n  - numpy==1.26.4\n",
        },
    ),
    Broken(
        "a setup.py that computes",
        (),
        "setup.py:5",
        ByHand(
            "write",
            Edit('open("needs.txt").read().splitlines()', '["scikit-learn==1.5.2", "numpy==1.26.4"]', "setup.py"),
        ),
        instead={"setup.py": SETUP, "needs.txt": "scikit-learn==1.5.2\nnumpy==1.26.4\n"},
    ),
]


@pytest.fixture
def plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Plan:
    """Plans the repository of the test; the exit code, and the answer as programs get it."""

    def planned(*options: str) -> tuple[int, dict[str, Any]]:
        request = [str(tmp_path / "repository"), "-o", str(tmp_path / "plan"), "--as-of", "2026-11-22"]
        with pytest.raises(SystemExit) as ended:
            main(["plan", *request, "--format", "json", *options])
        assert isinstance(ended.value.code, int)
        return ended.value.code, json.loads(capsys.readouterr().out)

    return planned


@pytest.mark.parametrize("broken", CASES, ids=lambda broken: broken.name)
def test_the_line_is_named_and_what_the_answer_says_makes_the_plan_succeed(
    broken: Broken, tmp_path: Path, plan: Plan
) -> None:
    repository = written(broken, tmp_path / "repository")
    code, answer = plan()
    assert code in {3, 4}
    assert places(answer) == {broken.place}
    assert "secret" not in json.dumps(answer)
    if isinstance(broken.repair, str):
        (suggestion,) = suggestions(answer)
        assert suggestion["after"] == broken.repair
        apply(suggestion, repository)
    else:
        assert broken.repair.told in words(answer)
        assert not suggestions(answer)
        change(repository, broken.repair.edit)
    code, answer = plan()
    assert (code, places(answer)) == (0, set())
    assert (repository / CONDA).exists() == (not broken.instead)
    assert broken.encoding == "utf-8" or (repository / CONDA).read_bytes().startswith(codecs.BOM_UTF16_LE)


def test_a_version_nobody_chose_is_given_up_where_everything_may_be_repaired(tmp_path: Path, plan: Plan) -> None:
    repository = written(Broken("", (further("cryptography==38.0.0"),), "", ""), tmp_path / "repository")
    assert plan()[0] == 4
    code, answer = plan("--fix", "all")
    assert code == 0
    (relaxed,) = (each for each in answer["findings"] if each["line"] == 12 and each["fix"])
    assert "cryptography" in relaxed["message"]
    patch = (tmp_path / "plan/fixes.patch").read_text()
    assert "-  - cryptography==38.0.0\n+  - cryptography\n" in patch
    assert (repository / CONDA).read_text().endswith("  - cryptography==38.0.0\nname: mlflow-env\n")


def written(broken: Broken, repository: Path) -> Path:
    """The example, broken."""
    shutil.copytree(EXAMPLE, repository)
    if broken.instead:
        (repository / CONDA).unlink()
    for file, text in broken.instead.items():
        (repository / file).write_text(text)
    for edit in broken.breaks:
        change(repository, edit)
    if broken.encoding != "utf-8":
        (repository / CONDA).write_bytes((repository / CONDA).read_text().encode(broken.encoding))
    return repository


def change(repository: Path, edit: Edit) -> None:
    """Make an edit of a person's."""
    file = repository / edit.file
    text = file.read_text() if file.exists() else ""
    assert edit.before in text
    file.write_text(text.replace(edit.before, edit.after, 1))


def apply(suggestion: dict[str, Any], repository: Path) -> None:
    """Make an edit just as an answer suggests it."""
    file = repository / suggestion["file"]
    data = file.read_bytes()
    encoding = "utf-16" if data.startswith(codecs.BOM_UTF16_LE) else "utf-8"
    lines = data.decode(encoding).split("\n")
    at, start = suggestion["line"] - 1, suggestion["column"] - 1
    assert lines[at].startswith(suggestion["before"], start)
    lines[at] = lines[at][:start] + suggestion["after"] + lines[at][start + len(suggestion["before"]) :]
    file.write_bytes("\n".join(lines).encode(encoding))


def wrong(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """What stops the plan: the error, or the findings that are errors."""
    if "error" in answer:
        return [answer["error"]]
    return [each for each in answer["findings"] if each["severity"] == "error"]


def places(answer: dict[str, Any]) -> set[str]:
    """The lines it names, as ``file:line``."""
    return {":".join((each.get("where") or f"{each['file']}:{each['line']}").split(":")[:2]) for each in wrong(answer)}


def words(answer: dict[str, Any]) -> str:
    """What it tells a person."""
    return "\n".join(f"{each['message']}\n{each['hint']}" for each in wrong(answer))


def suggestions(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The edits it suggests."""
    return [edit for each in wrong(answer) for edit in each.get("suggestions", [each.get("suggestion")]) if edit]
