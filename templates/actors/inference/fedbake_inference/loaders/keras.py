"""Keras models, and TensorFlow modules in the SavedModel format, without MLflow."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from fedbake_inference.answers import Records
from fedbake_inference.errors import StartError
from fedbake_inference.loaders import inputs_for
from fedbake_inference.mlmodel import ModelDirectory
from fedbake_inference.model import Model
from fedbake_inference.tables import Table

_MODULES = ("keras", "tensorflow.keras", "tf_keras")
# Written by MLflow beside a model whose classes or functions are not Keras's own.
_CUSTOM_OBJECTS = ("global_custom_objects.cloudpickle", "custom_objects.cloudpickle")


def load(directory: ModelDirectory) -> Model:
    """Load the model.

    Raises:
        StartError: ``MLmodel`` names no file of the model, or a package that is not Keras.
    """
    block = directory.flavors.get("keras") or directory.flavors.get("tensorflow", {})
    is_module = block.get("model_type") == "tf2-module" or bool(block.get("save_exported_model"))
    call = _saved_module(directory, block) if is_module else _keras_model(directory, block)

    def predict(data: Any, params: Mapping[str, Any]) -> Any:  # noqa: ARG001 -- a Keras model takes no parameters
        if isinstance(data, Table):
            return Records(call(data.matrix()))
        return Records(call(data.values)) if hasattr(data, "iloc") else call(data)

    return Model(
        loader="keras",
        predict=predict,
        inputs=inputs_for(directory.signature),
        signature=directory.signature,
        version=directory.mlflow_version,
        # Model.predict keeps its state in the model: https://keras.io/api/models/model_training_apis/
        is_serial=True,
    )


def _keras_model(directory: ModelDirectory, block: Mapping[str, Any]) -> Callable[[Any], Any]:
    os.environ.setdefault("KERAS_BACKEND", str(block.get("keras_backend") or "tensorflow"))
    data = block.get("data") or directory.function.get("data")
    keras = import_module(_module_name(directory.path(data)))
    model = keras.models.load_model(
        str(_file(directory, data)), custom_objects=_custom_objects(directory.path(data)), compile=False
    )
    # Keras draws a progress bar unless it is told not to.
    return lambda values: model.predict(values, verbose=0)


def _saved_module(directory: ModelDirectory, block: Mapping[str, Any]) -> Callable[[Any], Any]:
    import tensorflow as tf

    folder = block.get("saved_model_dir") or block.get("data")
    path = directory.path(folder)
    module = tf.saved_model.load(str(path if (path / "saved_model.pb").exists() else directory.path(folder, "model")))
    run = getattr(module, "serve", module)

    def call(values: Any) -> Any:
        result = run(tf.convert_to_tensor(values))
        return result.numpy() if hasattr(result, "numpy") else result

    return call


def _module_name(folder: Path) -> str:
    """The package that saved the model."""
    file = folder / "keras_module.txt"
    name = file.read_text(encoding="utf-8").strip() if file.is_file() else "keras"
    if name not in _MODULES:
        raise StartError(f"the model was saved by {name!r}, which is not a package of Keras")
    return name


def _file(directory: ModelDirectory, data: Any) -> Path:
    """The saved model: ``model.keras``, ``model.h5``, or the SavedModel folder ``model``."""
    for name in ("model.keras", "model.h5", "model"):
        if (directory.path(data) / name).exists():
            return directory.path(data, name)
    raise StartError("the folder MLmodel names has no model.keras, no model.h5 and no model")


def _custom_objects(folder: Path) -> dict[str, Any]:
    objects: dict[str, Any] = {}
    for name in _CUSTOM_OBJECTS:
        if (folder / name).is_file():
            with (folder / name).open("rb") as file:
                objects.update(pickle.load(file))  # noqa: S301 -- the model is what this image is for
    return objects
