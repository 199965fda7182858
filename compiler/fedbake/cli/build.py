"""``fedbake build``: plan and bake in one step."""

from pathlib import Path
from typing import Any

import click

from fedbake.cli import options
from fedbake.errors import RejectedError
from fedbake.settings import Settings

_BAKE_OPTIONS = ("push", "load", "builder", "verify", "progress", "timeout", "cache")


@click.command("build")
@options.request
@options.directory
@options.bake
@options.output_format
@click.pass_obj
def command(
    settings: Settings,
    /,
    source: str | None,
    ref: str | None,
    model_run: str | None,
    tracking_uri: str | None,
    model_artifact: str,
    rules_folder: Path | None,
    templates_folder: Path | None,
    directory: Path,
    output_format: str,
    **given: Any,
) -> int:
    """Plan the repository SOURCE, then build, verify and push exactly that plan."""
    from fedbake.cli import bake, plan

    how = {name: given.pop(name) for name in _BAKE_OPTIONS}
    wanted = options.asked(**given)
    material = options.material(source, ref, model_run, tracking_uri, model_artifact, wanted)
    made = plan.make(material, wanted, (templates_folder, rules_folder), directory, settings, output_format)
    if made is None:
        return RejectedError.exit_code
    bake.run(settings, directory, output_format=output_format, **how)
    return 0
