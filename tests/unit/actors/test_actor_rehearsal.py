"""A learner image with sample data trains one real round of its own before it may be used."""

import json
from pathlib import Path

import pytest
from actor_environments import environment
from actor_images import NUMPY_ONLY, image_folder, repository, run_verify, variables

from fedbake import process

REQUIREMENTS = ("flwr==1.25.0", "numpy==1.26.4", "datasets==3.6.0", "pyarrow==20.0.0", "pillow==11.3.0")
DATA = """
import numpy as np
from flops_utils.ml_repo_building_blocks import load_dataset


class DataManager:
    def __init__(self):
        table = load_dataset().with_format("numpy")
        points = np.stack([table["across"], table["up"]], axis=1)
        self.data = points, table["cloud"]

    def get_data(self):
        return self.data, self.data

    def _prepare_data(self):
        return self.data
"""
WRITE = """
import sys
import pyarrow, pyarrow.parquet
rows = {"across": [0.0, 1.0, 0.1, 0.9], "up": [0.0, 1.0, 0.2, 0.8], sys.argv[2]: [0, 1, 0, 1]}
pyarrow.parquet.write_table(pyarrow.table(rows), sys.argv[1])
"""


@pytest.fixture(scope="module")
def python() -> Path:
    return environment(*REQUIREMENTS)


def learner(python: Path, tmp_path: Path, column: str) -> Path:
    """A learner's working directory whose repository brings four rows with a column of this name."""
    folder = image_folder("learner", repository(tmp_path, {"data_manager": DATA}), tmp_path)
    samples = folder / "ml_repo" / "sample_data"
    samples.mkdir()
    argv = [str(python), "-c", WRITE, str(samples / "rows.parquet"), column]
    assert process.run(argv, env=variables(), timeout=60).code == 0
    return folder


def test_sample_data_is_trained_with(python: Path, tmp_path: Path) -> None:
    done = run_verify(python, learner(python, tmp_path, "cloud"), "learner")
    assert done.code == 0, done.stderr
    assert "one federated round" in json.loads(done.text)["checked"]


def test_code_that_does_not_fit_its_data_fails_before_any_tag_moves(python: Path, tmp_path: Path) -> None:
    done = run_verify(python, learner(python, tmp_path, "label"), "learner")
    assert done.code == 1
    assert "one federated round with sample_data failed: the learner ended with code 1" in done.stderr
    assert "data_manager.py:" in done.stderr
    assert "cloud" in done.stderr


def test_without_sample_data_nothing_is_rehearsed(python: Path, tmp_path: Path) -> None:
    done = run_verify(python, image_folder("learner", NUMPY_ONLY, tmp_path), "learner")
    assert done.code == 0, done.stderr
    assert "one federated round" not in json.loads(done.text)["checked"]
