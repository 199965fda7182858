"""What the findings change, and the requirements of each image after it."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from copy import copy
from dataclasses import dataclass

from packaging.requirements import Requirement

from fedbake.inspect.facts import Declaration, Facts, Location, Origin
from fedbake.names import Role
from fedbake.rules.finding import Constrain, DropFor, Finding, Rename, Replace


@dataclass(frozen=True, slots=True)
class Replacement:
    """A declaration of the user that is replaced, and the rule that says so."""

    requirement: Requirement
    rule: str


@dataclass(frozen=True, slots=True)
class Addition:
    """A requirement nobody declared, and why it is added: the rules that say so, each with the place it speaks of."""

    requirement: Requirement
    reasons: tuple[tuple[str, Location | None], ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that add it, each once."""
        return tuple(dict.fromkeys(rule for rule, _ in self.reasons))


@dataclass(frozen=True, slots=True)
class Changes:
    """All fixes together.

    Attributes:
        replaced: by the place of the declaration; of two fixes for one place the first finding's counts.
        added: each requirement once, in order of the findings.
        dropped: by role and package, the rule that leaves the package out.
    """

    replaced: Mapping[Location, Replacement]
    added: tuple[Addition, ...]
    dropped: Mapping[tuple[Role, str], str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One requirement of an image, with the reason it is there.

    Attributes:
        requirement: what is installed.
        because: where the user declared it (``conda.yaml:7:5``), else the id of the rule that says so.
        declaration: the user's declaration behind it, the replaced one included.
        rule: the rule that added or replaced it.
    """

    requirement: Requirement
    because: str
    declaration: Declaration | None
    rule: str | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A declaration that an image does not get, and why. ``role`` is ``None`` when no image gets it."""

    declaration: Declaration
    role: Role | None
    because: str
    rule: str | None


@dataclass(frozen=True, slots=True)
class EffectiveRequirements:
    """What each image really asks the resolver for."""

    wanted: Mapping[Role, tuple[Wanted, ...]]
    left_out: tuple[LeftOut, ...]


_NOT_INSTALLED = {
    "python": "the interpreter comes with the base image",
    "pip": "the installer is not part of an image",
}


def renamed(requirement: Requirement, name: str) -> Requirement:
    """The same versions, extras and marker of another package."""
    changed = copy(requirement)
    changed.name = name
    return changed


def changes(facts: Facts, findings: Iterable[Finding]) -> Changes:
    """Gather the fixes of all findings about a repository."""
    declared = {found.location: found for found in facts.declarations}
    replaced: dict[Location, Replacement] = {}
    added: dict[str, Addition] = {}
    dropped: dict[tuple[Role, str], str] = {}
    for finding in findings:
        place = Location(finding.file, finding.line or 1, finding.column or 1) if finding.file else None
        match finding.fix:
            case Replace(requirement=text) if place is not None:
                replaced.setdefault(place, Replacement(Requirement(text), finding.rule))
            case Rename(to=to) if place is not None and place in declared:
                replaced.setdefault(place, Replacement(renamed(declared[place].requirement, to), finding.rule))
            case Constrain(requirement=text):
                before = added[text].reasons if text in added else ()
                added[text] = Addition(Requirement(text), (*before, (finding.rule, place)))
            case DropFor(package=package, role=role):
                for each in (role,) if role else Role:
                    dropped.setdefault((each, package), finding.rule)
    return Changes(replaced, tuple(added.values()), dropped)


def effective_requirements(facts: Facts, findings: Iterable[Finding]) -> EffectiveRequirements:
    """The requirements of every role after all fixes, in order of the user's file, additions last.

    ``python`` in a conda list is the interpreter and ``pip`` the installer: neither is a package of an image.
    """
    made = changes(facts, findings)
    left_out = [
        LeftOut(declaration, None, _NOT_INSTALLED[declaration.name], None)
        for declaration in facts.declarations
        if _is_tooling(declaration)
    ]
    declared = [found for found in facts.declarations if not _is_tooling(found)]
    wanted = {}
    for role in Role:
        kept = [found for found in declared if (role, found.name) not in made.dropped]
        left_out.extend(
            LeftOut(found, role, f"{made.dropped[role, found.name]} leaves it out", made.dropped[role, found.name])
            for found in declared
            if (role, found.name) in made.dropped
        )
        absent = {found.location for found in declared} - {found.location for found in kept}
        wanted[role] = (*(_wanted(found, made) for found in kept), *_added(made.added, absent))
    return EffectiveRequirements(wanted, tuple(left_out))


def _is_tooling(declaration: Declaration) -> bool:
    return declaration.name == "pip" or (declaration.name == "python" and declaration.origin is Origin.CONDA)


def _wanted(declaration: Declaration, made: Changes) -> Wanted:
    replacement = made.replaced.get(declaration.location)
    if replacement is None:
        return Wanted(declaration.requirement, str(declaration.location), declaration, None)
    return Wanted(replacement.requirement, replacement.rule, declaration, replacement.rule)


def _added(added: Iterable[Addition], absent: AbstractSet[Location | None]) -> Iterable[Wanted]:
    """The additions of one image: what is added only for a declaration the image does not get is not needed either."""
    for addition in added:
        rules = dict.fromkeys(rule for rule, place in addition.reasons if place not in absent)
        if rules:
            yield Wanted(addition.requirement, ", ".join(rules), None, next(iter(rules)))
