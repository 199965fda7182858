"""Facts and rules in, findings out: pure, and independent of the order of rules and files."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from packaging.requirements import Requirement

from fedbake.inspect.facts import Declaration, Facts
from fedbake.rules.conditions.base import Case, Match
from fedbake.rules.context import RuleContext
from fedbake.rules.finding import Constrain, Finding, Fix, FixLevel, Replace, Severity
from fedbake.rules.load import RuleSet
from fedbake.rules.locked import LockedFacts
from fedbake.rules.message import fill, visible_lines
from fedbake.rules.rule import Rule


def evaluate(facts: Facts, rules: RuleSet, context: RuleContext) -> tuple[Finding, ...]:
    """Everything the rules find that do not ask what was locked, sorted by file, line, column, rule and message.

    A fix is made as far as ``context.fixes`` allows: one that changes an exact pin of the user only with ``all``, and
    even then with a warning; with ``context.strict`` it is an error and is never made.
    """
    case = Case(facts, context, rules.knowledge)
    return _said(case, (rule for rule in rules.rules if not rule.needs_lock))


def evaluate_locked(
    facts: Facts, locked: tuple[LockedFacts, ...], rules: RuleSet, context: RuleContext
) -> tuple[Finding, ...]:
    """Everything the other rules find, those that ask what was locked, in the same order.

    Nothing can be resolved anew for what they say: their fixes are never made.
    """
    case = Case(facts, replace(context, fixes=FixLevel.NONE), rules.knowledge, locked)
    return _said(case, (rule for rule in rules.rules if rule.needs_lock))


def _said(case: Case, rules: Iterable[Rule]) -> tuple[Finding, ...]:
    found = {finding for rule in rules for finding in _findings(rule, case)}
    return tuple(sorted(found, key=_order))


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.file or "", finding.line or 0, finding.column or 0, finding.rule, finding.message


def _findings(rule: Rule, case: Case) -> Iterator[Finding]:
    if not set(rule.targets) & set(case.context.roles):
        return
    first, *others = rule.when
    places = first.matches(case)
    if places and all(other.matches(case) for other in others):
        for place in places:
            yield _finding(rule, place, case)


def _finding(rule: Rule, place: Match, case: Case) -> Finding:
    severity, fix = rule.severity, rule.then.fix_for(place)
    hint = fill(rule.then.hint, place.values, visible_lines) if rule.then.hint else ""
    if fix is not None:
        pinned = _touches_pin(fix, place, case.facts)
        if pinned and case.context.strict:
            severity, fix, hint = Severity.ERROR, None, "change the pin, or leave out --strict to let fedbake change it"
        elif case.context.fixes is FixLevel.NONE or (pinned and case.context.fixes is not FixLevel.ALL):
            severity, fix = rule.then.unfixed, None
        elif pinned:
            severity = Severity.WARNING
    location = place.location
    return Finding(
        rule=rule.id,
        severity=severity,
        message=fill(rule.then.message, place.values),
        file=location.file if location else None,
        line=location.line if location else None,
        column=location.column if location else None,
        hint=hint or None,
        fix=fix,
    )


def _touches_pin(fix: Fix, place: Match, facts: Facts) -> bool:
    """Whether a fix changes which version a user's exact pin stands for. Leaving a package out does not."""
    if isinstance(fix, Replace):
        return place.declaration is not None and place.declaration.exact_version is not None
    if isinstance(fix, Constrain):
        return any(_excludes(fix, pinned) for pinned in facts.declarations)
    return False


def _excludes(fix: Constrain, declared: Declaration) -> bool:
    wanted = Requirement(fix.requirement)
    if declared.exact_version is None or declared.name != wanted.name:
        return False
    return not wanted.specifier.contains(declared.exact_version, prereleases=True)
