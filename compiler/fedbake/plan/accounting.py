"""What became of every dependency a repository declares: nothing a user wrote goes by without an answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fedbake.inspect.facts import AcceleratorDeclaration, Declaration, Dropped, Facts, Location, PythonDeclaration
from fedbake.names import Platform, PythonMinor, Role
from fedbake.plan.model import Accounted, Environment
from fedbake.resolve.platforms import holds
from fedbake.rules.fixes import EffectiveRequirements, LeftOut, Wanted
from fedbake.source.text import without_addresses


@dataclass(frozen=True, slots=True)
class Installed:
    """The locked environments, and the Python they are for."""

    environments: tuple[Environment, ...]
    python: PythonMinor


def accounted(
    facts: Facts, requirements: EffectiveRequirements, roles: Sequence[Role], installed: Installed | None = None
) -> tuple[Accounted, ...]:
    """Every declaration of the facts exactly once, sorted by place.

    Args:
        requirements: what the images ask for after all fixes.
        roles: the planned images.
        installed: what was locked; ``None`` as long as nothing was resolved.
    """
    answers = _Answers(requirements, tuple(roles), installed)
    rows: list[tuple[Location, Accounted]] = [
        *((found.location, answers.declaration(found)) for found in facts.declarations),
        *((found.location, answers.constraint(found)) for found in facts.constraints),
        *((found.location, _dropped(found)) for found in facts.dropped),
        *((found.location, _python(found)) for found in facts.python),
        *_accelerators(facts),
    ]
    return tuple(row for _, row in sorted(rows, key=lambda pair: pair[0]))


class _Answers:
    """What the images ask for and hold, by declaration."""

    def __init__(
        self, requirements: EffectiveRequirements, roles: tuple[Role, ...], installed: Installed | None
    ) -> None:
        self._roles = roles
        self._installed = installed
        self._wanted: dict[Declaration, dict[Role, Wanted]] = {}
        self._left_out: dict[Declaration, list[LeftOut]] = {}
        for role in roles:
            for wanted in requirements.wanted[role]:
                if wanted.declaration is not None:
                    self._wanted.setdefault(wanted.declaration, {})[role] = wanted
        for left_out in requirements.left_out:
            if left_out.role is None or left_out.role in roles:
                self._left_out.setdefault(left_out.declaration, []).append(left_out)

    def declaration(self, found: Declaration) -> Accounted:
        """What became of a declared dependency."""
        wanted = self._wanted.get(found, {})
        packages = self._packages(wanted)
        excluded = bool(wanted) and self._installed is not None and not packages
        because, rule = _reason(found, tuple(wanted.values()), self._left_out.get(found, ()))
        return Accounted(
            text=without_addresses(found.text),
            where=str(found.location),
            name=found.conda_name or found.name,
            outcome="installed" if wanted and not excluded else "left-out",
            roles=() if excluded else tuple(wanted),
            packages=packages,
            because="its marker holds on no platform of the plan" if excluded else because,
            rule=rule,
        )

    def constraint(self, found: Declaration) -> Accounted:
        """What a bound on a package is about: the package, if an image has it."""
        packages = self._locked(found.requirement, self._roles)
        nothing = "no image has the package" if self._installed is not None and not packages else None
        return Accounted(
            text=without_addresses(found.text),
            where=str(found.location),
            name=found.conda_name or found.name,
            outcome="constraint",
            packages=packages,
            because=nothing,
        )

    def _packages(self, wanted: Mapping[Role, Wanted]) -> dict[Platform, str]:
        found: dict[Platform, str] = {}
        for role, each in wanted.items():
            found.update(self._locked(each.requirement, (role,)))
        return dict(sorted(found.items()))

    def _locked(self, requirement: Requirement, roles: Iterable[Role]) -> dict[Platform, str]:
        """What a requirement was locked to, on the platforms its marker holds on."""
        if self._installed is None:
            return {}
        name = canonicalize_name(requirement.name)
        return {
            lock.platform: f"{package.name}=={package.version}"
            for environment in self._installed.environments
            if not {*roles}.isdisjoint(environment.roles)
            for lock in environment.locks
            if requirement.marker is None or holds(requirement.marker, lock.platform, self._installed.python)
            for package in lock.packages
            if package.name == name
        }


def _reason(found: Declaration, wanted: Sequence[Wanted], left_out: Sequence[LeftOut]) -> tuple[str | None, str | None]:
    """Why it was changed or left out, and the rule that says so."""
    changed = [each for each in wanted if each.rule is not None and each.requirement != found.requirement]
    reasons = [f"becomes {each.requirement}" for each in changed]
    if wanted:
        reasons += [f"left out of the {each.role.value}" for each in left_out if each.role]
    else:
        reasons += ["left out of every image" if each.role else each.because for each in left_out]
    rules = [*(each.rule for each in changed), *(each.rule for each in left_out)]
    return "; ".join(dict.fromkeys(reasons)) or None, next(filter(None, rules), None)


def _dropped(found: Dropped) -> Accounted:
    return Accounted(
        text=without_addresses(found.text),
        where=str(found.location),
        name=found.name,
        outcome="left-out",
        because=found.because,
    )


def _python(found: PythonDeclaration) -> Accounted:
    return Accounted(text=without_addresses(found.text), where=str(found.location), name="python", outcome="python")


def _accelerators(facts: Facts) -> Iterator[tuple[Location, Accounted]]:
    """Choices of hardware that stand alone; the others are a part of a declaration that is listed."""
    listed = {found.location for found in facts.declarations} | {found.location for found in facts.dropped}
    for found in facts.accelerators:
        if found.location not in listed:
            yield found.location, _accelerator(found)


def _accelerator(found: AcceleratorDeclaration) -> Accounted:
    return Accounted(
        text=without_addresses(found.text),
        where=str(found.location),
        name=found.value,
        outcome="accelerator",
        because=f"chooses {found.value}",
    )
