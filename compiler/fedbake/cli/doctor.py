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
    from fedbake.worker.doctor import Job

_COLOURS = {"ok": "green", "warning": "yellow", "missing": "red"}


@click.command("doctor")
@click.option("--fix", is_flag=True, help="Put there what is missing; what is there is left as it is.")
@click.option("--stop", is_flag=True, help="Stop the services an earlier --fix started, and nothing else.")
@click.option("--explain", is_flag=True, help="Say of everything why it is needed.")
@options.registry
@options.platforms
@options.builder
@click.option("--mqtt-host", metavar="HOST", help="Look at FLOps' MQTT broker too; its port is that of the contract.")
@click.option("--observer-host", metavar="HOST", help="Look at a project's observer too.")
@options.output_format
@click.pass_obj
def command(
    settings: Settings,
    *,
    fix: bool,
    stop: bool,
    explain: bool,
    registry: str,
    platforms: tuple[Platform, ...],
    builder: str | None,
    mqtt_host: str | None,
    observer_host: str | None,
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
    from fedbake.flops.choices import ports
    from fedbake.worker.doctor import Job

    mqtt_port, observer_port = ports(settings.environment)
    mqtt = (mqtt_host, mqtt_port) if mqtt_host else None
    observer = (observer_host, observer_port) if observer_host else None
    return _diagnose(settings, Job(registry, platforms, builder, mqtt, observer), output_format, explain)


def _stop(settings: Settings, output_format: str) -> int:
    from fedbake.worker.services import stop_services

    stopped = stop_services(settings, options.say)
    if output_format == "json":
        click.echo(json.dumps({"stopped": stopped}))
    elif not stopped:
        options.say("nothing to stop: fedbake started no service on this machine")
    return 0


def _diagnose(settings: Settings, job: "Job", output_format: str, explain: bool) -> int:
    from fedbake.errors import WorkerError
    from fedbake.worker.check import is_ready
    from fedbake.worker.doctor import diagnose
    from fedbake.worker.reasons import reason

    checks = diagnose(settings, job)
    ready = is_ready(checks)
    if output_format == "json":
        told = [asdict(check) | {"why": reason(check)} for check in checks]
        click.echo(json.dumps({"ready": ready, "checks": told}, indent=2))
    else:
        _print(checks, ready, explain)
    return 0 if ready else WorkerError.exit_code


def _print(checks: "tuple[Check, ...]", ready: bool, explain: bool) -> None:
    from fedbake.worker.reasons import reason

    for check in checks:
        click.secho(f"{check.status:<8}", fg=_COLOURS[check.status], nl=False)
        click.echo(f" {check.name:<22} {check.message}")
        if check.hint and check.status != "ok":
            click.echo(f"{'':<32}hint: {check.hint}")
        if explain:
            click.echo(f"{'':<32}why: {reason(check)}")
    click.echo("this machine is ready to bake" if ready else "this machine is not ready to bake")
