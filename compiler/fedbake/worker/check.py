"""One thing a worker needs, and whether it is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """Whether something is there: a warning does not stop a bake, a missing thing does."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at and what was found.

    Attributes:
        name: stable identifier, such as ``engine`` or ``emulator linux/arm64``.
        status: whether it is there.
        message: one sentence.
        hint: what to do next, when there is something to do.
        facts: what was measured, for programs.
    """

    name: str
    status: Status
    message: str
    hint: str | None = None
    facts: Mapping[str, str | int] = field(default_factory=dict)


def is_ready(checks: tuple[Check, ...]) -> bool:
    """Whether nothing is missing."""
    return all(check.status is not Status.MISSING for check in checks)
