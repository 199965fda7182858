"""A cluster of learners as one participant of a root aggregator's session: a session of its own in every cycle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from fedbake_actors import federation
from fedbake_actors.errors import FederationError, UnreachableError
from fedbake_actors.retry import Backoff
from fedbake_actors.rounds import Measurement, RoundLog, RoundResult

if TYPE_CHECKING:
    from fedbake_actors.parameters import Arrays

# What a cluster does after a cycle that failed, such as too few learners: it stays, and tries again for this long.
_FAILURES_SECONDS = 3600


class Cluster:
    """Leads the learners of one cluster through a session whenever the root asks for training.

    It trains to what its last round ended with, and evaluates to the mean of its rounds' losses and accuracies, as the
    root's own evaluation of a cluster that has no data (FLOps contract, hierarchical mode).
    """

    def __init__(self, session: federation.Session, port: int, initial: Arrays, write: Callable[[str], None]) -> None:
        self._session = session
        self._port = port
        self._parameters = initial
        self._write = write
        self._results: list[RoundResult] = []
        self.cycles = 0

    def parameters(self) -> Arrays:
        """What the last cycle ended with."""
        return self._parameters

    def train(self, parameters: Arrays, another_session: bool) -> tuple[Arrays, int]:
        """One cycle: a whole session with the cluster's learners.

        Raises:
            FederationError: the session failed; the next one may not.
        """
        self._results = []
        session = replace(self._session, followed=lambda number: another_session)  # noqa: ARG005
        log = RoundLog(session.rounds, self._write)
        federation.serve(session, self._port, parameters, [log, self])
        last = self._results[-1]
        self._parameters = last.parameters
        self.cycles += 1
        return last.parameters, last.examples

    def measure(self, parameters: Arrays) -> Measurement:  # noqa: ARG002
        """The means over the rounds of the last cycle; the examples are those its learners evaluated at its end.

        Raises:
            FederationError: no learner evaluated anything.
        """
        losses = [result.loss for result in self._results if result.loss is not None]
        accuracies = [result.accuracy for result in self._results if result.accuracy is not None]
        if not losses or not accuracies:
            raise FederationError("no learner of this cluster evaluated the model in this cycle")
        last = self._results[-1]
        means = sum(losses) / len(losses), sum(accuracies) / len(accuracies)
        return Measurement(*means, last.evaluated_examples, last.input_schema)

    def learners_awaited(self, number: int, connected: int, needed: int) -> None:
        """Nothing to keep: the log tells it."""

    def round_finished(self, result: RoundResult) -> None:
        """Keep a round for the evaluation of the cycle."""
        self._results.append(result)


def follow(cluster: Cluster, root: str, window: float, write: Callable[[str], None]) -> None:
    """Take part in the root's session to its end; a cycle that fails is not the end of it.

    Args:
        root: ``host:port``.
        window: seconds without an answer after which the root is given up.
        write: takes a line of log.

    Raises:
        UnreachableError: the root did not answer in time.
        FederationError: no cycle has succeeded for an hour.
    """
    failures = Backoff(_FAILURES_SECONDS)
    while True:
        before = cluster.cycles
        try:
            federation.take_part(cluster, root, window, write)
        except UnreachableError:
            raise
        except FederationError as error:
            write(f"this cycle failed: {error.message}; joining the root again")
            if cluster.cycles > before:
                failures.succeeded()
            if not failures.wait():
                raise
        else:
            return
