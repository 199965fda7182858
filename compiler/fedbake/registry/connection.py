"""HTTP to one registry host: its protocol found out, challenges answered, passing failures tried again, bounds kept."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from fedbake.errors import FedbakeError, PushError, TransientError
from fedbake.registry.authorization import Authorizer
from fedbake.registry.transport import distrust, http_client, is_loopback, reason_of
from fedbake.settings import Settings
from fedbake.transient import REQUEST, Notice, passing_status, persistently

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

_LIMIT_BYTES = 4 * 2**20
"""The size of manifest every registry must take (distribution specification, "Pushing Manifests")."""
_REDIRECTS = 5
_USELESS = ("expired", "not yet valid", "mismatch")
"""Of OpenSSL's reasons not to trust a certificate, those that do not depend on who signed it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A registry's whole answer, bounded in size."""

    status: int
    content_type: str
    challenges: tuple[str, ...]
    body: bytes


class Connection:
    """A connection to one registry host.

    TLS is the rule. Plain HTTP is used for loopback, and for a host that answers a TLS greeting in plain HTTP; to such
    a host no credentials are ever sent. Several threads may use it.

    Args:
        host: of the registry, with its port.
        settings: how this machine reaches the outside.
        notice: told when a request is tried again.
    """

    def __init__(self, host: str, settings: Settings, notice: Notice) -> None:
        self._host = host
        self._patience = settings.patience
        self._notice = notice
        self._lock = Lock()
        self._client = http_client(settings)
        self._base: str | None = None
        self._authorizer = Authorizer(host, settings, self._client)

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    @property
    def is_plain(self) -> bool:
        """Whether it is plain HTTP.

        Raises:
            PushError: its certificate is not trusted.
            TransientError: it cannot be reached.
        """
        return self._persistently(self._found_base).startswith("http://")

    def _persistently(self, attempt: Callable[[], T]) -> T:
        return persistently(attempt, REQUEST, self._patience, self._notice)

    def ask(self, method: str, path: str, scope: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """One request, with authorization when it is asked for, and tried again when the failure may pass.

        Args:
            method: the HTTP method.
            path: below the registry's address, from ``/v2/`` on.
            scope: what a token is asked for, as in ``repository:name:pull``.
            headers: beyond the authorization.
            body: sent with the request.

        Raises:
            PushError: the registry asks for a login that cannot be given, or its certificate is not trusted.
            TransientError: it cannot be reached, does not answer in time, or is out of order, and stays so.
        """

        def once() -> Answer:
            answer = self._authorized(method, path, scope, headers, body)
            if passing_status(answer.status):
                message = f"the registry failed ({answer.status}{_error_code(answer)})"
                raise TransientError(message, where=f"{self._host}{path}", hint="try again")
            return answer

        return self._persistently(once)

    def expect(self, answer: Answer, what: str, status: int) -> None:
        """Accept one status only.

        Raises:
            PushError: the registry refuses.
        """
        if answer.status == status:
            return
        said = _error_code(answer)
        if answer.status in (401, 403):
            hint = f"docker login {self._host}, with an account that may push"
            raise PushError(f"the registry refuses access ({answer.status}{said})", where=what, hint=hint)
        raise PushError(f"the registry refuses the request ({answer.status}{said})", where=what)

    def _authorized(self, method: str, path: str, scope: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        url = self._found_base() + path
        known = self._authorizer.header(scope)
        answer = self._send(method, url, {**headers, **known}, body)
        if answer.status != 401:
            return answer
        earned = self._authorizer.answer(answer.challenges, scope, url)
        return answer if earned in ({}, known) else self._send(method, url, {**headers, **earned}, body)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        import httpx

        request = self._client.build_request(method, url, headers=dict(headers), content=body)
        for _ in range(_REDIRECTS):
            try:
                answer, follow = self._receive(request)
            except httpx.TransportError as error:
                # What it speaks is found out anew: a registry that was starting may have looked like another kind.
                self._base = None
                raise self._unreachable(error) from error
            if follow is None or method != "GET":
                return answer
            if request.url.scheme == "https" and follow.url.scheme != "https":
                raise PushError("the registry redirects to an unprotected address", where=self._host)
            request = follow
        raise PushError("the registry redirects without end", where=self._host)

    def _receive(self, request: "httpx.Request") -> "tuple[Answer, httpx.Request | None]":
        """The answer and where it redirects to, unless it is larger than any manifest or configuration may be."""
        answer = self._client.send(request, stream=True)
        body = bytearray()
        try:
            for part in answer.iter_bytes():
                body += part
                if len(body) > _LIMIT_BYTES:
                    raise PushError(
                        "the registry answers with more data than an image description has", where=self._host
                    )
        finally:
            answer.close()
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        challenges = tuple(answer.headers.get_list("WWW-Authenticate"))
        return Answer(answer.status_code, media_type, challenges, bytes(body)), answer.next_request

    def _found_base(self) -> str:
        with self._lock:
            if self._base is None:
                self._base = self._find_base()
            return self._base

    def _find_base(self) -> str:
        """``https://host`` or ``http://host``: what the registry speaks."""
        host = "registry-1.docker.io" if self._host == "docker.io" else self._host
        plain = self._speaks_http(host) if is_loopback(host) else not self._speaks_tls(host)
        return f"{'http' if plain else 'https'}://{host}"

    def _speaks_http(self, host: str) -> bool:
        """Whether a host answers HTTP as a registry would; one that expects TLS resets, or answers 400 as Go's does."""
        import httpx

        try:
            return self._client.get(f"http://{host}/v2/").status_code != 400
        except (httpx.RemoteProtocolError, httpx.ReadError):
            return False
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def _speaks_tls(self, host: str) -> bool:
        import httpx

        try:
            self._client.get(f"https://{host}/v2/")
        except httpx.TransportError as error:
            if isinstance(error, httpx.ConnectError) and _speaks_plain_http(error):
                return False
            raise self._unreachable(error) from error
        return True

    def _unreachable(self, error: Exception) -> FedbakeError:
        import httpx

        if isinstance(error, httpx.TimeoutException):
            return TransientError("the registry does not answer in time", where=self._host, hint="try again")
        untrusted = distrust(error)
        if untrusted is not None:
            hint = "add the certificate of the authority that signed it to the bundle FEDBAKE_CA_BUNDLE names"
            if any(word in untrusted for word in _USELESS):
                hint = f"the registry needs a certificate that is in force and names {self._host}"
            message = f"the registry's certificate is not trusted: {untrusted}"
            return PushError(message, where=self._host, hint=hint)
        message = f"the registry cannot be reached: {reason_of(error)}"
        hint = "check the registry's name and that it is running; fedbake doctor looks at it"
        if isinstance(error, httpx.ProxyError | httpx.UnsupportedProtocol):
            return PushError(message, where=self._host, hint=hint)
        return TransientError(message, where=self._host, hint=hint)


def _error_code(answer: Answer) -> str:
    """``: `` and the first error code of a registry's answer, or nothing when there is none that can be shown."""
    try:
        code = json.loads(answer.body)["errors"][0]["code"]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    return f": {code}" if isinstance(code, str) and re.fullmatch(r"[A-Z_]{1,40}", code, re.ASCII) else ""


def _speaks_plain_http(error: BaseException) -> bool:
    """Whether a TLS greeting was answered with something that is not TLS at all (OpenSSL's names of that failure)."""
    text = f"{error} {reason_of(error)}".upper().replace(" ", "_")
    return "WRONG_VERSION_NUMBER" in text or "HTTP_REQUEST" in text or "RECORD_LAYER_FAILURE" in text
