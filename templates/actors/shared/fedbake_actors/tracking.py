"""The aggregator's experiment in MLflow: a run for each round, and the best model as an artifact of the last one.

The names are those of the FLOps contract, section "MLflow use".
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fedbake_actors.errors import ActorError
from fedbake_actors.inputs import example
from fedbake_actors.retry import Backoff
from fedbake_actors.saving import save
from fedbake_actors.user_code import describe

if TYPE_CHECKING:
    from fedbake_actors.ml_repo import Model
    from fedbake_actors.rounds import RoundResult

ARTIFACT = "logged_model_artifact"
# MLflow's own client tries again for minutes by default; learners wait meanwhile.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3", "MLFLOW_HTTP_REQUEST_TIMEOUT": "60"}
_UPLOAD_SECONDS = 1800


class TrackingError(ActorError):
    """The trained model could not be brought to MLflow."""


@dataclass(frozen=True)
class Experiment:
    """Where rounds are tracked.

    Attributes:
        uri: MLflow's tracking URI.
        project: the FLOps project's id.
        flavor: the framework of the model, as in ``ML_MODEL_FLAVOR``.
        tags: set on every run, such as the commit of the repository.
    """

    uri: str
    project: str
    flavor: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Tracked:
    """Where the best model is, and how good it was."""

    experiment_id: str
    run_id: str
    accuracy: float | None
    loss: float | None

    @property
    def facts(self) -> dict[str, object]:
        """What the manager is told of it."""
        return {name: value for name, value in vars(self).items() if value is not None}


class Tracker:
    """Records each round, and remembers the best one. MLflow being away for a round is a line in the log."""

    def __init__(self, experiment: Experiment, write: Callable[[str], None]) -> None:
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        self._experiment = experiment
        self._write = write
        self.best: RoundResult | None = None
        self._last_run: str | None = None

    def learners_awaited(self, number: int, connected: int, needed: int) -> None:
        """Nothing to record."""

    def round_finished(self, result: RoundResult) -> None:
        """Record a round as a run of its own."""
        if self.best is None or _is_better(result, self.best):
            self.best = result
        try:
            self._last_run = self._record(result)
        except Exception as error:
            # MLflow raises its own errors, those of requests and those of what it calls; none of them is a reason to
            # stop learners who are in the middle of their training.
            self._last_run = None
            self._write(f"round {result.number} is not in MLflow: {describe(error)}")

    def keep_best(self, model: Model, folder: Path) -> Tracked:
        """Save the best model in ``folder`` and log it to the last round's run.

        Raises:
            TrackingError: there was no round, or MLflow did not take the model; it is then still in ``folder``.
            UserCodeError: the repository's model does not take its own parameters back, or cannot be saved.
        """
        best = self.best
        if best is None:
            raise TrackingError("no round was finished, so there is no model to keep")
        model.adopt(best.parameters)
        target = folder / ARTIFACT
        save(self._experiment.flavor, model, target, **self._signature(model, best))
        experiment_id, run_id = self._uploaded(best, target)
        self._write(f"the model of round {best.number} is {ARTIFACT} of run {run_id}")
        return Tracked(experiment_id, run_id, best.accuracy, best.loss)

    def _uploaded(self, best: RoundResult, target: Path) -> tuple[str, str]:
        """Log the saved model, however often it takes; the ids of experiment and run."""
        backoff, said = Backoff(_UPLOAD_SECONDS), None
        while True:
            try:
                run_id = self._last_run or self._record(best)
                return _upload(self._experiment.uri, run_id, target), run_id
            except Exception as error:
                # As above, MLflow may raise anything; a container that ends now would take the trained model with it.
                obstacle = type(error)
                if obstacle is not said:
                    self._write(f"MLflow did not take the model yet: {describe(error)}")
                    said = obstacle
                if not backoff.wait():
                    message = f"the model was not taken by MLflow at {self._experiment.uri}; it is in {target}"
                    raise TrackingError(message, [describe(error)]) from error

    def _signature(self, model: Model, best: RoundResult) -> dict[str, Any]:
        """The example and signature the model is saved with, when a learner saw what goes into it."""
        if best.input_schema is None:
            self._write("the model is logged without a signature: no learner saw what goes into it")
            return {}
        try:
            given = example(best.input_schema)
            return {"input_example": given, "signature": signature(given, _answer(model.content(), given))}
        except Exception as error:
            # Zeros are no input for every model, and each framework has errors of its own; the model is still good.
            self._write(f"the model is logged without a signature: {describe(error)}")
            return {}

    def _record(self, result: RoundResult) -> str:
        import mlflow

        mlflow.set_tracking_uri(self._experiment.uri)
        mlflow.set_experiment(f"FLOps Project {self._experiment.project}")
        with mlflow.start_run(run_name=f"FLOps FL round {result.number}", tags=dict(self._experiment.tags)) as run:
            mlflow.log_params({"round": result.number, "learners": result.trained, "examples": result.examples})
            measured = {"accuracy": result.accuracy, "loss": result.loss}
            mlflow.log_metrics({name: value for name, value in measured.items() if value is not None})
            return str(run.info.run_id)


def signature(given: Any, answer: Any) -> Any:
    """MLflow's signature of a model that gives this answer to this input; any number of rows may be given to it.

    MLflow's own inference takes SciPy, which its skinny distribution does not bring; arrays are described without it.
    """
    from mlflow.models import ModelSignature, infer_signature
    from mlflow.types import Schema, TensorSpec

    if not all(isinstance(value, np.ndarray) for value in (given, answer)):
        return infer_signature(given, answer)
    inputs, outputs = (Schema([TensorSpec(value.dtype, (-1, *value.shape[1:]))]) for value in (given, answer))
    return ModelSignature(inputs, outputs)


def _is_better(one: RoundResult, other: RoundResult) -> bool:
    """A higher accuracy is better; of equal ones the lower loss is; what was not measured is worst."""
    return _rank(one) > _rank(other)


def _rank(result: RoundResult) -> tuple[float, float]:
    accuracy, loss = result.accuracy, result.loss
    return (
        accuracy if accuracy is not None and math.isfinite(accuracy) else -math.inf,
        -loss if loss is not None and math.isfinite(loss) else -math.inf,
    )


def _answer(model: Any, given: Any) -> Any:
    """What a model says to an input, as an array."""
    if hasattr(model, "register_forward_pre_hook"):
        import torch

        with torch.no_grad():
            return model(torch.from_numpy(given)).numpy()
    return model.predict(given)


def _upload(uri: str, run_id: str, folder: Path) -> str:
    """Log a saved model's files to a run; the id of its experiment."""
    import mlflow

    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient()
    client.log_artifacts(run_id, str(folder), ARTIFACT)
    return str(client.get_run(run_id).info.experiment_id)
