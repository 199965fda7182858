"""What keeps the server from starting: one sentence, its cause, code 1, and nobody listens."""

import json
import pickle
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from actor_environments import environment
from actor_images import variables
from inference_servers import inference_folder
from saved_models import MLFLOW, NATIVE, saved

from fedbake import process
from fedbake.process import Completed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The working directory of an image whose model is good; tests break it."""
    return inference_folder(saved(MLFLOW["2.22.5"], "sklearn_tensor"), tmp_path)


def run(folder: Path, *arguments: str, **more: str) -> Completed:
    argv = [str(environment(*NATIVE)), "main.py", *arguments]
    return process.run(argv, env=variables(**more), cwd=folder, timeout=120)


def named(flavor: str, key: str, value: str) -> Callable[[Path], None]:
    """Lets ``MLmodel`` name something else."""

    def change(model: Path) -> None:
        document = yaml.safe_load((model / "MLmodel").read_text())
        document["flavors"][flavor][key] = value
        (model / "MLmodel").write_text(yaml.safe_dump(document))

    return change


def linked(model: Path) -> None:
    shutil.move(model / "model.pkl", model.parent / "elsewhere.pkl")
    (model / "model.pkl").symlink_to("../elsewhere.pkl")


def cut(model: Path) -> None:
    (model / "model.pkl").write_bytes((model / "model.pkl").read_bytes()[:100])


class Elsewhere:
    """A class that is not where a pickle looks for it."""


def of_a_missing_class(model: Path) -> None:
    content = pickle.dumps(Elsewhere()).replace(b"test_inference_starting", b"repository_model_manager")
    (model / "model.pkl").write_bytes(content.replace(b"\x8c\x17repo", b"\x8c\x18repo"))


def written(text: str) -> Callable[[Path], None]:
    return lambda model: (model / "MLmodel").write_text(text) and None


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (named("sklearn", "pickled_model", "../../etc/passwd"), "'../../etc/passwd', which is not inside the model"),
        (named("sklearn", "pickled_model", "/etc/passwd"), "'/etc/passwd', which is not inside the model directory"),
        (named("sklearn", "pickled_model", "other.pkl"), "'other.pkl', which is not in the model directory"),
        (named("sklearn", "serialization_format", "marshal"), "serialized by 'marshal', which this server does not"),
        (named("python_function", "code", "../shared"), "'../shared', which is not inside the model directory"),
        (linked, "'model.pkl' is a link that leads out of the model directory"),
        (cut, "loading the model with the sklearn loader failed: "),
        (of_a_missing_class, "failed: ModuleNotFoundError: No module named 'repository_model_manager'"),
        (written("- a list"), "MLmodel is not a mapping"),
        (written("{"), "MLmodel is not YAML"),
        (written("flavors: {sklearn: {}}"), "MLmodel has no python_function flavour"),
        (written("flavors: {python_function: {loader_module: mlflow.xgboost}}"), "No module named 'mlflow'"),
        (lambda model: (model / "MLmodel").unlink(), "there is no model: "),
        (shutil.rmtree, "there is no model: "),
    ],
)
def test_a_broken_model_is_one_sentence_and_code_1(folder: Path, broken: Callable[[Path], None], message: str) -> None:
    broken(folder / "model")
    done = run(folder)
    assert (done.code, done.text) == (1, "")
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("value", ["0", "65536", "http", "-1", "٣"])
def test_a_wrong_setting_is_told(folder: Path, value: str) -> None:
    done = run(folder, FEDBAKE_PORT=value)
    assert (done.code, done.stderr) == (1, f"error: FEDBAKE_PORT={value!r} is not a whole number from 1 to 65535")


def test_a_port_in_use_is_told(folder: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        done = run(folder, FEDBAKE_PORT=str(taken.getsockname()[1]))
    assert done.code == 1
    assert "cannot be listened on: Address already in use" in done.stderr


@pytest.mark.parametrize(
    ("kind", "predicted", "answer"),
    [
        ("sklearn_tensor", "the input example", '{"predictions": ['),
        ("sklearn_unsigned", None, None),
    ],
)
def test_verify_says_what_was_tried(kind: str, predicted: str | None, answer: str | None, tmp_path: Path) -> None:
    done = run(inference_folder(saved(MLFLOW["3.17.2"], kind), tmp_path), "--verify")
    assert done.code == 0, done.stderr
    (line,) = done.text.splitlines()
    told = json.loads(line)
    assert (told["role"], told["loader"], told["predicted"]) == ("inference", "sklearn", predicted)
    assert (told["answer"] or "").startswith(answer or "")


def test_verify_tries_zeros_where_there_is_no_example(folder: Path) -> None:
    document = yaml.safe_load((folder / "model" / "MLmodel").read_text())
    del document["saved_input_example_info"]
    (folder / "model" / "MLmodel").write_text(yaml.safe_dump(document))
    told = json.loads(run(folder, "--verify").text)
    assert told["predicted"] == "zeros"
    assert json.loads(told["answer"])["predictions"] in ([0], [1])


def test_verify_fails_when_the_model_refuses_its_own_example(folder: Path) -> None:
    (folder / "model" / "serving_input_example.json").write_text('{"inputs": [[1, 2]]}')
    done = run(folder, "--verify")
    assert (done.code, done.text) == (1, "")
    assert done.stderr.startswith("error: the model does not answer the input example it was saved with\n  The input")
