"""Folders that take long to make, so that tests make them once and keep them, outside the checkout."""

import fcntl
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs


def kept(name: str, make: Callable[[Path], Path]) -> Path:
    """A folder that is kept, made now if there is none yet; meanwhile other processes that want it wait.

    Args:
        name: of the folder.
        make: makes it in an empty folder and says where. An interruption leaves none, rather than half of it.
    """
    folder = platformdirs.user_cache_path("fedbake-tests") / name
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        # The lock ends with its process, however that ends.
        with folder.with_suffix(".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.is_dir():
                _make(folder, make)
    return folder


def _make(folder: Path, make: Callable[[Path], Path]) -> None:
    draft = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        make(draft).rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
