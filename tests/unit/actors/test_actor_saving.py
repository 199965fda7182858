"""An aggregator image is only good when its model can be saved, and loaded by whoever has none of the repository."""

import json
from pathlib import Path

import pytest
from actor_environments import environment
from actor_images import GOLDEN, edited, image_folder, repository, run_verify

from fedbake.process import Completed

REQUIREMENTS = (
    "flwr==1.25.0", "numpy==1.26.4", "scikit-learn==1.5.2", "scipy==1.14.1", "mlflow-skinny==2.22.5", "pandas==2.2.3",
)  # fmt: skip
SAVED = "model saved, loaded without the repository"
# A model of the user's own: its class is derived from one in another file, and keeps a reference to the manager.
OWN = """
import threading
from flops_utils.ml_repo_templates import ModelManagerTemplate
from sklearn.base import BaseEstimator
from thresholds import Threshold


class Cut(Threshold, BaseEstimator):
    manager = ModelManagerTemplate

    def __init__(self):
        self.limits = {"upper": 0.5}
"""


@pytest.fixture(scope="module")
def python() -> Path:
    return environment(*REQUIREMENTS)


def verified(python: Path, tmp_path: Path, model: str) -> Completed:
    """The self-test of an aggregator whose repository trains a class of its own."""
    files = {
        "model_manager": edited("model_manager", "return self.weights, self.bias", "return Cut()").replace(
            "import numpy as np\n", f"import numpy as np\n{model}\n"
        ),
        "thresholds": "class Threshold:\n    def predict(self, rows):\n        return rows > self.limits['upper']\n",
    }
    folder = image_folder("aggregator", repository(tmp_path, files), tmp_path)
    return run_verify(python, folder, "aggregator", ML_MODEL_FLAVOR="sklearn")


def test_a_model_of_the_framework_is_saved_and_loaded(python: Path, tmp_path: Path) -> None:
    folder = image_folder("aggregator", GOLDEN / "digits-federated" / "repo", tmp_path)
    done = run_verify(python, folder, "aggregator", ML_MODEL_FLAVOR="sklearn")
    assert done.code == 0, done.stderr
    assert SAVED in json.loads(done.text.splitlines()[-1])["checked"]


def test_classes_of_the_repository_travel_with_the_model(python: Path, tmp_path: Path) -> None:
    done = verified(python, tmp_path, OWN)
    assert done.code == 0, done.stderr
    assert SAVED in json.loads(done.text.splitlines()[-1])["checked"]


def test_a_model_that_cannot_be_saved_is_refused_with_the_line_that_makes_it_so(python: Path, tmp_path: Path) -> None:
    done = verified(python, tmp_path, OWN + "        self.limits['guard'] = self.guard = threading.Lock()\n")
    assert done.code == 1
    assert "error: MLflow cannot save the model: " in done.stderr
    assert "cannot pickle '_thread.lock' object" in done.stderr
    assert done.stderr.splitlines()[-2:] == [
        "  what cannot be saved is model.limits.guard",
        "  model_manager.py:18: self.limits['guard'] = self.guard = threading.Lock()",
    ]


def test_a_model_that_needs_the_repository_to_be_loaded_is_refused(python: Path, tmp_path: Path) -> None:
    done = verified(
        python, tmp_path, OWN + "    def __setstate__(self, state):\n        from thresholds import Threshold\n"
    )
    assert done.code == 1
    assert done.stderr.splitlines()[-2:] == [
        "error: the saved model cannot be loaded without the repository: "
        "ModuleNotFoundError: No module named 'thresholds'",
        "  model_manager.py:19: from thresholds import Threshold",
    ]
