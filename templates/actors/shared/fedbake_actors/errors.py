"""Failures an actor reports on purpose: one sentence, the lines that explain it, and an exit code."""

from __future__ import annotations

from collections.abc import Iterable


class ActorError(Exception):
    """Base of every failure that ends an actor with a sentence in place of a traceback.

    Attributes:
        message: one sentence.
        details: further lines, such as the user's lines that led to it.
    """

    exit_code = 1

    def __init__(self, message: str, details: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)


class UserCodeError(ActorError):
    """Code of the ML repository failed, or does not keep the interface of an ML repository."""


class FederationError(ActorError):
    """Aggregator and learners cannot (or can no longer) work together."""


class UnreachableError(FederationError):
    """No aggregator answered in the time a participant waits for one."""
