"""Conditions about the Python code of a repository, as its syntax tree shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from fedbake.inspect.facts import ClassFacts, Facts, Location, MethodFacts
from fedbake.rules.conditions.base import Case, Condition, Match, listed
from fedbake.rules.patterns import Pattern

_EMPTY_BASES = frozenset({"object", "ABC", "Protocol", "Generic"})


def _identifier(name: str) -> str:
    if not (name.isascii() and name.isidentifier()):
        raise ValueError(f"{name!r} is not a Python name")
    return name


def _module(name: str) -> str:
    if not all(part.isascii() and part.isidentifier() for part in name.split(".")):
        raise ValueError(f"{name!r} is not a Python module such as torchvision.transforms")
    return name


Identifier = Annotated[str, AfterValidator(_identifier)]
Module = Annotated[str, AfterValidator(_module)]


@dataclass(frozen=True, slots=True)
class Lineage:
    """A class with the classes of the repository it inherits from, nearest first, and the bases that are not there."""

    classes: tuple[ClassFacts, ...]
    unknown: tuple[str, ...]

    def method(self, name: str) -> MethodFacts | None:
        """The method as Python would find it, when it stands in the repository."""
        return next((found.methods[name] for found in self.classes if name in found.methods), None)


def lineage(facts: Facts, start: ClassFacts, templates: frozenset[str]) -> Lineage:
    """Follow the bases of a class by name: first in its own file, then in the whole repository.

    Args:
        facts: what inspection found.
        start: the class.
        templates: names of bases known to offer no method that counts (abstract templates).
    """
    seen: dict[Location, ClassFacts] = {}
    unknown: list[str] = []
    waiting = [start]
    while waiting:
        found = waiting.pop(0)
        if found.location in seen:
            continue
        seen[found.location] = found
        for base in found.bases:
            name = base.partition("[")[0].rpartition(".")[2]
            if name in _EMPTY_BASES or name in templates:
                continue
            parent = _class_named(facts, name, found)
            if parent is None:
                unknown.append(base)
            else:
                waiting.append(parent)
    return Lineage(tuple(seen.values()), tuple(unknown))


def _class_named(facts: Facts, name: str, child: ClassFacts) -> ClassFacts | None:
    own = facts.modules.get(child.location.file)
    others = (module for _, module in sorted(facts.modules.items()))
    for module in (own, *others) if own else others:
        found = module.classes.get(name)
        if found is not None and found.location != child.location:
            return found
    return None


class _OfClass(Condition):
    """About one class of one file. Holds nowhere when the file or the class is not there: other rules say that."""

    file: Pattern
    class_name: Identifier = Field(alias="class")
    templates: tuple[Identifier, ...] = ()

    def lineage(self, facts: Facts) -> Lineage | None:
        """The class and its bases, when it is there."""
        module = facts.modules.get(self.file)
        found = module.classes.get(self.class_name) if module else None
        return lineage(facts, found, frozenset(self.templates)) if found else None


class ClassMissing(Condition):
    """Holds when a file can be read and does not define the class at its top level."""

    kind: Literal["class_missing"]
    file: Pattern
    class_name: Identifier = Field(alias="class")
    placeholders: ClassVar[frozenset[str]] = frozenset({"file", "class"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match, or none."""
        module = case.facts.modules.get(self.file)
        if module is None or self.class_name in module.classes:
            return ()
        return (Match(Location(self.file), {"file": self.file, "class": self.class_name}),)

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"`{self.file}` defines no class `{self.class_name}`"


class MethodMissing(_OfClass):
    """Holds once for each method that neither the class nor a base has, all bases being known."""

    kind: Literal["method_missing"]
    methods: tuple[Identifier, ...] = Field(min_length=1)
    placeholders: ClassVar[frozenset[str]] = frozenset({"file", "class", "method"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each missing method, at the class."""
        found = self.lineage(case.facts)
        if found is None or found.unknown:
            return ()
        return tuple(
            Match(found.classes[0].location, {"file": self.file, "class": self.class_name, "method": method})
            for method in self.methods
            if found.method(method) is None
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"`{self.class_name}` in `{self.file}` (or a class it inherits from) lacks {listed(self.methods)}"


class MethodUnknown(_OfClass):
    """Holds when methods may come from a base that is not in the repository, so that nobody can tell."""

    kind: Literal["method_unknown"]
    methods: tuple[Identifier, ...] = Field(min_length=1)
    placeholders: ClassVar[frozenset[str]] = frozenset({"file", "class", "methods", "bases"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match, or none."""
        found = self.lineage(case.facts)
        if found is None or not found.unknown:
            return ()
        absent = [method for method in self.methods if found.method(method) is None]
        values = {"file": self.file, "class": self.class_name, "methods": ", ".join(absent)}
        return (Match(found.classes[0].location, {**values, "bases": ", ".join(found.unknown)}),) if absent else ()

    def describe(self) -> str:
        """As a part of a sentence."""
        return (
            f"`{self.class_name}` in `{self.file}` inherits from a class outside of the repository, which may have "
            f"{listed(self.methods)}"
        )


class MethodArity(_OfClass):
    """Holds once for each method that is there and cannot be called with the given number of arguments."""

    kind: Literal["method_arity"]
    methods: Mapping[Identifier, Annotated[int, Field(strict=True, ge=0, le=20)]] = Field(min_length=1)
    placeholders: ClassVar[frozenset[str]] = frozenset({"file", "class", "method", "arguments", "takes"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each such method, at the method."""
        found = self.lineage(case.facts)
        return tuple(self._mismatches(found)) if found else ()

    def _mismatches(self, found: Lineage) -> Iterator[Match]:
        for name, given in self.methods.items():
            method = found.method(name)
            if method is not None and not _callable_with(method, given):
                values = {"file": method.location.file, "class": self.class_name, "method": name}
                yield Match(method.location, {**values, "arguments": _count(given), "takes": _takes(method)})

    def describe(self) -> str:
        """As a part of a sentence."""
        calls = listed(tuple(f"{name}: {_count(given)}" for name, given in self.methods.items()))
        return f"`{self.class_name}` in `{self.file}` cannot be called as the actors call it ({calls})"


class Imports(Condition):
    """Holds once for each import of a module, or of something below it."""

    kind: Literal["imports"]
    module: Module
    placeholders: ClassVar[frozenset[str]] = frozenset({"module", "file"})

    def matches(self, case: Case) -> tuple[Match, ...]:
        """One match for each import statement."""
        return tuple(
            Match(found.location, {"module": found.module, "file": found.location.file})
            for found in case.facts.imports_of(self.module.partition(".")[0])
            if f"{found.module}.".startswith(f"{self.module}.")
        )

    def describe(self) -> str:
        """As a part of a sentence."""
        return f"the code imports `{self.module}`"


def _callable_with(method: MethodFacts, given: int) -> bool:
    enough = method.required <= given and not method.required_keywords
    return enough and (method.accepted is None or given <= method.accepted)


def _takes(method: MethodFacts) -> str:
    """What a method asks of its caller, as the predicate of a sentence."""
    if method.accepted is not None and method.accepted < 0:
        return "does not take self"
    if method.required_keywords:
        return f"needs the keyword {' and '.join(method.required_keywords)}"
    if method.accepted is None:
        return f"takes at least {_count(method.required)} besides self"
    if method.required == method.accepted:
        return f"takes {_count(method.required)} besides self"
    return f"takes {method.required} to {_count(method.accepted)} besides self"


def _count(arguments: int) -> str:
    return {0: "no argument", 1: "1 argument"}.get(arguments, f"{arguments} arguments")
