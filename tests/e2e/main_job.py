"""Training with baked images, as FLOps would start them: used by ``make demo`` and by the tests."""

import os
import secrets
import sys
from itertools import zip_longest
from pathlib import Path

from e2e.federation import FederationResult, Participant, run_federation
from e2e.surroundings import ALONE, TAG, Told
from fedbake.bake.result import BakeResult
from fedbake.names import Platform, Role
from fedbake.process import Completed, run
from fedbake.settings import Settings
from fedbake.worker.environment import docker_environment
from ports import free_port

ROOT = Path(__file__).parents[2]
PROJECT = "66f0c1"
_PROJECT = (PROJECT, "127.0.0.1", "127.0.0.1")


def machine_settings(**environment: str) -> Settings:
    """Settings of this machine, with some variables set."""
    return Settings.from_environment({**os.environ, **environment})


def fedbake(*arguments: str) -> str:
    """What fedbake writes to standard output.

    Raises:
        AssertionError: it failed.
    """
    program = str(Path(sys.executable).with_name("fedbake"))
    done = run([program, *arguments], env=os.environ, cwd=ROOT, timeout=1800)
    assert done.code == 0, done.text[-3000:] + done.stderr[-3000:]
    return done.text


def planned(example: str, folder: Path, *options: str) -> Path:
    """The plan directory of a golden case's repository, under an image name nobody else uses."""
    target = folder / example
    request = ("--name", f"test-{secrets.token_hex(4)}/{example}", "--as-of", "2026-11-01", *options)
    fedbake("plan", str(ROOT / "golden" / example / "repo"), "-o", str(target), *request)
    return target


def reference(result: BakeResult, role: Role) -> str:
    """The tag an image was given."""
    return next(image.reference for image in result.images if image.target is role)


def run_image(
    image: str,
    platform: Platform,
    *command: str,
    options: tuple[str, ...] = ("--network", "none"),
    timeout: float = 300,
) -> Completed:
    """Run a command in an image on one platform; without a network unless other options are given."""
    argv = ["docker", "run", "--rm", "--quiet", *options, "--platform", platform.value, image, *command]
    return run(argv, env=docker_environment(machine_settings()), timeout=timeout)


def federate(
    result: BakeResult,
    learners: tuple[Platform, ...],
    told: Told = ALONE,
    *,
    rounds: int = 2,
    aggregator: Platform = Platform.AMD64,
) -> FederationResult:
    """Train on the host's network: an aggregator, and a learner on each of the given platforms.

    Args:
        told: what the actors are told of what is around them, with one data server for each learner or none at all.
    """
    port, count = free_port(), str(len(learners))
    leader = _participant(
        reference(result, Role.AGGREGATOR),
        aggregator,
        "aggregator",
        (f"FEDBAKE_PORT={port}", *told.variables),
        (*_PROJECT, told.tracking, "CLASSIC_AGGREGATOR", str(rounds), count, count, count, *told.options),
    )
    participants = [
        _participant(
            reference(result, Role.LEARNER),
            platform,
            f"learner-{number}-{platform.arch}",
            (f"FEDBAKE_DATA_SERVER={data}", *told.variables),
            (*_PROJECT, f"127.0.0.1:{port}", TAG),
        )
        for number, (platform, data) in enumerate(zip_longest(learners, told.data_servers, fillvalue=""), 1)
    ]
    return run_federation(leader, participants, rounds, timeout=900)


def _participant(
    image: str, platform: Platform, name: str, variables: tuple[str, ...], arguments: tuple[str, ...]
) -> Participant:
    container = f"fedbake-{name}-{secrets.token_hex(4)}"
    environment = [word for variable in variables for word in ("--env", variable)]
    options = ["--rm", "--quiet", "--network", "host", "--platform", platform.value, "--name", container, *environment]
    return Participant(
        name=name,
        argv=("docker", "run", *options, image, "python", "main.py", *arguments),
        env=docker_environment(machine_settings()),
        cleanup=("docker", "rm", "--force", container),
    )
