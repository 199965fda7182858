"""Conditions about the Python version the user asked for."""

from typing import ClassVar, Literal

from fedbake.inspect.facts import Location
from fedbake.names import PythonMinor
from fedbake.rules.conditions.base import Case, Condition, Match
from fedbake.rules.fields import Specifier
from fedbake.rules.pythons import admits, possible_pythons


class PythonMissing(Condition):
    """Holds when neither the repository nor the command line says which Python to use."""

    kind: Literal["python_missing"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"file"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match at the dependency file that decides, or none."""
        if case.facts.python or case.context.python is not None:
            return ()
        file = case.facts.dependency_files[0] if case.facts.dependency_files else None
        return (Match(Location(file) if file else None, {"file": file or "the repository"}),)

    def describe(self) -> str:
        """As a part of a sentence."""
        return "no Python version is declared or given with `--python`"


class PythonIs(Condition):
    """Holds when every Python release that can be meant lies within a specifier.

    Attributes:
        within: releases such as ``>=3.12``.
    """

    kind: Literal["python"]
    within: Specifier
    placeholders: ClassVar[frozenset[str]] = frozenset({"python"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match where the version is asked for, or none."""
        pythons = possible_pythons(case)
        if not pythons or not all(admits(self.within, minor) for minor in pythons):
            return ()
        return (Match(_place(case), {"python": str(pythons[-1])}),)

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"Python is `{self.within}`"


class PythonEndOfLife(Condition):
    """Holds when the newest Python release that can be meant gets no security fixes any more.

    That is judged at the date of the request, else at the date of the table: never by the clock.
    """

    kind: Literal["python_end_of_life"]
    placeholders: ClassVar[frozenset[str]] = frozenset({"python", "date", "supported"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match where the version is asked for, or none."""
        support = case.knowledge.versions.python
        pythons = possible_pythons(case)
        today = (case.context.today or support.checked)[: len("2026-11-22")]
        ended = support.end_of_life.get(pythons[-1]) if pythons else None
        if ended is None or today <= ended:
            return ()
        supported = next((minor for minor, date in support.end_of_life.items() if today <= date), PythonMinor(3, 99))
        return (Match(_place(case), {"python": str(pythons[-1]), "date": ended, "supported": str(supported)}),)

    def describe(self) -> str:
        """As a part of a sentence."""
        return "the Python release asked for gets no security fixes any more"


def _place(case: Case) -> Location | None:
    """Where the version is asked for; ``None`` for the command line."""
    return case.facts.python[0].location if case.facts.python and case.context.python is None else None
