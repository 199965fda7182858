"""What a rule file says, as typed values."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from fedbake.names import ACTORS, Accelerator, Flavor, Platform, Role
from fedbake.rules.conditions.base import Match
from fedbake.rules.conditions.files import Shape
from fedbake.rules.conditions.logic import AnyCondition, needs_lock
from fedbake.rules.fields import Link, Sentence
from fedbake.rules.finding import Constrain, DropFor, Fix, FixLevel, Rename, Replace, Severity, Value

_ID = re.compile(r"[a-z][a-z0-9-]*/[a-z0-9][a-z0-9-]*", re.ASCII)
_TEST_PATH = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*", re.ASCII)


def _identifier(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(f"{text!r} is not a rule id such as structure/missing-file")
    return text


def _test_path(text: str) -> str:
    if not _TEST_PATH.fullmatch(text):
        raise ValueError(f"{text!r} is not a relative path of plain names")
    return text


def _unwrap_fix(written: Any) -> Any:
    if written == PROPOSED:
        return {"kind": PROPOSED}
    if isinstance(written, dict) and len(written) == 1:
        ((kind, body),) = written.items()
        if isinstance(body, dict) and "kind" not in body:
            return {"kind": kind, **body}
    raise ValueError("a fix is one of 'drop', 'replace', 'rename' and 'constrain' with what it needs, or 'proposed'")


PROPOSED = "proposed"

RuleId = Annotated[str, AfterValidator(_identifier)]
TestPath = Annotated[str, AfterValidator(_test_path)]


class _Part(Value):
    """A part of a rule file: validated with the whole file, so that no validator of its own need be built."""

    model_config = ConfigDict(defer_build=True)


class Proposed(_Part):
    """The change the first condition of the rule proposes at each place (``fix: proposed``)."""

    kind: Literal["proposed"]


class Then(_Part):
    """What a rule says and changes where its conditions hold. ``{names}`` are filled in by the first condition.

    Attributes:
        message: what is the matter, whether or not it is repaired.
        hint: what to do about it for good.
        fix: what fedbake changes meanwhile, as far as ``--fix`` allows.
        unfixed: the severity where the fix is not made.
    """

    message: Sentence
    hint: Sentence | None = None
    fix: (
        Annotated[
            DropFor | Replace | Rename | Constrain | Proposed,
            Field(discriminator="kind"),
            BeforeValidator(_unwrap_fix),
        ]
        | None
    ) = None
    unfixed: Severity = Severity.WARNING

    def fix_for(self, place: Match) -> Fix | None:
        """The change at one place."""
        return place.proposed if isinstance(self.fix, Proposed) else self.fix


class LockedPackageTest(_Part):
    """A locked package of a rule test; `fedbake.rules.locked.LockedFacts` with defaults."""

    name: str
    version: str
    platform: Platform = Platform.AMD64
    roles: tuple[Role, ...] = ACTORS
    has_wheel: bool = True
    yanked: str | None = None
    nearest: str | None = None
    bytes: int = 1000


class RuleTest(_Part):
    """A tiny repository and every line the rule must say about it.

    Attributes:
        files: contents by path.
        shapes: paths that are not files with their content: symbolic links, submodules, Git LFS pointers.
        fixes: how far fedbake goes in repairing there.
        locked: for rules about locked packages, those of the resolution.
        expect: ``file:line:column: message`` for each finding of the rule (``repository: message`` without a place).
    """

    name: Sentence
    flavor: Flavor = Flavor.SKLEARN
    python: str | None = None
    files: dict[TestPath, str] = Field(default_factory=dict)
    shapes: dict[TestPath, Shape] = Field(default_factory=dict)
    fixes: FixLevel = FixLevel.SAFE
    accelerators: dict[Role, Accelerator] = Field(default_factory=dict)
    locked: tuple[LockedPackageTest, ...] = ()
    expect: tuple[str, ...]


class Rule(_Part):
    """One rule.

    Attributes:
        id: the group it belongs to and its name, such as ``structure/missing-file``.
        title: what it is about, in a few words.
        severity: how much its findings matter.
        targets: the images it is about.
        when: conditions that must all hold. It finds something at each place where the first one holds.
        then: what it says and changes.
        because: the reason, in one sentence a user understands.
        references: where the facts come from.
        tests: small repositories and what it says about them; one of them at least must make it speak.
    """

    id: RuleId
    title: Sentence
    severity: Severity
    targets: tuple[Role, ...] = Field(min_length=1)
    when: tuple[AnyCondition, ...] = Field(min_length=1)
    then: Then
    because: Sentence
    references: tuple[Link, ...] = ()
    tests: tuple[RuleTest, ...] = Field(min_length=1)

    @property
    def needs_lock(self) -> bool:
        """Whether it can only be asked after resolution."""
        return any(needs_lock(condition) for condition in self.when)


class RuleFile(Value):
    """A rule file."""

    rules: tuple[Rule, ...] = Field(min_length=1)
