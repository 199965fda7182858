"""Which Python the images run: what the user asked for, narrowed to one feature release."""

from collections.abc import Sequence

from fedbake.errors import RejectedError
from fedbake.inspect.facts import Facts, PythonDeclaration
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
        raise RejectedError("nothing says which Python is needed", hint="add python=3.11, or pass --python 3.11")
    fitting = list(available)
    for number, each in enumerate(facts.python):
        left = [minor for minor in fitting if admits(each.specifier, minor)]
        if not left:
            raise _refused(each, facts.python[:number], available)
        fitting = left
    first = facts.python[0]
    return Decision(
        subject="python",
        value=str(max(fitting)),
        because=f"{first.location.file} asks for {first.text}; the patch release comes with the base image",
        where=str(first.location),
    )


def _refused(
    asked: PythonDeclaration, before: Sequence[PythonDeclaration], available: Sequence[PythonMinor]
) -> RejectedError:
    """The error of a Python version that leaves no release over, alone or together with those asked for before it."""
    offered = f"base images exist for {', '.join(map(str, available))}"
    if before and any(admits(asked.specifier, minor) for minor in available):
        others = " and ".join(f"{each.text} ({each.location})" for each in before)
        return RejectedError(
            f"no Python with a base image is both {asked.text} and {others}",
            where=str(asked.location),
            hint=f"keep one of them; {offered}",
        )
    return RejectedError(
        f"{asked.text} asks for a Python that no base image has",
        where=str(asked.location),
        hint=f"ask for another one there; {offered}, and --base-image adds one of your own",
    )
