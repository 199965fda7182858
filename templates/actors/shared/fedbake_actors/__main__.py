"""``python -m fedbake_actors ROLE ...``: an actor in the current folder, for the rehearsal inside of an image."""

from __future__ import annotations

import sys
from pathlib import Path

from fedbake_actors.start import start

start(sys.argv.pop(1), Path.cwd())
