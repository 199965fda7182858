"""What no single field shows: rules that can never speak, or that say or change what they do not know."""

import re
from collections.abc import Iterator
from typing import TypeAlias

from packaging.requirements import InvalidRequirement, Requirement

from fedbake.rules.conditions.base import Condition
from fedbake.rules.conditions.declarations import Dependency
from fedbake.rules.conditions.logic import AnyOf, Not, fillable, proposes
from fedbake.rules.finding import Constrain, DropFor, Rename, Replace, Severity
from fedbake.rules.message import placeholders
from fedbake.rules.rule import Proposed, Rule, Then

Contradiction: TypeAlias = tuple[tuple[str | int, ...], str]
"""A path inside the rule, and what is wrong there."""

_PLAIN_REQUIREMENT = re.compile(
    r"[a-z0-9][a-z0-9-]*(?:\[[a-z0-9-]+(?:,[a-z0-9-]+)*\])?(?:(?:==|!=|<=|>=|<|>|~=)[a-z0-9.*+!]+,?)*", re.ASCII
)


def contradictions(rule: Rule) -> Iterator[Contradiction]:
    """Everything wrong with a rule that its fields alone do not show."""
    yield from _conditions(rule.when)
    yield from _sentences(rule)
    if rule.then.fix is not None:
        yield from _fix(rule.then, rule.when[0], rule.severity)
    if not any(test.expect for test in rule.tests):
        yield ("tests",), "no test makes this rule find something, so that it may well match nothing"


def _conditions(when: tuple[Condition, ...]) -> Iterator[Contradiction]:
    if not _stands_somewhere(when[0]):
        yield ("when", 0), "the first condition says where the finding stands and cannot be 'not'"
    for number, condition in enumerate(when):
        if isinstance(condition, Not) and condition.condition in when:
            yield ("when", number), "this can never hold: another condition of the rule says the opposite"


def _stands_somewhere(condition: Condition) -> bool:
    if isinstance(condition, AnyOf):
        return all(_stands_somewhere(part) for part in condition.conditions)
    return not isinstance(condition, Not)


def _sentences(rule: Rule) -> Iterator[Contradiction]:
    known = fillable(rule.when[0])
    for field, template in (("message", rule.then.message), ("hint", rule.then.hint or "")):
        try:
            unknown = placeholders(template) - known
        except ValueError as error:
            yield ("then", field), str(error)
            continue
        if unknown:
            names = ", ".join(sorted(known)) or "none"
            yield ("then", field), f"unknown placeholder {min(unknown)!r}; the first condition fills in: {names}"


def _fix(then: Then, first: Condition, severity: Severity) -> Iterator[Contradiction]:
    fix = then.fix
    if severity is Severity.ERROR:
        yield ("then", "fix"), "an error stops the plan, so that its fix would never be made"
    if isinstance(fix, Proposed):
        if not proposes(first):
            yield ("then", "fix"), "the first condition proposes no change"
        return
    if isinstance(fix, DropFor | Replace | Rename) and _packages(first) != {fix.package}:
        yield ("then", "fix"), f"the fix edits {fix.package!r}, so that the first condition must be a dependency on it"
    if isinstance(fix, Replace | Constrain) and not _is_plain(fix.requirement):
        yield ("then", "fix"), f"{fix.requirement!r} is not a plain requirement such as setuptools<82"


def _packages(condition: Condition) -> set[str | None]:
    if isinstance(condition, AnyOf):
        return set().union(*(_packages(part) for part in condition.conditions))
    return {condition.name if isinstance(condition, Dependency) else None}


def _is_plain(text: str) -> bool:
    if not _PLAIN_REQUIREMENT.fullmatch(text):
        return False
    try:
        return str(Requirement(text)) != ""
    except InvalidRequirement:
        return False
