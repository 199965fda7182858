"""What the rules are asked about besides the repository itself: the request."""

from dataclasses import dataclass

from fedbake.names import Flavor, PythonMinor, Role


@dataclass(frozen=True, slots=True)
class RuleContext:
    """The part of a request that rules depend on.

    Attributes:
        flavor: the ML framework; ``None`` while nothing says which.
        roles: the images asked for; a rule for none of them is not applied.
        strict: whether a change of an exact pin is refused.
        python: the Python version asked for on the command line, in place of the repository's.
    """

    flavor: Flavor | None
    roles: tuple[Role, ...]
    strict: bool = False
    python: PythonMinor | None = None
