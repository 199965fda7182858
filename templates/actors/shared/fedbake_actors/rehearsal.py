"""One federated round inside of a learner image: aggregator, learner and data server, each a process, on loopback.

It needs data. What a repository's code expects of it nobody else can know, so that a repository that wants the
rehearsal brings a few made-up rows: parquet files in its folder ``sample_data``, served as the node's data server
would serve them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from fedbake_actors.errors import UserCodeError
from fedbake_actors.user_code import FOLDER

SAMPLES = "sample_data"
_TAG = "sample"
_SECONDS = 900
_POLL_SECONDS = 0.2


def samples(workdir: Path) -> tuple[Path, ...]:
    """The files a rehearsal would train with; none when the repository has no such folder."""
    return tuple(sorted((workdir / FOLDER / SAMPLES).glob("*.parquet")))


def rehearse(workdir: Path) -> None:
    """Run one round with one learner.

    Raises:
        UserCodeError: it did not complete, with what the actors wrote; or it took longer than 15 minutes.
    """
    with _kept_port() as port, _kept_port() as data:
        _train(workdir, port, data)


def _train(workdir: Path, port: int, data: int) -> None:
    """The round, with the aggregator on one port and the data server on another."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(workdir),
        "FEDBAKE_PORT": str(port),
        "FEDBAKE_DATA_SERVER": f"127.0.0.1:{data}",
        "FEDBAKE_CONNECT_SECONDS": str(_SECONDS),
        "FEDBAKE_LEARNERS_SECONDS": str(_SECONDS),
    }
    nobody = ("rehearsal", "127.0.0.1", "127.0.0.1")
    counts = ("1", "1", "1", "1")
    leading = (*nobody, "none", "CLASSIC_AGGREGATOR", *counts, "--deactivate-notifications")
    # The learner's word of its failure would only be a line about nobody listening, in seconds: see `notices`.
    learning = (*nobody, f"127.0.0.1:{port}", _TAG)
    with tempfile.TemporaryFile("w+") as log:

        def started(*argv: str) -> subprocess.Popen[bytes]:
            return subprocess.Popen([sys.executable, "-m", *argv], cwd=workdir, env=environment, stdout=log, stderr=log)

        server = started("fedbake_actors.sample_server", str(workdir / FOLDER / SAMPLES), str(data))
        actors = {
            "the aggregator": started("fedbake_actors", "aggregator", *leading),
            "the learner": started("fedbake_actors", "learner", *learning),
        }
        with _ended((server, *actors.values())):
            failed = _wait(actors)
        if failed is not None:
            log.seek(0)
            raise UserCodeError(f"one federated round with {SAMPLES} failed: {failed}", log.read().splitlines()[-40:])


def _wait(actors: Mapping[str, subprocess.Popen[bytes]]) -> str | None:
    """Wait until both have ended, or one has failed; what was wrong, if anything."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        codes = {name: actor.poll() for name, actor in actors.items()}
        for name, code in codes.items():
            if code:
                return f"{name} ended with code {code}"
        if None not in codes.values():
            return None
        time.sleep(_POLL_SECONDS)
    return f"it took longer than {_SECONDS} seconds"


@contextmanager
def _ended(processes: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Leave no process behind."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextmanager
def _kept_port() -> Iterator[int]:
    """A port nobody listens on; it stays bound meanwhile, so that no connection of any program is given it.

    The learner asks for the aggregator before it listens: a connection that is given the port it asks for meets itself.
    """
    with socket.socket() as keeper:
        # Both gRPC and the aggregator's own look at the port can then bind it as well: this one does not listen.
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield keeper.getsockname()[1]
