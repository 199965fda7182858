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
            pyproject.toml, setup.cfg or setup.py says what it needs.
    """

    reference: Reference
    path: str
    location: Location


Found = Declaration | PythonDeclaration | Problem | Note | Dropped | AcceleratorDeclaration | Include
