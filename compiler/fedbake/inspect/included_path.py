"""A path one file of a repository names another one by."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from fedbake.inspect.text import shown

_NAMES_LIMIT = 100
_LENGTH_LIMIT = 80
_SHOWN_NAMES = 3
# An absolute path, a home folder, a URL or a drive of Windows. It may contain secrets: never show it.
_OUTSIDE = re.compile(r"[/~]|[A-Za-z][A-Za-z0-9+.-]*:", re.ASCII)


def resolved(folder: str, written: str) -> str | None:
    """The path in the repository, ``""`` for its root; ``None`` for what is not a path inside of it.

    Args:
        folder: where the path starts, ``""`` for the root.
        written: as the file has it.
    """
    if not written or _OUTSIDE.match(written) or "\\" in written or not written.isprintable():
        return None
    parts = folder.split("/") if folder else []
    for part in written.split("/"):
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def folder_of(path: str) -> str:
    """The folder of a file, ``""`` for the root."""
    return path.rpartition("/")[0]


def similar(path: str, paths: Iterable[str]) -> str:
    """A hint that names the files of that folder with a similar name, else those with the same ending."""
    folder, _, name = path.rpartition("/")
    names = [each.rpartition("/")[2] for each in paths if folder_of(each) == folder and len(each) <= _LENGTH_LIMIT]
    close = get_close_matches(name[:_LENGTH_LIMIT], names[:_NAMES_LIMIT], _SHOWN_NAMES) or [
        each for each in names if each.rpartition(".")[2] == name.rpartition(".")[2]
    ]
    if not close:
        return "add the file, or correct its name"
    return f"correct its name; there is {' and '.join(shown(each) for each in close[:_SHOWN_NAMES])}"
