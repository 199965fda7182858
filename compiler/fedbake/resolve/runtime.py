"""What fedbake adds to a user's environment: the combinations that were run (rules/dependencies/actor-runtime.yaml)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from fedbake.errors import UsageError
from fedbake.inspect.facts import Facts
from fedbake.names import PythonMinor, Role
from fedbake.resolve.tables import load_table
from fedbake.rules.fixes import Wanted

# Any release the actors' adapter works with: the last resort where no release that was run fits.
ANY_RUNTIME = Requirement("flwr>=1.6,<2")
ACTORS = Wanted(ANY_RUNTIME, "the actors", None, None)
"""What every actor's image needs beside the user's lines, in any release."""


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

    @property
    def requirements(self) -> tuple[str, ...]:
        """Everything it asks for."""
        return (str(self.requirement), *map(str, self.adds))


@dataclass(frozen=True, slots=True)
class RuntimeExtra:
    """Something else an image needs, to train or to serve.

    Attributes:
        requirement: the range that was run.
        roles: the images it goes into.
        imports: only for repositories whose code imports this module; ``None`` for all.
        unless: a package that has it in itself, normalised.
        for_frames: only for models that may be given data frames.
        because: one sentence a user understands.
    """

    requirement: Requirement
    roles: tuple[Role, ...]
    imports: str | None
    unless: str | None
    for_frames: bool
    because: str

    def is_for(self, role: Role, facts: Facts, wanted: Iterable[Wanted], *, takes_frames: bool) -> bool:
        """Whether a role's image needs it besides what is wanted already."""
        from packaging.utils import canonicalize_name

        module = self.imports
        used = module is None or any(
            found.module == module or found.module.startswith(f"{module}.")
            for found in facts.imports_of(module.partition(".")[0])
        )
        present = {canonicalize_name(each.requirement.name) for each in wanted}
        return used and role in self.roles and self.unless not in present and (takes_frames or not self.for_frames)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The whole table.

    Attributes:
        rows: releases of Flower in order of preference; the last one stands for any release at all.
        extras: what else goes into images.
    """

    rows: tuple[RuntimeRow, ...]
    extras: tuple[RuntimeExtra, ...]


def load_runtime(folders: Sequence[Path]) -> Runtime:
    """The table.

    Raises:
        UsageError: it cannot be read.
    """
    table, path = load_table(folders, "dependencies/actor-runtime.yaml")
    try:
        rows = map(_row, table["actor_runtime"])
        return Runtime((*rows, RuntimeRow(ANY_RUNTIME, (), ())), tuple(map(_extra, table["extras"])))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the table of actor runtimes cannot be used: {error}", where=str(path)) from error


def _row(row: Mapping[str, Any]) -> RuntimeRow:
    return RuntimeRow(
        requirement=Requirement(row["requirement"]),
        adds=tuple(map(Requirement, row["adds"])),
        python=tuple(map(PythonMinor.parse, row["python"])),
    )


def _extra(row: Mapping[str, Any]) -> RuntimeExtra:
    return RuntimeExtra(
        requirement=Requirement(row["requirement"]),
        roles=tuple(map(Role, row["roles"])),
        imports=row.get("imports"),
        unless=row.get("unless"),
        for_frames=bool(row.get("for_frames")),
        because=str(row["because"]),
    )


def with_extras(
    wanted: Mapping[Role, Sequence[Wanted]], extras: Sequence[RuntimeExtra], facts: Facts, *, takes_frames: bool
) -> dict[Role, tuple[Wanted, ...]]:
    """What each role's image needs: what is wanted, then what else goes into it."""
    return {
        role: (
            *lines,
            *(
                Wanted(extra.requirement, f"the {role}", None, None)
                for extra in extras
                if extra.is_for(role, facts, lines, takes_frames=takes_frames)
            ),
        )
        for role, lines in wanted.items()
    }
