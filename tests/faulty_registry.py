"""A real registry seen through a proxy that fails on purpose: answers with an error, or cuts the connection."""

import http.client
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from baking import REGISTRY

_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Status:
    """Answer with this status in place of passing the request on."""

    code: int


@dataclass(frozen=True)
class Cut:
    """Reset the connection after this many bytes of the request's body."""

    after: int


Fault = Status | Cut
Policy = Callable[[str, str], Fault | None]


@dataclass
class FaultyRegistry:
    """A running proxy.

    Attributes:
        host: the registry's name for image references.
        policy: the fault for a method and path; ``None`` passes the request on.
        seen: method and path of every request.
    """

    host: str
    policy: Policy = lambda method, path: None
    seen: list[tuple[str, str]] = field(default_factory=list)

    def count(self, method: str, part: str) -> int:
        """How many requests of a method had this in their path."""
        return sum(one == method and part in path for one, path in self.seen)


@contextmanager
def faulty_registry(port: int = 0) -> Iterator[FaultyRegistry]:
    """A proxy in front of the real registry; passes everything on until it is given a policy."""
    server = _Server(("127.0.0.1", port), _Handler)
    proxy = FaultyRegistry(f"localhost:{server.server_address[1]}")
    server.proxy = proxy
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: FaultyRegistry
    lock = Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away, or that was cut off, is part of the test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def parse_request(self) -> bool:
        """Answer a TLS greeting in plain HTTP, as Go's servers do: clients fall back to HTTP on exactly that."""
        if self.raw_requestline.startswith(b"\x16"):
            self.wfile.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
            self.close_connection = True
            return False
        return super().parse_request()

    def _pass(self) -> None:
        path = self.path.partition("?")[0]
        with self.server.lock:
            self.server.proxy.seen.append((self.command, path))
            fault = self.server.proxy.policy(self.command, path)
        if isinstance(fault, Status):
            self._drain()
            return self._refuse(fault.code)
        return self._forward(fault)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815

    def _refuse(self, code: int) -> None:
        body = b'{"errors":[{"code":"UNKNOWN","message":"on purpose"}]}'
        self.send_response(code)
        if code == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="on purpose"')
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _forward(self, fault: Cut | None) -> None:
        upstream = http.client.HTTPConnection(REGISTRY, timeout=60)
        names = {name for name in self.headers if name.lower() != "transfer-encoding"}
        headers = {name: ", ".join(self.headers.get_all(name, [])) for name in names}
        chunked = "chunked" in self.headers.get("Transfer-Encoding", "")
        body = self._body(fault) if chunked or self.headers.get("Content-Length") else None
        upstream.request(self.command, self.path, body=body, headers=headers, encode_chunked=chunked)
        answer = upstream.getresponse()
        self.send_response_only(answer.status, answer.reason)
        length = answer.getheader("Content-Length")
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        if length is None:
            self.send_header("Content-Length", "0")
        self.end_headers()
        while part := answer.read(_CHUNK):
            self.wfile.write(part)
        upstream.close()

    def _body(self, fault: Cut | None) -> Iterator[bytes]:
        passed = 0
        for part in self._parts():
            passed += len(part)
            if fault is not None and passed > fault.after:
                self._reset()
            yield part

    def _parts(self) -> Iterator[bytes]:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            left = int(self.headers.get("Content-Length", 0))
            while left > 0 and (part := self.rfile.read(min(_CHUNK, left))):
                left -= len(part)
                yield part
            return
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _drain(self) -> None:
        for _ in self._parts():
            pass

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        raise ConnectionResetError("cut on purpose")
