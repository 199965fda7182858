"""A served model: an inference image as a running container, asked over HTTP as its users do."""

import json
import secrets
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from e2e.main_job import machine_settings, reference
from e2e.surroundings import Surroundings
from fedbake.bake.result import BakeResult
from fedbake.names import Platform, Role
from fedbake.worker.environment import docker_environment
from ports import free_port

# Under emulation a framework takes its time to start.
_READY_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers; ``url`` is its root."""

    url: str

    def says(self, images: list[list[float]]) -> list[int]:
        """The digits it sees in rows of 64 pixels."""
        answer = self.ask("application/json", json.dumps({"inputs": images}).encode())
        return [row if isinstance(row, int) else max(range(len(row)), key=row.__getitem__) for row in answer]

    def ask(self, kind: str, body: bytes) -> list[Any]:
        """The predictions for a request of this content type."""
        request = urllib.request.Request(f"{self.url}/invocations", body, {"Content-Type": kind})
        with urllib.request.urlopen(request, timeout=120) as answer:
            found: list[Any] = json.load(answer)["predictions"]
        return found


def plan_of_run(around: Surroundings, run_id: str, platforms: str) -> tuple[str, ...]:
    """The arguments with which fedbake plans the model of a run; where to write, and under which name, is left open."""
    model = ("--target", "inference", "--model-run", run_id, "--tracking-uri", around.tracking.uri)
    return ("plan", *model, "--as-of", "2026-11-01", "--platform", platforms)


def first_images(around: Surroundings) -> list[list[float]]:
    """Images of the digits 0, 1, 2, 3 and 4."""
    images: list[list[float]] = json.loads(around.answers.read_text())["images"][:5]
    return images


@contextmanager
def served(result: BakeResult, platform: Platform) -> Iterator[Served]:
    """Run the server on one platform until the block ends."""
    port, name = free_port(), f"fedbake-served-{secrets.token_hex(4)}"
    environment = docker_environment(machine_settings())
    options = ["--rm", "--quiet", "--network", "host", "--platform", platform.value, "--name", name]
    argv = ["docker", "run", *options, "--env", f"FEDBAKE_PORT={port}", reference(result, Role.INFERENCE)]
    with subprocess.Popen(argv, env=environment) as container:
        try:
            _wait(f"http://127.0.0.1:{port}/ping", container)
            yield Served(f"http://127.0.0.1:{port}")
        finally:
            subprocess.run(["docker", "stop", name], env=environment, check=True, stdout=subprocess.DEVNULL)


def _wait(url: str, container: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except OSError:
            assert container.poll() is None, f"the server ended with code {container.poll()}"
            assert time.monotonic() < deadline, f"the server did not answer in {_READY_SECONDS} seconds"
            time.sleep(0.5)
