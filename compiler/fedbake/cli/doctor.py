"""``fedbake doctor``: is this machine ready to bake, and what to do when it is not."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from fedbake.cli.options import output_format
from fedbake.names import Platform
from fedbake.settings import Settings

if TYPE_CHECKING:
    from fedbake.worker.check import Check

_COLOURS = {"ok": "green", "warning": "yellow", "missing": "red"}


def _read_platforms(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[Platform, ...]:
    names = [name.strip() for text in given for name in text.split(",")]
    try:
        return tuple(dict.fromkeys(Platform(name) for name in names)) or tuple(Platform)
    except ValueError as error:
        raise click.BadParameter(f"{error}; supported are {', '.join(Platform)}") from error


platforms_option = click.option(
    "--platform",
    "platforms",
    multiple=True,
    callback=_read_platforms,
    help="Platform images are built for, comma-separated or repeated  [default: linux/amd64,linux/arm64]",
)
registry_option = click.option(
    "--registry", default="localhost:5000", show_default=True, help="Registry the images go to."
)


def say(line: str) -> None:
    """Report progress on standard error, so that standard output holds only the result."""
    click.echo(line, err=True)


@click.command("doctor")
@click.option("--fix", is_flag=True, help="Put there what is missing; what is there is left as it is.")
@click.option("--stop", is_flag=True, help="Stop the services an earlier --fix started, and nothing else.")
@registry_option
@platforms_option
@output_format
@click.pass_obj
def command(
    settings: Settings,
    *,
    fix: bool,
    stop: bool,
    registry: str,
    platforms: tuple[Platform, ...],
    output_format: str,
) -> int:
    """Is this machine ready to bake? Exits with 0 when it is, with 6 when something is missing."""
    if fix and stop:
        raise click.UsageError("--fix and --stop exclude each other")
    if stop:
        return _stop(settings, output_format)
    if fix:
        from fedbake.worker.provision import provision

        provision(settings, registry=registry, platforms=platforms, report=say)
    return _diagnose(settings, registry, platforms, output_format)


def _stop(settings: Settings, output_format: str) -> int:
    from fedbake.worker.services import stop_services

    stopped = stop_services(settings, say)
    if output_format == "json":
        click.echo(json.dumps({"stopped": stopped}))
    elif not stopped:
        say("nothing to stop: fedbake started no service on this machine")
    return 0


def _diagnose(settings: Settings, registry: str, platforms: tuple[Platform, ...], output_format: str) -> int:
    from fedbake.errors import WorkerError
    from fedbake.worker.check import is_ready
    from fedbake.worker.doctor import diagnose

    checks = diagnose(settings, registry=registry, platforms=platforms)
    ready = is_ready(checks)
    if output_format == "json":
        click.echo(json.dumps({"ready": ready, "checks": [asdict(check) for check in checks]}, indent=2))
    else:
        _print(checks, ready)
    return 0 if ready else WorkerError.exit_code


def _print(checks: "tuple[Check, ...]", ready: bool) -> None:
    for check in checks:
        click.secho(f"{check.status:<8}", fg=_COLOURS[check.status], nl=False)
        click.echo(f" {check.name:<22} {check.message}")
        if check.hint and check.status != "ok":
            click.echo(f"{'':<32}hint: {check.hint}")
    click.echo("this machine is ready to bake" if ready else "this machine is not ready to bake")
