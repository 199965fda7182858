"""What a wheel on an index says about itself: its METADATA, without downloading the rest of it."""

import hashlib
import io
import os
import zipfile
from typing import TYPE_CHECKING

from fedbake.errors import ResolutionError
from fedbake.registry.transport import http_client
from fedbake.resolve.index import download, login
from fedbake.resolve.lock import LockedFile
from fedbake.resolve.memory import recall_reading, remember_reading
from fedbake.settings import Settings

if TYPE_CHECKING:
    import httpx

METADATA_LIMIT = 2**20
_TAIL = 2**16
_FETCH_LIMIT = 32 * 2**20
_MOST_REQUESTS = 64
_PARTIAL_CONTENT = 206


def wheel_metadata(wheel: LockedFile, settings: Settings) -> bytes:
    """The METADATA of a wheel, remembered for good by the wheel's hash.

    It is read out of the archive with range requests; where the server answers none, the whole wheel is downloaded and
    compared with its hash. What ranges give is **not** compared with anything: it is for showing, never for deciding
    what is installed (the build compares the whole wheel with its hash).

    Raises:
        TransientError: the index did not answer.
        ResolutionError: the wheel has no METADATA of at most 1 MiB, or has to be downloaded and is too large.
    """
    # The hash is hashed once more: as it stands in a plan it need not be a file name.
    key = hashlib.sha256(wheel.sha256.encode()).hexdigest()
    known = recall_reading(settings.cache_dir, "wheel-metadata", key)
    if isinstance(known, str):
        return known.encode("utf-8", "surrogateescape")
    content = _read(wheel, settings)
    remember_reading(settings.cache_dir, "wheel-metadata", key, content.decode("utf-8", "surrogateescape"))
    return content


def _read(wheel: LockedFile, settings: Settings) -> bytes:
    import httpx

    with http_client(settings) as client:
        try:
            remote = _Remote(client, wheel.url, login(wheel.url, settings))
            return _member(wheel, io.BufferedReader(remote, _TAIL))
        except (httpx.HTTPError, httpx.InvalidURL, io.UnsupportedOperation):
            return _member(wheel, io.BytesIO(download(wheel, settings)))


def _member(wheel: LockedFile, file: io.BytesIO | io.BufferedReader) -> bytes:
    try:
        with zipfile.ZipFile(file) as archive:
            names = (info for info in archive.infolist() if info.filename.endswith(".dist-info/METADATA"))
            info = next((info for info in names if info.filename.count("/") == 1), None)
            if info is None or info.file_size > METADATA_LIMIT:
                raise ResolutionError(f"{wheel.name} has no METADATA that can be read", where=wheel.url)
            with archive.open(info) as stream:
                return stream.read(METADATA_LIMIT)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise ResolutionError(f"{wheel.name} is not a wheel that can be read", where=wheel.url) from error


class _Remote(io.RawIOBase):
    """A file on an HTTP server that can be read from any place; the end of it is fetched at once.

    Raises:
        UnsupportedOperation: the server does not answer requests for a part of a file.
    """

    def __init__(self, client: "httpx.Client", url: str, login: tuple[str, str] | None) -> None:
        self._client = client
        self._url = url
        self._login = login
        self._position = 0
        self._requests = 0
        self._fetched = 0
        self._tail, self._size = self._range(f"-{_TAIL}")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        wanted = min(len(buffer), max(0, self._size - self._position))
        in_tail = self._position - (self._size - len(self._tail))
        if wanted == 0:
            return 0
        if in_tail >= 0:
            data = self._tail[in_tail : in_tail + wanted]
        else:
            data = self._range(f"{self._position}-{self._position + wanted - 1}")[0][:wanted]
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _range(self, wanted: str) -> tuple[bytes, int]:
        """Some bytes, and the size of the whole file."""
        self._requests += 1
        if self._requests > _MOST_REQUESTS:
            raise io.UnsupportedOperation("the server answers with too little")
        headers = {"Range": f"bytes={wanted}", "Accept-Encoding": "identity"}
        request = self._client.stream("GET", self._url, headers=headers, auth=self._login, follow_redirects=True)
        with request as answer:
            _, _, size = answer.headers.get("Content-Range", "").rpartition("/")
            if answer.status_code != _PARTIAL_CONTENT or not (size.isascii() and size.isdigit()):
                raise io.UnsupportedOperation(f"the server answers {answer.status_code}")
            data = b""
            for chunk in answer.iter_bytes():
                data += chunk
                if self._fetched + len(data) > _FETCH_LIMIT:
                    raise io.UnsupportedOperation("more than is read of any wheel")
        self._fetched += len(data)
        return data, int(size)
