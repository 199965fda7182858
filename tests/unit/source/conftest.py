"""What the tests of this stage share with those of the actors: real environments and servers."""

import sys
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_TESTS), str(_TESTS / "unit" / "actors")]
