"""What FLOps has around the actors, every part real: the nodes' data servers, MLflow, the MQTT broker, the observer."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from e2e.broker import Broker
from e2e.data_node import serving
from e2e.observer import Observer
from e2e.tracking_server import TrackingServer
from fedbake import process
from ports import free_port
from unit.actors.actor_environments import environment

TAG = "digits"
_MLFLOW = ("mlflow==2.12.1", "setuptools<82", "sqlalchemy<2.1")
# Of a data server, and of somebody who looks at runs.
_CLIENT = ("pyarrow==20.0.0", "numpy==1.26.4", "scikit-learn==1.5.2", "scipy==1.14.1", "mlflow-skinny==2.22.5")
SCRIPTS = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Told:
    """What the actors are told of what is around them.

    Attributes:
        tracking: the aggregator's MLFLOW_URL.
        options: of the aggregator's command line.
        variables: ``NAME=value``, of every actor's environment.
        data_servers: ``host:port`` on each learner's node.
    """

    tracking: str
    options: tuple[str, ...]
    variables: tuple[str, ...]
    data_servers: tuple[str, ...]


ALONE = Told("none", ("--deactivate-notifications",), (), ())
"""Nothing is around them: the repository has its own data."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around the actors: where it is, and what was heard.

    Attributes:
        answers: a file with all handwritten digits and what they show (``write_digits.py``).
    """

    answers: Path
    data_servers: tuple[str, ...]
    tracking: TrackingServer
    broker: Broker
    observer: Observer

    @property
    def told(self) -> Told:
        """What the actors are told of it."""
        ports = (f"FEDBAKE_MQTT_PORT={self.broker.port}", f"FEDBAKE_OBSERVER_PORT={self.observer.port}")
        return Told(self.tracking.uri, (), ports, self.data_servers)


@contextmanager
def surroundings(folder: Path, nodes: int) -> Iterator[Surroundings]:
    """Start everything, for a number of nodes that share the handwritten digits among them, and end it afterwards.

    Args:
        folder: an empty folder for what the servers keep.
    """
    data = [folder / f"node-{number}" for number in range(1, nodes + 1)]
    for each in data:
        each.mkdir()
    answers = folder / "digits.json"
    run_script("write_digits.py", str(answers), *map(str, data))
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(environment(*_CLIENT), each, free_port())) for each in data]
        tracking = stack.enter_context(TrackingServer(environment(*_MLFLOW), free_port(), folder))
        broker = stack.enter_context(Broker(free_port(), folder))
        observer = stack.enter_context(Observer())
        yield Surroundings(answers, tuple(servers), tracking, broker, observer)


def run_script(name: str, *arguments: str) -> str:
    """What a script of this folder writes, run by an interpreter with pyarrow, scikit-learn and MLflow's client."""
    argv = [str(environment(*_CLIENT)), str(SCRIPTS / name), *arguments]
    variables = {"PATH": os.defpath, "HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}
    done = process.run(argv, env=variables, timeout=120)
    assert done.code == 0, done.stderr
    return done.text
