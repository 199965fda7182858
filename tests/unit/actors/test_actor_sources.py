"""The actors run on every Python a user may ask for; each library is known to one module of theirs."""

import ast
import sys
from pathlib import Path

import pytest
from actor_images import ACTORS

OLDEST_PYTHON = (3, 8)
OURS = {"fedbake_actors", "fedbake_inference", "flops_utils"}
LIBRARIES = {
    "federation.py": {"flwr", "grpc"},
    "ml_data.py": {"datasets", "pyarrow"},
    "ml_repo_building_blocks.py": {"datasets"},
    "sample_server.py": {"pyarrow"},
    "notices.py": {"paho"},
    "saving.py": {"cloudpickle"},
    "unpicklable.py": {"cloudpickle"},
    "tracking.py": {"mlflow", "numpy", "torch"},
    "inputs.py": {"numpy", "pandas"},
    "app.py": {"starlette"},
    "start.py": {"uvicorn"},
    "mlmodel.py": {"yaml"},
    "tables.py": {"numpy", "pyarrow"},
    "frames.py": {"numpy", "pandas"},
    "sklearn.py": {"joblib", "skops"},
    "pytorch.py": {"numpy", "torch"},
    "keras.py": {"tensorflow"},
    "pyfunc.py": {"mlflow"},
}
SOURCES = sorted(ACTORS.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ACTORS)))
def test_every_file_is_python_3_8(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST_PYTHON)
    futures = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    assert futures or len(tree.body) == 1, "annotations of a later Python must stay text"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ACTORS)))
def test_a_library_is_known_to_its_own_module_only(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    others = {name.partition(".")[0] for name in names} - OURS - sys.stdlib_module_names
    assert others <= LIBRARIES.get(path.name, {"numpy"})
