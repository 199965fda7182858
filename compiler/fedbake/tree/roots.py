"""Why packages are in an environment at all: the repository's own declarations, and what fedbake adds to them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from fedbake.names import Platform, Role
from fedbake.plan.model import Accounted, BuildPlan
from fedbake.resolve.runtime import ANY_RUNTIME
from fedbake.tree.distribution import Distribution

# No package can have a name that begins with a hyphen, so that none can pass for a root. Drawn in the order of names.
REPOSITORY = "-declared"
FEDBAKE = "-fedbake"


@dataclass(frozen=True, slots=True)
class Roots:
    """What stands at the top of a tree.

    Attributes:
        distributions: the repository and fedbake as packages that need what they asked for.
        places: by package, where the repository declares it.
    """

    distributions: tuple[Distribution, ...]
    places: Mapping[str, str]


def roots_of(plan: BuildPlan, role: Role, platform: Platform, installed: Sequence[Distribution]) -> Roots:
    """The roots of one image of a plan.

    What neither the repository declares nor any other package needs was added by fedbake: the actors' Flower, and what
    rules add. Where it is not known what some package needs, only Flower is sure to have been.
    """
    declared: dict[str, str] = {}
    places: dict[str, str] = {}
    for row in plan.declarations:
        locked = row.packages.get(platform)
        if row.outcome == "installed" and role in row.roles and locked:
            name = locked.partition("==")[0]
            declared.setdefault(name, _requirement(row, name))
            places.setdefault(name, row.where)
    needed = {canonicalize_name(Requirement(text).name) for each in installed for text in each.requires}
    added = [each.name for each in installed if each.name not in needed and each.name not in declared]
    if any(each.unclear for each in installed):
        added = [name for name in added if name == ANY_RUNTIME.name]
    distributions = (
        Distribution(REPOSITORY, "0", tuple(declared.values())),
        Distribution(FEDBAKE, "0", tuple(added)),
    )
    return Roots(tuple(each for each in distributions if each.requires), places)


def _requirement(row: Accounted, name: str) -> str:
    """The declaration where it is one pip would understand, else the bare name: its lock meets it in any case."""
    try:
        requirement = Requirement(row.text)
    except InvalidRequirement:
        return name
    same = row.because is None and canonicalize_name(requirement.name) == name
    requirement.marker = requirement.url = None
    return str(requirement) if same else name
