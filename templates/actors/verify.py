"""The self-test of an image, ``python verify.py ROLE``: one line of JSON that says what was checked, or exit code 1."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from fedbake_actors.console import run_to_end, say
from fedbake_actors.user_code import running


def main() -> None:
    """Verify the image this file lies in."""
    parser = argparse.ArgumentParser(prog="verify.py")
    parser.add_argument("role", choices=("learner", "aggregator"))
    role = parser.parse_args(sys.argv[1:]).role
    workdir = Path(__file__).resolve().parent
    with running(f"the import of what the {role} needs", workdir):
        from fedbake_actors.verification import verify
    say(json.dumps(verify(role, workdir)))


if __name__ == "__main__":
    run_to_end(main)
