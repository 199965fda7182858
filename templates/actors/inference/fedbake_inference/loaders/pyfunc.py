"""Every other flavour, by MLflow itself: ``mlflow.pyfunc.load_model`` of mlflow or mlflow-skinny."""

# ruff: noqa: D102 -- Inputs says what its methods do

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mlflow.pyfunc
from mlflow.exceptions import MlflowException
from mlflow.utils.proto_json_utils import (
    cast_df_types_according_to_schema,
    dataframe_from_parsed_json,
    parse_tf_serving_input,
)

from fedbake_inference import frames
from fedbake_inference.errors import RequestError
from fedbake_inference.inputs import Inputs
from fedbake_inference.mlmodel import ModelDirectory
from fedbake_inference.model import Model

# Documents with one of these are the input themselves: chats, completions and embeddings of language models.
_BARE = frozenset({"messages", "prompt", "input"})


def load(directory: ModelDirectory) -> Model:
    """Load the model; MLflow enforces its signature."""
    model = mlflow.pyfunc.load_model(str(directory.root))

    def predict(data: Any, params: Any) -> Any:
        return _asked(lambda: model.predict(data, params=params))

    return Model(
        loader="pyfunc",
        predict=predict,
        inputs=PyfuncInputs(model.metadata),
        signature=directory.signature,
        version=str(mlflow.__version__),
        # Nothing is known about the code of such a model.
        is_serial=True,
        checks_params=True,
    )


class PyfuncInputs(Inputs):
    """Reads inputs by MLflow's own functions; signatures may have types only MLflow knows."""

    def __init__(self, metadata: Any) -> None:
        self._schema = metadata.get_input_schema()
        self._params = metadata.get_params_schema()
        # Functions with type hints get what was sent, and check it themselves (MLflow 2.20 and later).
        self._takes_raw = bool(getattr(metadata, "_is_signature_from_type_hint", bool)())

    def csv(self, text: str) -> Any:
        is_tensor = self._schema is not None and self._schema.is_tensor_spec()
        if self._schema is None or is_tensor:
            frame = frames.from_csv(text, {})
            return _asked(lambda: cast_df_types_according_to_schema(frame, self._schema)) if is_tensor else frame
        return frames.from_csv(text, dict(zip(self._schema.input_names(), self._schema.pandas_types())))

    def parquet(self, content: bytes) -> Any:
        return frames.from_parquet(content)

    def split(self, value: Any) -> Any:
        return self._read(lambda: dataframe_from_parsed_json(value, "split", self._schema))

    def records(self, value: Any) -> Any:
        return self._read(lambda: dataframe_from_parsed_json(value, "records", self._schema))

    def instances(self, value: Any) -> Any:
        return self._read(lambda: parse_tf_serving_input({"instances": value}, self._schema))

    def inputs(self, value: Any) -> Any:
        if self._takes_raw:
            return value
        return _asked(lambda: parse_tf_serving_input({"inputs": value}, self._schema))

    def tensors(self, named: Mapping[str, Any]) -> Any:
        names = self._schema.input_names() if self._schema is not None and self._schema.has_input_names() else []
        if not names and len(named) == 1:
            return next(iter(named.values()))
        return {name: array.ravel() if array.size == len(array) else array for name, array in named.items()}

    def bare(self, document: Mapping[str, Any]) -> Any:
        if not _BARE.intersection(document):
            return None
        known = {each.name for each in self._params.params} if self._params else set()
        data = {name: value for name, value in document.items() if name not in known}
        return data, {name: value for name, value in document.items() if name in known}

    def _read(self, read: Callable[[], Any]) -> Any:
        if self._takes_raw:
            raise RequestError(
                "The model has type hints, so its input must be under 'inputs'", "INVALID_PARAMETER_VALUE"
            )
        return _asked(read)


def _asked(ask: Callable[[], Any]) -> Any:
    """What MLflow says; its refusals with its own status and code."""
    try:
        return ask()
    except MlflowException as error:
        raise RequestError(error.message, error.error_code, error.get_http_status_code()) from error
