"""Federated training over Flower: the only module of the actors that knows flwr.

It uses the few names that flwr 1.6.0 to 1.42.0 have in common: ``start_server`` and ``start_client`` over the one
transport that all of them speak (gRPC, bidirectional). flwr has called both deprecated since 1.13.0, and keeps them.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import flwr.client
import flwr.common
import flwr.server
import flwr.server.strategy
import grpc

from fedbake_actors.errors import ActorError, FederationError, UnreachableError
from fedbake_actors.metrics import weighted_metrics
from fedbake_actors.retry import Backoff
from fedbake_actors.rounds import Measurement, RoundObserver, RoundResult

if TYPE_CHECKING:
    from fedbake_actors.parameters import Arrays

_Answer = TypeVar("_Answer")

# The largest message protobuf can hold, in bytes. flwr's own default of 512 MB is too small for larger models, and both
# sides must agree.
_LARGEST_MESSAGE = 2**31 - 1
_PROBE_SECONDS = 10
_TURN_SECONDS = 0.5
_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)


# What an aggregator tells with each round: whether it will lead another session after this one (hierarchical training).
_ANOTHER_SESSION = "another_session"
# What a participant adds to its evaluation: the shape and types of the model's input.
_INPUT_SCHEMA = "input_schema"


class Participant(Protocol):
    """What takes part in sessions: a learner's model, or a whole cluster of learners."""

    def parameters(self) -> Arrays:
        """The parameters it has now."""

    def train(self, parameters: Arrays, another_session: bool) -> tuple[Arrays, int]:
        """Train from the given parameters: those it ends with, and the number of examples.

        ``another_session`` tells whether the aggregator will lead another session after this one.
        """

    def measure(self, parameters: Arrays) -> Measurement:
        """Evaluate the given parameters."""


@dataclass(frozen=True)
class Session:
    """What the participants of an aggregator do together: learners, or clusters of them.

    Attributes:
        rounds: how often they train and evaluate.
        min_available, min_fit, min_evaluate: participants needed per round: connected, training, evaluating.
        learners_seconds: how long each round waits for enough participants.
        followed: whether another session follows that a participant must come back for, by the number of the round.
    """

    rounds: int
    min_available: int
    min_fit: int
    min_evaluate: int
    learners_seconds: int
    followed: Callable[[int], bool] = lambda number: False  # noqa: ARG005 -- the default of a field

    @property
    def needed(self) -> int:
        """Learners to wait for: a round that samples more than are connected would be skipped without a word."""
        return max(self.min_available, self.min_fit, self.min_evaluate)


def serve(session: Session, port: int, initial: Arrays, observers: Sequence[RoundObserver]) -> None:
    """Be the aggregator of a session: wait for learners, run every round, then end the learners.

    Args:
        port: TCP port, on all addresses of the machine.
        initial: the parameters the first round starts with.
        observers: told how the session goes, in the order given.

    Raises:
        FederationError: the port is taken, too few learners came in time, or no learner could train in a round.
    """
    _quieten()
    _check_port(port)
    flwr.server.start_server(
        server_address=f"0.0.0.0:{port}",
        config=flwr.server.ServerConfig(num_rounds=session.rounds),
        strategy=_ObservedAveraging(session, initial, observers),
        grpc_max_message_length=_LARGEST_MESSAGE,
    )


def take_part(participant: Participant, address: str, window: float, write: Callable[[str], None]) -> None:
    """Train and evaluate as the aggregator asks, until it ends the session.

    An aggregator that is not there yet, or is lost, is tried again until it has not answered for ``window`` seconds.

    Args:
        address: ``host:port`` of the aggregator.
        window: seconds.
        write: takes a line of log.

    Raises:
        UnreachableError: no aggregator answered in time.
        FederationError: the aggregator cannot be understood.
        ActorError: training or evaluation failed in the participant.
    """
    _quieten()
    backoff = Backoff(window)
    client = _Client(participant, backoff.succeeded)
    said = None
    while True:
        obstacle = _obstacle(address) or _join(client, address)
        if obstacle is None:
            return
        if obstacle != said:
            write(f"waiting for the aggregator at {address}: {obstacle}")
            said = obstacle
        if not backoff.wait():
            raise UnreachableError(f"no aggregator answered at {address} for {window:.0f} seconds: {obstacle}")


def travelled(parameters: Arrays) -> Arrays:
    """The parameters as the other side of a connection gets them: encoded and decoded by flwr."""
    received: Arrays = flwr.common.parameters_to_ndarrays(flwr.common.ndarrays_to_parameters(parameters))
    return received


class _Client(flwr.client.NumPyClient):  # type: ignore[misc]
    """Answers the aggregator's instructions as a participant, and keeps the failure that stopped it."""

    def __init__(self, participant: Participant, answered: Callable[[], None]) -> None:
        self._participant = participant
        self._answered = answered
        self.failure: ActorError | None = None

    def get_parameters(self, config: Mapping[str, Any]) -> Arrays:  # noqa: ARG002
        return self._keep_failure(self._participant.parameters)

    def fit(self, parameters: Arrays, config: Mapping[str, Any]) -> tuple[Arrays, int, dict[str, Any]]:
        def train() -> tuple[Arrays, int, dict[str, Any]]:
            trained, count = self._participant.train(parameters, config.get(_ANOTHER_SESSION) is True)
            return trained, count, {}

        return self._keep_failure(train)

    def evaluate(self, parameters: Arrays, config: Mapping[str, Any]) -> tuple[float, int, dict[str, Any]]:  # noqa: ARG002
        def measure() -> tuple[float, int, dict[str, Any]]:
            found = self._participant.measure(parameters)
            schema = {_INPUT_SCHEMA: found.input_schema} if found.input_schema else {}
            return found.loss, found.examples, {"accuracy": found.accuracy, **schema}

        return self._keep_failure(measure)

    def _keep_failure(self, work: Callable[[], _Answer]) -> _Answer:
        try:
            answer = work()
        except ActorError as error:
            self.failure = error
            raise
        self._answered()
        return answer


class _ObservedAveraging(flwr.server.strategy.FedAvg):  # type: ignore[misc]
    """Federated averaging that tells observers of each round, and fails where FedAvg would go on with nothing."""

    def __init__(self, session: Session, initial: Arrays, observers: Sequence[RoundObserver]) -> None:
        super().__init__(
            min_available_clients=session.needed,
            min_fit_clients=session.min_fit,
            min_evaluate_clients=session.min_evaluate,
            initial_parameters=flwr.common.ndarrays_to_parameters(initial),
            on_fit_config_fn=lambda number: {_ANOTHER_SESSION: session.followed(number)},
            fit_metrics_aggregation_fn=weighted_metrics,
            evaluate_metrics_aggregation_fn=weighted_metrics,
        )
        self._session = session
        self._observers = observers
        self._signal_handlers = {number: signal.getsignal(number) for number in _STOPPING_SIGNALS}
        self._trained = 0
        self._examples = 0
        self._failed = 0
        self._parameters = initial

    def initialize_parameters(self, client_manager: Any) -> Any:
        # Newer releases of flwr (1.25 is one) install handlers of their own in start_server, with which a stopped
        # aggregator exits with 0, as if it had finished. This is the first call after that.
        for number, handler in self._signal_handlers.items():
            signal.signal(number, handler)
        return super().initialize_parameters(client_manager)

    def configure_fit(self, server_round: int, parameters: Any, client_manager: Any) -> Any:
        self._wait_for_learners(server_round, client_manager)
        return super().configure_fit(server_round, parameters, client_manager)

    def configure_evaluate(self, server_round: int, parameters: Any, client_manager: Any) -> Any:
        self._wait_for_learners(server_round, client_manager)
        return super().configure_evaluate(server_round, parameters, client_manager)

    def aggregate_fit(self, server_round: int, results: Any, failures: Any) -> Any:
        examples = sum(result.num_examples for _, result in results)
        if examples == 0:
            raise FederationError(
                f"round {server_round}: no learner could train "
                f"({len(results)} without examples, {len(failures)} failed)"
            )
        aggregated = super().aggregate_fit(server_round, results, failures)
        self._trained, self._examples, self._failed = len(results), examples, len(failures)
        self._parameters = flwr.common.parameters_to_ndarrays(aggregated[0])
        return aggregated

    def aggregate_evaluate(self, server_round: int, results: Any, failures: Any) -> Any:
        with_examples = [result for result in results if result[1].num_examples > 0]
        loss, metrics = super().aggregate_evaluate(server_round, with_examples, failures)
        finished = RoundResult(
            number=server_round,
            loss=loss,
            accuracy=metrics.get("accuracy"),
            trained=self._trained,
            evaluated=len(with_examples),
            examples=self._examples,
            evaluated_examples=sum(result.num_examples for _, result in with_examples),
            failed=self._failed + len(failures),
            parameters=self._parameters,
            input_schema=_input_schema(result.metrics for _, result in with_examples),
        )
        for observer in self._observers:
            observer.round_finished(finished)
        return loss, metrics

    def _wait_for_learners(self, server_round: int, client_manager: Any) -> None:
        needed, seconds = self._session.needed, self._session.learners_seconds
        connected = client_manager.num_available()
        if connected < needed:
            for observer in self._observers:
                observer.learners_awaited(server_round, connected, needed)
        deadline = time.monotonic() + seconds
        # In short turns: a signal that comes just before the main thread begins to wait is acted on when the wait ends.
        while not client_manager.wait_for(needed, timeout=min(_TURN_SECONDS, max(deadline - time.monotonic(), 0))):
            if time.monotonic() >= deadline:
                raise FederationError(
                    f"round {server_round}: {client_manager.num_available()} of {needed} learners were connected "
                    f"after {seconds} seconds"
                )


def _input_schema(metrics: Iterable[Mapping[str, Any]]) -> str | None:
    """The schema the participants saw; the first, since all of them evaluate one model."""
    found = (each.get(_INPUT_SCHEMA) for each in metrics)
    return next((schema for schema in found if isinstance(schema, str)), None)


def _obstacle(address: str) -> str | None:
    """Why nothing can be reached at an address; ``None`` when something listens there.

    Asked before flwr is, whose gRPC channels to nobody leave tracebacks of their threads in the log when they close.
    """
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_PROBE_SECONDS) as connection:
            # A port of this machine that nobody listens on may be given to this connection, which then meets itself.
            alone = connection.getsockname() == connection.getpeername()
    except OSError as error:
        return error.strerror or str(error)
    return os.strerror(errno.ECONNREFUSED) if alone else None


def _join(client: _Client, address: str) -> str | None:
    """Take part in a session to its end; why it could not begin or go on, when that may pass."""
    try:
        flwr.client.start_client(
            server_address=address, client=client.to_client(), grpc_max_message_length=_LARGEST_MESSAGE
        )
    except Exception as error:
        # Which exception a failing client ends in differs between versions of flwr; the reason is the one it kept.
        if client.failure is not None:
            raise client.failure from None
        if not isinstance(error, grpc.RpcError):
            raise
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            return "the connection was lost"
        raise FederationError(f"the aggregator at {address} refused: {error.code()}, {error.details()}") from error
    return None


def _quieten() -> None:
    """Silence flwr's own log: it repeats in many lines what the actors say in one, and urges to use other commands."""
    logging.getLogger("flwr").setLevel(logging.CRITICAL)


def _check_port(port: int) -> None:
    """Refuse a port somebody listens on: gRPC would share it (``SO_REUSEPORT``) and half the learners would be lost."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError as error:
            raise FederationError(f"the aggregator cannot listen on port {port}: {error.strerror}") from error
