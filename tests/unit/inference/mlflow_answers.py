"""What ``mlflow models serve`` answers: a real one is asked once, and its answers are kept beside the models."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from inference_servers import Answer, mlflow_server

from kept import kept


def mlflow_answers(python: Path, model: Path, requests: Mapping[str, tuple[str | None, bytes]]) -> dict[str, Answer]:
    """The answers to content types and bodies, by their names; other requests, models or releases are asked anew."""
    identity = hashlib.sha256(repr((python.parts[-3], model.parts[-2:], requests)).encode())
    folder = kept(f"answers-{identity.hexdigest()[:16]}", lambda draft: _asked(draft, python, model, requests))
    answers = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    return {name: Answer(**answer) for name, answer in answers.items()}


def _asked(draft: Path, python: Path, model: Path, requests: Mapping[str, tuple[str | None, bytes]]) -> Path:
    answered = draft / "answered"
    answered.mkdir()
    with mlflow_server(python, model, draft) as server:
        answers = {name: asdict(server.ask(body, type)) for name, (type, body) in requests.items()}
    (answered / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    return answered
