"""A repository's model as a participant of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fedbake_actors.inputs import observed
from fedbake_actors.rounds import Measurement

if TYPE_CHECKING:
    from fedbake_actors.ml_repo import Model
    from fedbake_actors.parameters import Arrays


class ModelParticipant:
    """Trains and evaluates the user's model, and remembers whether it is to come back for another session."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.another_session = False

    def parameters(self) -> Arrays:
        """The model's parameters."""
        return self._model.parameters()

    def train(self, parameters: Arrays, another_session: bool) -> tuple[Arrays, int]:
        """One round of training."""
        self.another_session = another_session
        self._model.adopt(parameters)
        count = self._model.fit()
        return self._model.parameters(), count

    def measure(self, parameters: Arrays) -> Measurement:
        """One evaluation."""
        self._model.adopt(parameters)
        with observed(self._model.content()) as seen:
            loss, accuracy, count = self._model.evaluate()
        return Measurement(loss, accuracy, count, seen.schema)
