"""What the package index offers: files by project (PEP 691 JSON) and the bytes of one file, always checked by hash."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from fedbake.errors import ResolutionError, TransientError
from fedbake.registry.transport import http_client
from fedbake.resolve.lock import LockedFile
from fedbake.settings import Settings

_INDEX = "https://pypi.org/simple"
_JSON = "application/vnd.pypi.simple.v1+json"
_FILE_LIMIT = 200 * 2**20
_CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """One file of a project, and when it appeared (RFC 3339, UTC)."""

    file: LockedFile
    uploaded: str
    requires_python: str | None
    yanked: bool


def offered(names: Iterable[str], settings: Settings) -> dict[str, tuple[OfferedFile, ...]]:
    """The files of several projects, asked for at the same time. A project the index does not know has none.

    Raises:
        TransientError: the index did not answer.
    """
    wanted = sorted(set(names))
    with http_client(settings) as client, ThreadPoolExecutor(_CONNECTIONS) as pool:
        answers = pool.map(lambda name: _project(client, name), wanted)
        return dict(zip(wanted, answers, strict=True))


def download(file: LockedFile, settings: Settings) -> bytes:
    """The bytes of one file, which are those its hash names.

    Raises:
        TransientError: the index did not answer.
        ResolutionError: the file is larger than 200 MiB or does not have the expected hash.
    """
    import httpx

    digest, chunks, size = hashlib.sha256(), [], 0
    try:
        with http_client(settings) as client, client.stream("GET", file.url, follow_redirects=True) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_bytes():
                size += len(chunk)
                if size > _FILE_LIMIT:
                    raise ResolutionError(f"{file.name} is larger than {_FILE_LIMIT // 2**20} MiB", where=file.url)
                digest.update(chunk)
                chunks.append(chunk)
    except httpx.HTTPError as error:
        raise _unreachable(file.url, error) from error
    if digest.hexdigest() != file.sha256:
        raise ResolutionError(f"{file.name} does not have the hash the index gave for it", where=file.url)
    return b"".join(chunks)


def _project(client: Any, name: str) -> tuple[OfferedFile, ...]:
    import httpx

    url = f"{_INDEX}/{name}/"
    try:
        answer = client.get(url, headers={"Accept": _JSON}, follow_redirects=True)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return ()
        answer.raise_for_status()
        return tuple(_file(row) for row in answer.json()["files"] if "sha256" in row["hashes"])
    except httpx.HTTPError as error:
        raise _unreachable(url, error) from error


def _file(row: dict[str, Any]) -> OfferedFile:
    return OfferedFile(
        file=LockedFile(row["filename"], row["url"], row.get("size") or 0, row["hashes"]["sha256"]),
        uploaded=row.get("upload-time") or "",
        requires_python=row.get("requires-python"),
        yanked=bool(row.get("yanked")),
    )


def _unreachable(url: str, error: Exception) -> TransientError:
    return TransientError(
        f"the package index did not answer ({error.__class__.__name__})",
        where=url,
        hint="check the network, the proxy and the CA bundle (FEDBAKE_CA_BUNDLE), then run the same command again",
    )
