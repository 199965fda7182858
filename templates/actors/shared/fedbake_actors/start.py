"""Starting the actor of a role: everything it needs is imported here, so that a broken environment is reported, too."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

from fedbake_actors.console import run_to_end
from fedbake_actors.user_code import FOLDER, running


def start(role: str, workdir: Path) -> None:
    """Run the learner or the aggregator with this process's arguments and environment, and end the process.

    Args:
        role: ``learner`` or ``aggregator``.
        workdir: the folder that holds ``ml_repo``.
    """

    def actor() -> None:
        with running(f"the import of the {role}", workdir / FOLDER):
            module = import_module(f"fedbake_actors.{role}")
        module.run(sys.argv[1:], os.environ, workdir)

    run_to_end(actor)
