"""Which files of a repository an import reaches. Its root is on the import path, as it is in the images."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from fedbake.inspect.facts import ImportFacts, ModuleFacts

_START = ("model_manager.py", "data_manager.py")
_COMPILED = (".so", ".pyd", ".pyx")


@dataclass(frozen=True, slots=True)
class SourceTree:
    """The Python files of a repository.

    Attributes:
        files: their paths; one that is compiled counts as the ``.py`` file of its name.
        folders: the folders that hold some, and all folders above.
        packages: the folders that directly hold some.
        names: what the files and folders are called, wherever they lie.
    """

    files: frozenset[str]
    folders: frozenset[str]
    packages: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(cls, paths: Iterable[str]) -> Self:
        """Take the paths of all files of a repository."""
        files = frozenset(_as_source(path) for path in paths if path.endswith((".py", *_COMPILED)))
        packages = frozenset(path.rpartition("/")[0] for path in files)
        return cls(
            files,
            _with_folders_above(packages),
            packages,
            frozenset(part for path in files for part in path.removesuffix(".py").split("/")),
        )

    def files_of(self, found: ImportFacts) -> tuple[str, ...]:
        """The files an import runs, those of the packages around a module first; none when it is not from here."""
        return tuple(path for path in self._candidates(found) if path in self.files)

    def _candidates(self, found: ImportFacts) -> Iterator[str]:
        *around, last = found.module.split(".")
        folder = ""
        for part in around:
            folder = f"{folder}{part}"
            if folder not in self.folders:
                return
            yield f"{folder}/__init__.py"
            folder = f"{folder}/"
        yield f"{folder}{last}.py"
        yield f"{folder}{last}/__init__.py"
        for name in found.names:
            yield f"{folder}{last}/{name}.py"
            yield f"{folder}{last}/{name}/__init__.py"

    def owns(self, found: ImportFacts) -> bool:
        """Whether an import finds its module in the repository, before any installed one.

        A folder without ``__init__.py`` comes after an installed package of its name, so that it counts only for what
        really lies in it.
        """
        top = found.top_level
        if f"{top}.py" in self.files or f"{top}/__init__.py" in self.files or self.files_of(found):
            return True
        if top not in self.folders:
            return False
        folder = found.module.replace(".", "/")
        return any(f"{folder}/{name}" in self.packages for name in found.names) or (
            not found.names and folder in self.packages
        )


def used_modules(modules: Mapping[str, ModuleFacts]) -> tuple[str, ...]:
    """The paths in ``modules`` that importing ``model_manager`` and ``data_manager`` reaches, sorted."""
    tree = SourceTree.of(modules)
    waiting = [path for path in _START if path in modules]
    reached = set(waiting)
    while waiting:
        for found in modules[waiting.pop()].imports:
            new = [path for path in tree.files_of(found) if path not in reached]
            reached.update(new)
            waiting.extend(new)
    return tuple(sorted(reached))


def _with_folders_above(folders: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for folder in folders:
        above = folder
        while above and above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return frozenset(found)


def _as_source(path: str) -> str:
    """``a/b.py`` for ``a/b.cpython-311-x86_64-linux-gnu.so``."""
    if path.endswith(".py"):
        return path
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.partition('.')[0]}.py"
