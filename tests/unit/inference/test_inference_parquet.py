"""Parquet files, which MLflow's server takes from release 3 on: the same answers from both servers."""

import json
from pathlib import Path
from typing import Any

import pytest
from actor_environments import environment
from actor_images import variables
from inference_requests import PARQUET
from inference_servers import inference_server
from mlflow_answers import mlflow_answers
from saved_models import MLFLOW, saved
from test_inference_side_by_side import alike

from fedbake import process

RELEASE = "3.17.2"
# Columns with their types, written by pandas as a client would write them.
WRITE = """
import json, sys
import pandas as pd
for name, columns in json.load(open(sys.argv[1])).items():
    frame = pd.DataFrame({column: pd.Series(values).astype(kind) for column, (kind, values) in columns.items()})
    frame.to_parquet(f"{name}.parquet")
"""
NUMBERS = {name: ("float64", [0.5, -2.0]) for name in "abcd"}
PEOPLE: dict[str, Any] = {
    "age": ("int64", [41, 20]), "size": ("float64", [1.5, 0.5]), "city": ("object", ["Köln", "Rom"]),
}  # fmt: skip
FILES: dict[str, dict[str, dict[str, Any]]] = {
    "sklearn_tensor": {
        "numbers": NUMBERS,
        "whole": {name: ("int64", [1, 2]) for name in "abcd"},
        "texts": {name: ("object", ["x", "y"]) for name in "abcd"},
        "few": {"a": NUMBERS["a"]},
        "none": {name: ("float64", []) for name in "abcd"},
    },
    "sklearn_frame": {
        "people": PEOPLE,
        "narrow": {**PEOPLE, "age": ("int32", [41, 20])},
        "unsigned": {**PEOPLE, "age": ("uint8", [41, 20])},
        "fractions": {**PEOPLE, "age": ("float64", [41.5, 20])},
        "ones": {**PEOPLE, "size": ("int64", [1, 0])},
        "wide": {**PEOPLE, "size": ("int64", [7, 8])},
        "truths": {**PEOPLE, "size": ("bool", [True, False])},
        "numbers-for-texts": {**PEOPLE, "city": ("int64", [1, 2])},
        "more": {**PEOPLE, "zip": ("int64", [1, 2])},
        "fewer": {"age": PEOPLE["age"]},
    },
}


@pytest.mark.parametrize("kind", FILES)
def test_both_servers_take_the_same_files(kind: str, tmp_path: Path) -> None:
    python, model = environment(*MLFLOW[RELEASE]), saved(MLFLOW[RELEASE], kind)
    (tmp_path / "files.json").write_text(json.dumps(FILES[kind]))
    done = process.run([str(python), "-c", WRITE, "files.json"], env=variables(), cwd=tmp_path, timeout=60)
    assert done.code == 0, done.stderr
    requests = {name: (PARQUET, (tmp_path / f"{name}.parquet").read_bytes()) for name in FILES[kind]}
    theirs = mlflow_answers(python, model, requests)
    with inference_server(python, model, tmp_path) as ours:
        answers = {name: (theirs[name], ours.ask(body, type)) for name, (type, body) in requests.items()}
    assert {name: both for name, both in answers.items() if not alike(*both)} == {}
    assert {both[0].status for both in answers.values()} == {200, 400}
