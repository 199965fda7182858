"""Saves MLflow models into a folder: ``python make_models.py FOLDER KIND...``, run where MLflow is installed."""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec

warnings.filterwarnings("ignore")
RANDOM = np.random.default_rng(7)
ROWS = RANDOM.normal(size=(60, 4))
CLASSES = (ROWS.sum(axis=1) > 0).astype(int)
FRAME = pd.DataFrame({"age": RANDOM.integers(18, 90, 60), "size": ROWS[:, 0], "city": ["Rom", "Köln", "Oslo"] * 20})


def sklearn_tensor(path: str) -> None:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(ROWS, CLASSES)
    signature = infer_signature(ROWS[:2], model.predict(ROWS[:2]))
    mlflow.sklearn.save_model(model, path, signature=signature, input_example=ROWS[:2])


def sklearn_unsigned(path: str) -> None:
    """As FLOps logs it: no signature, trained with arrays."""
    from sklearn.linear_model import LogisticRegression

    pixels = RANDOM.integers(0, 256, size=(60, 784)).astype(float)
    mlflow.sklearn.save_model(LogisticRegression(max_iter=20).fit(pixels, np.arange(60) % 10), path)


def sklearn_frame(path: str) -> None:
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["city"]), remainder="passthrough")
    model = make_pipeline(columns, LinearRegression()).fit(FRAME, FRAME["age"] * 2 + FRAME["size"])
    # The way of pickling is MLflow's default of its release: skops from 3.x on.
    mlflow.sklearn.save_model(
        model, path, signature=infer_signature(FRAME, model.predict(FRAME)), input_example=FRAME[:2],
        serialization_format="cloudpickle",
    )  # fmt: skip


def sklearn_frame_unsigned(path: str) -> None:
    from sklearn.linear_model import LinearRegression

    numbers = FRAME[["age", "size"]]
    mlflow.sklearn.save_model(LinearRegression().fit(numbers, CLASSES), path, serialization_format="pickle")


def sklearn_probabilities(path: str) -> None:
    from sklearn.linear_model import LogisticRegression

    mlflow.sklearn.save_model(LogisticRegression().fit(ROWS, CLASSES), path, pyfunc_predict_fn="predict_proba")


def sklearn_slow(path: str) -> None:
    """Takes as many seconds for a prediction as the first cell says."""
    import time

    from sklearn.base import BaseEstimator

    class Slow(BaseEstimator):  # type: ignore[misc]
        def predict(self, rows: Any) -> Any:
            time.sleep(float(np.asarray(rows)[0, 0]))
            return np.zeros(len(rows))

    mlflow.sklearn.save_model(Slow(), path, serialization_format="cloudpickle")


def pytorch_tensor(path: str) -> None:
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 3)
            self.dropout = torch.nn.Dropout(0.5)

        def forward(self, rows: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
            return self.dropout(self.layer(rows)) * scale

    rows = ROWS[:2].astype(np.float32)
    signature = ModelSignature(
        Schema([TensorSpec(np.dtype("float32"), (-1, 4))]),
        Schema([TensorSpec(np.dtype("float32"), (-1, 3))]),
        ParamSchema([ParamSpec("scale", "double", 1.0)]),
    )
    _save_torch(Net(), path, signature=signature, input_example=rows)


def pytorch_unsigned(path: str) -> None:
    import torch

    _save_torch(torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU()), path)


def pytorch_tensor_exported(path: str) -> None:
    """The form MLflow 3 saves by default."""
    import torch

    rows = ROWS[:2].astype(np.float32)
    signature = infer_signature(rows, rows[:, :3])
    mlflow.pytorch.save_model(
        torch.nn.Linear(4, 3), path, signature=signature, input_example=rows, serialization_format="pt2"
    )


def _save_torch(module: Any, path: str, **more: Any) -> None:
    newer = {"serialization_format": "pickle"} if int(mlflow.__version__.partition(".")[0]) >= 3 else {}
    mlflow.pytorch.save_model(module, path, **more, **newer)


def keras_tensor(path: str) -> None:
    _save_keras(path, signature=infer_signature(ROWS[:2].astype(np.float32), np.zeros((2, 3), np.float32)))


def keras_unsigned(path: str) -> None:
    _save_keras(path)


def keras_three(path: str) -> None:
    """By MLflow's flavour for Keras 3."""
    mlflow.keras.save_model(_keras_model(), path)


def keras_h5(path: str) -> None:
    """The form MLflow saves where it is asked to."""
    _save_keras(path, keras_model_kwargs={"save_format": "h5"})


def keras_custom(path: str) -> None:
    """With a function of its own, which MLflow saves beside the model."""
    import keras

    def halved(values: Any) -> Any:
        return values / 2

    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(3, activation=halved)(inputs)
    mlflow.tensorflow.save_model(keras.Model(inputs, outputs), path, custom_objects={"halved": halved})


def tensorflow_tensor(path: str) -> None:
    """A module in TensorFlow's SavedModel format."""
    import tensorflow as tf

    class Doubled(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32)])  # type: ignore[untyped-decorator]
        def __call__(self, rows: Any) -> Any:
            return rows * 2

    rows = ROWS[:2].astype(np.float32)
    mlflow.tensorflow.save_model(Doubled(), path, signature=infer_signature(rows, rows))


def _save_keras(path: str, **more: Any) -> None:
    mlflow.tensorflow.save_model(_keras_model(), path, **more)


def _keras_model() -> Any:
    import keras

    keras.utils.set_random_seed(7)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(loss="mse")
    return model


class Everything(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Takes each type of column and the parameters, and says what it got."""

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        answer = model_input.copy()
        answer["ratio"] = [np.nan, np.inf, 1.5][: len(answer)] if len(answer) <= 3 else 0.0
        answer["bytes"] = [bytes(each) for each in answer["raw"]]
        answer["params"] = [str(sorted((params or {}).items()))] * len(answer)
        return answer.drop(columns=["raw"])


def pyfunc_columns(path: str) -> None:
    types = ["boolean", "integer", "long", "float", "double", "string", "datetime"]
    columns = [ColSpec(DataType[each], f"a_{each}") for each in types]
    signature = ModelSignature(
        Schema([*columns, ColSpec(DataType.binary, "raw"), ColSpec(DataType.long, "maybe", required=False)]),
        None,
        ParamSchema([
            ParamSpec("top", "long", 5), ParamSpec("heat", "double", 0.5), ParamSpec("stop", "string", ["."], (-1,)),
        ]),
    )  # fmt: skip
    mlflow.pyfunc.save_model(path, python_model=Everything(), signature=signature)


class Echo(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Says what type of input it got, and what was in it."""

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        inside = model_input.to_dict() if hasattr(model_input, "to_dict") else model_input
        return {"type": type(model_input).__name__, "inside": inside, "params": params}


def pyfunc_unsigned(path: str) -> None:
    mlflow.pyfunc.save_model(path, python_model=Echo())


if __name__ == "__main__":
    KINDS: dict[str, Callable[[str], None]] = {name: value for name, value in vars().items() if callable(value)}
    for kind in sys.argv[2:]:
        KINDS[kind](str(Path(sys.argv[1]) / kind))
