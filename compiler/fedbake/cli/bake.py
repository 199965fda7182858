"""``fedbake bake``: build, verify and push exactly what a plan says."""

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fedbake.cli.options import output_format
from fedbake.settings import Settings

if TYPE_CHECKING:
    from fedbake.bake.result import BakeResult
    from fedbake.bake.view import View


@click.command("bake", help="Build, verify and push exactly what a plan says.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--push/--no-push", default=True, show_default=True, help="Push the images and move their tags.")
@click.option("--load", is_flag=True, help="Put the images into the engine too.")
@click.option("--builder", metavar="NAME", help="Use this buildx builder.")
@click.option("--verify/--no-verify", default=True, show_default=True, help="Run the checks before any tag moves.")
@click.option("--progress", type=click.Choice(["auto", "plain", "json"]), default="auto", show_default=True)
@click.option("--timeout", type=click.IntRange(min=1), metavar="SECONDS", help="End the build after this time.")
@output_format
@click.pass_obj
def command(
    settings: Settings,
    plan: Path,
    push: bool,
    load: bool,
    builder: str | None,
    verify: bool,
    progress: str,
    timeout: int | None,
    output_format: str,
) -> None:
    """Bake a plan directory."""
    from fedbake.bake.run import BakeOptions, bake

    options = BakeOptions(push=push, load=load, builder=builder, verify=verify)
    if timeout is not None:
        options = BakeOptions(push=push, load=load, builder=builder, verify=verify, timeout=timeout)
    # A worker's service manager ends programs with SIGTERM; that has to tidy up exactly like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    show_result(bake(plan, options, settings, chosen_view(progress)), output_format)


def chosen_view(progress: str) -> "View":
    """The view for ``--progress``: with ``auto``, drawn on a terminal and plain lines anywhere else."""
    from fedbake.bake.view import LineView, PlainLines, json_line

    if progress == "auto" and sys.stderr.isatty():
        from fedbake.bake.live import LiveView

        return LiveView(sys.stderr)
    return LineView(sys.stderr, json_line if progress == "json" else PlainLines())


def show_result(result: "BakeResult", output_format: str) -> None:
    """Print a bake's result on standard output."""
    if output_format == "json":
        from fedbake.bake.run import result_json

        click.echo(result_json(result), nl=False)
        return
    from rich.console import Console

    from fedbake.bake.summary import summary

    Console(file=sys.stdout, soft_wrap=True).print(summary(result))
