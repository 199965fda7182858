"""What fedbake adds to a user's environment: the combinations that were run (rules/dependencies/actor-runtime.yaml)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from fedbake.errors import UsageError
from fedbake.names import PythonMinor
from fedbake.resolve.tables import load_table

# Any release the actors' adapter works with: the last resort where no release that was run fits.
ANY_RUNTIME = Requirement("flwr>=1.6,<2")


@dataclass(frozen=True, slots=True)
class RuntimeRow:
    """One release of Flower with the bounds it was run with, for the Python versions it supports."""

    requirement: Requirement
    adds: tuple[Requirement, ...]
    python: tuple[PythonMinor, ...]

    @property
    def was_run(self) -> bool:
        """Whether it is a row of the table, not the last resort."""
        return self.requirement != ANY_RUNTIME


def load_runtime(folders: Sequence[Path]) -> tuple[RuntimeRow, ...]:
    """The table in order of preference.

    Raises:
        UsageError: the table cannot be read.
    """
    table, path = load_table(folders, "dependencies/actor-runtime.yaml")
    try:
        return tuple(
            RuntimeRow(
                Requirement(row["requirement"]),
                tuple(map(Requirement, row["adds"])),
                tuple(map(PythonMinor.parse, row["python"])),
            )
            for row in table["actor_runtime"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the table of actor runtimes cannot be used: {error}", where=str(path)) from error
