"""When a federation cannot go on, whoever notices says so in a sentence and ends: nobody waits for nothing."""

import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from actor_environments import environment
from actor_images import (
    NUMPY_ONLY,
    aggregator_arguments,
    edited,
    federate,
    image_folder,
    learner_arguments,
    repository,
    run_main,
    variables,
)

from fedbake import process
from ports import free_port

VERSIONS = {
    "flwr-1.6": ("flwr==1.6.0", "numpy==1.23.5", "protobuf==3.20.3"),
    "flwr-1.13": ("flwr==1.13.1", "numpy==1.26.4"),
    "flwr-1.25": ("flwr==1.25.0", "numpy==1.26.4"),
}

# Asks for a port that connections may be given, again and again: one of them is given that very port.
ASK = """
from fedbake_actors.federation import _obstacle
low, high = map(int, open("/proc/sys/net/ipv4/ip_local_port_range").read().split())
print({_obstacle(f"127.0.0.1:{low + 1000}") for _ in range(high - low)})
"""


@pytest.fixture(params=VERSIONS)
def python(request: pytest.FixtureRequest) -> Path:
    """An environment of each generation of flwr: they fail in different ways."""
    return environment(*VERSIONS[request.param])


@pytest.fixture(scope="session")
def latest() -> Path:
    return environment(*VERSIONS["flwr-1.25"])


def test_an_error_in_training_ends_learner_and_aggregator_with_the_users_line(python: Path, tmp_path: Path) -> None:
    theirs = repository(
        tmp_path,
        {"model_manager": edited("model_manager", "= self.training\n", "= self.trainning\n")},
    )
    result = federate(python, [python], theirs, tmp_path)
    learner, aggregator = result.outcome("learner-1"), result.outcome("aggregator")
    assert learner.code == 1, result.report()
    assert learner.stderr.splitlines()[:2] == [
        "error: ModelManager.fit_model() failed: AttributeError: 'ModelManager' object has no attribute 'trainning'",
        "  model_manager.py:29: points, cloud = self.trainning",
    ]
    assert "Traceback" not in learner.stderr
    assert (result.completed, result.summary) == (False, None)
    assert aggregator.code in {1, 143}, result.report()


def test_the_aggregator_gives_up_a_round_in_which_nobody_could_train(python: Path, tmp_path: Path) -> None:
    theirs = repository(tmp_path, {"model_manager": edited("model_manager", "return len(cloud)\n", "return 0\n")})
    aggregator = federate(python, [python], theirs, tmp_path).outcome("aggregator")
    assert aggregator.code == 1
    assert "error: round 1: no learner could train (1 without examples, 0 failed)" in aggregator.stderr


def test_sigterm_ends_a_waiting_aggregator_at_once(python: Path, tmp_path: Path) -> None:
    folder = image_folder("aggregator", NUMPY_ONLY, tmp_path)
    with subprocess.Popen(
        [str(python), "main.py", *aggregator_arguments(2, 2)],
        cwd=folder,
        env=variables(FEDBAKE_PORT=str(free_port())),
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert "listening on port" in running.stdout.readline()
        assert "0 of 2 are connected" in running.stdout.readline()
        asked = time.monotonic()
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 143
        assert time.monotonic() - asked < 2
        assert running.stdout.read() == "stopped by SIGTERM\n"


def test_a_learner_whose_aggregator_is_killed_tries_again_and_then_says_so(python: Path, tmp_path: Path) -> None:
    port = free_port()
    env = variables(FEDBAKE_PORT=str(port), FEDBAKE_CONNECT_SECONDS="3")
    folders = {role: image_folder(role, NUMPY_ONLY, tmp_path) for role in ("aggregator", "learner")}
    arguments = {"aggregator": aggregator_arguments(2, 2), "learner": learner_arguments(port)}
    running = {
        role: subprocess.Popen(
            [str(python), "main.py", *arguments[role]],
            cwd=folders[role], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for role in ("aggregator", "learner")
    }  # fmt: skip
    try:
        _wait_for_connection(port)
        running["aggregator"].kill()
        stdout, stderr = running["learner"].communicate(timeout=30)
    finally:
        for actor in running.values():
            actor.kill()
            actor.communicate()
    assert running["learner"].returncode == 1
    assert "the connection was lost" in stdout
    assert stderr.splitlines()[-1].startswith(f"error: no aggregator answered at 127.0.0.1:{port} for 3 seconds")


def _wait_for_connection(port: int) -> None:
    """Wait until somebody is connected to a local port, and is so for longer than a learner's first probe."""
    established = f":{port:04X} 01 "
    seen, deadline = 0, time.monotonic() + 30
    while seen < 10:
        assert time.monotonic() < deadline, "the learner never connected"
        tables = [Path(f"/proc/net/{name}").read_text(encoding="ascii") for name in ("tcp", "tcp6")]
        seen = seen + 1 if any(established in table for table in tables) else 0
        time.sleep(0.1)


def test_a_learner_without_an_aggregator_gives_up_after_its_window(latest: Path, tmp_path: Path) -> None:
    port = free_port()
    folder = image_folder("learner", NUMPY_ONLY, tmp_path)
    done = run_main(latest, folder, learner_arguments(port), FEDBAKE_CONNECT_SECONDS="2")
    assert done.code == 1
    assert f"waiting for the aggregator at 127.0.0.1:{port}: Connection refused" in done.text
    assert done.stderr == f"error: no aggregator answered at 127.0.0.1:{port} for 2 seconds: Connection refused"


def test_a_learner_never_takes_its_own_connection_for_the_aggregator(latest: Path, tmp_path: Path) -> None:
    folder = image_folder("learner", NUMPY_ONLY, tmp_path)
    done = process.run([str(latest), "-c", ASK], env=variables(), cwd=folder, timeout=120)
    assert done.text == "{'Connection refused'}\n", done.stderr


def test_too_few_learners_end_the_aggregator(latest: Path, tmp_path: Path) -> None:
    folder = image_folder("aggregator", NUMPY_ONLY, tmp_path)
    done = run_main(
        latest, folder, aggregator_arguments(2, 2), FEDBAKE_PORT=str(free_port()), FEDBAKE_LEARNERS_SECONDS="1"
    )
    assert (done.code, done.stderr) == (1, "error: round 1: 0 of 2 learners were connected after 1 seconds")


def test_a_port_in_use_is_refused(latest: Path, tmp_path: Path) -> None:
    folder = image_folder("aggregator", NUMPY_ONLY, tmp_path)
    with socket.create_server(("", 0)) as other:
        port = str(other.getsockname()[1])
        done = run_main(latest, folder, aggregator_arguments(2, 2), FEDBAKE_PORT=port)
    assert (done.code, done.stderr) == (
        1,
        f"error: the aggregator cannot listen on port {port}: Address already in use",
    )


def test_a_wrong_command_line_is_exit_code_2(latest: Path, tmp_path: Path) -> None:
    assert run_main(latest, image_folder("learner", NUMPY_ONLY, tmp_path), ["66f0c1"]).code == 2
