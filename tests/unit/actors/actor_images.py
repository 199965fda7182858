"""Folders laid out like the working directories of the images, and the actors running in them as processes."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from e2e.federation import FederationResult, Participant, run_federation
from fedbake import process
from fedbake.process import Completed
from fedbake.resources import shipped
from ports import free_port

ACTORS = shipped("templates") / "actors"
NUMPY_ONLY = Path(__file__).parent / "numpy_only"
GOLDEN = ACTORS.parents[1] / "golden"
_SECONDS = 120


def image_folder(role: str, repository: Path, tmp_path: Path) -> Path:
    """What an image of this role has in its working directory."""
    folder = tmp_path / f"fl_{role}"
    shutil.copytree(ACTORS / "shared", folder)
    shutil.copytree(ACTORS / role, folder, dirs_exist_ok=True)
    shutil.copytree(repository, folder / "ml_repo")
    return folder


def repository(tmp_path: Path, files: Mapping[str, str]) -> Path:
    """An ML repository that works (NumPy only), with some files, named without ``.py``, replaced or added."""
    folder = tmp_path / "repository"
    shutil.copytree(NUMPY_ONLY, folder)
    for name, text in files.items():
        path = folder / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def edited(name: str, old: str, new: str) -> str:
    """A file of the working repository with one place changed."""
    text = (NUMPY_ONLY / f"{name}.py").read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new)


def variables(**more: str) -> dict[str, str]:
    """The environment of a container, as far as the actors care."""
    return {"PATH": os.defpath, "HOME": "/tmp", "FLWR_TELEMETRY_ENABLED": "0", "PYTHONDONTWRITEBYTECODE": "1", **more}


def run_main(python: Path, folder: Path, arguments: Sequence[str], **more: str) -> Completed:
    """Run an image's ``main.py`` to its end."""
    return process.run([str(python), "main.py", *arguments], env=variables(**more), cwd=folder, timeout=_SECONDS)


def run_verify(python: Path, folder: Path, role: str, **more: str) -> Completed:
    """Run the self-test as a build does: from outside the working directory, in it."""
    argv = [str(python), str(ACTORS / "verify.py"), role]
    return process.run(argv, env=variables(**more), cwd=folder, timeout=_SECONDS)


def learner_arguments(port: int) -> tuple[str, ...]:
    """A learner's command line, its data tags having vanished."""
    return ("66f0c1", "10.0.0.1", "10.0.0.2", f"127.0.0.1:{port}")


def aggregator_arguments(rounds: int, learners: int, mlflow: str = "none") -> tuple[str, ...]:
    """An aggregator's command line, as the manager writes it for a classic project."""
    count = str(learners)
    return (
        "66f0c1", "10.0.0.1", "10.0.0.2", mlflow, "CLASSIC_AGGREGATOR",
        str(rounds), count, count, count, "--deactivate-notifications",
    )  # fmt: skip


def federate(
    aggregator: Path,
    learners: Sequence[Path],
    repository: Path,
    tmp_path: Path,
    *,
    rounds: int = 2,
    mlflow: str = "none",
    **more: str,
) -> FederationResult:
    """Run a federation natively: one interpreter per participant."""
    port = free_port()
    env = variables(FEDBAKE_PORT=str(port), FEDBAKE_CONNECT_SECONDS="60", FEDBAKE_LEARNERS_SECONDS="60", **more)
    leading = image_folder("aggregator", repository, tmp_path)
    learning = image_folder("learner", repository, tmp_path)
    main = (str(aggregator), "main.py", *aggregator_arguments(rounds, len(learners), mlflow))
    return run_federation(
        Participant("aggregator", main, env, leading),
        [
            Participant(f"learner-{number}", (str(python), "main.py", *learner_arguments(port)), env, learning)
            for number, python in enumerate(learners, start=1)
        ],
        rounds,
        timeout=_SECONDS,
    )
