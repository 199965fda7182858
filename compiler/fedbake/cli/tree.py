"""``fedbake tree``: who needs what, in a plan or in a baked image."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fedbake.cli import options
from fedbake.errors import ResolutionError, UsageError
from fedbake.names import ImageReference, Platform, Role
from fedbake.settings import Settings

if TYPE_CHECKING:
    from fedbake.tree.drawing import Selection
    from fedbake.tree.report import Shown


@click.command("tree")
@click.argument("subject", metavar="PLAN|IMAGE")
@click.option(
    "--target",
    type=click.Choice([each.value for each in Role]),
    help="Image of a plan; the first by default.",
)
@click.option(
    "--platform",
    type=click.Choice([each.value for each in Platform]),
    help="Platform; by default the plan's first, linux/amd64 of an image.",
)
@click.option("--package", metavar="NAME", help="Only this package.")
@click.option("--reverse", is_flag=True, help="Who needs a package, in place of what it needs.")
@options.output_format
@click.pass_obj
def command(
    settings: Settings,
    /,
    subject: str,
    target: str | None,
    platform: str | None,
    package: str | None,
    reverse: bool,
    output_format: str,
) -> int:
    """Show the dependency tree of an image: as it is planned (a plan's folder), or as it is in a registry.

    Exits with 4 when the packages do not fit together.
    """
    from fedbake.tree import report
    from fedbake.tree.drawing import Selection

    selection = Selection(_name(package) if package else None, reverse)
    on = Platform(platform) if platform else None
    if Path(subject).is_dir():
        shown = _planned(Path(subject), Role(target) if target else None, on, selection, settings)
    elif target:
        raise UsageError("--target chooses an image of a plan", hint="an image is what it is: leave --target away")
    else:
        shown = _baked(_reference(subject), on or Platform.AMD64, selection, settings)
    if output_format == "json":
        click.echo(json.dumps(report.as_json(shown), indent=2))
    else:
        click.echo(report.as_text(shown))
    return ResolutionError.exit_code if shown.drawing.unmet else 0


def _name(text: str) -> str:
    from packaging.utils import InvalidName, canonicalize_name

    try:
        return canonicalize_name(text, validate=True)
    except InvalidName:
        raise UsageError(f"--package: {text!r} is not the name of a package") from None


def _reference(text: str) -> ImageReference:
    try:
        return ImageReference.parse(text)
    except UsageError as error:
        raise UsageError(
            f"{text!r} is neither the folder of a plan nor an image with its registry", hint=error.hint
        ) from None


def _planned(
    directory: Path, role: Role | None, platform: Platform | None, selection: "Selection", settings: Settings
) -> "Shown":
    from fedbake.plan.reading import read_plan
    from fedbake.tree.drawing import draw
    from fedbake.tree.locked import locked_distributions
    from fedbake.tree.report import Shown
    from fedbake.tree.roots import roots_of

    plan = read_plan(directory)
    role = role or plan.request.targets[0]
    platform = platform or plan.request.platforms[0]
    options.say("reading what the packages say about themselves")
    installed = locked_distributions(plan, role, platform, settings)
    roots = roots_of(plan, role, platform, installed)
    drawing = draw((*roots.distributions, *installed), selection)
    return Shown(f"the {role.value} of {plan.source.name}", platform, plan.python, installed, roots.places, drawing)


def _baked(image: ImageReference, platform: Platform, selection: "Selection", settings: Settings) -> "Shown":
    from fedbake.tree.drawing import draw
    from fedbake.tree.image import image_contents
    from fedbake.tree.report import Shown

    options.say(f"reading {image}")
    found = image_contents(image, platform, settings)
    if found.unreadable:
        options.say(f"{found.unreadable} packages have no metadata that can be read, or are there twice")
    drawing = draw(found.distributions, selection)
    return Shown(str(image), platform, str(found.python), found.distributions, {}, drawing)
