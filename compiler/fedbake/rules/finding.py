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


class FixLevel(StrEnum):
    """How far fedbake goes in repairing (``--fix``).

    ``safe`` changes no version the user pinned exactly; ``all`` may.
    """

    NONE = "none"
    SAFE = "safe"
    ALL = "all"


class DropFor(Value):
    """The package is left out of one role's image; without a role no image gets it, and its line goes."""

    kind: Literal["drop"] = "drop"
    package: str
    role: Role | None = None


class Replace(Value):
    """The declaration is replaced by another requirement."""

    kind: Literal["replace"] = "replace"
    package: str
    requirement: str


class Rename(Value):
    """The declaration gets another name and keeps its versions, extras and marker."""

    kind: Literal["rename"] = "rename"
    package: str
    to: str


class Constrain(Value):
    """A requirement is added that the user did not write."""

    kind: Literal["constrain"] = "constrain"
    requirement: str


Fix = DropFor | Replace | Rename | Constrain


class Suggestion(Value):
    """An edit that was found to help: the text that stands at a place of the repository, and what to write there.

    ``before`` is empty where a line is to be added after the given one.
    """

    file: str
    line: int
    column: int
    before: str
    after: str


class Finding(Value):
    """One thing a rule found.

    Attributes:
        rule: identifier of the rule, such as ``structure/missing-file``.
        severity: how much it matters.
        message: one sentence a user understands.
        file, line, column: where, counted from 1; ``None`` when it is about the repository as a whole.
        hint: what to do next.
        fix: the change fedbake makes, when it makes one.
        suggestion: the edit that would make the finding go away, when one is known and fedbake does not make it.
    """

    rule: str
    severity: Severity
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None
    fix: Fix | None = None
    suggestion: Suggestion | None = None

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
                return f"{package} left out of {f'the {role} image' if role else 'every image'}"
            case Rename(package=package, to=to):
                return f"{package} installed as {to}"
            case Constrain(requirement=requirement):
                return f"{requirement} added"
            case Replace(package=package, requirement=requirement):
                return f"{package} replaced by {requirement}"
        return None
