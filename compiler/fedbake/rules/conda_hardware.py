"""What a conda package says about the hardware: in its name, its version or its build string."""

import re

from fedbake.inspect.facts import Declaration, Problem
from fedbake.rules.names import CondaName

_CUDA = re.compile(r"cuda[_-]?(?:(?P<release>[0-9]+\.[0-9]+)|(?P<digits>[0-9]{2,3})(?![0-9]))?|gpu", re.ASCII)
_WITHOUT_CUDA = re.compile(r"cpu|mkl|eigen", re.ASCII)


def accelerator_of(known: CondaName, found: Declaration | Problem) -> str | None:
    """``cpu``, ``cuda`` or CUDA with its release (``cuda11.8``); ``None`` when the declaration says nothing.

    A problem is one of a name or version that the Python Package Index cannot have, such as ``_tflow_select``.
    """
    match known.accelerator:
        case "version":
            return f"cuda{_release(found)}"
        case "build":
            return _of_build(_build(found))
    return known.accelerator


def _build(found: Declaration | Problem) -> str:
    if isinstance(found, Declaration):
        return found.build or ""
    return "".join(found.text.split("=")[2:])


def _release(found: Declaration | Problem) -> str:
    """The first two numbers of the one release a declaration asks for; nothing when it allows several."""
    if isinstance(found, Problem):
        return ""
    specifiers = list(found.requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator != "==":
        return ""
    return ".".join(specifiers[0].version.removesuffix(".*").split(".")[:2])


def _of_build(build: str) -> str | None:
    """``py3.8_cuda11.3_cudnn8_0`` and ``cuda112py39h1`` name a release, ``cpu_0`` and ``mkl_py37`` go without."""
    cuda = _CUDA.search(build)
    if cuda is None:
        return "cpu" if _WITHOUT_CUDA.search(build) else None
    digits = cuda["digits"]
    return f"cuda{cuda['release'] or (f'{digits[:-1]}.{digits[-1]}' if digits else '')}"
