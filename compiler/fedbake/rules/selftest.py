"""The tests inside rule files: tiny repositories go through real inspection, and the rule must say exactly what it says
there."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from fedbake.inspect import inspect
from fedbake.inspect.mlmodel import read_model
from fedbake.names import ACTORS, PythonMinor, Role
from fedbake.rules.context import RuleContext
from fedbake.rules.evaluate import evaluate, evaluate_locked
from fedbake.rules.finding import Finding
from fedbake.rules.knowledge import Knowledge
from fedbake.rules.load import RuleSet
from fedbake.rules.locked import LockedFacts
from fedbake.rules.rule import Rule, RuleTest
from fedbake.rules.translation import translated
from fedbake.source.snapshot import Entry, EntryKind, Snapshot


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one test of a rule expects and what the rule said, each sorted."""

    rule: str
    test: str
    expected: tuple[str, ...]
    said: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the rule said exactly what the test expects."""
        return self.expected == self.said


@dataclass(frozen=True, slots=True)
class _Texts:
    """Contents of the regular files of a test."""

    files: Mapping[str, str]

    def read(self, path: str) -> bytes:
        """The bytes of one file; ``KeyError`` for any other path."""
        return self.files[path].encode("utf-8")

    def chunks(self, path: str) -> Iterator[bytes]:
        """The same in one piece."""
        yield self.read(path)

    def sha256(self, path: str) -> str:
        """The digest of one file."""
        return hashlib.sha256(self.read(path)).hexdigest()


def run_tests(rules: RuleSet) -> Iterator[Outcome]:
    """Run every test of every rule, each rule on its own."""
    for rule in rules.rules:
        for test in rule.tests:
            yield run_test(rule, test, rules.knowledge)


def run_test(rule: Rule, test: RuleTest, knowledge: Knowledge) -> Outcome:
    """Run one test of one rule.

    Raises:
        UsageError: the test asks for a Python version that is none.
    """
    found = said(rule, test, knowledge)
    return Outcome(rule.id, test.name, tuple(sorted(test.expect)), tuple(sorted(map(_line, found))))


def said(rule: Rule, test: RuleTest, knowledge: Knowledge) -> tuple[Finding, ...]:
    """What one rule says about the repository of a test.

    Raises:
        UsageError: the test asks for a Python version that is none.
    """
    python = PythonMinor.parse(test.python) if test.python is not None else None
    roles = tuple(role for role in ACTORS if role in rule.targets) or rule.targets
    context = RuleContext(test.flavor, roles, python=python, fixes=test.fixes, accelerators=dict(test.accelerators))
    rules = RuleSet((rule,), {}, knowledge)
    facts = inspect(snapshot_of(test))
    if roles == (Role.INFERENCE,):
        model = read_model(snapshot_of(test))
        facts, context = model.facts, replace(context, loader=model.loader)
    facts = translated(facts, knowledge.names)
    locked = tuple(LockedFacts(**package.model_dump()) for package in test.locked)
    return evaluate_locked(facts, locked, rules, context) if rule.needs_lock else evaluate(facts, rules, context)


def snapshot_of(test: RuleTest) -> Snapshot:
    """The repository a test describes."""
    files = {path: content for path, content in test.files.items() if path not in test.shapes}
    plain = {path: "" for path, shape in test.shapes.items() if shape in {"file", "executable"}}
    entries = [Entry(path, EntryKind.FILE, len(content.encode())) for path, content in files.items()]
    for path, shape in test.shapes.items():
        pointer = shape == "lfs-pointer"
        kind = EntryKind.FILE if pointer else EntryKind(shape)
        entries.append(Entry(path, kind, len(test.files.get(path, "").encode()), pointer))
    contents = _Texts({**plain, **test.files})
    return Snapshot("rule/test", None, None, 0, "0" * 64, tuple(sorted(entries)), contents)


def _line(finding: Finding) -> str:
    return f"{finding.where or 'repository'}: {finding.message}"
