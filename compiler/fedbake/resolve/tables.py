"""Data tables of the rules folders: a later folder's table replaces one of the same name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fedbake.errors import UsageError
from fedbake.rules.document import read_document
from fedbake.rules.strict import text_of


def load_table(folders: Sequence[Path], name: str) -> tuple[Any, Path]:
    """A data table of the rules folders and the file it came from; the last folder that has it decides.

    Raises:
        UsageError: no folder has it, or it is not the plain YAML rule files are written in; with file and line.
    """
    paths = [folder / name for folder in folders if (folder / name).is_file()]
    if not paths:
        raise UsageError(f"no rules folder holds {name}", hint="rules folders are laid out like the one fedbake ships")
    return read_document(str(paths[-1]), text_of(paths[-1])).value, paths[-1]
