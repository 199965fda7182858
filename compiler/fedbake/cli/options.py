"""Options several commands share, each defined once, and the request they add up to."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fedbake.names import ACTORS, Accelerator, Flavor, Platform, Role
from fedbake.plan.request import DEFAULT_REGISTRY, Asked, as_of_time, base_image_of
from fedbake.rules.finding import FixLevel
from fedbake.source.material import LOGGED_MODEL

if TYPE_CHECKING:
    from fedbake.source.material import Material

Command = Callable[..., Any]

output_format = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people, or the same facts as JSON on standard output.",
)

report_format = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="Text for people, JSON, SARIF 2.1.0 for code scanning, or annotations of a GitHub Actions run.",
)

directory = click.option(
    "-o",
    "--output",
    "directory",
    type=click.Path(path_type=Path),
    default=Path("fedbake-plan"),
    show_default=True,
    help="Plan directory; an older plan there is replaced as a whole.",
)

rules = click.option(
    "--rules",
    "rules_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Rules folder of your own; a file of the same name replaces a shipped one.",
)

templates = click.option(
    "--templates",
    "templates_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Template folder of your own; a file of the same name replaces a shipped one.",
)


def _read_platforms(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[Platform, ...]:
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    try:
        return tuple(dict.fromkeys(Platform(name) for name in names)) or tuple(Platform)
    except ValueError as error:
        raise click.BadParameter(f"{error}; supported are {', '.join(Platform)}") from error


platforms = click.option(
    "--platform",
    "platforms",
    multiple=True,
    callback=_read_platforms,
    help="Platform images are built for, comma-separated or repeated  [default: linux/amd64,linux/arm64]",
)

registry = click.option("--registry", default=DEFAULT_REGISTRY, show_default=True, help="Registry the images go to.")

base_images = click.option(
    "--base-image",
    "base_images",
    multiple=True,
    envvar="FEDBAKE_BASE_IMAGES",
    help="Base image for a Python release, as 3.11=registry/name:tag; repeatable.",
)

builder = click.option(
    "--builder",
    metavar="NAME",
    envvar="FEDBAKE_BUILDER",
    help="Use this buildx builder, or the BuildKit at this address, such as tcp://host:1234.",
)

_REQUEST = (
    click.argument("source", required=False),
    click.option("--ref", help="Branch, tag or full commit; the default branch when not given."),
    click.option(
        "--flavor", type=click.Choice([each.value for each in Flavor]), help="ML framework; found from imports."
    ),
    click.option(
        "--target",
        "targets",
        multiple=True,
        type=click.Choice([each.value for each in Role]),
        help="Image to plan; repeatable. By default learner and aggregator; inference serves a trained model.",
    ),
    platforms,
    registry,
    click.option("--name", help="Image repository below the registry; from the source's name by default."),
    click.option(
        "--image",
        "images",
        multiple=True,
        metavar="TARGET=NAME:TAG",
        help="Whole name of one target's image below the registry; repeatable.",
    ),
    click.option("--python", help="Python release such as 3.11, in place of the repository's own."),
    click.option("--as-of", envvar="FEDBAKE_AS_OF", help="Date: packages published later do not exist for this plan."),
    base_images,
    click.option(
        "--fix",
        type=click.Choice([each.value for each in FixLevel]),
        default=FixLevel.SAFE.value,
        show_default=True,
        help="Repair nothing; what changes no exact pin; or pins as well, where nothing else helps.",
    ),
    click.option("--strict", is_flag=True, help="Refuse fixes that touch an exact pin."),
    click.option(
        "--accelerator",
        "accelerators",
        multiple=True,
        metavar="[TARGET=]cpu|cuda",
        help="What images compute on, all or one of them; repeatable. By default what the package index offers.",
    ),
    click.option(
        "--allow-source",
        multiple=True,
        metavar="PACKAGE",
        help="Compile this package inside the build although no platform has a wheel; repeatable.",
    ),
    click.option("--model-run", metavar="RUN_ID", help="For --target inference: serve the model of this MLflow run."),
    click.option("--tracking-uri", metavar="URL", help="The MLflow tracking server of the run."),
    click.option(
        "--model-artifact",
        metavar="NAME",
        default=LOGGED_MODEL,
        show_default=True,
        help="The model's name or artifact path in the run.",
    ),
    rules,
    templates,
)


_BAKE = (
    click.option("--push/--no-push", default=True, show_default=True, help="Push the images and move their tags."),
    click.option("--load", is_flag=True, help="Put the images into the engine too."),
    builder,
    click.option("--verify/--no-verify", default=True, show_default=True, help="Run the checks before any tag moves."),
    click.option(
        "--cache", metavar="REGISTRY/NAME", help="Keep layers there for other builders, and use what they have kept."
    ),
    click.option("--progress", type=click.Choice(["auto", "plain", "json"]), default="auto", show_default=True),
    click.option(
        "--timeout",
        type=click.IntRange(min=1),
        default=6 * 3600,
        show_default=True,
        metavar="SECONDS",
        help="End the build after this time.",
    ),
)


def request(command: Command) -> Command:
    """The argument SOURCE and the options that describe a request."""
    return _decorated(command, _REQUEST)


def bake(command: Command) -> Command:
    """The options that say how a plan is baked."""
    return _decorated(command, _BAKE)


def _decorated(command: Command, decorators: tuple[Command, ...]) -> Command:
    for decorate in reversed(decorators):
        command = decorate(command)
    return command


def asked(
    targets: tuple[str, ...],
    platforms: tuple[Platform, ...],
    flavor: str | None,
    registry: str,
    name: str | None,
    python: str | None,
    as_of: str | None,
    base_images: tuple[str, ...],
    strict: bool,
    fix: str,
    accelerators: tuple[str, ...],
    allow_source: tuple[str, ...],
    images: tuple[str, ...],
) -> Asked:
    """The request the options add up to.

    Raises:
        UsageError: models and actors are asked for in one plan, or a date, registry, name, image, base image or Python
            release is not one.
    """
    from fedbake.names import ImageReference, PythonMinor

    ImageReference(registry, name or "name")
    if python is not None:
        PythonMinor.parse(python)
    roles = tuple(Role(each) for each in targets) or ACTORS
    if Role.INFERENCE in roles and len(roles) > 1:
        from fedbake.errors import UsageError

        hint = "plan --target inference apart from the others"
        raise UsageError("a model is served by an image of its own", hint=hint)
    return Asked(
        targets=roles,
        platforms=platforms,
        flavor=Flavor(flavor) if flavor else None,
        registry=registry,
        repository=name,
        python=python,
        as_of=as_of_time(as_of) if as_of else None,
        strict=strict,
        base_images=dict(map(base_image_of, base_images)),
        fixes=FixLevel(fix),
        accelerators=_accelerators(accelerators, roles),
        allow_source=frozenset(map(_distribution, allow_source)),
        images=dict(_image(each, registry) for each in images),
    )


def material(
    source: str | None, ref: str | None, model_run: str | None, tracking_uri: str | None, artifact: str, wanted: Asked
) -> "Material":
    """What is to be planned: the repository SOURCE, or with ``--target inference`` a trained model.

    Raises:
        UsageError: the options contradict each other, or say too little.
    """
    from fedbake.errors import UsageError
    from fedbake.source.material import ModelFolder, ModelRun, Repository

    if Role.INFERENCE not in wanted.targets:
        if model_run or tracking_uri:
            raise UsageError("--model-run is for images that serve a model", hint="add --target inference")
        if source is None:
            raise UsageError("there is nothing to plan", hint="give the URL or folder of a repository")
        return Repository(source, ref)
    if model_run is None and source is not None:
        return ModelFolder(Path(source))
    if model_run is None or tracking_uri is None or source is not None:
        hint = "give the folder of a model, or --model-run RUN_ID and --tracking-uri URL"
        raise UsageError("it is not clear which model is to be served", hint=hint)
    return ModelRun(tracking_uri, model_run, artifact)


def _accelerators(given: tuple[str, ...], roles: tuple[Role, ...]) -> dict[Role, Accelerator]:
    """What each role computes on; the last word about a role counts.

    Raises:
        UsageError: it is not ``cpu``, ``cuda`` or ``learner=cuda``.
    """
    from fedbake.errors import UsageError

    chosen: dict[Role, Accelerator] = {}
    for text in given:
        target, _, value = text.rpartition("=")
        try:
            chosen.update(dict.fromkeys((Role(target),) if target else roles, Accelerator(value)))
        except ValueError as error:
            raise UsageError(f"--accelerator: {error}", hint="write cpu, cuda, or one target as learner=cuda") from None
    return chosen


def _distribution(text: str) -> str:
    from packaging.utils import InvalidName, canonicalize_name

    from fedbake.errors import UsageError

    try:
        return canonicalize_name(text, validate=True)
    except InvalidName:
        raise UsageError(f"--allow-source: {text!r} is not the name of a package", hint="write one name") from None


def _image(text: str, registry: str) -> tuple[Role, str]:
    from fedbake.errors import UsageError
    from fedbake.names import ImageReference

    target, _, image = text.partition("=")
    name, _, tag = image.rpartition(":")
    try:
        role = Role(target)
    except ValueError as error:
        raise UsageError(f"--image: {error}", hint="write learner=owner/repository/learner:1.0") from None
    ImageReference(registry, name, tag)
    return role, image


def terminal_width() -> int | None:
    """Columns of the terminal the result goes to; ``None`` for a pipe or file, where lines are not wrapped."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def say(line: str) -> None:
    """Report progress on standard error, so that standard output holds only the result."""
    click.echo(click.style(line, dim=True), err=True)
