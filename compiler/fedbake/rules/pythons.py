"""Which Python releases a repository can mean."""

from functools import lru_cache

from packaging.specifiers import SpecifierSet

from fedbake.names import PythonMinor
from fedbake.rules.conditions.base import Case

_MOST_PATCHES = 100


@lru_cache(maxsize=4096)
def admits(specifier: str, minor: PythonMinor) -> bool:
    """Whether some patch release of a feature release satisfies a specifier."""
    wanted = SpecifierSet(specifier)
    return any(wanted.contains(f"{minor}.{patch}") for patch in range(_MOST_PATCHES))


def possible_pythons(case: Case) -> tuple[PythonMinor, ...]:
    """The feature releases that are asked for, as far as they are known, the oldest first; none where nothing is."""
    if case.context.python is not None:
        return (case.context.python,)
    if not case.facts.python:
        return ()
    known, asked = case.knowledge.versions.python.end_of_life, {each.specifier for each in case.facts.python}
    return tuple(minor for minor in known if all(admits(specifier, minor) for specifier in asked))
