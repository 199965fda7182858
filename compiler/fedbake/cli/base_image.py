"""``fedbake base-image``: Python base images from Debian packages, for sites that reach no public registry."""

import click

from fedbake.cli import options
from fedbake.cli.options import say
from fedbake.names import Platform, PythonMinor
from fedbake.settings import Settings


@click.command("base-image")
@click.option("--python", "release", required=True, help="Python feature release inside, such as 3.11.")
@options.platforms
@options.registry
@click.option("--name", default="fedbake/python", show_default=True, help="Image repository below the registry.")
@click.option("--force", is_flag=True, help="Make it anew from the archive's newest packages, whatever is there.")
@options.output_format
@click.pass_obj
def command(
    settings: Settings,
    *,
    release: str,
    platforms: tuple[Platform, ...],
    registry: str,
    name: str,
    force: bool,
    output_format: str,
) -> None:
    """Make a Python base image from Debian packages and push it.

    The file systems are kept in the cache: only the first run for a Python release and a platform takes minutes.
    """
    from fedbake.worker.base_image.image import make_base_image, remake_base_image

    make = remake_base_image if force else make_base_image
    result = make(settings, PythonMinor.parse(release), platforms, registry, say, name=name)
    if output_format == "json":
        click.echo(result.model_dump_json(indent=2))
        return
    click.echo(f"{result.reference}@{result.digest}")
    for one in result.platforms:
        click.echo(f"  {one.platform}  {one.digest}  {one.bytes / 2**20:.1f} MiB")
