"""``fedbake builder-image``: fedbake itself as an image, for workers whose orchestrator starts containers."""

import re

import click

from fedbake import __version__
from fedbake.cli import options
from fedbake.cli.options import say
from fedbake.names import Platform
from fedbake.settings import Settings

_SETTING = re.compile(r"((?:FEDBAKE|DOCKER|HTTPS?|NO)_[A-Z_]+)=(.+)", re.ASCII)


def _read_variables(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found = {text: _SETTING.fullmatch(text) for text in given}
    for text, match in found.items():
        if match is None:
            expected = "NAME=VALUE, with a name that begins with FEDBAKE_ or DOCKER_ or is that of a proxy"
            raise click.BadParameter(f"{text!r} is not {expected}")
    return {match[1]: match[2] for match in found.values() if match is not None}


@click.command("builder-image")
@options.platforms
@options.registry
@click.option("--name", default="fedbake/builder", show_default=True, help="Image repository below the registry.")
@click.option("--tag", default=__version__, show_default=True, help="Moved when the image starts on every platform.")
@click.option(
    "--env",
    "variables",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_read_variables,
    help="Setting of the site that every start has, such as FEDBAKE_BUILDER=tcp://host:1234; repeatable.",
)
@options.base_images
@options.builder
@options.output_format
@click.pass_obj
def command(
    settings: Settings,
    *,
    platforms: tuple[Platform, ...],
    registry: str,
    name: str,
    tag: str,
    variables: dict[str, str],
    base_images: tuple[str, ...],
    builder: str | None,
    output_format: str,
) -> None:
    """Make the image a worker starts as a builder and push it (docs/deploy/README.md)."""
    from fedbake.plan.request import base_image_of
    from fedbake.worker.builder_image.image import make_builder_image

    own = dict(map(base_image_of, base_images))
    result = make_builder_image(
        settings, platforms, registry, say, name=name, tag=tag, base_images=own, builder=builder, variables=variables
    )
    if output_format == "json":
        click.echo(result.model_dump_json(indent=2))
        return
    click.echo(f"{result.reference}@{result.digest}")
    for one in result.platforms:
        click.echo(f"  {one.platform}  {one.digest}  {one.bytes / 2**20:.1f} MiB")
