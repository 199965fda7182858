"""The server of an inference image beside ``mlflow models serve``: one run, the same scikit-learn model.

``make bench-inference`` prints a table: megabytes of site-packages (what is installed to serve, with
scikit-learn in each), seconds to the first answer, answers per second at 1, 8 and 32 clients, and megabytes of memory
of all processes.
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_TESTS), str(_TESTS / "unit" / "actors"), str(_TESTS / "unit" / "inference")]

from actor_environments import environment  # noqa: E402 -- found by the line above
from inference_servers import Server, inference_server, mlflow_server  # noqa: E402
from saved_models import MLFLOW, NATIVE, saved  # noqa: E402

from bench.measure import machine  # noqa: E402

BODY = b'{"inputs": [[1.0, 2.0, 3.0, 4.0]]}'
CLIENTS = (1, 8, 32)
SECONDS = 4
# Clients are a process of their own, so that they do not wait for the one that measures.
LOAD = """
import http.client, sys, threading, time
port, clients, end = int(sys.argv[1]), int(sys.argv[2]), time.monotonic() + float(sys.argv[3])
counts = [0] * clients
def ask(number):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    while time.monotonic() < end:
        connection.request("POST", "/invocations", sys.argv[4].encode(), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        counts[number] += 1
threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(sum(counts) / float(sys.argv[3]))
"""


def main() -> None:
    """Measure each server, one after the other."""
    first = next(iter(MLFLOW))
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        native = environment(*NATIVE)
        servers = {"fedbake": (native, inference_server(native, saved(MLFLOW[first], "sklearn_tensor"), room))}
        for release, requirements in MLFLOW.items():
            python, model = environment(*requirements), saved(requirements, "sklearn_tensor")
            servers[f"mlflow {release}"] = (python, mlflow_server(python, model, room))
        load, _, _ = os.getloadavg()
        print(f"Measured on {datetime.now(tz=UTC).date()} on: {machine()}; load average {load:.1f} when it began.\n")
        print("| server | site-packages | first answer | 1 client | 8 clients | 32 clients | memory |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for name, (python, server) in servers.items():
            print(f"| {name} | {_site_packages(python)} MB | {measured(server)} |", flush=True)


def _site_packages(python: Path) -> int:
    (folder,) = python.parents[1].glob("lib/python*/site-packages")
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 10**6


def measured(server: Server) -> str:
    """Start a server, ask it, and stop it again."""
    started = time.monotonic()
    with server:
        assert server.ask(BODY, "application/json").status == 200
        first = time.monotonic() - started
        rates = [_rate(server, clients) for clients in CLIENTS]
        return f"{first:.1f} s | " + " | ".join(f"{rate:.0f}/s" for rate in rates) + f" | {_megabytes(server)} MB"


def _rate(server: Server, clients: int) -> float:
    argv = [sys.executable, "-c", LOAD, server.url.rpartition(":")[2], str(clients), str(SECONDS), BODY.decode()]
    return float(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)


def _megabytes(server: Server) -> int:
    argv = ["ps", "-o", "rss=", "-g", str(server.process.pid)]
    sizes = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    return sum(map(int, sizes)) // 1024


if __name__ == "__main__":
    main()
