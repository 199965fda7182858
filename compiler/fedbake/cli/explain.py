"""``fedbake explain``: one rule, why it is there, and what it changes."""

import json
from pathlib import Path

import click

from fedbake.cli import options
from fedbake.rules.built_in import BUILT_IN


@click.command("explain")
@click.argument("rule_id", metavar="RULE")
@options.rules
@options.output_format
def command(rule_id: str, rules_folder: Path | None, output_format: str) -> None:
    """Explain the rule RULE, such as structure/model-manager-methods (fedbake rules lists them)."""
    from fedbake.cli.rules import load
    from fedbake.report import rule as report

    if rule_id in BUILT_IN:
        _explain_built_in(rule_id, output_format)
        return
    rules = load(rules_folder)
    rule = rules.rule(rule_id)
    example = report.example_of(rule, rules.knowledge)
    if output_format == "json":
        click.echo(json.dumps(report.as_json(rule, example), indent=2))
    else:
        click.echo(report.explained(rule, example, options.terminal_width()))


def _explain_built_in(identifier: str, output_format: str) -> None:
    found = BUILT_IN[identifier]
    if output_format == "json":
        click.echo(json.dumps({"id": identifier, "title": found.title, "because": found.because}, indent=2))
    else:
        click.echo(f"{identifier}\n\n{found.title}. {found.because}")
