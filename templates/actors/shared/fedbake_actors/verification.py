"""The self-test of an image: does the user's code run with this environment on this platform, without any data?"""

from __future__ import annotations

import inspect
import platform
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from fedbake_actors import ml_repo, saving
from fedbake_actors.errors import UserCodeError
from fedbake_actors.parameters import checked_arrays, first_difference
from fedbake_actors.rehearsal import rehearse, samples
from fedbake_actors.settings import Settings
from fedbake_actors.user_code import running

_ARGUMENTS = {
    "set_model_data": 0,
    "get_model": 0,
    "get_model_parameters": 0,
    "set_model_parameters": 1,
    "fit_model": 0,
    "evaluate_model": 0,
}


def verify(role: str, workdir: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Check an image from inside, in seconds and without a network.

    Checked are: the imports of the actor and of the repository, ``ModelManager()``, the arguments its methods take, and
    that its parameters survive being read, sent, set and read again; in a learner whose repository has ``sample_data``,
    one federated round as well; in an aggregator with MLflow, that the model can be saved, and loaded where the
    repository is not.

    Args:
        role: ``learner`` or ``aggregator``.
        workdir: the folder that holds ``ml_repo``.
        environ: the container's environment.

    Returns:
        What was checked, ready for JSON.

    Raises:
        UserCodeError: the first step that failed, with the user's lines.
    """
    root = ml_repo.enter(workdir)
    flwr_version = _actor_imports(role, root)
    manager = ml_repo.load_class(root, "model_manager", "ModelManager")
    if role == "learner":
        _check_arguments(ml_repo.load_class(root, "data_manager", "DataManager"), "get_data", 0)
    for name, count in _ARGUMENTS.items():
        _check_arguments(manager, name, count)
    model = ml_repo.load_model(root)
    arrays, size = _check_parameters(model)
    saved = role == "aggregator" and saving.is_possible()
    if saved:
        saving.check(Settings.from_environment(environ).flavor, model)
    rehearsed = role == "learner" and bool(samples(workdir))
    if rehearsed:
        rehearse(workdir)
    return {
        "role": role,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "numpy": import_module("numpy").__version__,
        "flwr": flwr_version,
        "arrays": arrays,
        "bytes": size,
        "checked": [
            "actor imports",
            "repository imports",
            "method arguments",
            "parameters read, sent, set, read again",
            *(["model saved, loaded without the repository"] if saved else []),
            *(["one federated round"] if rehearsed else []),
        ],
    }


def _actor_imports(role: str, root: Path) -> str:
    """Import what the role runs; the version of flwr."""
    with running(f"the import of the {role}", root):
        import_module(f"fedbake_actors.{role}")
        return str(import_module("flwr").__version__)


def _check_arguments(cls: type, name: str, count: int) -> None:
    """A method must be there and callable with ``count`` arguments besides ``self``."""
    method = inspect.getattr_static(cls, name, None)
    if method is None or not callable(getattr(cls, name)):
        raise UserCodeError(f"the class {cls.__name__} has no method {name}")
    bound_to = 0 if isinstance(method, (staticmethod, classmethod)) else 1
    try:
        inspect.signature(getattr(cls, name)).bind(*[None] * (count + bound_to))
    except TypeError as error:
        raise UserCodeError(f"{cls.__name__}.{name} cannot be called with {count} arguments: {error}") from error


def _check_parameters(model: ml_repo.Model) -> tuple[int, int]:
    """Read, send, set and read the parameters again; how many arrays and bytes they are."""
    from fedbake_actors.federation import travelled

    before = [array.copy() for array in model.parameters()]
    received = checked_arrays(travelled(before))
    model.adopt(received)
    difference = first_difference(before, model.parameters())
    if difference is not None:
        raise UserCodeError(f"the parameters changed by being set and read again: {difference}")
    return len(before), sum(array.nbytes for array in before)
