"""Entry point of the inference image: ``python main.py`` serves the model in ``model``, ``--verify`` tries it once."""

from __future__ import annotations

import sys
from pathlib import Path

from fedbake_actors.console import run_to_end
from fedbake_inference.start import start

if __name__ == "__main__":
    run_to_end(lambda: start(sys.argv[1:], Path(__file__).resolve().parent))
