"""Data tables of the rules folders: a later folder's table replaces one of the same name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fedbake.errors import UsageError


def load_table(folders: Sequence[Path], name: str) -> tuple[Any, Path]:
    """A data table of the rules folders and the file it came from; the last folder that has it decides.

    Raises:
        UsageError: no folder has it, or it is not YAML.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    paths = [folder / name for folder in folders if (folder / name).is_file()]
    if not paths:
        raise UsageError(f"no rules folder holds {name}", hint="rules folders are laid out like the one fedbake ships")
    try:
        return YAML(typ="safe", pure=True).load(paths[-1].read_text(encoding="utf-8")), paths[-1]
    except (YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"the table is not valid YAML: {error}", where=str(paths[-1])) from error
