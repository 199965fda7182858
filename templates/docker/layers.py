"""Separate trees of files, one for each platform, into what all of them have in common and what only each one has.

Modules and data of a package are mostly the same for every CPU: they become one layer of all images. Only files that
are equal byte for byte, with equal permissions, move; whatever packages say about their files is not believed.
"""

import os
import stat
import sys
from collections.abc import Iterator, Sequence

BLOCK = 2**20
"""Bytes that are compared at a time."""


def separate(shared: str, first: str, *others: str) -> None:
    """Move what is equal in all trees into ``shared``, and leave the rest where it is.

    Args:
        shared: the root of what is common; files may be there already.
        first: the root of one tree, and ``others`` those of the others; made where they are missing, kept when empty.
    """
    for tree in (first, *others):
        os.makedirs(tree, exist_ok=True)
    for folder, files in list(_folders(first)):
        equal = [file for file in files if all(_equal(first + file, other + file) for other in others)]
        if equal:
            os.makedirs(shared + folder, exist_ok=True)
        for file in equal:
            os.rename(first + file, shared + file)
            for other in others:
                os.unlink(other + file)
    for tree in (first, *others):
        _remove_empty(tree)


def _folders(root: str, folder: str = "") -> Iterator[tuple[str, Sequence[str]]]:
    """Every folder below a root with its files and links; all are paths below the root that begin with a slash."""
    with os.scandir(root + folder) as entries:
        found = {f"{folder}/{entry.name}": entry.is_dir(follow_symlinks=False) for entry in entries}
    yield folder, [path for path, is_folder in found.items() if not is_folder]
    for path, is_folder in found.items():
        if is_folder:
            yield from _folders(root, path)


def _equal(one: str, other: str) -> bool:
    try:
        here, there = os.lstat(one), os.lstat(other)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if here.st_mode != there.st_mode or here.st_size != there.st_size:
        return False
    if stat.S_ISLNK(here.st_mode):
        return os.readlink(one) == os.readlink(other)
    return stat.S_ISREG(here.st_mode) and _equal_content(one, other)


def _equal_content(one: str, other: str) -> bool:
    with open(one, "rb", buffering=0) as here, open(other, "rb", buffering=0) as there:
        while block := here.read(BLOCK):
            if block != there.read(BLOCK):
                return False
    return True


def _remove_empty(tree: str) -> None:
    for folder, _, _ in os.walk(tree, topdown=False):
        if folder != tree and not os.listdir(folder):
            os.rmdir(folder)


if __name__ == "__main__":
    separate(*sys.argv[1:])
