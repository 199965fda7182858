"""scikit-learn models, without MLflow."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

from fedbake_inference.errors import StartError
from fedbake_inference.loaders import inputs_for
from fedbake_inference.mlmodel import ModelDirectory
from fedbake_inference.model import Model
from fedbake_inference.tables import Table


def load(directory: ModelDirectory) -> Model:
    """Load the estimator, in whichever way it was serialized.

    Raises:
        StartError: ``MLmodel`` names no file of the estimator, or a way that is not known.
    """
    block = directory.flavors.get("sklearn", {})
    estimator = _estimator(directory, block)
    # What MLflow calls for the model; predict_proba where it was saved so.
    method = getattr(estimator, str(directory.function.get("predict_fn") or "predict"))

    def predict(data: Any, params: Mapping[str, Any]) -> Any:  # noqa: ARG001 -- an estimator takes no parameters
        return method(data.matrix() if isinstance(data, Table) else data)

    return Model(
        loader="sklearn",
        predict=predict,
        inputs=inputs_for(directory.signature, needs_frames=hasattr(estimator, "feature_names_in_")),
        signature=directory.signature,
        version=directory.mlflow_version,
        # Predicting changes nothing in an estimator: https://scikit-learn.org/stable/faq.html, "thread-safe".
        is_serial=False,
    )


def _estimator(directory: ModelDirectory, block: Mapping[str, Any]) -> Any:
    path = directory.path(block.get("pickled_model") or directory.function.get("model_path"))
    way = str(block.get("serialization_format", "pickle"))
    if way == "skops":
        import skops.io

        return skops.io.load(path, trusted=list(block.get("skops_trusted_types") or []))
    if way == "joblib":
        import joblib

        return joblib.load(path)
    if way not in ("pickle", "cloudpickle"):
        raise StartError(f"MLmodel says the model is serialized by {way!r}, which this server does not know")
    # cloudpickle's files are read by pickle itself.
    with path.open("rb") as file:
        return pickle.load(file)  # noqa: S301 -- the model is what this image is for
