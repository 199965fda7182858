"""PyTorch models, without MLflow."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from fedbake_inference.answers import Records
from fedbake_inference.errors import StartError
from fedbake_inference.loaders import inputs_for
from fedbake_inference.mlmodel import ModelDirectory
from fedbake_inference.model import Model
from fedbake_inference.tables import Table

# Modules whose pickles pickle itself reads; "mlflow.pytorch.pickle_module" is cloudpickle under another name.
_PICKLES = ("mlflow.pytorch.pickle_module", "cloudpickle", "pickle")
_KEEPS_CLASSES = (2, 6)
"""From this release on, ``torch.load`` refuses classes unless it is told otherwise."""


def load(directory: ModelDirectory) -> Model:
    """Load the module, for the processor and for evaluation.

    Raises:
        StartError: ``MLmodel`` names no file of the module, or it was pickled by an unknown module.
    """
    module = _module(directory)

    def predict(data: Any, params: Mapping[str, Any]) -> Any:
        is_table = not isinstance(data, np.ndarray)
        with torch.no_grad():
            result = module(torch.from_numpy(_floats(data) if is_table else data), **params)
        if not isinstance(result, torch.Tensor):
            raise TypeError(f"the model gave a {type(result).__name__}, where one tensor is needed")
        return Records(result.numpy()) if is_table else result.numpy()

    return Model(
        loader="pytorch",
        predict=predict,
        inputs=inputs_for(directory.signature),
        signature=directory.signature,
        version=directory.mlflow_version,
        # One prediction uses all processors already, and a module may keep what it computes in itself.
        is_serial=True,
    )


def _module(directory: ModelDirectory) -> Any:
    data = directory.flavors.get("pytorch", {}).get("model_data") or directory.function.get("data")
    folder = directory.path(data)
    if folder.is_dir() and (folder / "model.pt2").exists():
        return torch.export.load(str(directory.path(data, "model.pt2"))).module()
    options: dict[str, Any] = {}
    if folder.is_dir():
        with directory.path(data, "pickle_module_info.txt").open(encoding="utf-8") as file:
            maker = file.read(200).strip()
        if maker not in _PICKLES:
            raise StartError(f"the model was pickled by {maker!r}, which this server does not know")
        folder = directory.path(data, "model.pth")
        options["pickle_module"] = pickle
    if _release() >= _KEEPS_CLASSES:
        options["weights_only"] = False
    module = torch.load(str(folder), map_location="cpu", **options)
    module.eval()
    return module


def _release() -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", torch.__version__)[:2])


def _floats(data: Any) -> Any:
    if isinstance(data, Table):
        return data.matrix().astype(np.float32)
    if hasattr(data, "to_numpy"):
        return data.to_numpy(dtype=np.float32)
    raise TypeError("the model takes one array or a table")
