"""Where a plan may be written."""

import os
from pathlib import Path

from fedbake.errors import UsageError

SUMS = "SHA256SUMS"


def refuse_foreign(target: Path) -> None:
    """Refuse to replace anything that is not a plan.

    Raises:
        UsageError: the target exists and is neither a plan directory nor an empty folder.
    """
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        raise UsageError("the output folder is not a folder", where=str(target), hint="name a new folder with -o")
    is_plan = (target / "plan.json").is_file() and (target / SUMS).is_file()
    if not is_plan and any(target.iterdir()):
        raise UsageError(
            "the output folder holds something that is not a plan",
            where=str(target),
            hint="name a new or empty folder, or an older plan, with -o",
        )
