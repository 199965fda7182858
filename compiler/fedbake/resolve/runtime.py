"""What fedbake adds to a user's environment: the table of combinations that were run (rules/dependencies/actor-runtime.yaml)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from fedbake.errors import UsageError
from fedbake.names import PythonMinor

# Any release the actors' adapter works with; only used to explain a conflict.
ANY_RUNTIME = Requirement("flwr>=1.6,<2")


@dataclass(frozen=True, slots=True)
class RuntimeRow:
    """One release of Flower with the bounds it was run with, for the Python versions it supports."""

    requirement: Requirement
    adds: tuple[Requirement, ...]
    python: tuple[PythonMinor, ...]


def load_runtime(folders: Sequence[Path]) -> tuple[RuntimeRow, ...]:
    """The table in order of preference; the last folder that has one decides.

    Raises:
        UsageError: the table cannot be read.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    paths = [folder / "dependencies" / "actor-runtime.yaml" for folder in folders]
    path = [path for path in paths if path.is_file()][-1]
    try:
        rows = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))["actor_runtime"]
        return tuple(
            RuntimeRow(
                Requirement(row["requirement"]),
                tuple(map(Requirement, row["adds"])),
                tuple(map(PythonMinor.parse, row["python"])),
            )
            for row in rows
        )
    except (YAMLError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the table of actor runtimes cannot be read: {error}", where=str(path)) from error
