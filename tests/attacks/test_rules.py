"""Hostile rule folders, and hostile text from a repository: refused in a sentence, or shown harmlessly."""

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from fedbake.errors import UsageError
from fedbake.inspect.facts import Declaration, Facts, Location, Origin, Problem
from fedbake.names import ACTORS, Flavor
from fedbake.resources import shipped
from fedbake.rules.context import RuleContext
from fedbake.rules.document import read_document
from fedbake.rules.evaluate import evaluate
from fedbake.rules.load import load_rules
from fedbake.rules.message import fill, visible
from fedbake.rules.patterns import matches

CONTEXT = RuleContext(Flavor.SKLEARN, ACTORS)
RULE = """\
rules:
  - id: group/name
    title: A title
    severity: note
    targets: [learner]
    when:
      - entries: {paths: ["%s"], shapes: [symlink]}
    then: {message: "{paths}"}
    because: It has a reason.
    tests:
      - {name: it speaks, shapes: {a: symlink}, expect: ["a:1:1: a"]}
"""


def load(folder: Path, text: str):
    (folder / "structure").mkdir(exist_ok=True)
    (folder / "structure" / "rule.yaml").write_text(text, encoding="utf-8")
    return load_rules([folder])


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "[a-z]*",
        "../*",
        "/etc/passwd",
        "a//b",
        ".",
        "a/./b",
        "a**",
        "a\\\\b",
        "тorch.py",
        "",
        "a b",
        "x" * 300,
    ],
)
def test_only_path_patterns_are_patterns(tmp_path, pattern):
    with pytest.raises(UsageError) as refused:
        load(tmp_path, RULE % pattern)
    assert refused.value.where == f"{tmp_path}/structure/rule.yaml:7"


def test_the_worst_pattern_ends_at_once():
    started = time.process_time()
    assert not matches("*a" * 120 + "*b", "a" * 1024)
    assert not matches("/".join(["**", "a"] * 60) + "/b", "/".join("a" * 32))
    assert time.process_time() - started < 2


@given(st.text("ab/*?", min_size=1, max_size=12), st.text("ab/", min_size=1, max_size=12))
def test_patterns_agree_with_a_naive_reading(pattern, path):
    def naive(left: str, right: str) -> bool:
        if not left:
            return not right
        if left[0] == "*":
            return naive(left[1:], right) or (bool(right) and right[0] != "/" and naive(left, right[1:]))
        return (
            bool(right) and (left[0] == right[0] or (left[0] == "?" and right[0] != "/")) and naive(left[1:], right[1:])
        )

    if "**" not in pattern:
        assert matches(pattern, path) == naive(pattern, path)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        "a: " * 5000,
        "- " * 5000 + "x",
        "{a: " * 5000,
        "&a [*a]",
        "a: &x [1]\nb: *x\n",
        "a: {<<: {b: 1}, b: 2, <<: 3}",
        "!!python/object/apply:os.system [id]",
        "a: !include /etc/passwd",
        "? [a]\n: b",
        "%YAML 9.9\n---\na",
        "a: 1\n---\nb: 2\n",
        "a: \x00",
        "x: " + "y" * 300_000,
        "a: 'unclosed",
        "\t",
    ],
)
def test_a_hostile_document_is_refused_in_a_sentence(text):
    started = time.process_time()
    with pytest.raises(UsageError) as refused:
        read_document("rule.yaml", text)
    assert time.process_time() - started < 2
    assert "\n" not in refused.value.message
    assert str(refused.value.where).startswith("rule.yaml")


@given(st.text(max_size=200))
def test_any_text_is_a_document_or_refused(text):
    with suppress(UsageError):
        read_document("rule.yaml", text)


def test_rule_files_cannot_run_code_through_placeholders(tmp_path):
    for message in ("{paths.__class__}", "{paths!r}", "{paths:>999999999}", "{0}", "{}", "{paths[0]}"):
        with pytest.raises(UsageError):
            load(tmp_path, (RULE % "**").replace('"{paths}"', f'"{message}"'))


def test_values_are_filled_in_once():
    assert fill("{a} {{a}}", {"a": "{a} {b}"}) == "{a} {b} {a}"


@given(st.text())
def test_what_is_shown_is_one_line_of_printable_characters(text):
    shown = visible(text)
    assert shown.isprintable()
    assert len(shown) <= 300


def test_a_repository_cannot_write_to_the_terminal_through_a_finding():
    evil = "x\x1b]52;c;AAAA\x07\r\nerror: all is well \u202e"
    declaration = Declaration(Requirement("mlflow==2.14.3"), Origin.REQUIREMENTS, Location("requirements.txt"), evil)
    problem = Problem("yaml-syntax", evil, Location("conda.yaml"), evil)
    facts = Facts({}, ("requirements.txt",), (declaration,), (), {}, (problem,))
    findings = evaluate(facts, load_rules([shipped("rules")]), CONTEXT)
    assert {"dependencies/mlflow-in-learner", "structure/dependency-file-unreadable"} <= {
        each.rule for each in findings
    }
    for finding in findings:
        assert finding.message.isprintable()
        first, *others = (finding.hint or "").split("\n")
        assert first.isprintable()
        assert all(line.isprintable() and line.startswith("    ") for line in others)


def test_similar_names_are_other_packages():
    """A rule about one package says nothing about another that only looks like it, and nobody corrects it silently."""
    rules = load_rules([shipped("rules")])
    said = {"mlfl0w": ["dependencies/misspelt-name"], "torchvison": ["dependencies/misspelt-name"]}
    for name in ("mlflow-skinny", "mlfl0w", "mlflow2", "torchvison"):
        declaration = Declaration(
            Requirement(f"{name}==2.1.0"), Origin.REQUIREMENTS, Location("requirements.txt"), name
        )
        facts = Facts({}, ("requirements.txt",), (declaration,), (), {}, ())
        found = [each for each in evaluate(facts, rules, CONTEXT) if each.rule.startswith("dependencies/")]
        assert [each.rule for each in found] == said.get(name, [])
        assert not any(each.fix for each in found)
