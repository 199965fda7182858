"""What goes wrong in the user's repository is said in terms of the repository, and nothing of ours gets in its way.

Real processes in folders laid out like the images, with the latest preferred flwr.
"""

import json
from pathlib import Path

import pytest
from actor_environments import environment
from actor_images import (
    GOLDEN,
    NUMPY_ONLY,
    edited,
    image_folder,
    learner_arguments,
    repository,
    run_main,
    run_verify,
)


@pytest.fixture(scope="session")
def python() -> Path:
    """NumPy and flwr, and nothing a repository might need besides."""
    return environment("flwr==1.25.0", "numpy==1.26.4")


@pytest.mark.parametrize("role", ["learner", "aggregator"])
def test_the_self_test_says_in_one_line_what_it_checked(role: str, python: Path, tmp_path: Path) -> None:
    done = run_verify(python, image_folder(role, NUMPY_ONLY, tmp_path), role)
    assert (done.code, done.stderr) == (0, "")
    found = json.loads(done.text)
    assert found["role"] == role
    assert (found["flwr"], found["numpy"], found["arrays"], found["bytes"]) == ("1.25.0", "1.26.4", 2, 24)


@pytest.mark.parametrize("role", ["learner", "aggregator"])
def test_the_users_own_main_utils_and_context_are_what_their_imports_find(
    role: str, python: Path, tmp_path: Path
) -> None:
    names = {"main": "main", "context": "context", "verify": "verify", "utils/__init__": "utils"}
    names |= {"utils/helpers": "helpers", "strategies/__init__": "strategies"}
    theirs = repository(
        tmp_path,
        {
            **{path: f"MINE = {name!r}\n" for path, name in names.items()},
            "model_manager": edited(
                "model_manager",
                "import numpy as np\n",
                "import numpy as np\nimport context, main, strategies, utils, verify\nfrom utils import helpers\n"
                "found = [module.MINE for module in (main, context, verify, utils, helpers, strategies)]\n"
                "assert found == ['main', 'context', 'verify', 'utils', 'helpers', 'strategies'], found\n",
            ),
        },
    )
    folder = image_folder(role, theirs, tmp_path)
    done = run_verify(python, folder, role)
    assert (done.code, done.stderr) == (0, "")
    assert "MINE" not in (folder / "main.py").read_text(encoding="utf-8")


def test_the_repository_is_the_working_directory_of_its_code(python: Path, tmp_path: Path) -> None:
    theirs = repository(
        tmp_path,
        {
            "model_manager": edited(
                "model_manager", "import numpy as np\n", "import numpy as np\nopen('model_manager.py').close()\n"
            )
        },
    )
    assert run_verify(python, image_folder("learner", theirs, tmp_path), "learner").code == 0


def test_a_missing_package_is_called_that_with_the_line_that_imports_it(python: Path, tmp_path: Path) -> None:
    done = run_main(python, image_folder("learner", GOLDEN / "sklearn-digits" / "repo", tmp_path), learner_arguments(1))
    assert done.code == 1
    assert done.stderr.splitlines() == [
        "error: the import of model_manager.py failed: ModuleNotFoundError: No module named 'sklearn'",
        "  model_manager.py:6: from data_manager import DataManager",
        "  data_manager.py:7: from sklearn.datasets import load_digits",
    ]


def test_an_error_raised_in_a_library_shows_the_users_lines_and_where_it_was_raised(
    python: Path, tmp_path: Path
) -> None:
    theirs = repository(tmp_path, {"model_manager": edited("model_manager", "np.zeros(2)", "np.load('absent.npy')")})
    done = run_verify(python, image_folder("learner", theirs, tmp_path), "learner")
    assert done.code == 1
    first, place, raised = done.stderr.splitlines()
    assert first.startswith("error: ModelManager() failed: FileNotFoundError: ")
    assert place == "  model_manager.py:14: self.weights, self.bias = np.load('absent.npy'), np.zeros(1)"
    assert "numpy/lib/npyio.py:" in raised


def test_a_syntax_error_has_its_line(python: Path, tmp_path: Path) -> None:
    theirs = repository(tmp_path, {"data_manager": "class DataManager\n    pass\n"})
    done = run_verify(python, image_folder("learner", theirs, tmp_path), "learner")
    assert done.code == 1
    assert "error: the import of model_manager.py failed: SyntaxError: expected ':'" in done.stderr
    assert "  data_manager.py:1: class DataManager" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_with_a_cause_names_the_cause(python: Path, tmp_path: Path) -> None:
    code = "try:\n    {}['key']\nexcept KeyError as error:\n    raise RuntimeError('no settings') from error\n"
    done = run_verify(
        python, image_folder("learner", repository(tmp_path, {"data_manager": code}), tmp_path), "learner"
    )
    assert done.code == 1
    assert "RuntimeError: no settings" in done.stderr.splitlines()[0]
    assert "  caused by KeyError: 'key'" in done.stderr.splitlines()


def test_quitting_during_the_import_is_a_failure_and_not_a_success(python: Path, tmp_path: Path) -> None:
    theirs = repository(tmp_path, {"data_manager": "import sys\nsys.exit(0)\n"})
    done = run_verify(python, image_folder("learner", theirs, tmp_path), "learner")
    assert done.code == 1
    assert "failed: SystemExit: 0" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("def get_model_parameters(self)", "def parameters(self)", "Can't instantiate abstract class ModelManager"),
        ("class ModelManager", "class Manager", "model_manager.py defines no class ModelManager"),
        (
            "def fit_model(self)",
            "def fit_model(self, epochs)",
            "ModelManager.fit_model cannot be called with 0 arguments: missing a required argument: 'epochs'",
        ),
        (
            "def set_model_parameters(self, parameters)",
            "def set_model_parameters(self)",
            "ModelManager.set_model_parameters cannot be called with 1 arguments: too many positional arguments",
        ),
        (
            "return [self.weights, self.bias]",
            "return {'weights': self.weights}",
            "ModelManager.get_model_parameters() must return a list of NumPy arrays, not a builtins.dict",
        ),
        (
            "return [self.weights, self.bias]",
            "return [self.weights, self.bias.tolist()]",
            "but element 1 is a builtins.list",
        ),
        (
            "return [self.weights, self.bias]",
            "return [self.weights, np.array([None])]",
            "but element 1 is an array of object",
        ),
        (
            "(np.array(array) for array in parameters)",
            "(np.array(array) + 1 for array in parameters)",
            "the parameters changed by being set and read again: array 0 has other values",
        ),
        (
            "return [self.weights, self.bias]",
            "return [self.weights.astype('f4'), self.bias]",
            None,
        ),
    ],
)
def test_the_self_test_names_what_does_not_fit(
    old: str, new: str, sentence: str | None, python: Path, tmp_path: Path
) -> None:
    theirs = repository(tmp_path, {"model_manager": edited("model_manager", old, new)})
    done = run_verify(python, image_folder("aggregator", theirs, tmp_path), "aggregator")
    if sentence is None:
        assert (done.code, done.stderr) == (0, "")
        return
    assert done.code == 1
    assert done.stderr.startswith("error: ")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_learner_needs_a_data_manager_and_an_aggregator_does_not(python: Path, tmp_path: Path) -> None:
    alone = edited("model_manager", "from data_manager import DataManager\n", "")
    theirs = repository(tmp_path, {"model_manager": alone})
    (theirs / "data_manager.py").unlink()
    assert run_verify(python, image_folder("aggregator", theirs, tmp_path), "aggregator").code == 0
    done = run_verify(python, image_folder("learner", theirs, tmp_path), "learner")
    assert (done.code, done.stderr) == (1, "error: the ML repository has no file data_manager.py")


def test_the_self_test_never_fetches_data(python: Path, tmp_path: Path) -> None:
    theirs = repository(
        tmp_path,
        {
            "model_manager": edited(
                "model_manager", "    def get_model(self)", "        open('/fetched', 'x')\n\n    def get_model(self)"
            )
        },
    )
    assert run_verify(python, image_folder("learner", theirs, tmp_path), "learner").code == 0


def test_an_environment_without_flwr_is_reported_too(tmp_path: Path) -> None:
    bare = environment("numpy==1.26.4")
    done = run_main(bare, image_folder("learner", NUMPY_ONLY, tmp_path), learner_arguments(1))
    assert (done.code, done.stderr.splitlines()[0]) == (
        1,
        "error: the import of the learner failed: ModuleNotFoundError: No module named 'flwr'",
    )
