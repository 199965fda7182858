"""An error in the words every user gets: on a terminal, and as a message of the builder."""

from collections.abc import Iterator

from fedbake.errors import FedbakeError

SHOWN_REASONING = 12
"""Lines of the resolver's reasoning that are shown."""


def as_lines(error: FedbakeError) -> Iterator[str]:
    """The message, then what belongs to it, indented."""
    yield error.message
    if error.where:
        yield f"  at {error.where}"
    yield from (f"  {line}" for line in error.details)
    if error.hint:
        yield f"  hint: {error.hint}"
    if error.reasoning:
        yield "  the resolver's reasoning:"
    yield from (f"    {line}" for line in error.reasoning[:SHOWN_REASONING])
