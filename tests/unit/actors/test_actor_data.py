"""A learner's data comes from a real Arrow Flight server, however late it starts, and nothing else does."""

import json
import subprocess
import time
from pathlib import Path

import pytest
from actor_environments import environment
from actor_images import ACTORS, image_folder, repository, run_main, variables

from e2e.data_node import serving
from fedbake import process
from ports import free_port

DATA = ("flwr==1.25.0", "numpy==1.26.4", "datasets==3.6.0", "pyarrow==20.0.0", "pillow==11.3.0")
# The oldest and the newest releases of the table in rules/dependencies/actor-runtime.yaml, with NumPy 1 and NumPy 2.
RANGE = [
    ("flwr==1.12.0", "numpy==1.23.5", "datasets==2.16.1", "pyarrow==14.0.2", "pillow==10.4.0"),
    ("flwr==1.25.0", "numpy==2.2.6", "datasets==4.8.5", "pyarrow==25.0.0", "pillow==11.3.0"),
]

WRITE = """
import sys
import datasets, numpy
folder, kind = sys.argv[1:]
def save(name, **columns):
    features = columns.pop("features", None)
    datasets.Dataset.from_dict(columns, features=features).to_parquet(f"{folder}/{name}.parquet")
if kind == "numbers":
    save("fruit.1", weight=[1.0, 2.0], kind=["apple", "pear"])
    save("fruit.2", weight=[3.0], kind=["plum"])
    save("other.1", weight=[99.0], kind=["stone"])
elif kind == "images":
    pixels = [numpy.full((2, 3, 3), shade, dtype="uint8") for shade in (0, 200)]
    features = datasets.Features(image=datasets.Image(), label=datasets.ClassLabel(names=["dark", "light"]))
    save("fruit.1", image=pixels, label=[0, 1], features=features)
else:
    save("fruit.1", weight=[1.0])
    save("fruit.2", weight=["heavy"])
"""
LOAD = """
import json, sys
from fedbake_actors import ml_data
from fedbake_actors.console import run_to_end, say
from fedbake_actors.ml_data import DataSource
from flops_utils.ml_repo_building_blocks import load_dataset
address, tags, window = sys.argv[1:]
def main():
    source = DataSource(address, tuple(filter(None, tags.split(","))), float(window), say)
    with ml_data.provided(source):
        found = load_dataset()
    whole = found.with_format(None)
    rows = [{name: getattr(value, "size", value) for name, value in row.items()} for row in whole]
    print(json.dumps({"format": found.format["type"], "rows": rows}))
run_to_end(main)
"""


@pytest.fixture(scope="module")
def python() -> Path:
    return environment(*DATA)


def written(python: Path, folder: Path, kind: str) -> Path:
    """A folder of datasets as FLOps' data server keeps them."""
    folder.mkdir()
    assert process.run([str(python), "-c", WRITE, str(folder), kind], env=variables(), timeout=60).code == 0
    return folder


def load(python: Path, port: int, tags: str, window: float = 30, **more: str) -> process.Completed:
    env = variables(PYTHONPATH=str(ACTORS / "shared"), **more)
    return process.run([str(python), "-c", LOAD, f"127.0.0.1:{port}", tags, str(window)], env=env, timeout=90)


def test_all_tables_of_the_tags_become_one_dataset(python: Path, tmp_path: Path) -> None:
    port, scratch = free_port(), tmp_path / "scratch"
    scratch.mkdir()
    with serving(python, written(python, tmp_path / "data", "numbers"), port):
        done = load(python, port, "fruit,nothing-of-this-name", TMPDIR=str(scratch))
    assert done.code == 0, done.stderr
    assert list(scratch.iterdir()) == []
    found = json.loads(done.text.splitlines()[-1])
    assert found["format"] == "arrow"
    assert [row["weight"] for row in found["rows"]] == [1.0, 2.0, 3.0]
    assert "3 examples from 2 tables" in done.text


@pytest.mark.parametrize("requirements", [DATA, *RANGE], ids=lambda requirements: requirements[2])
def test_images_are_still_images(requirements: tuple[str, ...], tmp_path: Path) -> None:
    python, port = environment(*requirements), free_port()
    with serving(python, written(python, tmp_path / "data", "images"), port):
        done = load(python, port, "fruit")
    assert done.code == 0, done.stderr
    assert json.loads(done.text.splitlines()[-1])["rows"] == [
        {"image": [3, 2], "label": 0},
        {"image": [3, 2], "label": 1},
    ]


def test_a_server_that_starts_late_is_waited_for(python: Path, tmp_path: Path) -> None:
    port, folder = free_port(), written(python, tmp_path / "data", "numbers")
    env = variables(PYTHONPATH=str(ACTORS / "shared"))
    argv = [str(python), "-c", LOAD, f"127.0.0.1:{port}", "fruit", "60"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=env, text=True) as learner:
        assert learner.stdout is not None
        assert learner.stdout.readline().startswith("waiting for the data server")
        with serving(python, folder, port):
            assert learner.wait(60) == 0


@pytest.mark.parametrize(
    ("kind", "tags", "message"),
    [
        ("numbers", "pears,figs", "has no data for the tags pears, figs"),
        ("numbers", "", "started without data tags"),
        ("contradicting", "fruit", "has tables that do not go together"),
    ],
)
def test_no_data_ends_the_learner_with_a_sentence(
    python: Path, tmp_path: Path, kind: str, tags: str, message: str
) -> None:
    port = free_port()
    with serving(python, written(python, tmp_path / "data", kind), port):
        done = load(python, port, tags)
    assert done.code == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_never_comes_ends_the_learner(python: Path) -> None:
    started = time.monotonic()
    done = load(python, free_port(), "fruit", window=1)
    assert (done.code, time.monotonic() - started < 60) == (1, True)
    assert "no data server answered" in done.stderr


def test_the_failure_of_the_data_is_not_blamed_on_the_repository(python: Path, tmp_path: Path) -> None:
    model = "from flops_utils.ml_repo_building_blocks import load_dataset\n"
    model += "class ModelManager:\n    def set_model_data(self):\n        self.data = load_dataset()\n"
    folder = image_folder("learner", repository(tmp_path, {"model_manager": model}), tmp_path)
    port = free_port()
    with serving(python, written(python, tmp_path / "data", "numbers"), port):
        arguments = ("66f0c1", "10.0.0.1", "10.0.0.2", "127.0.0.1", "figs")
        done = run_main(python, folder, arguments, FEDBAKE_DATA_SERVER=f"127.0.0.1:{port}")
    assert done.code == 1
    assert done.stderr.strip() == f"error: the data server at 127.0.0.1:{port} has no data for the tags figs"
