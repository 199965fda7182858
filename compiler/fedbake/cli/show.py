"""``fedbake show``: a plan for review."""

from pathlib import Path

import click

from fedbake.cli import options


@click.command("show")
@click.argument("plan", type=click.Path(path_type=Path))
@options.output_format
def command(plan: Path, output_format: str) -> None:
    """Show the plan in the folder PLAN: what it builds, what it costs, what was found."""
    from fedbake.plan.reading import read_plan
    from fedbake.render.directory import plan_json
    from fedbake.report import summary

    read = read_plan(plan)
    click.echo(plan_json(read).rstrip() if output_format == "json" else summary.of_plan(read, options.terminal_width()))
