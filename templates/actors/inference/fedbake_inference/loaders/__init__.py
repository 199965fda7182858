"""Loading a model by the flavour through which MLflow itself would serve it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from fedbake_actors.user_code import running

from fedbake_inference.errors import StartError
from fedbake_inference.inputs import Inputs
from fedbake_inference.mlmodel import ModelDirectory
from fedbake_inference.model import Model
from fedbake_inference.signature import Signature
from fedbake_inference.tensors import TensorInputs

NATIVE = {
    "mlflow.sklearn": "sklearn",
    "mlflow.pytorch": "pytorch",
    "mlflow.tensorflow": "keras",
    "mlflow.keras": "keras",
}
"""MLflow's loader modules that are not needed, and the module here that does their work."""


def load(folder: Path) -> Model:
    """Load the model of a directory.

    Raises:
        StartError: the directory is not a model, or the image lacks what the model needs.
        ActorError: the model's own code failed.
    """
    directory = ModelDirectory.read(folder)
    name = loader_of(directory)
    with running(f"loading the model with the {name} loader", directory.root):
        directory.add_code(directory.function)
        model: Model = import_module(f"fedbake_inference.loaders.{name}").load(directory)
    return model


def loader_of(directory: ModelDirectory) -> str:
    """The loader of a model; ``pyfunc``, which needs MLflow, for whatever has no native one."""
    native = NATIVE.get(directory.function["loader_module"])
    is_old_estimator = directory.flavors.get("tensorflow", {}).get("model_type") == "tf1-estimator"
    is_plain = directory.signature is None or directory.signature.is_plain
    return native if native and is_plain and not is_old_estimator else "pyfunc"


def inputs_for(signature: Signature | None, needs_frames: bool = False) -> Inputs:
    """How a native loader reads inputs: pandas data frames where the model was trained with them, else arrays.

    Without a signature, tables are data frames when the image has pandas: it is in a model's requirements when the
    model needs it.

    Raises:
        StartError: the model needs pandas, and the image has none.
    """
    if signature is not None and signature.tensors:
        return TensorInputs(signature.tensors)
    columns = signature.columns if signature else ()
    if find_spec("pandas") is None:
        if columns or needs_frames:
            raise StartError("the model takes tables with named columns, and this image has no pandas to make them")
        return TensorInputs(())
    from fedbake_inference.frames import FrameInputs

    return FrameInputs(columns)
