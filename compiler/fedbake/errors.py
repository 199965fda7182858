"""Errors a user meets: one sentence, the place, what to do next, and the exit code that belongs to it.

Everything fedbake refuses or fails at is raised as one of these classes; `fedbake.cli` prints them and exits. Any other
exception is a defect in fedbake.
"""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from fedbake.rules.finding import Suggestion


class FedbakeError(Exception):
    """Base of every error fedbake reports on purpose.

    Attributes:
        message: one sentence a user understands.
        where: the place it is about (``file:line:column``, a URL, a folder), when there is one.
        hint: what to do next, when there is something to do.
        details: further lines a user needs, such as the requirements that contradict each other.
        suggestions: edits of the user's files that together help, where they are known.
        reasoning: how the resolver came to the error, in its own words, line by line; there can be many.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        details: tuple[str, ...] = (),
        suggestions: "tuple[Suggestion, ...]" = (),
        reasoning: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.details = details
        self.suggestions = suggestions
        self.reasoning = reasoning


class UsageError(FedbakeError):
    """The command line or a plan directory given to it cannot be used as it is."""

    exit_code = 2


class RejectedError(FedbakeError):
    """The rules found an error in the repository; nothing was planned."""

    exit_code = 3


class ResolutionError(FedbakeError):
    """The dependencies cannot be resolved together."""

    exit_code = 4


class SourceError(FedbakeError):
    """The repository cannot be read: access refused, unknown ref, not a repository, or over a limit."""

    exit_code = 5


class WorkerError(FedbakeError):
    """This machine is not ready to bake: engine, buildx, emulator, registry or disk."""

    exit_code = 6


class BuildError(FedbakeError):
    """A build or verification step failed."""

    exit_code = 7


class PushError(FedbakeError):
    """The registry did not take an image or a tag."""

    exit_code = 8


class TransientError(FedbakeError):
    """A failure that is likely to pass: trying again is worth it (``EX_TEMPFAIL`` of sysexits.h)."""

    exit_code = 75


class InterruptedRunError(FedbakeError):
    """The user or the system stopped the run (128 + SIGINT)."""

    exit_code = 130
