"""Drawing the tree: pipdeptree over a folder that holds nothing but what the distributions say about themselves.

pipdeptree reads installed metadata. What it is given here is written anew from parsed names, versions and requirements,
so that no text of a package, whatever it holds, comes as far as the terminal.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet

from fedbake.errors import UsageError
from fedbake.process import run
from fedbake.tree.distribution import Distribution

_SECONDS = 120
_ABSENT = "?"
_ANY = "Any"


@dataclass(frozen=True, slots=True)
class Unmet:
    """A requirement the environment does not meet. ``installed`` is ``None`` where the package is missing."""

    package: str
    version: str
    requires: str
    required: str
    installed: str | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a tree is drawn.

    Attributes:
        package: the only one that is asked about, by normalised name.
        reverse: who needs a package, in place of what it needs.
    """

    package: str | None = None
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A tree.

    Attributes:
        text: as pipdeptree draws it.
        rows: each package with its edges, as pipdeptree's ``json`` gives them.
        unmet: of the whole environment, whatever was selected.
    """

    text: str
    rows: tuple[dict[str, Any], ...]
    unmet: tuple[Unmet, ...]


def draw(distributions: Sequence[Distribution], selection: Selection) -> Drawing:
    """Draw the tree of an environment.

    Raises:
        UsageError: the selected package is not there, or the tree is too deep to be drawn.
    """
    if selection.package and selection.package not in {each.name for each in distributions}:
        raise UsageError(f"{selection.package} is not in this environment", hint="without --package all are shown")
    chosen = (*(("--reverse",) if selection.reverse else ()),)
    chosen += ("--packages", selection.package) if selection.package else ()
    with tempfile.TemporaryDirectory(prefix="fedbake-tree-") as folder:
        _write(Path(folder), distributions)
        everything = json.loads(_pipdeptree(folder, "--output", "json"))
        rows = json.loads(_pipdeptree(folder, "--output", "json", *chosen)) if chosen else everything
        text = _pipdeptree(folder, "--output", "text", *chosen)
    return Drawing(text, tuple(rows), tuple(_unmet(everything)))


def _write(folder: Path, distributions: Iterable[Distribution]) -> None:
    for number, each in enumerate(distributions):
        lines = ["Metadata-Version: 2.1", f"Name: {each.name}", f"Version: {each.version}"]
        lines += [f"Provides-Extra: {extra}" for extra in each.extras]
        lines += [f"Requires-Dist: {requirement}" for requirement in each.requires]
        info = folder / f"d{number}-{each.version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _pipdeptree(folder: str, *arguments: str) -> str:
    # Isolated (-I): neither the current directory nor a PYTHONPATH says which pipdeptree is run.
    argv = [sys.executable, "-I", "-m", "pipdeptree", "--path", folder, "--encoding", "utf-8", "--warn", "silence"]
    done = run([*argv, *arguments], env={"PATH": os.defpath, "NO_COLOR": "1"}, timeout=_SECONDS)
    if done.code != 0:
        raise UsageError(
            "the tree cannot be drawn",
            hint="--format json has no depth; --package shows a part of it",
            details=tuple(done.stderr.splitlines()[-3:]),
        )
    return done.text


def _unmet(rows: Iterable[dict[str, Any]]) -> Iterable[Unmet]:
    for row in rows:
        package = row["package"]
        for edge in row["dependencies"]:
            required = "" if edge["required_version"] == _ANY else edge["required_version"]
            missing = edge["installed_version"] == _ABSENT
            if missing or not SpecifierSet(required).contains(edge["installed_version"], prereleases=True):
                yield Unmet(
                    package=package["key"],
                    version=package["installed_version"],
                    requires=edge["key"],
                    required=required,
                    installed=None if missing else edge["installed_version"],
                )
