"""A registry with a login, as far as fedbake speaks to one: Basic or Bearer, one repository, over HTTP or TLS."""

import base64
import hashlib
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlparse

USER, PASSWORD, TOKEN = "ada", "pa:ss wörd", "token-of-ada"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
INDEX = json.dumps({"schemaVersion": 2, "manifests": []}).encode()
DIGEST = "sha256:" + hashlib.sha256(INDEX).hexdigest()
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"


@dataclass
class Login:
    """What the server asks for and what it saw.

    Attributes:
        kind: ``basic``, ``bearer`` or nothing.
        body: what a tag stands for, served under any name.
        headers: the ``Authorization`` of every request for the registry itself.
        scopes: asked of the token service.
        puts: bodies put to tags.
    """

    kind: str = ""
    body: bytes = INDEX
    host: str = ""
    headers: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    puts: dict[str, bytes] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)


@contextmanager
def registry(login: Login, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """The host of a running registry."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.login = login
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    login.host = f"localhost:{server.server_address[1]}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield login.host
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    login: Login

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that refuse the certificate go away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        login = self.server.login
        address = urlparse(self.path)
        if address.path == "/token":
            login.scopes += parse_qs(address.query).get("scope", [])
            right = self.headers.get("Authorization") == BASIC
            return self._send(200 if right else 401, json.dumps({"token": TOKEN} if right else {}).encode())
        return self._registry(lambda: self._send(200, login.body, INDEX_TYPE))

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))

        def take() -> None:
            self.server.login.puts[self.path] = body
            self._send(201, b"")

        self._registry(take)

    def _registry(self, serve: "object") -> None:
        login = self.server.login
        given = self.headers.get("Authorization", "")
        if self.path != "/v2/":
            login.headers.append(given)
        if login.statuses and self.path != "/v2/":
            return self._send(login.statuses.pop(0), b"{}")
        wanted = {"basic": BASIC, "bearer": f"Bearer {TOKEN}"}.get(login.kind, given)
        if given != wanted:
            return self._send(401, b'{"errors":[{"code":"UNAUTHORIZED"}]}')
        assert callable(serve)
        serve()
        return None

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        login = self.server.login
        if status == 401 and login.kind == "basic":
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
        elif status == 401:
            realm = f'Bearer realm="http://{login.host}/token",service="test",scope="ignored"'
            self.send_header("WWW-Authenticate", realm)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
