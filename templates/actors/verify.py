"""The self-test of an image: ``python verify.py ROLE``, run in the image's working directory, wherever this file lies.

Prints one line of JSON that says what was checked, or the step that failed, with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

WORKDIR = Path.cwd()
sys.path.insert(0, str(WORKDIR))

from fedbake_actors.console import run_to_end, say  # noqa: E402 -- found in the working directory only
from fedbake_actors.user_code import FOLDER, running  # noqa: E402


def main() -> None:
    """Verify the image whose working directory this is."""
    parser = argparse.ArgumentParser(prog="verify.py")
    parser.add_argument("role", choices=("learner", "aggregator"))
    role = parser.parse_args(sys.argv[1:]).role
    with running(f"the import of what the {role} needs", WORKDIR / FOLDER):
        from fedbake_actors.verification import verify
    say(json.dumps(verify(role, WORKDIR, os.environ)))


if __name__ == "__main__":
    run_to_end(main)
