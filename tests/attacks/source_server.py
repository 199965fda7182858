"""A git server over HTTPS on loopback: `git http-backend` behind Python's HTTP server, with a CA of its own."""

import base64
import gzip
import os
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from attacks.source_repositories import ENVIRONMENT

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Server:
    """What the server does, and what it saw.

    Attributes:
        login: ``user:password`` it asks for, if any.
        protocol: whether it understands git's newer protocol versions; without them it sends no commit by its id.
        reply: answers a request path itself; ``None`` leaves it to git.
        watched: a secret that must be in no process's argument list while a request is served.
    """

    root: Path
    port: int = 0
    login: str | None = None
    protocol: bool = True
    reply: Callable[[str], Reply | None] = lambda _path: None
    environment: dict[str, str] = field(default_factory=dict)
    watched: str | None = None
    requests: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    seen_in_arguments: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"


def make_authority(folder: Path, *addresses: str) -> tuple[Path, Path]:
    """A throw-away certificate authority and a certificate for localhost; gives (CA file, certificate with key).

    The certificate names further IP addresses too, when they are given.
    """
    folder.mkdir(parents=True)

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority")
    known = ",".join(["DNS:localhost", *(f"IP:{address}" for address in ("127.0.0.1", *addresses))])
    names = ["-addext", f"subjectAltName={known}", "-subj", "/CN=localhost"]
    openssl("req", "-x509", *key, "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "s.key", "-out", "s.pem", *names)
    (folder / "server.pem").write_bytes((folder / "s.pem").read_bytes() + (folder / "s.key").read_bytes())
    return folder / "ca.pem", folder / "server.pem"


@contextmanager
def serve(root: Path, certificate: Path) -> Iterator[Server]:
    """Serve every repository below a folder."""
    server = Server(root)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.socket = context.wrap_socket(http.socket, server_side=True, do_handshake_on_connect=False)
    server.port = http.server_port
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            server.requests.append(f"{self.command} {self.path}")
            if server.watched:
                server.seen_in_arguments.extend(arguments_with(server.watched))
            self._send(*self._answer())

        def _answer(self) -> Reply:
            reply = server.reply(self.path)
            if reply is not None:
                return reply
            given = self.headers.get("Authorization", "")
            if given.startswith("Basic "):
                server.logins.append(base64.b64decode(given.removeprefix("Basic ")).decode())
            if server.login is not None and server.login not in server.logins[-1:]:
                return 401, {"WWW-Authenticate": 'Basic realm="test"'}, b""
            return _run_backend(server, self)

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            self.close_connection = "Content-Length" in headers
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _run_backend(server: Server, request: BaseHTTPRequestHandler) -> Reply:
    path, _, query = request.path.partition("?")
    body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    environment = {
        **ENVIRONMENT,
        "GIT_PROJECT_ROOT": str(server.root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": request.command,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "REMOTE_ADDR": "127.0.0.1",
        **(
            {"GIT_PROTOCOL": request.headers["Git-Protocol"]}
            if server.protocol and "Git-Protocol" in request.headers
            else {}
        ),
        **server.environment,
    }
    output = subprocess.run(
        ["git", "http-backend"], env=environment, input=body, capture_output=True, check=False
    ).stdout
    head, _, content = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
    status = int(headers.pop("Status", "200 OK").split()[0])
    return status, headers, content


def arguments_with(secret: str) -> list[str]:
    """The argument lists of running processes that hold a text."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            arguments = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        if secret in arguments:
            found.append(arguments)
    return found
