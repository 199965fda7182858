"""A rule for people to read: one page of Markdown for each rule, from its rule file alone."""

from collections.abc import Iterator
from itertools import groupby

from fedbake.rules.built_in import BUILT_IN
from fedbake.rules.conditions.logic import kind_of, kinds
from fedbake.rules.finding import Constrain, DropFor, Fix, Rename, Replace
from fedbake.rules.load import RuleSet
from fedbake.rules.rule import Proposed, Rule

_HEADER = """\
# Rules

Every check of a repository and every change of its dependencies is a rule: data in `rules/`, with its reason and its
own tests. This page is generated from them by `fedbake rules docs`; `fedbake explain RULE` shows one of them.

An **error** stops the plan, a **warning** says that something was changed or left out that somebody asked for, a
**note** tells what else was decided.

How far fedbake repairs is said with `--fix`: with `none` nothing is changed, with `safe` (the default) no version that
somebody pinned exactly, with `all` also those, each with a warning. Where a change is not made, the finding has the
severity its rule gives for that, and shows the edit where there is one. With `--strict`, a change of an exact pin is an
error.

Rules of a folder given with `--rules` are added to these. A file there replaces the file of the same name here, a rule
the rule of the same id, a table the table of the same name. `fedbake rules test --rules FOLDER` runs all tests.
"""


def document(rules: RuleSet) -> str:
    """The whole rule reference (docs/rules.md)."""
    pages = [_HEADER, "\n".join(_table(rules)) + "\n"]
    for group, members in groupby(rules.rules, key=lambda rule: rule.id.partition("/")[0]):
        pages.append(f"## {group}\n")
        pages.extend(f"### {rule.id}\n\n{page(rule)}" for rule in members)
    pages.append("\n".join(_built_in()) + "\n")
    pages.append("\n".join(_tables(rules)) + "\n")
    pages.append("\n".join(_vocabulary()) + "\n")
    return "\n".join(pages)


def _built_in() -> Iterator[str]:
    yield "## Findings without a rule\n"
    yield from (f"- `{identifier}`: **{each.title}.** {each.because}" for identifier, each in sorted(BUILT_IN.items()))


def page(rule: Rule) -> str:
    """One rule, without its heading."""
    lines = [
        f"**{rule.title}.** {rule.because}",
        "",
        f"- Severity: {_severity(rule)}; for: {', '.join(rule.targets)}",
        f"- When{_all(tuple(condition.describe() for condition in rule.when))}",
        f"- Says: {_inline(rule.then.message)}",
    ]
    if rule.then.hint is not None:
        lines.append(f"- Hint: {_inline(rule.then.hint)}")
    if rule.then.fix is not None:
        lines.append(f"- Change: {change(rule.then.fix)}")
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


def _severity(rule: Rule) -> str:
    if rule.then.fix is None or rule.then.unfixed is rule.severity:
        return rule.severity.value
    return f"{rule.severity.value}, and {rule.then.unfixed.value} where the change is not made"


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


def _tables(rules: RuleSet) -> Iterator[str]:
    versions = rules.knowledge.versions
    yield "## Tables of versions\n"
    yield "What `rules/versions/` knows; about releases outside of what was checked nothing is said.\n"
    yield "| table | checked for | checked on | sources |"
    yield "|---|---|---|---|"
    for name, table in sorted(versions.tables.items()):
        covers = ", ".join(f"`{table.covers[package].text}`" for package in sorted(table.covers))
        yield f"| {name} | {covers} | {table.checked} | {' '.join(f'<{source}>' for source in table.sources)} |"
    if versions.python.end_of_life:
        releases = ", ".join(f"{release} ({date})" for release, date in versions.python.end_of_life.items())
        yield f"\nSecurity fixes of Python end: {releases}. Checked on {versions.python.checked}."


def _vocabulary() -> Iterator[str]:
    yield "## Conditions\n"
    yield "What `when:` of a rule can ask. The first condition says where the finding stands and fills in `{names}`.\n"
    yield "| condition | keys | fills in |"
    yield "|---|---|---|"
    for condition in sorted(kinds(), key=kind_of):
        keys = ", ".join(f"`{name}`" for name in condition.model_fields if name != "kind")
        filled = ", ".join(f"`{{{name}}}`" for name in sorted(condition.placeholders))
        first = (condition.__doc__ or "").partition("\n")[0]
        yield f"| `{kind_of(condition)}` {first} | {keys} | {filled} |"
