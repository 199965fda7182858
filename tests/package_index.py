"""A real package index of a few tiny wheels: one like PyPI's (PEP 691), and beside it one like PyTorch's (PEP 503)."""

import hashlib
import io
import json
import re
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote


def wheel_bytes(name: str, version: str, requires: tuple[str, ...] = (), padding: int = 0) -> bytes:
    """A wheel with one module; ``padding`` incompressible bytes in front make it as large as one likes."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    metadata = [
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        *(f"Requires-Dist: {r}\n" for r in requires),
    ]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(f"{name}/data.bin", hashlib.shake_128(name.encode()).digest(padding))
        file.writestr(f"{name}/__init__.py", f"__version__ = {version!r}\n")
        file.writestr(f"{info}/METADATA", "".join(metadata))
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", f"{name}/__init__.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return archive.getvalue()


def sdist_bytes(name: str, version: str, files: dict[str, str]) -> bytes:
    """A source distribution with these files below its folder."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as file:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(text.encode())
            file.addfile(member, io.BytesIO(text.encode()))
    return archive.getvalue()


@dataclass
class PackageIndex:
    """What the server offers; ``asked`` are the requests it got, as ``GET /path``.

    ``facts`` are further keys of a file's row in the JSON, by path; ``headers`` go with every answer.
    """

    url: str = ""
    ranges: bool = True
    most: int = 2**40
    files: dict[str, bytes] = field(default_factory=dict)
    projects: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    on_body: Callable[[int], object] = lambda size: None
    facts: dict[str, dict[str, object]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        name: str,
        version: str,
        *requires: str,
        tags: str = "py3-none-any",
        index: str = "simple",
        padding: int = 0,
    ) -> str:
        """Offer a wheel in the index ``simple`` or ``cpu``; gives its URL."""
        return self.add_file(
            name, f"{name.replace('-', '_')}-{version}-{tags}.whl", wheel_bytes(name, version, requires, padding), index
        )

    def add_sdist(self, name: str, version: str, files: dict[str, str]) -> str:
        """Offer a source distribution; gives its URL."""
        return self.add_file(name, f"{name}-{version}.tar.gz", sdist_bytes(name, version, files))

    def say(self, filename: str, **facts: object) -> None:
        """Add to what the JSON says about a file: ``yanked``, ``requires_python``, ``upload_time``."""
        self.facts[f"/files/simple/{filename}"] = {key.replace("_", "-"): value for key, value in facts.items()}

    def add_file(self, name: str, filename: str, content: bytes, index: str = "simple") -> str:
        """Offer any file of a project; gives its URL."""
        path = f"/files/{index}/{filename}"
        self.files[path] = content
        self.projects.setdefault((index, name), []).append(path)
        return f"{self.url}{quote(path)}"

    @property
    def simple(self) -> str:
        """The URL of the package index."""
        return f"{self.url}/simple"

    @property
    def cpu(self) -> str:
        """The URL of the index of CPU builds, which knows neither sizes nor dates."""
        return f"{self.url}/cpu"

    def sha256(self, path: str) -> str:
        return hashlib.sha256(self.files[path]).hexdigest()

    def page(self, index: str, name: str) -> tuple[str, bytes] | None:
        paths = self.projects.get((index, name))
        if paths is None:
            return None
        if index == "cpu":
            links = (f'<a href="{quote(path)}#sha256={self.sha256(path)}">{path}</a>' for path in paths)
            return "text/html", f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode()
        rows = [
            {
                "filename": path.rpartition("/")[2],
                "url": f"{self.url}{quote(path)}",
                "size": len(self.files[path]),
                "hashes": {"sha256": self.sha256(path)},
                "upload-time": "2024-01-01T00:00:00Z",
                **self.facts.get(path, {}),
            }
            for path in paths
        ]
        body = {"meta": {"api-version": "1.1"}, "name": name, "versions": [], "files": rows}
        return "application/vnd.pypi.simple.v1+json", json.dumps(body).encode()


@contextmanager
def package_index() -> Iterator[PackageIndex]:
    """An empty index that answers until the block ends."""
    index = PackageIndex()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            index.asked.append(f"{self.command} {self.path}")
            path = unquote(self.path)
            page = re.fullmatch(r"/(simple|cpu)/([^/]+)/", path)
            found = index.page(page[1], page[2]) if page else None
            if path in index.files:
                found = ("application/octet-stream", index.files[path])
            if found is None:
                self.respond(404, "text/plain", b"")
                return
            kind, body = found
            asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
            if asked is None or not index.ranges or page:
                self.respond(200, kind, body)
                return
            first = int(asked[1]) if asked[1] else max(0, len(body) - int(asked[2]))
            last = min(int(asked[2]), len(body) - 1) if asked[1] and asked[2] else len(body) - 1
            last = min(last, first + index.most - 1)
            if first > last:
                self.respond(416, kind, b"")
                return
            self.respond(206, kind, body[first : last + 1], f"bytes {first}-{last}/{len(body)}")

        do_HEAD = do_GET  # noqa: N815

        def respond(self, status: int, kind: str, body: bytes, content_range: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if content_range:
                self.send_header("Content-Range", content_range)
            for name, value in index.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                index.on_body(len(body))
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Requests are listed in ``asked``."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()
