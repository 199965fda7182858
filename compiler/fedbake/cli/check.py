"""``fedbake check``: findings only; nothing is resolved, nothing is written."""

import json
from pathlib import Path
from typing import Any

import click

from fedbake.cli import options
from fedbake.errors import RejectedError
from fedbake.settings import Settings


@click.command("check")
@options.request
@options.output_format
@click.pass_obj
def command(
    settings: Settings,
    /,
    source: str,
    ref: str | None,
    rules_folder: Path | None,
    templates_folder: Path | None,
    output_format: str,
    **request: Any,
) -> int:
    """Say what is wrong with the repository SOURCE (a URL or folder); write nothing. Exits with 3 on errors."""
    from fedbake.judge import Folders, judge
    from fedbake.report import findings
    from fedbake.source.fetch import fetch

    wanted = options.asked(**request)
    snapshot = fetch(source, ref, settings)
    judged = judge(snapshot, wanted, Folders.with_own(templates_folder, rules_folder))
    if output_format == "json":
        click.echo(json.dumps({"findings": findings.as_json(judged.findings)}, indent=2))
    else:
        click.echo(findings.as_text(judged.findings))
    return RejectedError.exit_code if judged.errors else 0
