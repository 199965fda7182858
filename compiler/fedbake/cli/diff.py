"""``fedbake diff``: what changed between two plans."""

import dataclasses
import json
from pathlib import Path

import click

from fedbake.cli import options


@click.command("diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@options.output_format
def command(before: Path, after: Path, output_format: str) -> None:
    """Compare the plans in two folders: decisions, packages, images, cost, findings, files."""
    from fedbake.plan.reading import read_plan
    from fedbake.report import difference

    changes = difference.changes(read_plan(before), read_plan(after))
    if output_format == "json":
        click.echo(json.dumps({"changes": [dataclasses.asdict(change) for change in changes]}, indent=2))
    else:
        click.echo(difference.as_text(changes))
