"""What fedbake makes of a case today: the same files as `fedbake plan` writes, in memory."""

import json
from collections.abc import Callable

from fedbake.compile import compile_plan, templates_of
from fedbake.golden.case import FINDINGS, PLAN, Case
from fedbake.judge import Folders, judge
from fedbake.render.directory import rendered
from fedbake.report import findings
from fedbake.settings import Settings
from fedbake.source.material import fetch_material

_CONTEXT = "context/"


def produce(case: Case, folders: Folders, settings: Settings, report: Callable[[str], None]) -> dict[str, bytes]:
    """The files of a case by path: ``findings.json`` when the rules reject it, else everything below ``plan/``.

    The files of ``context/`` are left out: they are copies, and plan.json has the digest of each.

    Raises:
        FedbakeError: the case cannot be compiled for a reason other than its findings.
    """
    judged = judge(fetch_material(case.material, settings, report), case.asked, folders)
    if judged.errors:
        text = json.dumps({"findings": findings.as_json(judged.findings)}, indent=2) + "\n"
        return {FINDINGS: text.encode()}
    files = rendered(compile_plan(judged, case.asked, folders, settings, report), templates_of(folders))
    return {f"{PLAN}/{path}": b"".join(read()) for path, read in files.items() if not path.startswith(_CONTEXT)}
