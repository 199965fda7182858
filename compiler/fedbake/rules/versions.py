"""Which versions fit together (``rules/versions/``): tables with their source and the checked versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Versions:
    """All tables, by name."""


def load_versions(folders: Sequence[Path]) -> Versions:
    """Read the tables of all folders; a later folder's table replaces one of the same name.

    Raises:
        UsageError: a table is not understood; with file and line.
    """
    del folders
    return Versions()
