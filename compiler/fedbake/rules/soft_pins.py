"""Soft pins: exact versions that MLflow wrote down when it logged a model, of packages that nothing imports.

MLflow lists itself first and then every package it saw being loaded, each with the version that happened to be
installed (``mlflow.utils.requirements_utils``). Nobody chose those of packages the code does not import.
"""

from itertools import groupby

from fedbake.inspect.facts import Declaration, Facts, Origin
from fedbake.rules.names import Names
from fedbake.rules.needs import imported_distributions, meant_name

_LOGGED = frozenset({Origin.CONDA_PIP, Origin.REQUIREMENTS, Origin.PYTHON_ENV})
_MLFLOW = frozenset({"mlflow", "mlflow-skinny"})


def soft_pins(facts: Facts, names: Names) -> tuple[Declaration, ...]:
    """The soft pins of a repository, in order of the file."""
    logged = [each for one in _lists(facts) if _is_logged(one) for each in one[1:]]
    if not logged or not facts.modules:
        return ()
    imported = imported_distributions(facts, names)
    return tuple(each for each in logged if meant_name(each, names) not in imported and each.name not in _MLFLOW)


def _lists(facts: Facts) -> list[list[Declaration]]:
    declared = (each for each in facts.declarations if each.origin in _LOGGED)
    return [list(one) for _, one in groupby(declared, key=lambda each: (each.location.file, each.origin))]


def _is_logged(declared: list[Declaration]) -> bool:
    """Whether a list has the shape MLflow writes: itself first, then nothing but exact versions."""
    first, *others = declared
    return first.name in _MLFLOW and bool(others) and all(each.exact_version is not None for each in others)
