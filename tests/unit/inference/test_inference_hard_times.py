"""Clients that send too much, too slowly, or go away; predictions that take long; and the end of the server."""

import http.client
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from actor_environments import environment
from inference_requests import JSON
from inference_servers import Answer, Server, inference_server
from saved_models import MLFLOW, NATIVE, saved

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    model = saved(MLFLOW["2.22.5"], "sklearn_slow")
    limits = {"FEDBAKE_REQUEST_SECONDS": "2", "FEDBAKE_THREADS": "4"}
    with inference_server(environment(*NATIVE), model, tmp_path_factory.mktemp("slow"), **limits) as running:
        yield running


def lasting(seconds: float) -> bytes:
    return json.dumps({"inputs": [[seconds]]}).encode()


def predicts(server: Server) -> bool:
    return server.ask(lasting(0), JSON) == Answer(200, '{"predictions": [0.0]}', JSON)


def resident(server: Server) -> int:
    """Bytes of memory of the server's process, at most so far."""
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def test_a_body_of_a_gigabyte_is_refused_and_never_kept(server: Server) -> None:
    before = resident(server)

    def gigabyte() -> Iterator[bytes]:
        for _ in range(1024):
            yield b"0" * MEGABYTE

    answer = httpx.post(f"{server.url}/invocations", content=gigabyte(), headers={"Content-Type": JSON}, timeout=60)
    assert answer.status_code == 413
    assert answer.json() == {
        "error_code": "INVALID_PARAMETER_VALUE", "message": "The body is larger than 100000000 bytes",
    }  # fmt: skip
    # One body of the largest size, and twice that while its buffer grew.
    assert resident(server) - before < 3 * 100_000_000
    assert predicts(server)


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(server: Server) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.putrequest("POST", "/invocations")
    connection.putheader("Content-Type", JSON)
    connection.putheader("Content-Length", str(2**40))
    connection.endheaders()
    started = time.monotonic()
    answer = connection.getresponse()
    assert (answer.status, time.monotonic() - started < 2) == (413, True)
    connection.close()
    assert predicts(server)


def test_a_prediction_beyond_the_limit_is_answered_504_and_others_go_on_meanwhile(server: Server) -> None:
    with ThreadPoolExecutor() as clients:
        slow = clients.submit(server.ask, lasting(4), JSON)
        time.sleep(0.3)
        assert httpx.get(f"{server.url}/ping", timeout=1).status_code == 200
        assert predicts(server)
        assert slow.result() == Answer(504, "Request processing time exceeded limit", JSON)
    assert predicts(server)


def test_a_client_that_sends_slowly_is_answered_504(server: Server) -> None:
    def drops() -> Iterator[bytes]:
        for _ in range(8):
            yield b" "
            time.sleep(0.5)

    answer = httpx.post(f"{server.url}/invocations", content=drops(), headers={"Content-Type": JSON}, timeout=10)
    assert answer.status_code == 504
    assert predicts(server)


@pytest.mark.parametrize("sent", [b"", b'{"inputs"', lasting(1)])
def test_a_client_that_goes_away_leaves_the_server_serving(server: Server, sent: bytes) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    size = 100 if not sent.endswith(b"}") else len(sent)
    with socket.create_connection((host, int(port))) as connection:
        head = f"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nContent-Length: {size}\r\n\r\n"
        connection.sendall(head.encode() + sent)
        time.sleep(0.2)
    assert predicts(server)
    assert "Traceback" not in server.log.read_text()


def test_bytes_that_are_no_http_leave_the_server_serving(server: Server) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    assert predicts(server)


def test_sigterm_finishes_what_is_running_and_ends_with_code_0(tmp_path: Path) -> None:
    with inference_server(environment(*NATIVE), saved(MLFLOW["2.22.5"], "sklearn_slow"), tmp_path) as server:
        answers: list[Answer] = []
        client = threading.Thread(target=lambda: answers.append(server.ask(lasting(1.5), JSON)))
        client.start()
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{server.url}/ping", timeout=1)
        client.join()
        assert answers == [Answer(200, '{"predictions": [0.0]}', JSON)]
        assert server.process.wait(10) == 0
    assert server.log.read_text().splitlines()[-1] == "stopped"
