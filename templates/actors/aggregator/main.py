"""Entry point of the aggregator image; its arguments are described in ``fedbake_actors.arguments``."""

from __future__ import annotations

from pathlib import Path

from fedbake_actors.start import start

if __name__ == "__main__":
    start("aggregator", Path(__file__).resolve().parent)
