"""Where an MLflow tracking server is, and the login it gets: from the URI, else from the variables MLflow reads."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from fedbake.errors import UsageError
from fedbake.registry.transport import is_loopback
from fedbake.settings import Settings
from fedbake.source.location import Login, masked
from fedbake.source.text import has_unsafe

_URI = re.compile(
    r"(?P<scheme>https?)://(?:(?P<userinfo>[^\s/?#@\\]*)@)?"
    r"(?P<authority>(?:[a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?)"
    r"(?P<path>(?:/[a-z0-9._~-]+)*)/?",
    re.ASCII | re.IGNORECASE,
)
_ALLOWED = "give the http:// or https:// address of the tracking server, or the folder of a model in place of a run"


@dataclass(frozen=True, slots=True)
class TrackingServer:
    """A tracking server.

    Attributes:
        url: its address without userinfo and without a slash at the end: for people, plans and labels.
        login: sent with every request, to this address alone.
        token: sent in place of a login (RFC 6750).
    """

    url: str
    login: Login | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


def parse_tracking_uri(uri: str, settings: Settings) -> TrackingServer:
    """Read a tracking URI, and find the credentials for it.

    Where the URI has none, ``MLFLOW_TRACKING_USERNAME`` with ``MLFLOW_TRACKING_PASSWORD``, else
    ``MLFLOW_TRACKING_TOKEN``, count, as for MLflow's own client.

    Raises:
        UsageError: it is no address of a server, or its credentials would travel unprotected.
    """
    match = _URI.fullmatch(uri)
    if match is None or has_unsafe(uri) or int(match["port"] or 1) not in range(1, 65536):
        raise UsageError(f"{masked(uri)!r} is not a tracking server's address", hint=_ALLOWED)
    if {".", ".."} & set(match["path"].split("/")):
        raise UsageError(f"{masked(uri)!r} is not a tracking server's address", hint=_ALLOWED)
    scheme, authority = match["scheme"].lower(), match["authority"].lower()
    url = f"{scheme}://{authority}{match['path']}"
    given = settings.pick("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
    login = _login(match["userinfo"], url) or _login_of(given)
    token = None if login else given.get("MLFLOW_TRACKING_TOKEN") or None
    if (login or token) and scheme == "http" and not is_loopback(authority):
        hint = "serve MLflow over TLS, or unset the MLFLOW_TRACKING_ variables if it asks for no login"
        raise UsageError("credentials are not sent over an unprotected connection", where=url, hint=hint)
    if token is not None and not (token.isascii() and token.isprintable()):
        raise UsageError("MLFLOW_TRACKING_TOKEN holds characters that no token has", where=url)
    return TrackingServer(url, login, token)


def _login(userinfo: str | None, url: str) -> Login | None:
    if not userinfo:
        return None
    user, colon, password = userinfo.partition(":")
    if not (user and colon and password):
        raise UsageError(
            "the tracking URI holds a part of a login only", where=url, hint="give user:password@, or none"
        )
    return Login(unquote(user), unquote(password))


def _login_of(variables: dict[str, str]) -> Login | None:
    user, password = variables.get("MLFLOW_TRACKING_USERNAME"), variables.get("MLFLOW_TRACKING_PASSWORD")
    return Login(user, password) if user and password else None
