"""What the rules are asked about besides the repository itself: the request."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fedbake.names import Accelerator, Flavor, Loader, Platform, PythonMinor, Role
from fedbake.rules.finding import FixLevel


@dataclass(frozen=True, slots=True)
class RuleContext:
    """The part of a request that rules depend on.

    Attributes:
        flavor: the ML framework; ``None`` while nothing says which.
        roles: the images asked for; a rule for none of them is not applied.
        strict: whether a change of an exact pin is refused.
        python: the Python version asked for on the command line, in place of the repository's.
        fixes: how far fedbake goes in repairing.
        accelerators: for each role asked about, what its image computes on; a role that is missing gets whatever the
            package index offers.
        loader: what loads a trained model; ``None`` for a repository.
        today: ISO date up to which facts about the world count; the date of the tables when not given.
        platforms: the platforms the images are for.
    """

    flavor: Flavor | None
    roles: tuple[Role, ...]
    strict: bool = False
    python: PythonMinor | None = None
    fixes: FixLevel = FixLevel.SAFE
    accelerators: Mapping[Role, Accelerator] = field(default_factory=dict)
    today: str | None = None
    loader: Loader | None = None
    platforms: tuple[Platform, ...] = tuple(Platform)
