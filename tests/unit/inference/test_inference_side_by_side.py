"""The server of an inference image and ``mlflow models serve`` on the same models: one request table, sent to both.

What differs is told in docs/inference-protocol.md, and nothing else may.
"""

import fnmatch
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from actor_environments import environment
from inference_requests import FOUR, PEOPLE, PIXELS, SIZES, TYPES, Requests, general
from inference_servers import Answer, inference_server
from mlflow_answers import mlflow_answers
from saved_models import KERAS, MLFLOW, PYTORCH, saved

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "inference-protocol.md"
MODELS: dict[str, Requests] = {
    "sklearn_tensor": FOUR,
    "sklearn_unsigned": PIXELS,
    "sklearn_frame": PEOPLE,
    "sklearn_frame_unsigned": SIZES,
    "sklearn_probabilities": FOUR,
    "pyfunc_columns": TYPES,
    "pyfunc_unsigned": FOUR,
    "pytorch_tensor": FOUR,
    "pytorch_unsigned": FOUR,
    "pytorch_tensor_exported": FOUR,
    "keras_tensor": FOUR,
    "keras_unsigned": FOUR,
    "keras_three": FOUR,
    "keras_h5": FOUR,
    "keras_custom": FOUR,
    "tensorflow_tensor": FOUR,
}
FRAMEWORKS = {"pytorch": {"3.17.2": PYTORCH}, "keras": {"2.22.5": KERAS}, "tensorflow": {"2.22.5": KERAS}}


@dataclass(frozen=True)
class Difference:
    """A row of the document: which requests, and the status each server answers."""

    pattern: str
    statuses: Mapping[str, int]

    def allows(self, request: str, release: str, theirs: int, ours: int) -> bool:
        return fnmatch.fnmatchcase(request, self.pattern) and (theirs, ours) == (
            self.statuses[release], self.statuses["fedbake"],
        )  # fmt: skip


def differences() -> list[Difference]:
    """The rows of the document's table of differences."""
    _, _, section = DOCUMENT.read_text(encoding="utf-8").partition("## Differences")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "| `" in line[:3]]
    found = []
    for requests, *statuses, _ in rows:
        codes = dict(zip([*MLFLOW, "fedbake"], map(int, statuses), strict=True))
        found += [Difference(pattern, codes) for pattern in re.findall(r"`([^`]+)`", requests)]
    return found


def served() -> list[tuple[str, str]]:
    """Each model with each release of MLflow there is an environment for."""
    return [(model, release) for model in MODELS for release in environments(model)]


def environments(model: str) -> dict[str, tuple[str, ...]]:
    """What is installed to save and serve a model, by the release of MLflow."""
    return FRAMEWORKS.get(model.partition("_")[0], MLFLOW)


@pytest.mark.parametrize(("model", "release"), served())
def test_both_servers_answer_alike(model: str, release: str, tmp_path: Path) -> None:
    requirements = environments(model)[release]
    python, folder = environment(*requirements), saved(requirements, model)
    requests = general() | MODELS[model]
    theirs = mlflow_answers(python, folder, requests)
    with inference_server(python, folder, tmp_path) as ours:
        answers = {f"{model}/{name}": (theirs[name], ours.ask(body, type)) for name, (type, body) in requests.items()}
    table = differences()
    differing = {name: both for name, both in answers.items() if not alike(*both)}
    unexplained = {
        name: (theirs.status, ours.status, theirs.text[:500], ours.text[:500])
        for name, (theirs, ours) in differing.items()
        if not any(row.allows(name, release, theirs.status, ours.status) for row in table)
    }
    assert not unexplained
    stale = [
        name
        for name in set(answers) - set(differing)
        for row in table
        if fnmatch.fnmatchcase(name, row.pattern) and row.statuses[release] != row.statuses["fedbake"]
    ]
    assert not stale, "the document tells of differences there are not"


def alike(theirs: Answer, ours: Answer) -> bool:
    """Whether two answers are the same for a client: status, form of the error, and predictions."""
    if theirs.status != ours.status:
        return False
    if theirs.status != 200:
        return theirs.status != 400 or json.loads(theirs.text)["error_code"] == json.loads(ours.text)["error_code"]
    return equal(json.loads(theirs.text), json.loads(ours.text))


def equal(one: Any, other: Any) -> bool:
    """Equality of JSON values in which NaN equals itself."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(equal(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return type(one) is type(other) and bool(one == other)
