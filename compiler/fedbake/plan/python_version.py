"""Which Python the images run: what the user asked for, narrowed to one feature release."""

from collections.abc import Sequence

from fedbake.errors import RejectedError
from fedbake.inspect.facts import Facts
from fedbake.names import PythonMinor
from fedbake.plan.model import Decision
from fedbake.rules.pythons import admits


def choose_python(facts: Facts, asked: str | None, available: Sequence[PythonMinor]) -> Decision:
    """The feature release, and why.

    Args:
        asked: ``--python``, which wins over the repository.
        available: releases there are base images for.

    Raises:
        RejectedError: nothing says which Python, or no available release fits.
    """
    if asked is not None:
        return Decision(subject="python", value=str(PythonMinor.parse(asked)), because="asked for with --python")
    if not facts.python:
        raise RejectedError(
            "nothing says which Python the repository needs", hint="add python=3.11, or pass --python 3.11"
        )
    first = facts.python[0]
    fitting = [minor for minor in available if all(admits(each.specifier, minor) for each in facts.python)]
    if not fitting:
        offered = ", ".join(map(str, available))
        raise RejectedError(
            f"there is no base image with Python {first.text}",
            where=str(first.location),
            hint=f"base images exist for {offered}; see the rules folder images/ or pass --base-image",
        )
    return Decision(
        subject="python",
        value=str(max(fitting)),
        because=f"the repository asks for {first.text}; the patch release comes with the base image",
        where=str(first.location),
    )
