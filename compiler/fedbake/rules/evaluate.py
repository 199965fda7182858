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
from fedbake.rules.suggesting import suggested


def evaluate(facts: Facts, rules: RuleSet, context: RuleContext) -> tuple[Finding, ...]:
    """Everything the rules find that do not ask what was locked, sorted by file, line, column, rule and message.

    A fix is made as far as ``context.fixes`` allows: one that changes an exact pin of the user only with ``all``, and
    even then with a warning; with ``context.strict`` it is an error and is never made. Where a fix is not made, or none
    is known, the finding has the severity the rule gives for that, and says which edit would help.
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
    wanted = rule.then.fix_for(place)
    severity, fix = _decided(rule, wanted, place, case)
    hint = fill(rule.then.hint, place.values, visible_lines) if rule.then.hint else ""
    edit = suggested(wanted, place.declaration) if fix is None and wanted is not None else place.suggestion
    if edit is not None and isinstance(wanted, Replace) and hint == f"write {wanted.requirement}":
        # The edit says so, and where.
        hint = ""
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
        suggestion=edit,
    )


def _decided(rule: Rule, wanted: Fix | None, place: Match, case: Case) -> tuple[Severity, Fix | None]:
    """How much a finding matters, and the fix that is made."""
    if rule.then.fix is None:
        return rule.severity, None
    pinned = wanted is not None and _touches_pin(wanted, place, case.facts)
    if pinned and case.context.strict:
        return Severity.ERROR, None
    if wanted is None or case.context.fixes is FixLevel.NONE or (pinned and case.context.fixes is not FixLevel.ALL):
        return rule.then.unfixed, None
    return Severity.WARNING if pinned else rule.severity, wanted


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
