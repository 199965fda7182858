"""Any text gets an answer, what is suggested reads back as it was meant, and rule files have no order."""

import shutil
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from test_inspect_properties import (
    facts_of,
    python_pieces,
    requirement_texts,
    toml_texts,
    wild_specs,
    yaml_texts,
)

from fedbake.inspect.dependency_files import PRECEDENCE
from fedbake.inspect.facts import Facts
from fedbake.names import ACTORS, Flavor
from fedbake.resources import shipped
from fedbake.rules.context import RuleContext
from fedbake.rules.evaluate import evaluate
from fedbake.rules.finding import Finding, Replace
from fedbake.rules.load import RuleSet, load_rules
from fedbake.rules.suggesting import suggested
from fedbake.rules.translation import translated

EXAMPLE = Path(__file__).parents[2] / "golden/sklearn-digits/repo"
CODE = {name: (EXAMPLE / name).read_bytes() for name in ("model_manager.py", "data_manager.py")}
CONTEXT = RuleContext(Flavor.SKLEARN, ACTORS)
SHIPPED = load_rules([shipped("rules")])


def judged(files: dict[str, bytes], rules: RuleSet = SHIPPED) -> tuple[Facts, tuple[Finding, ...]]:
    """The facts of the example's code with these files, and what the rules say about them."""
    facts = translated(facts_of({**CODE, **files}), rules.knowledge.names)
    return facts, evaluate(facts, rules, CONTEXT)


any_text = st.one_of(
    st.text(max_size=200),
    yaml_texts,
    toml_texts,
    requirement_texts,
    st.lists(wild_specs, max_size=5).map(lambda some: f"setup(install_requires={some!r})\n"),
    st.lists(wild_specs, max_size=5).map(lambda some: "[options]\ninstall_requires =\n    " + "\n    ".join(some)),
    st.lists(wild_specs, max_size=5).map(lambda some: "[packages]\n" + "\n".join(f"a = {each!r}" for each in some)),
    st.lists(python_pieces, max_size=20).map("".join),
    wild_specs.map("conda_env: {}\n".format),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PRECEDENCE), any_text)
def test_any_text_in_any_dependency_file_gives_a_result_or_a_finding(file: str, text: str) -> None:
    facts, findings = judged({file: text.encode("utf-8", "replace")})
    read = (*facts.declarations, *facts.dropped, *facts.accelerators, *facts.constraints)
    assert read or any(each.file == file for each in findings)
    for finding in findings:
        assert finding.message.isprintable()
        assert finding.file is None or finding.file in facts.entries
    for declared in read:
        assert declared.location.file == file


LISTS = {
    "conda.yaml": "dependencies:\n- python=3.11\n- {}  # why\n",
    "environment.yml": "dependencies:\n- python=3.11\n- pip:\n  - '{}'\n",
    "python_env.yaml": "python: 3.11.4\ndependencies:\n- {}\n",
    "requirements.txt": "wheel\n  {}  # why\n",
    "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['{}']\n",
    "setup.cfg": "[options]\ninstall_requires =\n    wheel\n    {}\n",
    "setup.py": 'setup(install_requires=["wheel", "{}"])\n',
}
TABLES = {
    "pyproject.toml": "[tool.poetry.dependencies]\npython = '^3.11'\n{}  # why\n",
    "Pipfile": "[packages]\n{}\n",
}
releases = st.lists(st.integers(0, 99), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
clauses = st.lists(
    st.builds("{}{}".format, st.sampled_from(["==", ">=", "<", "!="]), releases), max_size=3, unique=True
)
names = st.sampled_from(["torch", "Zope.interface", "typing_extensions", "scikit-learn"])
extras = st.sampled_from(["", "[a]", "[a,b-c]"])
markers = st.sampled_from(["", "; python_version < '3.12'", "; sys_platform == 'linux' and extra == 'x'"])


@pytest.mark.parametrize("file", LISTS)
@settings(max_examples=40, deadline=None)
@given(names, extras, clauses, clauses, markers)
def test_a_suggested_requirement_reads_back_as_the_same(file, name, extra, before, after, marker):
    plain = file == "conda.yaml"
    tail = "" if plain else marker.replace("'", '"') if "'{}'" in LISTS[file] else marker
    head = name if plain else name + extra
    text = LISTS[file].replace("{}", f"{head}{','.join(before)}{tail}")
    read_back(file, text, Requirement(f"{head}{','.join(after)}{tail}"))


@pytest.mark.parametrize("file", TABLES)
@settings(max_examples=40, deadline=None)
@given(names, extras, releases, clauses, markers)
def test_a_suggested_entry_of_a_table_reads_back_as_the_same(file, name, extra, before, after, marker):
    key = f'"{name}"' if "." in name else name
    text = TABLES[file].replace("{}", f'{key} = "=={before}"')
    read_back(file, text, Requirement(f"{name}{extra}{','.join(after)}{marker}"))


def read_back(file: str, text: str, wanted: Requirement) -> None:
    """Write what is suggested for a requirement into the file, and read it again."""
    declared = next(each for each in facts_of({file: text.encode()}).declarations if each.name not in {"wheel"})
    edit = suggested(Replace(package=declared.name, requirement=str(wanted)), declared)
    lines = text.split("\n")
    line = lines[edit.line - 1]
    assert line[edit.column - 1 :].startswith(edit.before)
    lines[edit.line - 1] = line[: edit.column - 1] + edit.after + line[edit.column - 1 + len(edit.before) :]
    again = facts_of({file: "\n".join(lines).encode()})
    assert [each.requirement for each in again.declarations if each.name != "wheel"] == [wanted]


@cache
def rule_files() -> tuple[Path, ...]:
    """The rule files among the shipped data."""
    folder = shipped("rules")
    files = sorted(path for group in ("structure", "dependencies") for path in (folder / group).glob("*.yaml"))
    return tuple(path for path in files if path.name != "actor-runtime.yaml")


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.permutations(range(len(rule_files()))))
def test_rules_find_the_same_in_whatever_order_their_files_are_read(tmp_path_factory, order):
    folder = tmp_path_factory.mktemp("rules") / "shuffled"
    shutil.copytree(shipped("rules"), folder)
    for path, number in zip(rule_files(), order, strict=True):
        group = path.parent.name
        (folder / group / path.name).unlink()
        shutil.copyfile(path, folder / group / f"{number:02}.yaml")
    messy = {
        "conda.yaml": b"dependencies:\n- pytorch=2.1.1\n- pip:\n  - mlflow==2.14.3\n  - numpy==2.1.0\n  - sklearn\n"
    }
    shuffled = load_rules([folder])
    assert shuffled.rules == SHIPPED.rules
    (_, found), (_, usual) = judged(messy, shuffled), judged(messy)
    assert found == usual
    assert len({finding.rule for finding in found}) > 5
