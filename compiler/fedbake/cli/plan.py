"""``fedbake plan``: compile a repository into a plan directory."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fedbake.cli import options
from fedbake.errors import RejectedError
from fedbake.plan.model import BuildPlan
from fedbake.plan.request import Asked
from fedbake.settings import Settings

if TYPE_CHECKING:
    from fedbake.source.material import Material


@click.command("plan")
@options.request
@options.directory
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
    **request: Any,
) -> int:
    """Compile the repository SOURCE (a URL or folder) into a build plan that a person can review.

    With --target inference, SOURCE is the folder of a trained model, or --model-run names the run that holds it.
    """
    wanted = options.asked(**request)
    material = options.material(source, ref, model_run, tracking_uri, model_artifact, wanted)
    plan = make(material, wanted, (templates_folder, rules_folder), directory, settings, output_format)
    if plan is None:
        return RejectedError.exit_code
    if output_format == "json":
        click.echo(json.dumps(facts(plan, directory), indent=2))
    else:
        from fedbake.report import summary

        click.echo(summary.of_plan(plan, options.terminal_width()))
        click.echo(f"plan written to {directory}; read {directory / 'REPORT.md'}, then: fedbake bake {directory}")
    return 0


def make(
    material: "Material",
    wanted: Asked,
    own: tuple[Path | None, Path | None],
    directory: Path,
    settings: Settings,
    output_format: str,
) -> BuildPlan | None:
    """Compile and write a plan; ``None`` when the rules reject the material, after the findings were printed.

    Raises:
        FedbakeError: anything else that stops it; an older plan in the directory is left whole.
    """
    from fedbake.cli.ahead import importing_ahead
    from fedbake.render.place import refuse_foreign
    from fedbake.source.material import fetch_material

    refuse_foreign(directory)
    options.say(f"reading {material.shown}")
    with importing_ahead():
        snapshot = fetch_material(material, settings, options.say)

    from fedbake.compile import LockRejectedError, compile_plan, templates_of
    from fedbake.judge import Folders, judge
    from fedbake.render.directory import rendered, write_plan
    from fedbake.report import findings
    from fedbake.report.quote import lines_of

    folders = Folders.with_own(*own)
    if snapshot.commit and snapshot.url is None:
        options.say("what is not committed is left out")
    judged = judge(snapshot, wanted, folders)
    try:
        assembled = None if judged.errors else compile_plan(judged, wanted, folders, settings, options.say)
        found = judged.findings
    except LockRejectedError as error:
        assembled, found = None, error.findings
    if assembled is None:
        if output_format == "json":
            click.echo(json.dumps({"findings": findings.as_json(found)}, indent=2))
        else:
            lines = lines_of(judged.snapshot.contents)
            click.echo(findings.as_text(found, lines, options.terminal_width()))
        return None
    write_plan(assembled, rendered(assembled, templates_of(folders)), directory)
    return assembled.plan


def facts(plan: BuildPlan, directory: Path) -> dict[str, Any]:
    """The documented JSON of a plan."""
    from fedbake.report import findings

    platforms = plan.request.platforms
    return {
        "plan_id": plan.plan_id,
        "directory": str(directory),
        "targets": [image.role.value for image in plan.images],
        "platforms": [platform.value for platform in platforms],
        "emulated": {
            platform.value: [f"{step.package}=={step.version}" for step in plan.emulated if step.platform is platform]
            for platform in platforms
        },
        "findings": findings.as_json(plan.findings),
        "declarations": [declaration.model_dump(mode="json") for declaration in plan.declarations],
    }
