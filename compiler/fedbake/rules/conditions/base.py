"""What every condition of a rule is: a question about the facts that is answered with places."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import ConfigDict

from fedbake.inspect.facts import Declaration, Facts, Location
from fedbake.rules.context import RuleContext
from fedbake.rules.finding import Constrain, DropFor, Rename, Replace, Suggestion, Value
from fedbake.rules.knowledge import Knowledge
from fedbake.rules.locked import LockedFacts


@dataclass(frozen=True, slots=True)
class Match:
    """A place where a condition holds.

    Attributes:
        location: where; ``None`` when it is about the repository as a whole.
        values: what a message may name, by placeholder.
        declaration: the user's declaration it is about, when it is about one.
        proposed: the change that would help, for conditions that know one; a rule makes it with ``fix: proposed``.
        suggestion: the edit that would help, where the text cannot be read and so is no declaration.
    """

    location: Location | None
    values: Mapping[str, str] = field(default_factory=dict)
    declaration: Declaration | None = None
    proposed: DropFor | Replace | Rename | Constrain | None = None
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What a condition is asked about: a repository, and what is wanted of it.

    Attributes:
        knowledge: the tables of the rules folders.
        locked: the packages that were resolved; ``None`` before resolution.
    """

    facts: Facts
    context: RuleContext
    knowledge: Knowledge
    locked: tuple[LockedFacts, ...] | None = None


class Condition(Value, ABC):
    """A question about a repository.

    ``placeholders`` are the names its matches fill in, whatever they are. A rule with a condition that ``needs_lock``
    is asked after resolution, all other rules before it.
    """

    # Only whole rule files are validated, never a condition alone: building a validator for each class costs start-up.
    model_config = ConfigDict(defer_build=True)

    placeholders: ClassVar[frozenset[str]] = frozenset()
    needs_lock: ClassVar[bool] = False
    proposes: ClassVar[bool] = False

    @abstractmethod
    def matches(self, case: Case) -> tuple[Match, ...]:
        """Every place where it holds; none when it does not."""

    @abstractmethod
    def describe(self) -> str:
        """The condition as a part of an English sentence, in Markdown."""


def listed(names: tuple[str, ...], last: str = "or") -> str:
    """``a``, ``a or b``, ``a, b or c``: code-quoted names in a sentence."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"
