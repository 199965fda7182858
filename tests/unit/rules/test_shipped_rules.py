"""The rules that ship: each does what its own tests say, has an example, and stands in the reference."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from rule_facts import MINIMAL, rules_folder

from fedbake.cli.explain import command as explain
from fedbake.cli.rules import command as rules_command
from fedbake.errors import UsageError
from fedbake.resources import shipped
from fedbake.rules.built_in import BUILT_IN
from fedbake.rules.finding import Severity
from fedbake.rules.load import load_rules
from fedbake.rules.reference import document
from fedbake.rules.selftest import run_test

SHIPPED = load_rules([shipped("rules")])
TOP = Path(__file__).parents[3]
TESTS = [pytest.param(rule, test, id=f"{rule.id}: {test.name}") for rule in SHIPPED.rules for test in rule.tests]
NOT_A_FOLDER = {"structure/required-submodule"}
"""Errors no example folder can show: a submodule exists only in a Git repository."""


@pytest.mark.parametrize(("rule", "test"), TESTS)
def test_a_rule_says_what_its_test_expects(rule, test):
    outcome = run_test(rule, test, SHIPPED.knowledge)
    assert outcome.said == outcome.expected


def test_the_reference_is_up_to_date():
    """``fedbake rules docs > docs/rules.md`` writes it."""
    assert (TOP / "docs" / "rules.md").read_text(encoding="utf-8") == document(SHIPPED)


def test_every_structural_error_has_a_broken_example():
    errors = {
        rule.id
        for rule in SHIPPED.rules
        if rule.id.startswith("structure/") and rule.severity is Severity.ERROR and rule.id not in NOT_A_FOLDER
    }
    examples = {f"structure/{folder.name.removeprefix('broken-')}" for folder in (TOP / "golden").glob("broken-*")}
    assert errors <= examples


def invoke(command, *arguments, code=0):
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.exception is None, result.exception
    assert (result.return_value or 0) == code
    return result.output


def test_rules_lists_them():
    assert f"{SHIPPED.rules[0].id} " in invoke(rules_command)
    listed = json.loads(invoke(rules_command, "--format", "json"))["rules"]
    assert [each["rule"] for each in listed] == [rule.id for rule in SHIPPED.rules]


def test_rules_test_runs_them_and_counts():
    assert invoke(rules_command, "test").endswith(f"{len(TESTS)} tests passed, 0 failed\n")


def test_rules_test_shows_what_was_expected_and_what_was_said(tmp_path):
    folder = rules_folder(tmp_path, mine=MINIMAL.replace("1:1: numpy is here", "1:1: numpy is there"))
    output = invoke(rules_command, "test", "--rules", str(folder), code=1)
    assert "group/name: it speaks" in output
    assert "  - requirements.txt:1:1: numpy is there\n  + requirements.txt:1:1: numpy is here\n" in output


def test_rules_docs_is_the_reference():
    assert invoke(rules_command, "docs") == document(SHIPPED)


def test_explain_shows_the_reason_and_the_change():
    output = invoke(explain, "dependencies/gmpy2-for-torchvision")
    assert "gmpy2 left out of every image" in output
    rule = SHIPPED.rule("dependencies/gmpy2-for-torchvision")
    assert rule.because in output
    shown = json.loads(invoke(explain, rule.id, "--format", "json"))
    assert shown["then"]["fix"] == {"kind": "drop", "package": "gmpy2", "role": None}


def test_explain_of_a_rule_of_the_users_own(tmp_path):
    folder = rules_folder(tmp_path, mine=MINIMAL)
    assert "It has a reason." in invoke(explain, "group/name", "--rules", str(folder))


def test_explain_of_no_rule():
    result = CliRunner().invoke(explain, ["structure/nothing"], standalone_mode=False)
    assert isinstance(result.exception, UsageError)


def test_findings_without_a_rule_are_explained_too():
    source = "".join(path.read_text() for path in (TOP / "compiler/fedbake/plan").glob("*.py"))
    said = set(re.findall(r'rule="((?:plan|resolve)/[a-z-]+)"', source))
    assert said == set(BUILT_IN)
    for identifier in said:
        assert BUILT_IN[identifier].because in CliRunner().invoke(explain, [identifier]).output
