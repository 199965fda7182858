"""A rule for people to read: one page of Markdown for each rule, from its rule file alone."""

from collections.abc import Iterator
from itertools import groupby

from fedbake.rules.finding import Constrain, DropFor, Fix, Rename, Replace
from fedbake.rules.load import RuleSet
from fedbake.rules.rule import Proposed, Rule

_HEADER = """\
# Rules

Every check of a repository and every change of its dependencies is a rule: data in `rules/`, with its reason and its
own tests. This page is generated from them by `fedbake rules docs`; `fedbake explain RULE` shows one of them.

An **error** stops the plan, a **warning** says that something was changed or left out that somebody asked for, a
**note** tells what else was decided. With `--strict`, a change of an exact pin is an error.
"""


def document(rules: RuleSet) -> str:
    """The whole rule reference (docs/rules.md)."""
    pages = [_HEADER, "\n".join(_table(rules)) + "\n"]
    for group, members in groupby(rules.rules, key=lambda rule: rule.id.partition("/")[0]):
        pages.append(f"## {group}\n")
        pages.extend(f"### {rule.id}\n\n{page(rule)}" for rule in members)
    return "\n".join(pages)


def page(rule: Rule) -> str:
    """One rule, without its heading."""
    lines = [
        f"**{rule.title}.** {rule.because}",
        "",
        f"- Severity: {rule.severity.value}; for: {', '.join(rule.targets)}",
        f"- When{_all(tuple(condition.describe() for condition in rule.when))}",
        f"- Says: {_inline(rule.then.message)}",
    ]
    if rule.then.hint is not None:
        lines.append(f"- Hint: {_inline(rule.then.hint)}")
    if rule.then.fix is not None:
        lines.append(f"- Change (`--fix safe` where no exact pin is touched): {change(rule.then.fix)}")
    lines.extend(f"- See <{reference}>" for reference in rule.references)
    return "\n".join(lines) + "\n"


def change(fix: Fix | Proposed) -> str:
    """A fix as a sentence without a full stop, in Markdown."""
    match fix:
        case DropFor():
            images = f"the {fix.role.value}" if fix.role else "every image"
            return f"`{fix.package}` stays declared, but is left out of {images}"
        case Rename():
            return f"`{fix.package}` is installed as `{fix.to}`, its versions kept"
        case Proposed():
            return "the one that helps at each place, named in the finding"
        case Replace():
            return f"`{fix.package}` is replaced by `{fix.requirement}`"
        case Constrain():
            return f"`{fix.requirement}` is added"


def _all(conditions: tuple[str, ...]) -> str:
    return (
        f" {conditions[0]}"
        if len(conditions) == 1
        else " all of these hold:" + "".join(f"\n  - {condition}" for condition in conditions)
    )


def _inline(template: str) -> str:
    return f"`{template}`"


def _table(rules: RuleSet) -> Iterator[str]:
    yield "| rule | severity | about |"
    yield "|---|---|---|"
    for rule in rules.rules:
        anchor = rule.id.replace("/", "")
        yield f"| [{rule.id}](#{anchor}) | {rule.severity.value} | {rule.title} |"
