"""Findings depend on the facts and the rules, never on the order either came in."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_facts import CONTEXT, MINIMAL, a_class, a_method, changed, declared, facts, rules_of

from fedbake.inspect.facts import Location, ModuleFacts, Origin, Problem
from fedbake.names import ACTORS, Flavor, Role
from fedbake.resources import shipped
from fedbake.rules.context import RuleContext
from fedbake.rules.evaluate import evaluate
from fedbake.rules.finding import FixLevel, Severity, Suggestion
from fedbake.rules.load import RuleSet, load_rules
from fedbake.source.snapshot import Entry, EntryKind

SHIPPED = load_rules([shipped("rules")])
METHODS = (
    "set_model_data",
    "get_model",
    "get_model_parameters",
    "set_model_parameters",
    "fit_model",
    "evaluate_model",
)
PINS = "mlflow==2.14.3\ngmpy2==2.1.5\ntorch==2.1.1\nsetuptools==82.0.1\n"


def requirement(written, text=PINS):
    return declared("requirements.txt", text, written, Origin.REQUIREMENTS)


def of_rule(findings, name):
    return [finding for finding in findings if finding.rule.endswith(f"/{name}")]


def manager(*methods, **more):
    complete = (a_method(name, *((1, 1) if name == "set_model_parameters" else (0, 0))) for name in METHODS)
    return a_class("ModelManager", *(methods or complete), **more)


MESSY = replace(
    facts(
        *map(requirement, PINS.split()),
        imports=("torchvision.io", "pkg_resources"),
        classes=(manager(a_method("fit_model", 1, 1), bases=("Base",)), a_class("Base", line=40)),
    ),
    python=(),
    problems=(Problem("python-syntax", "bad", Location("old.py", 3, 1)),),
    entries={
        "latest": Entry("latest", EntryKind.SYMLINK, 0),
        "data_manager.py": Entry("data_manager.py", EntryKind.SUBMODULE, 0),
        "requirements.txt": Entry("requirements.txt", EntryKind.FILE, 1),
    },
)


@given(st.permutations(SHIPPED.rules), st.permutations(list(MESSY.entries)))
def test_the_order_of_rules_and_files_does_not_matter(rules, paths):
    shuffled = replace(MESSY, entries={path: MESSY.entries[path] for path in paths})
    findings = evaluate(shuffled, RuleSet(tuple(rules), {}, SHIPPED.knowledge), CONTEXT)
    assert findings == evaluate(MESSY, SHIPPED, CONTEXT)
    assert len(findings) > 12


def test_findings_are_sorted_by_place():
    places = [(each.file or "", each.line or 0, each.column or 0) for each in evaluate(MESSY, SHIPPED, CONTEXT)]
    assert places == sorted(places)


TORCH_PINS = "torch==2.1.1\ntorchvision==0.17.0\n"
TORCH = facts(requirement("torch==2.1.1", TORCH_PINS), requirement("torchvision==0.17.0", TORCH_PINS))


@pytest.mark.parametrize(
    ("asked", "severity", "changed"),
    [
        (CONTEXT, Severity.ERROR, None),
        (replace(CONTEXT, fixes=FixLevel.NONE), Severity.ERROR, None),
        (replace(CONTEXT, fixes=FixLevel.ALL), Severity.WARNING, "torchvision==0.16.1"),
        (replace(CONTEXT, fixes=FixLevel.ALL, strict=True), Severity.ERROR, None),
    ],
)
def test_an_exact_pin_is_changed_only_where_everything_may_be_repaired(asked, severity, changed):
    (found,) = of_rule(evaluate(TORCH, SHIPPED, asked), "torch-versions")
    assert found.severity is severity
    assert (found.fix.requirement if found.fix else None) == changed
    edit = Suggestion(
        file="requirements.txt", line=2, column=1, before="torchvision==0.17.0", after="torchvision==0.16.1"
    )
    assert found.suggestion == (None if changed else edit)


def test_a_fix_of_no_pin_is_made_unless_nothing_may_be_repaired():
    found = facts(requirement("mlflow==2.14.3"))
    severities = {}
    for level in FixLevel:
        (bound,) = of_rule(evaluate(found, SHIPPED, replace(CONTEXT, fixes=level)), "pkg-resources-for-packages")
        severities[level] = (bound.severity, bound.fix is not None)
    made = (Severity.NOTE, True)
    assert severities == {FixLevel.NONE: (Severity.ERROR, False), FixLevel.SAFE: made, FixLevel.ALL: made}


def test_strict_leaves_a_change_of_no_pin_alone():
    (strict,) = of_rule(
        evaluate(facts(requirement("mlflow==2.14.3")), SHIPPED, replace(CONTEXT, strict=True)), "mlflow-in-learner"
    )
    assert strict.severity is Severity.NOTE
    assert strict.fix is not None


def test_a_note_that_would_change_a_pin_becomes_a_warning(tmp_path):
    rules = rules_of(tmp_path, changed('is here"', 'is here"\n      fix: {constrain: {requirement: torch<2}}'))
    found = facts(requirement("numpy", "numpy\n"), requirement("torch==2.1.1"))
    everything = replace(CONTEXT, fixes=FixLevel.ALL)
    assert [each.severity for each in evaluate(found, rules, everything)] == [Severity.WARNING]
    fitting = facts(requirement("numpy", "numpy\n"), requirement("torch==1.9", "torch==1.9\n"))
    assert [each.severity for each in evaluate(fitting, rules, everything)] == [Severity.NOTE]


def test_a_rule_for_another_image_is_silent():
    found = facts(requirement("mlflow==2.14.3"))
    aggregator = RuleContext(Flavor.SKLEARN, (Role.AGGREGATOR,))
    assert of_rule(evaluate(found, SHIPPED, CONTEXT), "mlflow-in-learner")
    assert not of_rule(evaluate(found, SHIPPED, aggregator), "mlflow-in-learner")


@pytest.mark.parametrize(("flavor", "count"), [(Flavor.PYTORCH, 1), (Flavor.KERAS, 0), (None, 0)])
def test_a_rule_for_a_flavor(tmp_path, flavor, count):
    rules = rules_of(tmp_path, MINIMAL.replace("{name: numpy}", "{name: numpy}\n      - flavor: {one_of: [pytorch]}"))
    found = facts(requirement("numpy", "numpy\n"))
    assert len(evaluate(found, rules, RuleContext(flavor, ACTORS))) == count


def test_each_missing_method_is_one_finding_at_the_class():
    methods = [a_method(name) for name in METHODS if name not in {"fit_model", "get_model"}]
    found = of_rule(evaluate(facts(classes=(manager(*methods, line=7),)), SHIPPED, CONTEXT), "model-manager-methods")
    assert [(each.where, each.message) for each in found] == [
        ("model_manager.py:7:1", "ModelManager has no method fit_model()"),
        ("model_manager.py:7:1", "ModelManager has no method get_model()"),
    ]


def test_methods_of_a_base_in_another_file_count():
    base = replace(a_class("Base", *map(a_method, METHODS)), location=Location("lib/base.py", 2))
    found = facts(classes=(a_class("ModelManager", bases=("base.Base",), line=4),))
    found = replace(found, modules={**found.modules, "lib/base.py": ModuleFacts("lib/base.py", {"Base": base}, ())})
    assert not of_rule(evaluate(found, SHIPPED, CONTEXT), "model-manager-methods")


def test_classes_that_inherit_from_each_other_end():
    circle = (a_class("ModelManager", bases=("Other",)), a_class("Other", bases=("ModelManager",), line=9))
    assert len(of_rule(evaluate(facts(classes=circle), SHIPPED, CONTEXT), "model-manager-methods")) == 6


def test_what_a_foreign_base_may_bring_is_a_note_not_an_error():
    findings = evaluate(facts(classes=(a_class("ModelManager", bases=("kit.Base",)),)), SHIPPED, CONTEXT)
    assert not of_rule(findings, "model-manager-methods")
    (note,) = of_rule(findings, "model-manager-inherited")
    assert note.severity is Severity.NOTE
    assert "kit.Base" in note.message


@pytest.mark.parametrize(
    ("required", "accepted", "says"),
    [(0, 0, "no argument"), (2, 2, "2 arguments"), (2, None, "at least 2 arguments"), (1, 1, None), (0, None, None)],
)
def test_arity(required, accepted, says):
    methods = [a_method(name) for name in METHODS if name != "set_model_parameters"]
    setter = a_method("set_model_parameters", required, accepted)
    found = of_rule(evaluate(facts(classes=(manager(*methods, setter),)), SHIPPED, CONTEXT), "model-manager-arity")
    expected = f"ModelManager.set_model_parameters takes {says} besides self, but is called with 1 argument"
    assert [each.message for each in found] == ([expected] if says else [])


def test_a_missing_file_is_said_once():
    found = facts()
    found = replace(found, entries={}, modules={}, dependency_files=(), python=())
    rules = sorted(each.rule for each in evaluate(found, SHIPPED, CONTEXT))
    assert rules == [
        "structure/data-manager-missing",
        "structure/dependency-file-missing",
        "structure/model-manager-missing",
    ]


def test_every_problem_is_told_with_its_hint():
    found = replace(
        facts(classes=(manager(),)),
        problems=(
            Problem("yaml-syntax", "this is no YAML", Location("conda.yaml", 4, 2), "indent it"),
            Problem("a-code-nobody-foresaw", "this is odd", Location("conda.yaml", 5, 1)),
            Problem("python-syntax", "invalid syntax", Location("model_manager.py", 6, 1)),
            Problem("python-syntax", "invalid syntax", Location("scripts/old.py", 1, 1)),
        ),
    )
    told = {each.where: (each.severity, each.message, each.hint) for each in evaluate(found, SHIPPED, CONTEXT)}
    assert told == {
        "conda.yaml:4:2": (Severity.ERROR, "this is no YAML", "indent it"),
        "conda.yaml:5:1": (Severity.ERROR, "this is odd", None),
        "model_manager.py:6:1": (Severity.ERROR, "invalid syntax", None),
        "scripts/old.py:1:1": (Severity.WARNING, "invalid syntax", None),
    }
