"""``fedbake explain``: one rule, why it is there, and what it changes."""

from pathlib import Path

import click

from fedbake.cli import options


@click.command("explain")
@click.argument("rule_id", metavar="RULE")
@options.rules
@options.output_format
def command(rule_id: str, rules_folder: Path | None, output_format: str) -> None:
    """Explain the rule RULE, such as structure/model-manager-methods (fedbake rules lists them)."""
    from fedbake.cli.rules import load
    from fedbake.rules.reference import page

    rules = load(rules_folder)
    rule = rules.rule(rule_id)
    if output_format == "json":
        click.echo(rule.model_dump_json(exclude={"tests"}, indent=2, by_alias=True))
    else:
        click.echo(f"{rule.id}\n\n{page(rule)}", nl=False)
