"""The abstract base classes of an ML repository: the same names and methods as in flops-utils 0.6.3."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class DataManagerTemplate(ABC):
    """Where a repository's data comes from. Only learners have data."""

    @abstractmethod
    def _prepare_data(self) -> Any:
        """Load the data and preprocess it. Called by the repository's own code, never by the actors."""

    @abstractmethod
    def get_data(self) -> tuple[Any, Any]:
        """The prepared data for training and for evaluation, in that order, as the repository's model needs it."""


class ModelManagerTemplate(ABC):
    """The model and how it is trained. Learner and aggregator both make one, without arguments.

    The constructor must give the model parameters of their final shapes, because the aggregator, which has no data,
    sends them to the learners as the starting point of the first round.
    """

    @abstractmethod
    def set_model_data(self) -> None:
        """Fetch the data. Called once, by learners only; the constructor must not do it."""

    @abstractmethod
    def get_model(self) -> Any:
        """The model itself, as its framework saves and loads it."""

    @abstractmethod
    def get_model_parameters(self) -> Any:
        """The parameters as a list of NumPy arrays, always in the same order and shapes."""

    @abstractmethod
    def set_model_parameters(self, parameters: Any) -> None:
        """Replace the parameters by a list such as ``get_model_parameters`` returns."""

    @abstractmethod
    def fit_model(self) -> int:
        """Train for one round, starting at the current parameters, and return the number of training examples."""

    @abstractmethod
    def evaluate_model(self) -> tuple[Any, Any, int]:
        """Evaluate the current parameters: loss, accuracy, and the number of examples evaluated."""
