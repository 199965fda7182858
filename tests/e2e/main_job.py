"""Training with baked images, as FLOps would start them: used by ``make demo`` and by the tests."""

import os
import secrets
import socket

from e2e.federation import FederationResult, Participant, run_federation
from fedbake.bake.result import BakeResult
from fedbake.names import Platform, Role
from fedbake.process import Completed, run
from fedbake.settings import Settings
from fedbake.worker.environment import docker_environment

_ROUNDS = 2


def machine_settings(**environment: str) -> Settings:
    """Settings of this machine, with some variables set."""
    return Settings.from_environment({**os.environ, **environment})


def reference(result: BakeResult, role: Role) -> str:
    """The tag an image was given."""
    return next(image.reference for image in result.images if image.target is role)


def run_image(image: str, platform: Platform, *command: str, timeout: float = 300) -> Completed:
    """Run a command in an image on one platform, without a network."""
    argv = ["docker", "run", "--rm", "--network", "none", "--platform", platform.value, image, *command]
    return run(argv, env=docker_environment(machine_settings()), timeout=timeout)


def federate(result: BakeResult, learners: tuple[Platform, ...]) -> FederationResult:
    """Two rounds on the host's network: an aggregator on linux/amd64, a learner on each of the given platforms."""
    port = _free_port()
    count = str(len(learners))
    aggregator = _participant(
        reference(result, Role.AGGREGATOR),
        Platform.AMD64,
        "aggregator",
        (f"FEDBAKE_PORT={port}",),
        (
            "demo",
            "127.0.0.1",
            "127.0.0.1",
            "http://127.0.0.1:7027",
            "CLASSIC_AGGREGATOR",
            str(_ROUNDS),
            count,
            count,
            count,
        ),
    )
    participants = [
        _participant(
            reference(result, Role.LEARNER),
            platform,
            f"learner-{number}-{platform.arch}",
            (),
            ("demo", "127.0.0.1", "127.0.0.1", f"127.0.0.1:{port}", "digits"),
        )
        for number, platform in enumerate(learners, 1)
    ]
    return run_federation(aggregator, participants, _ROUNDS, timeout=600)


def _participant(
    image: str, platform: Platform, name: str, variables: tuple[str, ...], arguments: tuple[str, ...]
) -> Participant:
    container = f"fedbake-{name}-{secrets.token_hex(4)}"
    environment = [word for variable in variables for word in ("--env", variable)]
    options = ["--rm", "--network", "host", "--platform", platform.value, "--name", container, *environment]
    return Participant(
        name=name,
        argv=("docker", "run", *options, image, "python", "main.py", *arguments),
        env=docker_environment(machine_settings()),
        cleanup=("docker", "rm", "--force", container),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
