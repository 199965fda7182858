"""What the package index offers: files by project (PEP 691 JSON) and the bytes of one file, always checked by hash."""

import hashlib
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from fedbake.errors import ResolutionError, TransientError
from fedbake.registry.transport import http_client
from fedbake.resolve.lock import LockedFile
from fedbake.resolve.memory import read_page, write_page
from fedbake.settings import Settings
from fedbake.transient import REQUEST, passing_status, persistently, quietly

_JSON = "application/vnd.pypi.simple.v1+json"
_FILE_LIMIT = 200 * 2**20
_PAGE_LIMIT = 64 * 2**20
_CONNECTIONS = 8
_PATIENT_SECONDS = 8.0
"""For all projects of one question together: nobody without a network waits longer to be told."""


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """One file of a project.

    Attributes:
        uploaded: when it appeared (RFC 3339, UTC); ``""`` where the index does not say.
        requires_python: the Python releases it is for, as its metadata says.
        yanked: whether it was withdrawn.
    """

    file: LockedFile
    uploaded: str
    requires_python: str | None
    yanked: bool

    def existed(self, as_of: str | None) -> bool:
        """Whether it had appeared at a moment. As for uv, a file without a time did not, where a moment is named."""
        return as_of is None or bool(self.uploaded and self.uploaded <= as_of)


def offered(names: Iterable[str], as_of: str | None, settings: Settings) -> dict[str, tuple[OfferedFile, ...] | None]:
    """The files of several projects that Linux could install or build; ``None`` for a project the index does not know.

    A page is remembered for ten minutes, and for good where it is asked for as of a moment before it was read.

    Args:
        names: normalised names.
        as_of: RFC 3339 time that is of interest; later files are in the answer too.

    Raises:
        TransientError: the index did not answer.
    """
    wanted = sorted(set(names))
    pages = {name: read_page(settings.cache_dir, _url(name, settings), as_of) for name in wanted}
    missing = [name for name, page in pages.items() if page is None]
    if missing:
        with http_client(settings) as client, ThreadPoolExecutor(_CONNECTIONS) as pool:
            until = time.monotonic() + _PATIENT_SECONDS
            answers = pool.map(lambda name: _project(client, name, settings, until), missing)
            pages.update(zip(missing, answers, strict=True))
    return {name: _files(page) for name, page in pages.items()}


def download(file: LockedFile, settings: Settings) -> bytes:
    """The bytes of one file, which are those its hash names.

    Raises:
        TransientError: the index did not answer.
        ResolutionError: the file is refused, larger than 200 MiB, or does not have the expected hash.
    """
    with http_client(settings) as client:
        content = _get(client, file.url, {}, _FILE_LIMIT, settings, time.monotonic() + _PATIENT_SECONDS)
    if content is None or hashlib.sha256(content).hexdigest() != file.sha256:
        raise ResolutionError(f"{file.name} does not have the hash the index gave for it", where=file.url)
    return content


def without_login(url: str) -> str:
    """The URL without a user name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _url(name: str, settings: Settings) -> str:
    return f"{without_login(settings.index_url)}/{name}/"


def _get(client: Any, url: str, headers: dict[str, str], limit: int, settings: Settings, until: float) -> bytes | None:
    """The bytes at a URL, ``None`` where there is nothing; asked again when the failure may pass, up to a moment."""
    return persistently(
        lambda: _got(client, url, headers, limit, settings), REQUEST, settings.patience, quietly, until=until
    )


def _got(client: Any, url: str, headers: dict[str, str], limit: int, settings: Settings) -> bytes | None:
    import httpx

    chunks, size = [], 0
    try:
        with client.stream("GET", url, headers=headers, follow_redirects=True, auth=login(url, settings)) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            answer.raise_for_status()
            for chunk in answer.iter_bytes():
                size += len(chunk)
                if size > limit:
                    raise ResolutionError(f"the index offers a file larger than {limit // 2**20} MiB", where=url)
                chunks.append(chunk)
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        if passing_status(status):
            raise _unreachable(url, error) from error
        hint = "FEDBAKE_INDEX_URL names the index, with a login where it wants one"
        raise ResolutionError(f"the package index refuses the request ({status})", where=url, hint=hint) from error
    except httpx.HTTPError as error:
        raise _unreachable(url, error) from error
    return b"".join(chunks)


def login(url: str, settings: Settings) -> tuple[str, str] | None:
    """The login of the index, for addresses on its own host only."""
    from urllib.parse import unquote

    index, asked = urlsplit(settings.index_url), urlsplit(url)
    same = (index.scheme, index.hostname, index.port) == (asked.scheme, asked.hostname, asked.port)
    if not same or index.username is None:
        return None
    return unquote(index.username), unquote(index.password or "")


def _project(client: Any, name: str, settings: Settings, until: float) -> dict[str, Any]:
    """A project's page as it is remembered: whether there is one, and a row for each file."""
    import json

    url = _url(name, settings)
    content = _get(client, url, {"Accept": _JSON}, _PAGE_LIMIT, settings, until)
    try:
        files = json.loads(content)["files"] if content is not None else []
        rows = [_row(each, url) for each in files if "sha256" in each["hashes"] and _on_linux(each["filename"])]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "a mirror must offer the JSON form of its pages (PEP 691)"
        raise ResolutionError("the package index answers with something else", where=url, hint=hint) from error
    page = {"known": content is not None, "rows": rows}
    write_page(settings.cache_dir, url, page)
    return page


def _on_linux(filename: str) -> bool:
    if filename.endswith(".whl"):
        return "linux" in filename or filename.endswith("-any.whl")
    return filename.endswith((".tar.gz", ".zip"))


def _row(each: dict[str, Any], page: str) -> list[Any]:
    return [
        str(each["filename"]),
        without_login(urljoin(page, each["url"])),
        int(each.get("size") or 0),
        str(each["hashes"]["sha256"]),
        str(each.get("upload-time") or ""),
        each.get("requires-python"),
        each.get("yanked", False) is not False,
    ]


def _files(page: dict[str, Any] | None) -> tuple[OfferedFile, ...] | None:
    if page is None or not page["known"]:
        return None
    return tuple(OfferedFile(LockedFile(*row[:4]), *row[4:]) for row in page["rows"])


def _unreachable(url: str, error: Exception) -> TransientError:
    return TransientError(
        f"the package index did not answer ({error.__class__.__name__})",
        where=url,
        hint="check the network, the proxy and the CA bundle (FEDBAKE_CA_BUNDLE), then run the same command again",
    )
