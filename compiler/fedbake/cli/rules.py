"""``fedbake rules``: the rules there are, their tests, and their reference page."""

import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fedbake.cli import options

if TYPE_CHECKING:
    from fedbake.rules import selftest
    from fedbake.rules.load import RuleSet

_TESTS_FAILED = 1


def load(folder: Path | None) -> "RuleSet":
    """The shipped rules, with those of a folder of the user's own.

    Raises:
        UsageError: a rule file is not understood; with file and line.
    """
    from fedbake.resources import shipped
    from fedbake.rules.load import load_rules

    return load_rules([shipped("rules"), *([folder] if folder else [])])


@click.group("rules", invoke_without_command=True)
@options.rules
@options.output_format
@click.pass_context
def command(context: click.Context, rules_folder: Path | None, output_format: str) -> None:
    """List the rules; run their tests; write their reference."""
    context.meta["fedbake.rules"] = rules_folder
    if context.invoked_subcommand is None:
        _list(load(rules_folder), output_format)


def _list(rules: "RuleSet", output_format: str) -> None:
    if output_format == "json":
        listed = [{"rule": each.id, "severity": each.severity.value, "title": each.title} for each in rules.rules]
        click.echo(json.dumps({"rules": listed}, indent=2))
        return
    width = max(len(rule.id) for rule in rules.rules)
    for number, (group, members) in enumerate(groupby(rules.rules, key=lambda rule: rule.id.partition("/")[0])):
        click.echo(("\n" if number else "") + click.style(group, bold=True))
        for rule in members:
            click.echo(f"  {rule.id:{width}}  {rule.severity.value:7}  {rule.title}")
    click.echo(f"\n{len(rules.rules)} rules; fedbake explain RULE tells why, and shows an example")


@command.command("test")
@options.rules
@options.output_format
@click.pass_context
def run_tests(context: click.Context, rules_folder: Path | None, output_format: str) -> int:
    """Run the tests inside the rule files. Exits with 1 when a rule does not say what its test expects."""
    from fedbake.rules import selftest

    outcomes = list(selftest.run_tests(load(rules_folder or context.meta["fedbake.rules"])))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if output_format == "json":
        facts = [{"rule": each.rule, "test": each.test, "passed": each.passed} for each in outcomes]
        click.echo(json.dumps({"tests": facts, "failed": len(failed)}, indent=2))
    else:
        for outcome in failed:
            click.echo("\n".join(_difference(outcome)))
        click.echo(f"{len(outcomes) - len(failed)} tests passed, {len(failed)} failed")
    return _TESTS_FAILED if failed else 0


def _difference(outcome: "selftest.Outcome") -> list[str]:
    missing = [f"  - {line}" for line in outcome.expected if line not in outcome.said]
    surplus = [f"  + {line}" for line in outcome.said if line not in outcome.expected]
    return [f"{outcome.rule}: {outcome.test} (- expected, + said)", *missing, *surplus]


@command.command("docs")
@options.rules
@click.pass_context
def docs(context: click.Context, rules_folder: Path | None) -> None:
    """Write the rule reference (docs/rules.md) to standard output."""
    from fedbake.rules.reference import document

    click.echo(document(load(rules_folder or context.meta["fedbake.rules"])), nl=False)
