"""Tables of versions: read strictly, true to themselves, and asked about what a user pinned."""

from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest
from packaging.requirements import Requirement
from rule_facts import CONTEXT, MINIMAL, changed, declared, facts, rules_of

from fedbake.errors import UsageError
from fedbake.inspect.facts import Declaration, Location, Origin, PythonDeclaration
from fedbake.names import Platform, PythonMinor
from fedbake.resources import shipped
from fedbake.rules.evaluate import evaluate
from fedbake.rules.finding import FixLevel, Severity
from fedbake.rules.load import load_rules
from fedbake.rules.version_tables import load_versions

SHIPPED = load_rules([shipped("rules")])
TABLE = """\
sources: [https://example.org/versions]
checked: 2026-11-22
covers:
  torch: ">=2,<3"
groups:
  - because: It is so.
    in_metadata: false
    bends: needed
    needs:
      torch>=2,<2.1: numpy<2
      torch==2.5:
        - numpy>=1.26
        - python>=3.9
"""
PYTHONS = """\
sources: [https://example.org/python]
checked: 2026-11-22
end_of_life:
  "3.9": 2025-10-31
"""


def folder(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "versions").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (tmp_path / "versions" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def said(*lines: str, rule: str, python: str = "==3.11.*", context=CONTEXT):
    """What one rule says about a requirements file."""
    text = "\n".join(lines) + "\n"
    found = facts(*(declared("requirements.txt", text, line, Origin.REQUIREMENTS) for line in lines))
    found = replace(found, python=(PythonDeclaration(python, Location("requirements.txt"), "python"),))
    return [each for each in evaluate(found, SHIPPED, context) if each.rule == f"dependencies/{rule}"]


def test_a_table_is_read(tmp_path):
    table = load_versions([folder(tmp_path, torch=TABLE)]).tables["torch"]
    assert [str(need) for need in table.needs_of("torch", "2.0.1")] == ["numpy<2"]
    assert [str(need) for need in table.needs_of("torch", "2.5")] == ["numpy>=1.26", "Python >=3.9"]
    assert not list(table.needs_of("torch", "2.4"))


@pytest.mark.parametrize(
    ("wrong", "line", "says"),
    [
        (changed("checked: 2026-11-22", "checked: yesterday", TABLE), 2, "not a date"),
        (changed("checked: 2026-11-22\n", "", TABLE), 1, "'checked' is missing"),
        (changed("https://example.org/versions", "a friend", TABLE), 1, "not a https:// link"),
        (changed('torch: ">=2,<3"', 'torch: ">=3,<2"', TABLE), 4, "no version is"),
        (changed('torch: ">=2,<3"', 'numpy: ">=2"', TABLE), 10, "'covers' does not say"),
        (changed("in_metadata: false", "in_metadata: maybe", TABLE), 7, "in_metadata"),
        (changed("bends: needed", "bends: nobody", TABLE), 8, "bends"),
        (changed("torch>=2,<2.1: numpy<2", "torch>=2,<2.1: numpy", TABLE), 10, "does not name releases"),
        (changed("torch>=2,<2.1: numpy<2", "Torch>=2: numpy<2", TABLE), 10, "does not name releases"),
        (changed("torch>=2,<2.1: numpy<2", "torch>=2,<1: numpy<2", TABLE), 10, "no release is"),
        (changed("- numpy>=1.26", "- numpy>=1.26; python_version>'3'", TABLE), 12, "not a version specifier"),
        (changed("torch==2.5:", "torch>=2,<2.1:", TABLE), 11, "written twice"),
        (changed("groups:", "rows:", TABLE), 5, "unknown key 'rows'"),
        ("- a list\n", 1, "the file"),
    ],
)
def test_a_wrong_table_is_refused_at_its_line(tmp_path, wrong, line, says):
    with pytest.raises(UsageError) as refused:
        load_versions([folder(tmp_path, torch=wrong)])
    assert refused.value.where == f"{tmp_path}/versions/torch.yaml:{line}"
    assert says in refused.value.message


@pytest.mark.parametrize(("written", "line"), [('"3.9": soon', 4), ("4.0: 2025-10-31", 4), ('"3": 2025-10-31', 4)])
def test_a_wrong_list_of_pythons_is_refused_at_its_line(tmp_path, written, line):
    with pytest.raises(UsageError) as refused:
        load_versions([folder(tmp_path, python=PYTHONS.replace('"3.9": 2025-10-31', written))])
    assert refused.value.where == f"{tmp_path}/versions/python.yaml:{line}"


def test_a_folder_of_the_users_own_replaces_one_table_and_keeps_the_others(tmp_path):
    own = load_rules([shipped("rules"), folder(tmp_path, torch=TABLE)]).knowledge.versions
    assert own.tables["torch"].checked == "2026-11-22"
    assert set(own.tables["torch"].covers) == {"torch"}
    assert own.tables["numpy"] == SHIPPED.knowledge.versions.tables["numpy"]


def test_a_table_that_would_be_overlooked_is_refused(tmp_path):
    (folder(tmp_path) / "versions" / "torch.yml").write_text(TABLE)
    with pytest.raises(UsageError, match=r"end in \.yaml"):
        load_versions([tmp_path])


@pytest.mark.parametrize("package", ["torchvision", "torchaudio"])
def test_a_release_of_a_companion_is_for_one_torch(package):
    table = SHIPPED.knowledge.versions.tables["torch"]
    exact = [
        need.of.text.removeprefix(f"{package}==") for need in table.needs if need.of.text.startswith(f"{package}==")
    ]
    assert len(exact) > 20
    for version in exact:
        torch = {need.wanted.text for need in table.needs_of(package, version) if need.wanted.name == "torch"}
        assert len(torch) <= 1


def test_the_one_release_that_goes_with_a_torch():
    table = SHIPPED.knowledge.versions.tables["torch"]
    assert table.only_release("torchvision", "torch", "2.1.1") == "0.16.1"
    assert table.only_release("torchaudio", "torch", "2.1.1") == "2.1.1"
    assert table.only_release("torchvision", "torch", "2.14.0") is None, "0.29.0 and its successors all go with it"


def test_every_need_of_a_shipped_table_is_inside_of_what_was_checked():
    for table in SHIPPED.knowledge.versions.tables.values():
        for need in table.needs:
            assert need.of.versions.is_subset(table.covers[need.of.name].versions), str(need.of.text)


def test_the_line_to_change_is_that_of_the_companion():
    (found,) = said("torchvision==0.17.0", "torch==2.1.1", rule="torch-versions")
    assert (found.where, found.severity) == ("requirements.txt:1:1", Severity.ERROR)
    assert (found.suggestion.before, found.suggestion.after) == ("torchvision==0.17.0", "torchvision==0.16.1")
    assert found.hint is None, "it would say the same"
    assert said("torchvision==0.16.1", "torch==2.1.1", rule="torch-versions") == []


def test_a_companion_of_no_known_release_has_no_suggestion():
    (found,) = said("torchvision==0.17.0", "torch==2.1.9", rule="torch-versions")
    assert (found.suggestion, found.severity) == (None, Severity.ERROR)
    assert found.hint == "write torch==2.2.0, or take another release of torchvision"


def test_the_suggested_edit_settles_the_matter():
    (found,) = said("tensorflow==2.12.0", "numpy==1.26.4", rule="tensorflow-versions")
    assert found.where == "requirements.txt:2:1"
    assert said("tensorflow==2.12.0", found.suggestion.after, rule="tensorflow-versions") == []


@pytest.mark.parametrize(
    ("numpy", "bound"),
    [
        (None, True),
        ("numpy", True),
        ("numpy>=1.26", True),
        ("numpy<2.1", True),
        ("numpy<2", False),
        ("numpy~=1.26", False),
        ("numpy==1.26.*", False),
        ("numpy==1.26.4", False),
        ("numpy==2.1.0", False),
        ("numpy>=2", False),
    ],
)
def test_a_bound_is_added_where_it_is_missing_and_can_hold(numpy, bound):
    lines = ("pandas==1.5.3", *((numpy,) if numpy else ()))
    found = said(*lines, rule="numpy-1-for-packages")
    assert [each.fix.requirement for each in found] == (["numpy<2"] if bound else [])


def test_a_bound_in_a_constraints_file_counts():
    pandas, numpy = (
        declared("requirements.txt", each, each, Origin.REQUIREMENTS) for each in ("pandas==1.5.3", "numpy<2")
    )
    bounded = replace(facts(pandas), constraints=(numpy,))
    rules = [each.rule for each in evaluate(bounded, SHIPPED, CONTEXT)]
    assert "dependencies/numpy-1-for-packages" not in rules
    assert "dependencies/numpy-1-for-packages" in [each.rule for each in evaluate(facts(pandas), SHIPPED, CONTEXT)]


def test_what_a_marker_decides_is_not_judged():
    lines = ('torch==1.13.1; python_version < "3.8"', "torchvision==0.16.1")
    assert said(*lines, rule="torch-versions") == []


@pytest.mark.parametrize(
    ("python", "conflicts"),
    [("==3.12.*", True), ("==3.12.4", True), (">=3.12", True), (">=3.9", False), ("<3.8", True), ("==3.11.9", False)],
)
def test_a_pin_and_python(python, conflicts):
    assert bool(said("torch==2.1.1", python=python, rule="torch-versions")) == conflicts


def test_python_of_the_command_line_wins():
    asked = replace(CONTEXT, python=PythonMinor(3, 12))
    assert said("torch==2.1.1", context=asked, rule="torch-versions")


@pytest.mark.parametrize(
    ("python", "holds"), [("==3.12.*", True), (">=3.12", True), ("==3.11.*", False), (">=3.11", False)]
)
def test_a_rule_for_some_pythons(tmp_path, python, holds):
    rules = rules_of(tmp_path, MINIMAL.replace("{name: numpy}", '{name: numpy}\n      - python: {within: ">=3.12"}'))
    rules = replace(rules, knowledge=SHIPPED.knowledge)
    numpy = facts(declared("requirements.txt", "numpy\n", "numpy", Origin.REQUIREMENTS))
    asked = replace(numpy, python=(PythonDeclaration(python, Location("requirements.txt"), "python"),))
    assert bool(evaluate(asked, rules, CONTEXT)) == holds


def test_a_platform_without_wheels_matters_only_where_it_is_planned():
    (found,) = said("tensorflow==2.9.3", python="==3.10.*", rule="tensorflow-platform")
    assert found.message == "tensorflow==2.9.3 has no wheel for linux/arm64"
    amd64 = replace(CONTEXT, platforms=(Platform.AMD64,))
    assert said("tensorflow==2.9.3", python="==3.10.*", context=amd64, rule="tensorflow-platform") == []


@pytest.mark.parametrize(
    ("today", "found"),
    [
        ("2026-10-31", []),
        ("2026-11-01", ["Python 3.10 has had no security fixes since 2026-10-31"]),
        ("2026-11-02T00:00:00Z", ["Python 3.10 has had no security fixes since 2026-10-31"]),
        (None, ["Python 3.10 has had no security fixes since 2026-10-31"]),
    ],
)
def test_end_of_life_is_judged_at_the_date_of_the_request(today, found):
    then = replace(CONTEXT, today=today)
    assert [each.message for each in said(python="==3.10.*", context=then, rule="python-end-of-life")] == found


@pytest.mark.parametrize("pair", [("torch==2.1.1", "torchvision==0.17.0"), ("pandas==1.5.3", "numpy>=2")])
def test_thousands_of_pins_are_judged_in_no_time(pair):
    lines = [f"{line}.{number}" for number in range(2500) for line in pair]
    pins = tuple(
        Declaration(Requirement(line), Origin.REQUIREMENTS, Location("requirements.txt", number), line)
        for number, line in enumerate(lines, 1)
    )
    started = process_time()
    evaluate(facts(*pins), SHIPPED, CONTEXT)
    assert process_time() - started < 2


@pytest.mark.parametrize("level", FixLevel)
@pytest.mark.parametrize(
    "lines",
    [
        ("mlflow==2.14.1", "numpy==1.26.4", "psutil==5.9.8", "scikit-learn==1.5.2", "scipy==1.14.1"),
        ("mlflow==2.14.1", "gmpy2==2.1.5", "numpy==1.26.4", "torch==2.1.1", "torchvision"),
        ("mlflow==2.14.1", "numpy==1.23.5", "protobuf==3.20.3", "tensorflow==2.12.0"),
    ],
)
def test_the_environments_flops_runs_keep_every_pin(lines, level):
    text = "\n".join(lines)
    found = facts(*(declared("conda.yaml", text, line, Origin.CONDA_PIP) for line in lines), imports=("torchvision",))
    findings = evaluate(found, SHIPPED, replace(CONTEXT, fixes=level))
    about = [each for each in findings if each.rule.startswith("dependencies/")]
    assert about
    assert not [each for each in about if each.fix is not None and each.fix.kind in {"replace", "rename"}]
    if level is not FixLevel.NONE:
        assert not [each for each in about if each.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("origin", "text", "after"),
    [
        (Origin.CONDA, "pytorch-vision=0.17.0=py311", "pytorch-vision==0.16.1"),
        (Origin.PYPROJECT, "torchvision==0.17.0", "torchvision==0.16.1"),
        (Origin.POETRY, 'torchvision = "0.17.0"', 'torchvision = "==0.16.1"'),
        (Origin.PIPFILE, 'torchvision = {version = "==0.17.0"}', 'torchvision = "==0.16.1"'),
    ],
)
def test_a_suggestion_is_written_as_its_list_writes_it(origin, text, after):
    torch = declared("list", f"torch==2.1.1\n{text}\n", "torch==2.1.1", Origin.REQUIREMENTS)
    torchvision = declared("list", f"torch==2.1.1\n{text}\n", text, origin, "torchvision==0.17.0")
    conda_name = "pytorch-vision" if origin is Origin.CONDA else None
    findings = evaluate(facts(torch, replace(torchvision, conda_name=conda_name)), SHIPPED, CONTEXT)
    (found,) = [each for each in findings if each.rule == "dependencies/torch-versions"]
    assert (found.suggestion.before, found.suggestion.after) == (text, after)
