"""What rules know about the world besides a repository: names of packages and versions that fit together.

Data tables of the rules folders; `fedbake.rules.load` reads them together with the rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fedbake.rules.names import Names
from fedbake.rules.names_table import load_names
from fedbake.rules.version_tables import load_versions
from fedbake.rules.versions import Versions


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All tables.

    Attributes:
        names: conda names, import names and look-alikes (``rules/names/``).
        versions: which versions fit together, and the support of Python releases (``rules/versions/``).
    """

    names: Names
    versions: Versions


def load_knowledge(folders: Sequence[Path]) -> Knowledge:
    """Read the tables of all folders; a later folder adds rows and replaces those of the same key.

    Raises:
        UsageError: a table is not understood; with file and line.
    """
    return Knowledge(load_names(folders), load_versions(folders))
