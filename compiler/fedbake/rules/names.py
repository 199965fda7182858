"""Names of packages (``rules/names/``): conda's and the index's, modules and the distributions that provide them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fedbake.inspect.facts import Facts


class CondaKind(StrEnum):
    """What a conda package is in an environment that is installed from the Python Package Index."""

    PYPI = "pypi"
    PART_OF = "part-of"
    NOT_NEEDED = "not-needed"
    ONLY_CONDA = "only-conda"
    ACCELERATOR = "accelerator"


@dataclass(frozen=True, slots=True)
class CondaName:
    """What the table says about one conda package.

    Attributes:
        pypi: its distribution on the index, normalised (for ``part-of`` the one it comes with).
        same_versions: whether both number their releases alike, so that a pin can be taken over.
        because: one sentence a user understands.
        imports: modules only this package provides.
    """

    kind: CondaKind
    pypi: str | None
    same_versions: bool
    because: str
    imports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """The tables of names.

    Attributes:
        conda: by conda name.
        modules: the distributions that provide a module, the usual one first, by dotted module name.
        lookalikes: names that people declare by mistake, with the distribution they mean.
    """

    conda: Mapping[str, CondaName]
    modules: Mapping[str, tuple[str, ...]]
    lookalikes: Mapping[str, str]


def load_names(folders: Sequence[Path]) -> Names:
    """Read the tables of all folders; a later folder adds rows and replaces those of the same key.

    Raises:
        UsageError: a table is not understood; with file and line.
    """
    del folders
    return Names({}, {}, {})


def translated(facts: Facts, names: Names) -> Facts:
    """The same facts with conda's names in terms of the Python Package Index."""
    del names
    return facts
