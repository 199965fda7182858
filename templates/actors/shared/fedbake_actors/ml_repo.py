"""The user's ML repository inside the image: where it is, how it is imported, and what it must offer.

The repository lies in the folder ``ml_repo`` next to ``main.py`` and comes first on the import path, so that its own
modules are found whatever they are called (``main``, ``utils``, ``context``). It is also the working directory, because
repositories open their own files by relative paths.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from fedbake_actors.errors import UserCodeError
from fedbake_actors.parameters import checked_arrays
from fedbake_actors.user_code import FOLDER, running

if TYPE_CHECKING:
    from fedbake_actors.parameters import Arrays


class ModelManager(Protocol):
    """What the class ``ModelManager`` of a repository's ``model_manager.py`` offers, as FLOps defines it."""

    def set_model_data(self) -> None:
        """Fetch the data; learners only."""

    def get_model(self) -> Any:
        """The model itself."""

    def get_model_parameters(self) -> Any:
        """The parameters, a list of NumPy arrays."""

    def set_model_parameters(self, parameters: Any) -> None:
        """Replace the parameters."""

    def fit_model(self) -> int:
        """Train, and return the number of examples."""

    def evaluate_model(self) -> tuple[Any, Any, int]:
        """Loss, accuracy, and the number of examples."""


class Model:
    """A repository's model: each call into the user's code is checked, and named when it fails."""

    def __init__(self, manager: ModelManager, root: Path) -> None:
        self._manager = manager
        self._root = root

    @property
    def root(self) -> Path:
        """The folder of the repository."""
        return self._root

    def content(self) -> Any:
        """The model itself, as its framework saves it.

        Raises:
            UserCodeError: ``get_model`` failed.
        """
        with running("ModelManager.get_model()", self._root):
            return self._manager.get_model()

    def fetch_data(self) -> None:
        """Make the training data available.

        Raises:
            UserCodeError: ``set_model_data`` failed.
        """
        with running("ModelManager.set_model_data()", self._root):
            self._manager.set_model_data()

    def parameters(self) -> Arrays:
        """The current parameters.

        Raises:
            UserCodeError: ``get_model_parameters`` failed, or returned anything but a list of NumPy arrays.
        """
        with running("ModelManager.get_model_parameters()", self._root):
            found = self._manager.get_model_parameters()
        return checked_arrays(found)

    def adopt(self, parameters: Arrays) -> None:
        """Replace the parameters.

        Raises:
            UserCodeError: ``set_model_parameters`` failed.
        """
        with running("ModelManager.set_model_parameters()", self._root):
            self._manager.set_model_parameters(parameters)

    def fit(self) -> int:
        """Train for one round; the number of examples.

        Raises:
            UserCodeError: ``fit_model`` failed, or did not return such a number.
        """
        with running("ModelManager.fit_model()", self._root):
            count = self._manager.fit_model()
        return _count(count, "fit_model()")

    def evaluate(self) -> tuple[float, float, int]:
        """Evaluate: loss, accuracy, number of examples.

        Raises:
            UserCodeError: ``evaluate_model`` failed, or did not return three such numbers.
        """
        with running("ModelManager.evaluate_model()", self._root):
            found = self._manager.evaluate_model()
        try:
            loss, accuracy, count = found
            return float(loss), float(accuracy), _count(count, "evaluate_model()")
        except (TypeError, ValueError):
            raise UserCodeError(
                "ModelManager.evaluate_model() must return loss, accuracy and the number of examples, "
                f"not {found!r:.200}"
            ) from None


def enter(workdir: Path) -> Path:
    """Make the repository in ``workdir`` importable and the working directory; its absolute path.

    Raises:
        UserCodeError: there is no repository.
    """
    root = (workdir / FOLDER).resolve()
    if not root.is_dir():
        raise UserCodeError(f"the ML repository is missing: {root} is not a folder")
    sys.path.insert(0, str(root))
    os.chdir(root)
    return root


def load_class(root: Path, module: str, name: str) -> Any:
    """Import a class of the repository.

    Raises:
        UserCodeError: the import failed, with the user's lines, or the module has no such class.
    """
    if not (root / f"{module}.py").is_file():
        raise UserCodeError(f"the ML repository has no file {module}.py")
    with running(f"the import of {module}.py", root):
        imported = importlib.import_module(module)
    found = getattr(imported, name, None)
    if not isinstance(found, type):
        raise UserCodeError(f"{module}.py defines no class {name}")
    return found


def load_model(root: Path) -> Model:
    """Import ``model_manager`` and make its ``ModelManager``.

    Raises:
        UserCodeError: one of the two failed.
    """
    manager = load_class(root, "model_manager", "ModelManager")
    with running("ModelManager()", root):
        made = manager()
    return Model(made, root)


def _count(value: Any, source: str) -> int:
    try:
        count = int(value)
    except (TypeError, ValueError):
        raise UserCodeError(f"ModelManager.{source} must return a number of examples, not {value!r:.200}") from None
    if count < 0:
        raise UserCodeError(f"ModelManager.{source} returned the negative number of examples {count}")
    return count
