"""Saving the trained model by MLflow, the user's classes in it, so that whoever loads it needs none of their files."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fedbake_actors import loading
from fedbake_actors.errors import UserCodeError
from fedbake_actors.unpicklable import blamed
from fedbake_actors.user_code import describe, explain

if TYPE_CHECKING:
    from fedbake_actors.ml_repo import Model

_MODULES = {
    "sklearn": "mlflow.sklearn",
    "pytorch": "mlflow.pytorch",
    "tensorflow": "mlflow.tensorflow",
    "keras": "mlflow.tensorflow",
}
# Under emulation a framework takes a minute to be imported.
_LOADING_SECONDS = 900


def is_possible() -> bool:
    """Whether the environment has MLflow."""
    return find_spec("mlflow") is not None


def save(flavor: str, model: Model, target: Path, **described: Any) -> None:
    """Save the model with MLflow's flavour, the repository's classes with it.

    Args:
        flavor: the framework of the model, as in ``ML_MODEL_FLAVOR``.
        target: a folder that is not there yet.
        described: what else MLflow is told of the model, such as its signature.

    Raises:
        UserCodeError: it cannot be saved; with the lines of the repository to blame, where they are known.
    """
    import cloudpickle

    content = model.content()
    for module in _users_modules(model.root):
        cloudpickle.register_pickle_by_value(module)
    try:
        importlib.import_module(_MODULES[flavor]).save_model(content, str(target), **described)
    except Exception as error:
        lines = (*explain(error, model.root), *blamed(content, model.root))
        raise UserCodeError(f"MLflow cannot save the model: {describe(error)}", lines) from error


def check(flavor: str, model: Model) -> None:
    """Save the model as it is now, and load it as an inference server will: where the repository is not.

    Raises:
        UserCodeError: one of the two failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "model"
        # Which packages it needs is found out by loading it once more, in a process of MLflow's; not asked here.
        save(flavor, model, target, pip_requirements=[])
        argv = [sys.executable, "-I", loading.__file__, _MODULES[flavor], str(target), str(model.root.parent)]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=_LOADING_SECONDS, check=False)
    if done.returncode:
        first, *others = done.stdout.splitlines() or [f"exit code {done.returncode}", *done.stderr.splitlines()[-40:]]
        raise UserCodeError(f"the saved model cannot be loaded without the repository: {first}", others)


def _users_modules(root: Path) -> list[Any]:
    """The imported modules of the repository, and those of ``flops_utils``, which theirs may be derived from."""
    folders = {root, root.parent / "flops_utils"}
    found = []
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and folders.intersection(Path(file).resolve().parents):
            found.append(module)
    return found
