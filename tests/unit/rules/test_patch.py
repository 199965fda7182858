"""fixes.patch is applied by git itself, and leaves everything else byte for byte as it was."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from rule_facts import CONTEXT, declared, facts

from fedbake.errors import RejectedError
from fedbake.inspect import inspect
from fedbake.inspect.facts import Origin
from fedbake.process import run
from fedbake.resources import shipped
from fedbake.rules.evaluate import evaluate
from fedbake.rules.finding import Constrain, DropFor, Finding, FixLevel, Replace, Severity
from fedbake.rules.load import load_rules
from fedbake.rules.patch import patch
from fedbake.rules.rule import RuleTest
from fedbake.rules.selftest import snapshot_of

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
ADDED = "setuptools<82  # fedbake: group/add"


def apply(folder: Path, file: str, content: bytes, diff: str) -> bytes:
    """The file after ``git apply``."""
    (folder / file).write_bytes(content)
    (folder / "fixes.patch").write_bytes(diff.encode())
    env = {"PATH": os.environ["PATH"], "GIT_CEILING_DIRECTORIES": str(folder.parent), "HOME": str(folder)}
    for arguments in (["--check", "--whitespace=nowarn"], ["--whitespace=nowarn"]):
        applied = run(["git", "apply", *arguments, "fixes.patch"], env=env, timeout=60, cwd=folder)
        assert applied.code == 0, applied.stderr
    return (folder / file).read_bytes()


def finding(fix, at=None) -> Finding:
    rule = {"replace": "group/swap", "constrain": "group/add", "drop": "group/drop"}[fix.kind]
    place = {"file": at.location.file, "line": at.location.line, "column": at.location.column} if at else {}
    return Finding(rule=rule, severity=Severity.NOTE, message="x", fix=fix, **place)


def swap(at) -> Finding:
    return finding(Replace(package="gmpy2", requirement="torchvision"), at)


ADD = finding(Constrain(requirement="setuptools<82"))

CONDA = {
    "comments and odd indentation": (
        "# the environment\nname:   x\ndependencies:\n- python=3.11   # ours\n- pip\n-  pip:\n   -   torch==2.1.1\n"
        "   -   gmpy2==2.1.5  # logged by MLflow\n   # the end\n\n",
        "# the environment\nname:   x\ndependencies:\n- python=3.11   # ours\n- pip\n-  pip:\n   -   torch==2.1.1\n"
        f"   -   torchvision  # logged by MLflow\n   -   {ADDED}\n   # the end\n\n",
    ),
    "quotes": (
        'dependencies:\n  - python=3.11\n  - pip:\n    - "gmpy2==2.1.5"\nname: x\n',
        f'dependencies:\n  - python=3.11\n  - pip:\n    - "torchvision"\n    - {ADDED}\nname: x\n',
    ),
    "no line end at the end": (
        "dependencies:\n  - pip:\n      - gmpy2==2.1.5",
        f"dependencies:\n  - pip:\n      - torchvision\n      - {ADDED}",
    ),
    "flow style": (
        'dependencies: [python=3.11, {pip: [torch==2.1.1, "gmpy2==2.1.5"]}] # short\n',
        'dependencies: [python=3.11, {pip: [torch==2.1.1, "torchvision", "setuptools<82"]}] # short\n',
    ),
    "another script and a byte order mark": (
        f"{BOM}name: größe # ☃\ndependencies:\n  - pip:\n      - gmpy2==2.1.5\n",
        f"{BOM}name: größe # ☃\ndependencies:\n  - pip:\n      - torchvision\n      - {ADDED}\n",
    ),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("case", CONDA)
def test_a_conda_file(tmp_path, case, newline):
    before, after = (text.replace("\n", newline) for text in CONDA[case])
    visible = before.removeprefix(BOM)
    gmpy2 = declared("conda.yaml", visible, "gmpy2==2.1.5", Origin.CONDA_PIP)
    diff = patch(lambda _: before.encode(), facts(gmpy2), (swap(gmpy2), ADD))
    assert apply(tmp_path, "conda.yaml", before.encode(), diff) == after.encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "dependencies:\n  - python=3.11\n  - numpy=1.26\n# end\n",
            f"dependencies:\n  - python=3.11\n  - numpy=1.26\n  - pip:\n      - {ADDED}\n# end\n",
        ),
        (
            "dependencies: [python=3.11, numpy=1.26]\n",
            'dependencies: [python=3.11, numpy=1.26, {pip: ["setuptools<82"]}]\n',
        ),
    ],
)
def test_a_pip_section_is_made_when_there_is_none(tmp_path, before, after):
    numpy = declared("conda.yaml", before, "numpy=1.26", Origin.CONDA, "numpy==1.26.*")
    diff = patch(lambda _: before.encode(), facts(numpy), (ADD,))
    assert apply(tmp_path, "conda.yaml", before.encode(), diff).decode() == after


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_requirements_file_with_hashes_and_comments(tmp_path, newline):
    before = (
        f"# pinned\ngmpy2==2.1.5 \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{'1' * 64}  # both\n"
        "\nnumpy==1.26.4  # keep\n# end"
    ).replace("\n", newline)
    after = f"# pinned\ntorchvision  # both\n\nnumpy==1.26.4  # keep\n{ADDED}\n# end".replace("\n", newline)
    lines = [
        declared("requirements.txt", before, written, Origin.REQUIREMENTS)
        for written in ("gmpy2==2.1.5", "numpy==1.26.4")
    ]
    diff = patch(lambda _: before.encode(), facts(*lines), (swap(lines[0]), ADD))
    assert apply(tmp_path, "requirements.txt", before.encode(), diff).decode() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "[project]\ndependencies = [\n    # first\n    \"numpy==1.26.4\",\n    'gmpy2==2.1.5'  # odd\n]\n",
            '[project]\ndependencies = [\n    # first\n    "setuptools<82",  # fedbake: group/add\n'
            "    \"numpy==1.26.4\",\n    'torchvision'  # odd\n]\n",
        ),
        (
            '[project]\ndependencies = ["numpy==1.26.4", "gmpy2==2.1.5"]\n',
            '[project]\ndependencies = ["setuptools<82", "numpy==1.26.4", "torchvision"]\n',
        ),
    ],
)
def test_a_pyproject_file(tmp_path, before, after):
    numpy, gmpy2 = (
        declared("pyproject.toml", before, written, Origin.PYPROJECT) for written in ("numpy==1.26.4", "gmpy2==2.1.5")
    )
    diff = patch(lambda _: before.encode(), facts(numpy, gmpy2), (swap(gmpy2), ADD))
    assert apply(tmp_path, "pyproject.toml", before.encode(), diff).decode() == after


def test_leaving_a_package_out_of_one_image_edits_nothing():
    text = "dependencies:\n  - pip:\n      - mlflow==2.14.3\n"
    mlflow = declared("conda.yaml", text, "mlflow==2.14.3", Origin.CONDA_PIP)
    drop = finding(DropFor(package="mlflow", role="learner"), mlflow)
    assert patch(lambda _: text.encode(), facts(mlflow), (drop,)) == ""
    assert patch(lambda _: text.encode(), facts(mlflow), ()) == ""


def test_text_that_is_not_what_the_facts_say_is_never_edited():
    text = 'dependencies: ["\\x67mpy2==2.1.5"]\n'
    gmpy2 = declared("conda.yaml", 'dependencies: ["gmpy2==2.1.5"]\n', "gmpy2==2.1.5", Origin.CONDA_PIP)
    with pytest.raises(RejectedError) as refused:
        patch(lambda _: text.encode(), facts(gmpy2), (swap(gmpy2),))
    assert refused.value.where == "conda.yaml:1:17"


def test_a_file_that_is_not_utf8_is_never_edited():
    gmpy2 = declared("conda.yaml", "gmpy2==2.1.5", "gmpy2==2.1.5", Origin.CONDA_PIP)
    with pytest.raises(RejectedError, match="UTF-8"):
        patch(lambda _: b"gmpy2==2.1.5 # \xe9\n", facts(gmpy2), (swap(gmpy2),))


FILES = {
    "conda.yaml": "# logged\r\nname: x\r\ndependencies:\r\n- python=3.10\r\n- pip\r\n- pip:\r\n"
    "  - torch==2.2.0 # CPU\r\n  - 'gmpy2==2.1.5'\r\n  - mlflow==2.14.3",
    "requirements.txt": "# logged\ntorch==2.2.0\ngmpy2==2.1.5 \\\n  --hash=sha256:" + "0" * 64 + "\nmlflow==2.14.3\n",
    "pyproject.toml": '[project]\nname = "x"\ndependencies = [\n  "torch==2.2.0",\n  "gmpy2==2.1.5", # odd\n'
    '  "mlflow==2.14.3"\n]\n',
}


@pytest.mark.parametrize("file", FILES)
def test_a_repository_that_takes_the_patch_needs_it_no_more(tmp_path, file):
    """Through real inspection: plan, apply fixes.patch, plan again."""
    rules = load_rules([shipped("rules")])
    code = {"model_manager.py": "import torch\nimport torchvision\n"}

    def look(content: str):
        test = RuleTest(name="x", files={file: content, **code}, expect=())
        found = inspect(snapshot_of(test))
        findings = evaluate(found, rules, replace(CONTEXT, fixes=FixLevel.ALL))
        return found, findings, [each.change for each in findings if each.fix]

    found, findings, fixes = look(FILES[file])
    assert len(fixes) >= 3
    diff = patch(lambda _: FILES[file].encode(), found, findings)
    after = apply(tmp_path, file, FILES[file].encode(), diff).decode()
    assert "gmpy2" not in after
    found, findings, fixes = look(after)
    assert not found.problems
    assert fixes == ["mlflow left out of the learner image"]
    assert {each.name for each in found.declarations} > {"torch", "mlflow", "setuptools"}
