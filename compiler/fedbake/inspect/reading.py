"""What the readers of dependency files give: each thing they find, in the order of the file."""

from dataclasses import dataclass
from enum import StrEnum

from fedbake.inspect.facts import (
    AcceleratorDeclaration,
    Declaration,
    Dropped,
    Location,
    Note,
    Problem,
    PythonDeclaration,
)


class Reference(StrEnum):
    """Why a file refers to another one."""

    REQUIREMENTS = "requirements"
    CONSTRAINTS = "constraints"
    CONDA = "conda"
    PYTHON_ENV = "python-env"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Include:
    """Another file of the repository that is read in this place.

    Attributes:
        path: as written, relative to the folder of the file that refers to it; for a project, the folder whose
            pyproject.toml, setup.cfg or setup.py says what it needs, relative to the folder pip runs in.
        extras: the extras of a project that are wanted, as written.
    """

    reference: Reference
    path: str
    location: Location
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclaresNothing:
    """The file is not about dependencies at all, so that the next one decides.

    Attributes:
        because: what it is instead, as a part of a sentence: ``pyproject.toml holds settings of tools only``.
    """

    because: str
    location: Location


Found = Declaration | PythonDeclaration | Problem | Note | Dropped | AcceleratorDeclaration | Include | DeclaresNothing
