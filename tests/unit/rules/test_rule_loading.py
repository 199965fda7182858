"""Rule files are read strictly: what is not understood is refused with its file and line."""

import pytest
from rule_facts import MINIMAL, changed, rules_folder, rules_of

from fedbake.errors import UsageError
from fedbake.resources import shipped
from fedbake.rules.load import load_rules

SECOND = MINIMAL.replace("rules:\n", "")


def test_a_correct_rule_is_read(tmp_path):
    (rule,) = rules_of(tmp_path, MINIMAL).rules
    assert rule.id == "group/name"
    assert rule.when[0].describe() == "`numpy` is declared"


@pytest.mark.parametrize(
    ("wrong", "line", "says"),
    [
        (changed("severity: note", "severity: fatal"), 4, "severity"),
        (changed("title: A title", "titel: A title"), 3, "'titel'"),
        (changed("    because: It has a reason.\n", ""), 2, "'because'"),
        (changed("name: numpy}", "name: numpy, versoin: '>1'}"), 7, "'versoin'"),
        (changed("name: numpy}", "name: NumPy}"), 7, "normalised name"),
        (changed("name: numpy}", "name: numpy, pinned: latest}"), 7, "version specifier"),
        (changed("name: numpy}", "name: numpy, pinned: '<1,>2'}"), 7, "no version is"),
        (changed("dependency: {name: numpy}", "dependancy: {name: numpy}"), 7, "unknown kind 'dependancy'"),
        (changed("dependency: {name: numpy}", "numpy"), 7, "a mapping of one kind"),
        (changed("dependency: {name: numpy}", "not: {dependency: {name: numpy}}"), 7, "cannot be 'not'"),
        (changed("name: numpy}\n", "name: numpy}\n      - not: {dependency: {name: numpy}}\n"), 8, "can never hold"),
        (changed(r"\{text\} is here", "{txet} is here"), 9, "unknown placeholder 'txet'"),
        (changed(r"\{text\} is here", "{text.__class__} is here"), 9, "not a plain placeholder"),
        (changed(r"\{text\} is here", "{text is here"), 9, "expected '}'"),
        (changed("expect: .*", "expect: []"), 11, "may well match nothing"),
        (changed("targets: .learner.", "targets: []"), 5, "targets"),
        (changed("targets: .learner.", "targets: [teacher]"), 5, "targets"),
        (changed("id: group/name", "id: Group Name"), 2, "not a rule id"),
        (changed("because: It", "fix: {drop: {package: numpy, role: learner}}\n    because: It"), 10, "'fix'"),
        (changed('is here"', 'is here"\n      fix: {drop: {package: torch, role: learner}}'), 10, "edits 'torch'"),
        (changed('is here"', 'is here"\n      fix: {constrain: {requirement: "a; b"}}'), 10, "plain requirement"),
        (changed('is here"', 'is here"\n      fix: {remove: {package: numpy}}'), 10, "unknown kind 'remove'"),
        (changed("title: A title", "title: A title\n    title: Another"), 4, "written twice"),
        (changed("title: A title", "title: &a A title"), 3, "anchors"),
        (changed("title: A title", "title: !!str A title"), 3, "tag"),
        (changed("title: A title", "title: 3"), 3, "title"),
        (changed("rules:\n", "rules:\n\t- x\n"), 2, "not YAML"),
        (MINIMAL + "---\nrules: []\n", 15, "one YAML document"),
        (MINIMAL + SECOND, 15, "used twice"),
        ("rules: []\n", 1, "rules"),
        ("table: {}\n", 1, "'table'"),
    ],
)
def test_a_wrong_rule_is_refused_at_its_line(tmp_path, wrong, line, says):
    with pytest.raises(UsageError) as refused:
        rules_of(tmp_path, wrong)
    assert refused.value.where == f"{tmp_path}/structure/rule.yaml:{line}"
    assert says in refused.value.message


def test_a_later_folder_replaces_a_file_of_the_same_name(tmp_path):
    first = rules_folder(tmp_path / "first", a=MINIMAL, b=MINIMAL.replace("group/name", "group/other"))
    second = rules_folder(tmp_path / "second", a=MINIMAL.replace("A title", "My title"))
    rules = load_rules([first, second])
    assert {rule.id: rule.title for rule in rules.rules} == {"group/name": "My title", "group/other": "A title"}
    assert rules.places["group/name"] == f"{second}/structure/a.yaml:2"


def test_a_rule_of_a_later_folder_replaces_the_rule_of_the_same_id(tmp_path):
    other = MINIMAL.replace("group/name", "group/other")
    first = rules_folder(tmp_path / "first", many=MINIMAL + other.replace("rules:\n", ""))
    second = rules_folder(tmp_path / "second", mine=MINIMAL.replace("A title", "My title"))
    rules = load_rules([first, second])
    assert {rule.id: rule.title for rule in rules.rules} == {"group/name": "My title", "group/other": "A title"}
    assert rules.places["group/name"] == f"{second}/structure/mine.yaml:2"


def test_an_id_is_unique_in_one_folder(tmp_path):
    folder = rules_folder(tmp_path, a=MINIMAL, b=MINIMAL)
    with pytest.raises(UsageError, match="used twice") as refused:
        load_rules([folder])
    assert f"{folder}/structure/a.yaml:2" in refused.value.message
    assert refused.value.where == f"{folder}/structure/b.yaml:2"


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(UsageError, match="not a rules folder"):
        load_rules([tmp_path])


def test_a_rule_file_that_would_be_overlooked_is_refused(tmp_path):
    folder = rules_folder(tmp_path, a=MINIMAL)
    (folder / "structure" / "b.yml").write_text(MINIMAL)
    with pytest.raises(UsageError, match=r"end in \.yaml"):
        load_rules([folder])


def test_data_tables_are_not_rules(tmp_path):
    folder = rules_folder(tmp_path, a=MINIMAL)
    (folder / "dependencies").mkdir()
    (folder / "dependencies" / "actor-runtime.yaml").write_text("anything: else\n")
    assert len(load_rules([folder]).rules) == 1


def test_an_unknown_rule_is_answered_with_the_nearest_one():
    with pytest.raises(UsageError) as refused:
        load_rules([shipped("rules")]).rule("structure/model-manager-method")
    assert "structure/model-manager-methods" in str(refused.value.hint)
