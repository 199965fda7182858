"""Asking an MLflow tracking server over REST: bounds kept, passing failures tried again, no redirect followed."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from fedbake.errors import FedbakeError, SourceError, TransientError
from fedbake.registry.transport import distrust, http_client, reason_of
from fedbake.settings import Settings
from fedbake.source.text import printable
from fedbake.source.tracking_uri import TrackingServer
from fedbake.transient import REQUEST, Notice, passing_status, persistently

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

# A run may have thousands of parameters, metrics and tags.
_JSON_BYTES = 16 * 2**20
_READ_SECONDS = 30.0
_CONNECT_SECONDS = 10.0
_NOT_MLFLOW = "this is not an MLflow tracking server"
_ADDRESS = "give the address that mlflow.set_tracking_uri gets, without anything behind a # or ?"


class MlflowClient:
    """A connection to one tracking server for one fetch; several threads may use it. A context manager.

    The login is a header of this client, which follows no redirect: it reaches nobody but this server.

    Args:
        server: its address, and the login for it.
        settings: with ``model_limits``.
        notice: told when a request is tried again.
    """

    def __init__(self, server: TrackingServer, settings: Settings, notice: Notice) -> None:
        import httpx

        self.where = server.url
        self._patience = settings.patience
        self._notice = notice
        self._seconds = settings.model_limits.fetch_seconds
        self._deadline = time.monotonic() + self._seconds
        self._client = http_client(settings)
        # Nothing is inflated on the way, so that what is counted is what arrives.
        self._client.headers["Accept-Encoding"] = "identity"
        self._client.timeout = httpx.Timeout(
            min(_READ_SECONDS, self._seconds), connect=min(_CONNECT_SECONDS, self._seconds)
        )
        if server.login is not None:
            self._client.auth = httpx.BasicAuth(server.login.username, server.login.password)
        elif server.token is not None:
            self._client.headers["Authorization"] = f"Bearer {server.token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def ask(self, path: str, parameters: Mapping[str, str]) -> dict[str, Any] | None:
        """The JSON object a GET answers with; ``None`` when the server says that there is no such thing.

        Raises:
            SourceError: the server refuses the request, or is no MLflow server.
            TransientError: it cannot be reached, fails, breaks off or does not answer in time, and stays so.
        """
        return self._persistently(lambda: self._ask(path, parameters))

    def download(self, path: str, parameters: Mapping[str, str], receive: Callable[[Iterator[bytes]], T]) -> T:
        """Let ``receive`` take the bytes a GET answers with; it is called again when the connection broke.

        Raises:
            SourceError, TransientError: as in `ask`, and whatever ``receive`` raises.
        """
        return self._persistently(lambda: self._download(path, parameters, receive))

    def _persistently(self, attempt: Callable[[], T]) -> T:
        return persistently(attempt, REQUEST, self._patience, self._notice, until=self._deadline)

    def _ask(self, path: str, parameters: Mapping[str, str]) -> dict[str, Any] | None:
        with self._answer(path, parameters) as answer:
            body = b"".join(self._chunks(answer, _JSON_BYTES))
        found = _object(body)
        code = _error_code(found)
        if answer.status_code == 404 and code == "RESOURCE_DOES_NOT_EXIST":
            return None
        self._expect(answer.status_code, code)
        if found is None:
            raise SourceError(_NOT_MLFLOW, where=self.where, hint=_ADDRESS)
        return found

    def _download(self, path: str, parameters: Mapping[str, str], receive: Callable[[Iterator[bytes]], T]) -> T:
        with self._answer(path, parameters) as answer:
            if answer.status_code != 200:
                self._expect(answer.status_code, _error_code(_object(b"".join(self._chunks(answer, _JSON_BYTES)))))
            return receive(self._chunks(answer, None))

    @contextmanager
    def _answer(self, path: str, parameters: Mapping[str, str]) -> Iterator["httpx.Response"]:
        import httpx

        self._check_time()
        try:
            with self._client.stream("GET", self.where + path, params=dict(parameters)) as answer:
                yield answer
        except httpx.RequestError as error:
            raise self._unreachable(error) from error

    def _chunks(self, answer: "httpx.Response", limit: int | None) -> Iterator[bytes]:
        size = 0
        for chunk in answer.iter_bytes():
            self._check_time()
            size += len(chunk)
            if limit is not None and size > limit:
                raise SourceError(f"the tracking server answers with more than {limit} bytes", where=self.where)
            yield chunk

    def _check_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise SourceError(f"fetching did not finish within {self._seconds} seconds", where=self.where)

    def _expect(self, status: int, code: str) -> None:
        """Accept 200 only."""
        if status == 200:
            return
        said = f"{status}: {code}" if code else str(status)
        if status in (401, 403):
            hint = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
            raise SourceError(f"the tracking server refuses access ({said})", where=self.where, hint=hint)
        if passing_status(status):
            hint = "try again; the server's own log says what is the matter"
            raise TransientError(f"the tracking server failed ({said})", where=self.where, hint=hint)
        if 300 <= status < 400:
            hint = "give the address it redirects to; none is followed, as a login could leak"
            raise SourceError("the tracking server redirects to another address", where=self.where, hint=hint)
        if status == 404 and not code:
            raise SourceError(_NOT_MLFLOW, where=self.where, hint=_ADDRESS)
        raise SourceError(f"the tracking server refuses the request ({said})", where=self.where)

    def _unreachable(self, error: Exception) -> FedbakeError:
        import httpx

        if isinstance(error, httpx.TimeoutException):
            return TransientError("the tracking server does not answer in time", where=self.where, hint="try again")
        if distrust(error) is not None:
            hint = "give the certificate authority that signed it in FEDBAKE_CA_BUNDLE"
            return SourceError("the tracking server's certificate is not trusted", where=self.where, hint=hint)
        reason = printable(reason_of(error))
        if isinstance(error, httpx.ConnectError | httpx.ProxyError | httpx.UnsupportedProtocol):
            hint = "check the address and that the server is running"
            kind = TransientError if isinstance(error, httpx.ConnectError) else SourceError
            return kind(f"the tracking server cannot be reached: {reason}", where=self.where, hint=hint)
        return TransientError(
            f"the connection to the tracking server broke: {reason}", where=self.where, hint="try again"
        )


def _object(body: bytes) -> dict[str, Any] | None:
    """A JSON object, or ``None`` for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _error_code(found: dict[str, Any] | None) -> str:
    """MLflow's error code, or nothing when there is none that can be shown."""
    code = (found or {}).get("error_code")
    return code if isinstance(code, str) and re.fullmatch(r"[A-Z_]{1,40}", code, re.ASCII) else ""
