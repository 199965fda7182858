"""A trained model in a local folder, as ``mlflow.<flavour>.save_model`` leaves it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fedbake.errors import SourceError
from fedbake.settings import Settings
from fedbake.source.folder import read_folder
from fedbake.source.limits import MODEL
from fedbake.source.model_files import MLMODEL, HiddenFiles, check_distinct, saved_at
from fedbake.source.snapshot import EntryKind, Snapshot
from fedbake.source.text import printable


def fetch_model_folder(folder: Path, settings: Settings, report: Callable[[str], None]) -> Snapshot:
    """Read a model as it is now; a plan of it does not depend on where the folder is.

    Args:
        folder: holds an MLmodel file.
        settings: with ``model_limits``.
        report: called with one line of text at a time about what happens.

    Raises:
        SourceError: it is no folder, holds no MLmodel file, a symbolic link or a refused path, or is over a limit.
    """
    where = printable(str(folder))
    hidden = HiddenFiles()
    try:
        top = folder.resolve()
    except (OSError, RuntimeError):
        raise SourceError("the folder cannot be read: its links lead nowhere", where=where) from None
    content = read_folder(top, settings.model_limits, MODEL, hidden.leaves_out)
    hidden.tell(report)
    link = next((entry.path for entry in content.entries if entry.kind is EntryKind.SYMLINK), None)
    if link is not None:
        raise SourceError("the model holds a symbolic link", where=link, hint="put the file itself in its place")
    check_distinct(entry.path for entry in content.entries)
    snapshot = Snapshot(printable(top.name) or "model", None, None, 0, content.tree, content.entries, content.contents)
    if snapshot.entry(MLMODEL) is None:
        hint = "give the folder that holds the MLmodel file"
        raise SourceError("the folder is not an MLflow model: it has no MLmodel file", where=where, hint=hint)
    return replace(snapshot, committed_at=saved_at(snapshot) or 0)
