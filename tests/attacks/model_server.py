"""A tracking server that speaks MLflow's REST API out of memory, and fails or lies where it is told to."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

RUN = "8d6bced3d2b74ad2af8b690f65bb043b"
MODEL = "logged_model_artifact"
FILES = {
    "MLmodel": b"flavors:\n  python_function:\n    loader_module: x\nutc_time_created: '2026-01-02 03:04:05.678901'\n",
    "code/__init__.py": b"",
    "code/ä & 100%41+#?=.py": b"x",
    "data/model.pkl": b"\x80\x04" * 100_000,
    "requirements.txt": b"numpy==1.26.4\n",
}

Fault = Callable[[BaseHTTPRequestHandler], None]
Item = dict[str, Any]


@dataclass
class ModelServer:
    """What the server has, how it misbehaves, and what it saw.

    Attributes:
        files: the model's files.
        listed: changes what a folder's listing holds.
        run: changes the description of the run.
        fault: answers a path itself; ``None`` leaves it to the honest server.
        seen: path and ``Authorization`` of every request.
    """

    port: int = 0
    files: Mapping[str, bytes] = field(default_factory=lambda: dict(FILES))
    listed: Callable[[str, list[Item]], list[Item]] = lambda _folder, items: items
    run: Callable[[Item], Any] = lambda run: run
    fault: Callable[[str], Fault | None] = lambda _path: None
    seen: list[tuple[str, str | None]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, query: Mapping[str, str]) -> tuple[int, bytes]:
        """What an honest server says."""
        if path == "/api/2.0/mlflow/runs/get":
            info = {"run_id": RUN, "experiment_id": "7", "end_time": 1_700_000_000_999, "artifact_uri": "/artifacts"}
            known = query["run_id"] == RUN
            return (200, _json(self.run({"run": {"info": info}}))) if known else (404, _json(_ABSENT))
        if path == "/api/2.0/mlflow/artifacts/list":
            folder = query.get("path", "")
            return 200, _json({"files": self.listed(folder, self._list(folder))})
        if path == "/get-artifact" and query["path"].removeprefix(f"{MODEL}/") in self.files:
            return 200, self.files[query["path"].removeprefix(f"{MODEL}/")]
        return 404, b"<!doctype html>"

    def _list(self, folder: str) -> list[Item]:
        prefix = f"{folder}/" if folder else ""
        items: dict[str, Item] = {}
        for path, content in self.files.items():
            whole = f"{MODEL}/{path}"
            if whole.startswith(prefix):
                name, slash, _ = whole.removeprefix(prefix).partition("/")
                size = {"file_size": len(content)} if content and not slash else {}
                items[name] = {"path": prefix + name, "is_dir": bool(slash), **size}
        return list(items.values())


_ABSENT = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such run"}


def _json(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@contextmanager
def serve() -> Iterator[ModelServer]:
    """An honest server, until it is told otherwise."""
    server = ModelServer()
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    server.port = http.server_port
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        http.shutdown()
        http.socket.close()
        thread.join()


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            server.seen.append((parts.path, self.headers.get("Authorization")))
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            fault = server.fault(query.get("path", parts.path) if parts.path == "/get-artifact" else parts.path)
            try:
                if fault is not None:
                    fault(self)
                else:
                    status(*server.answer(parts.path, query))(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def status(code: int, body: bytes = b"", **headers: str) -> Fault:
    """Answer with this."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def reset(before: bytes, announced: int) -> Fault:
    """Send a part of a body, then reset the connection."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(announced))
        request.end_headers()
        request.wfile.write(before)
        time.sleep(0.05)
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.connection.close()
        request.close_connection = True

    return answer


def endless(server: ModelServer, chunk: bytes, pause: float) -> Fault:
    """Send the same bytes again and again."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.send_response(200)
        request.end_headers()
        while not server.closing.wait(pause):
            request.wfile.write(chunk)
            request.wfile.flush()

    return answer


def silent(server: ModelServer) -> Fault:
    """Never answer."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        server.closing.wait()

    return answer
