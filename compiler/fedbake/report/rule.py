"""One rule for a person at a terminal, with one of its own tests as the example."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fedbake.report.findings import as_text
from fedbake.report.quote import lines_of
from fedbake.rules.finding import Constrain, Finding, FixLevel, Replace, Severity
from fedbake.rules.knowledge import Knowledge
from fedbake.rules.reference import change
from fedbake.rules.rule import Proposed, Rule, RuleTest
from fedbake.rules.selftest import said, snapshot_of

_MARGIN = 12
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Example:
    """A small repository, and what the rule says about it."""

    test: RuleTest
    findings: tuple[Finding, ...]


def example_of(rule: Rule, knowledge: Knowledge) -> Example:
    """The shortest of the rule's tests in which it speaks."""
    speaking = [test for test in rule.tests if test.expect]
    test = min(speaking, key=lambda test: (sum(map(len, test.files.values())), test.name))
    return Example(test, said(rule, test, knowledge))


def severities(rule: Rule) -> Mapping[FixLevel, Severity]:
    """How much a finding matters with each ``--fix``, where no exact pin is touched."""
    unfixed = rule.severity if rule.then.fix is None else rule.then.unfixed
    return {level: unfixed if level is FixLevel.NONE else rule.severity for level in FixLevel}


def explained(rule: Rule, example: Example, width: int | None) -> str:
    """The whole explanation."""
    import click

    lines = [click.style(rule.id, bold=True), rule.title, ""]
    for name, told in (
        ("why", [rule.because]),
        ("images", [", ".join(rule.targets)]),
        ("severity", _severity(rule)),
        ("when", [condition.describe() for condition in rule.when]),
        ("fix", [change(rule.then.fix).replace("`", "")] if rule.then.fix else []),
        ("hint", [rule.then.hint] if rule.then.hint else []),
        ("see", list(rule.references)),
    ):
        for number, line in enumerate(told):
            first, *others = _wrapped(line, width)
            lines.append(f"{name if number == 0 else '':{_MARGIN}}{first}")
            lines += [f"{'':{_MARGIN}}{each}" for each in others]
    return "\n".join([*lines, "", *_example(example, width)])


def as_json(rule: Rule, example: Example) -> dict[str, object]:
    """The rule as it stands in its file, with its severity for each ``--fix`` and the example."""
    return {
        **rule.model_dump(mode="json", exclude={"tests"}, by_alias=True),
        "severities": {level.value: severity.value for level, severity in severities(rule).items()},
        "example": {
            "files": dict(example.test.files),
            "findings": [finding.model_dump(mode="json") for finding in example.findings],
        },
    }


def _severity(rule: Rule) -> Iterator[str]:
    known = severities(rule)
    if len(set(known.values())) == 1:
        yield rule.severity.value
    else:
        yield ", ".join(f"{severity.value} with --fix {level.value}" for level, severity in known.items())
    if isinstance(rule.then.fix, Replace | Constrain | Proposed):
        yield (
            f"where the fix would change an exact pin: {rule.then.unfixed.value} without --fix all, a warning with it, "
            "an error with --strict"
        )


def _example(example: Example, width: int | None) -> Iterator[str]:
    yield f"example: {example.test.name}"
    for path, text in example.test.files.items():
        yield f"{_INDENT}{path}"
        lines = text.splitlines()
        yield from (f"{_INDENT}{number:>5} | {line}".rstrip() for number, line in enumerate(lines, 1))
    yield from (f"{_INDENT}{path} ({shape})" for path, shape in example.test.shapes.items())
    for package in example.test.locked:
        yield f"{_INDENT}locked for {package.platform}: {package.name} {package.version}"
    yield "it says"
    narrow = None if width is None else width - len(_INDENT)
    for line in as_text(example.findings, lines_of(snapshot_of(example.test).contents), narrow).split("\n")[:-2]:
        yield f"{_INDENT}{line}".rstrip()


def _wrapped(text: str, width: int | None) -> list[str]:
    import textwrap

    if width is None:
        return text.split("\n")
    return [part for line in text.split("\n") for part in textwrap.wrap(line, max(width - _MARGIN, 30)) or [""]]
