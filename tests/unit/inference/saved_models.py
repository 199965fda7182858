"""Models saved by real releases of MLflow, made once and kept beside the environments that made them."""

import hashlib
import os
from pathlib import Path

from actor_environments import environment
from actor_images import variables

from fedbake import process
from kept import kept

MAKER = Path(__file__).parent / "make_models.py"
# The server of MLflow 2.22 does not start with a later FastAPI.
MLFLOW = {
    "2.22.5": (
        "mlflow==2.22.5", "fastapi==0.115.12", "scikit-learn==1.5.2", "numpy==1.26.4", "pandas==2.2.3",
        "pyarrow==15.0.2",
    ),
    "3.17.2": ("mlflow==3.17.2", "scikit-learn==1.5.2", "numpy==1.26.4", "pandas==2.2.3", "pyarrow==20.0.0"),
}  # fmt: skip
# Frameworks are large, so each has one environment, with one of the releases.
PYTORCH = ("mlflow==3.17.2", "torch==2.13.0", "numpy==1.26.4", "pandas==2.2.3")
KERAS = ("mlflow==2.22.5", "fastapi==0.115.12", "tensorflow-cpu==2.16.2", "numpy==1.26.4", "pandas==2.2.3")
# What an image for such a scikit-learn model has: neither MLflow nor pandas.
NATIVE = (
    "numpy==1.26.4", "scikit-learn==1.5.2", "scipy==1.14.1", "cloudpickle==3.1.1", "skops==0.16.0", "pyyaml==6.0.3",
    "uvicorn==0.54.0", "starlette==1.10.0",
)  # fmt: skip
_SECONDS = 300


def saved(requirements: tuple[str, ...], kind: str) -> Path:
    """A model of ``make_models.py``, saved in an environment with these requirements."""
    identity = hashlib.sha256("\n".join([*requirements, MAKER.read_text(encoding="utf-8")]).encode())
    return kept(f"models-{identity.hexdigest()[:16]}/{kind}", lambda draft: _made(draft, requirements, kind))


def _made(draft: Path, requirements: tuple[str, ...], kind: str) -> Path:
    python = environment(*requirements)
    env = variables(PATH=f"{python.parent}:{os.defpath}", HOME=str(draft), CUDA_VISIBLE_DEVICES="")
    done = process.run([str(python), str(MAKER), str(draft), kind], env=env, cwd=draft, timeout=_SECONDS)
    assert done.code == 0, done.stderr
    return draft / kind
