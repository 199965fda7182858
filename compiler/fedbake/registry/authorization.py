"""Answering a registry's challenge: Basic, or a Bearer token from its token service."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fedbake.errors import PushError, TransientError
from fedbake.registry.credentials import Credentials, credentials_for
from fedbake.registry.transport import is_loopback
from fedbake.settings import Settings
from fedbake.transient import passing_status

if TYPE_CHECKING:
    import httpx

_PARAMETER = re.compile(r'([a-zA-Z_]+)="([^"]*)"', re.ASCII)


class Authorizer:
    """The ``Authorization`` headers earned from one registry host so far, by scope."""

    def __init__(self, host: str, settings: Settings, client: "httpx.Client") -> None:
        self._host = host
        self._settings = settings
        self._client = client
        self._headers: dict[str, dict[str, str]] = {}

    def header(self, scope: str) -> dict[str, str]:
        """The header known to be right for a scope; empty when none has been asked for yet."""
        return self._headers.get(scope, {})

    def answer(self, challenges: Sequence[str], scope: str, url: str) -> dict[str, str]:
        """The header that answers a 401; empty when there is nothing to answer it with.

        Raises:
            PushError: the challenge is none this client knows, or would send credentials unprotected.
            TransientError: the token service failed.
        """
        kind, parameters = _challenge(challenges)
        secret = credentials_for(self._host, self._settings)
        if kind == "basic":
            if secret is None or not secret.password:
                return {}
            self._protect(url)
            self._headers[scope] = {"Authorization": secret.basic}
        elif kind == "bearer" and "realm" in parameters:
            self._headers[scope] = {"Authorization": f"Bearer {self._token(parameters, scope, secret)}"}
        else:
            raise PushError("the registry asks for a login of a kind fedbake does not know", where=self._host)
        return self._headers[scope]

    def _protect(self, url: str) -> None:
        import httpx

        address = httpx.URL(url)
        if address.scheme != "https" and not is_loopback(address.host):
            hint = "serve the registry, or its token service, over TLS"
            raise PushError("credentials are not sent over an unprotected connection", where=address.host, hint=hint)

    def _token(self, parameters: dict[str, str], scope: str, secret: Credentials | None) -> str:
        import httpx

        realm = parameters["realm"]
        question = {"scope": scope} | {name: parameters[name] for name in ("service",) if name in parameters}
        if secret is not None:
            self._protect(realm)
        try:
            answer = self._ask(realm, question, secret)
        except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise TransientError("the registry's token service cannot be reached", where=self._host) from None
        if passing_status(answer.status_code):
            raise TransientError(f"the registry's token service failed ({answer.status_code})", where=self._host)
        try:
            found = answer.json()
            token = found.get("token") or found.get("access_token")
        except (ValueError, AttributeError):
            token = None
        if answer.status_code != 200 or not isinstance(token, str) or not token.isprintable():
            hint = f"docker login {self._host}"
            raise PushError(f"the registry refuses the login ({answer.status_code})", where=self._host, hint=hint)
        return token

    def _ask(self, realm: str, question: dict[str, str], secret: Credentials | None) -> "httpx.Response":
        if secret is not None and secret.identity_token:
            form = {"grant_type": "refresh_token", "client_id": "fedbake", "refresh_token": secret.identity_token}
            return self._client.post(realm, data=question | form)
        headers = {"Authorization": secret.basic} if secret is not None else {}
        return self._client.get(realm, params=question, headers=headers)


def _challenge(challenges: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The first challenge of a kind that can be answered (RFC 9110, section 11.6.1), and its parameters."""
    for text in challenges:
        kind, _, rest = text.strip().partition(" ")
        if kind.lower() in ("basic", "bearer"):
            return kind.lower(), dict(_PARAMETER.findall(rest))
    return "", {}
