"""All conditions together: how a rule file spells one, and how ``not`` and ``any`` combine them.

A condition is written as a mapping of its kind to what it asks: ``dependency: {name: mlflow}``.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field

from fedbake.rules.conditions.accelerators import (
    AcceleratorDeclared,
    ComputesOn,
    DependenciesNamed,
    MadeFor,
    PlatformPlanned,
)
from fedbake.rules.conditions.base import Case, Condition, Match
from fedbake.rules.conditions.code import ClassMissing, Imports, MethodArity, MethodMissing, MethodUnknown
from fedbake.rules.conditions.declarations import Dependency, FlavorIs, LoadedBy, WithoutUpperBound, WithoutVersion
from fedbake.rules.conditions.files import EntriesAre, EntryIs, FileMissing, LeftAside, ProblemFound
from fedbake.rules.conditions.imports import (
    ImportNotInPython,
    NeverImported,
    OnlyCondaImport,
    RelativeImportAtTop,
    SoftPin,
    UndeclaredImport,
    UnknownImport,
)
from fedbake.rules.conditions.locks import LockedWithoutWheel, LockedYanked
from fedbake.rules.conditions.names import LookalikeName, MisspeltName, StandardLibraryName
from fedbake.rules.conditions.python import PythonEndOfLife, PythonIs, PythonMissing
from fedbake.rules.conditions.versions import VersionsBound, VersionsConflict, VersionsPlatform, VersionsUnknown

_BODY_FIELD = {"not": "condition", "any": "conditions"}


def unwrap_kind(written: Any) -> Any:
    """``{kind: {...}}`` as the tagged form the models are told apart by."""
    if isinstance(written, dict) and len(written) == 1:
        ((kind, body),) = written.items()
        if kind in _BODY_FIELD:
            return {"kind": kind, _BODY_FIELD[kind]: body}
        if isinstance(body, dict) and "kind" not in body:
            return {"kind": kind, **body}
    raise ValueError("this must be a mapping of one kind to what it asks, such as 'imports: {module: torch}'")


class Not(Condition):
    """Holds, without a place of its own, when another condition does not."""

    kind: Literal["not"]
    condition: "AnyCondition"

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match without a place, or none."""
        return () if self.condition.matches(case) else (Match(None),)

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"not: {self.condition.describe()}"


class AnyOf(Condition):
    """Holds wherever one of several conditions does."""

    kind: Literal["any"]
    conditions: tuple["AnyCondition", ...] = Field(min_length=2)

    def matches(self, case: Case) -> tuple[Match, ...]:
        """The matches of all of them."""
        return tuple(match for condition in self.conditions for match in condition.matches(case))

    def describe(self) -> str:
        """As a part of a sentence."""
        return "either " + ", or ".join(condition.describe() for condition in self.conditions)


AnyCondition = Annotated[
    EntryIs
    | EntriesAre
    | FileMissing
    | ProblemFound
    | LeftAside
    | ClassMissing
    | MethodMissing
    | MethodUnknown
    | MethodArity
    | Imports
    | Dependency
    | WithoutVersion
    | WithoutUpperBound
    | PythonMissing
    | PythonIs
    | PythonEndOfLife
    | VersionsConflict
    | VersionsBound
    | VersionsPlatform
    | VersionsUnknown
    | PlatformPlanned
    | ComputesOn
    | AcceleratorDeclared
    | DependenciesNamed
    | MadeFor
    | LockedYanked
    | LockedWithoutWheel
    | FlavorIs
    | LoadedBy
    | UndeclaredImport
    | UnknownImport
    | ImportNotInPython
    | OnlyCondaImport
    | RelativeImportAtTop
    | NeverImported
    | SoftPin
    | StandardLibraryName
    | LookalikeName
    | MisspeltName
    | Not
    | AnyOf,
    Field(discriminator="kind"),
    BeforeValidator(unwrap_kind),
]


def fillable(condition: Condition) -> frozenset[str]:
    """The placeholders every match of a condition fills in."""
    if isinstance(condition, AnyOf):
        return frozenset.intersection(*(fillable(part) for part in condition.conditions))
    return condition.placeholders


def needs_lock(condition: Condition) -> bool:
    """Whether a condition, or one inside of it, asks what was locked."""
    if isinstance(condition, AnyOf):
        return any(needs_lock(part) for part in condition.conditions)
    return needs_lock(condition.condition) if isinstance(condition, Not) else condition.needs_lock


def proposes(condition: Condition) -> bool:
    """Whether every match of a condition proposes a change."""
    if isinstance(condition, AnyOf):
        return all(proposes(part) for part in condition.conditions)
    return condition.proposes


def kinds() -> tuple[type[Condition], ...]:
    """Every condition there is."""
    return get_args(get_args(AnyCondition)[0])


def kind_of(condition: type[Condition]) -> str:
    """How a rule file spells a condition."""
    return str(get_args(condition.model_fields["kind"].annotation)[0])
