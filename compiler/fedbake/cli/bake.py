"""``fedbake bake``: build, verify and push exactly what a plan says."""

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fedbake.cli import options
from fedbake.settings import Settings

if TYPE_CHECKING:
    from fedbake.bake.result import BakeResult
    from fedbake.bake.view import View


@click.command("bake", help="Build, verify and push exactly what a plan says.")
@click.argument("plan", type=click.Path(path_type=Path))
@options.bake
@options.output_format
@click.pass_obj
def command(settings: Settings, /, plan: Path, output_format: str, **how: Any) -> None:
    """Bake a plan directory."""
    run(settings, plan, output_format, **how)


def run(
    settings: Settings,
    directory: Path,
    output_format: str,
    *,
    push: bool,
    load: bool,
    builder: str | None,
    verify: bool,
    progress: str,
    timeout: float,
    cache: str | None,
) -> None:
    """Bake a plan directory and print its result; `fedbake build` ends with it too.

    Raises:
        FedbakeError: anything that stops the bake; every tag is as it was.
    """
    from fedbake.bake.run import BakeOptions, bake
    from fedbake.names import ImageReference

    kept = ImageReference.parse(cache) if cache is not None else None
    choices = BakeOptions(push=push, load=load, builder=builder, verify=verify, timeout=timeout, cache=kept)
    # A worker's service manager ends programs with SIGTERM; that has to tidy up exactly like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    show_result(bake(directory, choices, settings, chosen_view(progress)), output_format)


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
        from fedbake.bake.result_file import result_json

        click.echo(result_json(result), nl=False)
        return
    from rich.console import Console

    from fedbake.bake.summary import summary

    Console(file=sys.stdout, soft_wrap=True).print(summary(result))
