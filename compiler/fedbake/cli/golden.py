"""``fedbake golden``: compare golden cases with what is made today, or accept it."""

from pathlib import Path

import click

from fedbake.cli import options
from fedbake.settings import Settings

_DIFFERS = 1
_cases = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.group("golden")
def command() -> None:
    """Golden-file testing: a case is a folder with repo/, request.yaml and the expected plan/ or findings.json."""


@command.command("check")
@_cases
@options.rules
@options.templates
@click.pass_obj
def check(settings: Settings, /, folder: Path, rules_folder: Path | None, templates_folder: Path | None) -> int:
    """Compare every case in FOLDER with what is made of it today; exits with 1 and a diff when something differs."""
    from fedbake.golden.case import find_cases
    from fedbake.golden.compare import differences
    from fedbake.golden.produce import produce
    from fedbake.judge import Folders

    folders = Folders.with_own(templates_folder, rules_folder)
    differing = 0
    for case in find_cases(folder):
        diff = list(differences(case.expected(), produce(case, folders, settings, options.say)))
        click.echo(f"{'differs' if diff else 'same':8}{case.folder.name}")
        for line in diff:
            click.secho(line, fg={"+": "green", "-": "red"}.get(line[:1]))
        differing += bool(diff)
    if differing:
        click.echo(f"{differing} of the cases differ; review the diff, then: fedbake golden update {folder}", err=True)
    return _DIFFERS if differing else 0


@command.command("update")
@_cases
@options.rules
@options.templates
@click.pass_obj
def update(settings: Settings, /, folder: Path, rules_folder: Path | None, templates_folder: Path | None) -> None:
    """Accept what is made of every case in FOLDER today as expected; review the change with git diff."""
    from fedbake.golden.case import find_cases
    from fedbake.golden.compare import accept
    from fedbake.golden.produce import produce
    from fedbake.judge import Folders

    folders = Folders.with_own(templates_folder, rules_folder)
    for case in find_cases(folder):
        made = produce(case, folders, settings, options.say)
        changed = made != case.expected()
        accept(case, made)
        click.echo(f"{'updated' if changed else 'same':8}{case.folder.name}")
