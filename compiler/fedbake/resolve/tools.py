"""The installer used inside builds: exact files from rules/images/tools.yaml."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fedbake.errors import UsageError
from fedbake.names import Platform
from fedbake.resolve.tables import load_table


@dataclass(frozen=True, slots=True)
class ToolWheel:
    """A wheel by URL and sha256."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Installer:
    """uv for each platform a build may run on."""

    version: str
    wheels: dict[Platform, ToolWheel]


def load_installer(folders: Sequence[Path]) -> Installer:
    """The table's uv.

    Raises:
        UsageError: the table cannot be read.
    """
    table, path = load_table(folders, "images/tools.yaml")
    try:
        uv = table["tools"]["uv"]
        wheels = {Platform(name): ToolWheel(row["url"], row["sha256"]) for name, row in uv["wheels"].items()}
        return Installer(str(uv["version"]), wheels)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the table of tools cannot be used: {error}", where=str(path)) from error
