"""``fedbake doctor``: is this machine ready to bake, and what to do when it is not."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from fedbake.cli import options
from fedbake.names import Platform
from fedbake.settings import Settings

if TYPE_CHECKING:
    from fedbake.worker.check import Check

_COLOURS = {"ok": "green", "warning": "yellow", "missing": "red"}


@click.command("doctor")
@click.option("--fix", is_flag=True, help="Put there what is missing; what is there is left as it is.")
@click.option("--stop", is_flag=True, help="Stop the services an earlier --fix started, and nothing else.")
@options.registry
@options.platforms
@options.output_format
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

        provision(settings, registry=registry, platforms=platforms, report=options.say)
    return _diagnose(settings, registry, platforms, output_format)


def _stop(settings: Settings, output_format: str) -> int:
    from fedbake.worker.services import stop_services

    stopped = stop_services(settings, options.say)
    if output_format == "json":
        click.echo(json.dumps({"stopped": stopped}))
    elif not stopped:
        options.say("nothing to stop: fedbake started no service on this machine")
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
