"""From a repository or model that was read to its images in the registry: judge, lock, bake."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from fedbake.bake.existing import TakenTags
from fedbake.bake.run import BakeOptions, bake
from fedbake.compile import LockRejectedError, compile_plan, templates_of
from fedbake.errors import RejectedError, WorkerError
from fedbake.flops.narration import Narration
from fedbake.judge import Folders, judge
from fedbake.plan.request import Asked
from fedbake.render.directory import rendered, write_plan
from fedbake.report import findings
from fedbake.report.quote import lines_of
from fedbake.rules.finding import Finding, Severity
from fedbake.scratch import scratch_folder
from fedbake.settings import Settings
from fedbake.source.snapshot import Snapshot


def make(snapshot: Snapshot, asked: Asked, builder: str | None, settings: Settings, narration: Narration) -> None:
    """Plan and bake; the plan's folder is gone afterwards.

    Raises:
        RejectedError: the rules found errors; its details are the findings.
        FedbakeError: anything else that stops it; every tag is as it was.
    """
    folders = Folders.with_own(None, None)
    narration.say("checking it against the rules")
    judged = judge(snapshot, asked, folders)
    if judged.errors:
        raise _rejection(judged.findings, snapshot)
    try:
        assembled = compile_plan(judged, asked, folders, settings, narration.say)
    except LockRejectedError as error:
        raise _rejection(error.findings, snapshot) from error
    narration.say(f"the rules found {findings.count(assembled.plan.findings)}")
    with _folder(settings) as folder:
        directory = folder / "plan"
        write_plan(assembled, rendered(assembled, templates_of(folders)), directory)
        bake(directory, BakeOptions(builder=builder, taken=TakenTags.KEEP), settings, narration)


def _rejection(found: Sequence[Finding], snapshot: Snapshot) -> RejectedError:
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    told = click.unstyle(findings.as_text(errors, lines_of(snapshot.contents))).splitlines()
    message = f"the rules reject {snapshot.name}: {findings.count(found)}"
    return RejectedError(message, details=tuple(told[:-1]), hint="correct it, commit it, and build again")


@contextmanager
def _folder(settings: Settings) -> Iterator[Path]:
    around = settings.state_dir / "flops"
    with ExitStack() as stack:
        try:
            around.mkdir(parents=True, exist_ok=True)
            folder = stack.enter_context(scratch_folder(around))
        except OSError as error:
            hint = "FEDBAKE_STATE_DIR names another folder"
            raise WorkerError(f"no plan can be written: {error.strerror}", where=str(around), hint=hint) from error
        yield folder
