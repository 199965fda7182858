"""``fedbake check``: findings only; nothing is resolved, nothing is written."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fedbake.cli import options
from fedbake.errors import RejectedError
from fedbake.settings import Settings

if TYPE_CHECKING:
    from fedbake.judge import Judged
    from fedbake.plan.request import Asked


@click.command("check")
@options.request
@options.report_format
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
    output_format: str,
    **request: Any,
) -> int:
    """Say what is wrong with the repository SOURCE (a URL or folder); write nothing. Exits with 3 on errors."""
    from fedbake.judge import Folders, judge
    from fedbake.source.material import fetch_material

    wanted = options.asked(**request)
    material = options.material(source, ref, model_run, tracking_uri, model_artifact, wanted)
    snapshot = fetch_material(material, settings, lambda _: None)
    judged = judge(snapshot, wanted, Folders.with_own(templates_folder, rules_folder))
    click.echo(_REPORTS[output_format](judged, wanted))
    return RejectedError.exit_code if judged.errors else 0


def _text(judged: "Judged", _: "Asked") -> str:
    from fedbake.report.findings import as_text
    from fedbake.report.quote import lines_of

    return as_text(judged.findings, lines_of(judged.snapshot.contents), options.terminal_width())


def _json(judged: "Judged", asked: "Asked") -> str:
    from fedbake.plan.accounting import accounted
    from fedbake.report.findings import as_json
    from fedbake.rules.fixes import effective_requirements

    requirements = effective_requirements(judged.facts, judged.findings)
    declarations = accounted(judged.facts, requirements, asked.targets)
    facts = {
        "findings": as_json(judged.findings),
        "declarations": [each.model_dump(mode="json") for each in declarations],
    }
    return json.dumps(facts, indent=2)


def _sarif(judged: "Judged", _: "Asked") -> str:
    from fedbake.report.quote import lines_of
    from fedbake.report.sarif import as_sarif

    lines = lines_of(judged.snapshot.contents)
    return json.dumps(as_sarif(judged.findings, judged.rules.rules, judged.snapshot, lines), indent=2)


def _github(judged: "Judged", _: "Asked") -> str:
    from fedbake.report.github import as_annotations

    return as_annotations(judged.findings)


_REPORTS = {"text": _text, "json": _json, "sarif": _sarif, "github": _github}
