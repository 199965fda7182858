"""What a rule says about a repository, and what it changes."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from fedbake.names import Role


class Value(BaseModel):
    """A frozen, strict value: the base of everything that is written to a plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Severity(StrEnum):
    """How much a finding matters: an error stops the plan."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class DropFor(Value):
    """The package stays declared, but is left out of one role's image."""

    kind: Literal["drop"] = "drop"
    package: str
    role: Role


class Replace(Value):
    """The declaration is replaced by another requirement."""

    kind: Literal["replace"] = "replace"
    package: str
    requirement: str


class Constrain(Value):
    """A requirement is added that the user did not write."""

    kind: Literal["constrain"] = "constrain"
    requirement: str


Fix = DropFor | Replace | Constrain


class Finding(Value):
    """One thing a rule found.

    Attributes:
        rule: identifier of the rule, such as ``structure/missing-file``.
        severity: how much it matters.
        message: one sentence a user understands.
        file, line, column: where, counted from 1; ``None`` when it is about the repository as a whole.
        hint: what to do next.
        fix: the change fedbake makes, when it makes one.
    """

    rule: str
    severity: Severity
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None
    fix: Fix | None = None

    @property
    def where(self) -> str | None:
        """``file:line:column``, as far as known."""
        parts = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        return ":".join(parts) or None

    @property
    def change(self) -> str | None:
        """The change fedbake makes, in a few words."""
        match self.fix:
            case DropFor(package=package, role=role):
                return f"{package} left out of the {role}"
            case Constrain(requirement=requirement):
                return f"{requirement} added"
            case Replace(package=package, requirement=requirement):
                return f"{package} replaced by {requirement}"
        return None
