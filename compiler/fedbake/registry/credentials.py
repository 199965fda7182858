"""Registry credentials, from where ``docker login`` keeps them. They are used, never shown, logged or written."""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fedbake.errors import UsageError
from fedbake.process import run
from fedbake.settings import Settings

_HELPER_SECONDS = 30
_TOKEN_USER = "<token>"  # noqa: S105  (the marker Docker's credential helpers answer with, not a password)
_HUB_KEY = "https://index.docker.io/v1/"
_HUB_HOSTS = {"docker.io", "index.docker.io", "registry-1.docker.io"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and password, or an identity token (an OAuth2 refresh token) in place of both."""

    username: str
    password: str = field(repr=False)
    identity_token: str = field(repr=False, default="")

    @property
    def basic(self) -> str:
        """The value of a Basic ``Authorization`` header (RFC 7617)."""
        pair = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")


def credentials_for(host: str, settings: Settings) -> Credentials | None:
    """The credentials of one registry host, when ``docker login`` left any.

    ``config.json`` lies in ``DOCKER_CONFIG``, else in ``~/.docker``. A credential helper named there is asked over its
    standard input, as Docker does (docker-credential-helpers protocol).

    Raises:
        UsageError: the file or the helper's answer cannot be read.
    """
    folder = settings.environment.get("DOCKER_CONFIG")
    home = settings.environment.get("HOME")
    if not folder and not home:
        return None
    path = Path(folder) if folder else Path(home or "") / ".docker"
    config = _read_config(path / "config.json")
    key = _HUB_KEY if host in _HUB_HOSTS else host
    helper = _section(config, "credHelpers").get(key) or config.get("credsStore")
    if isinstance(helper, str):
        return _ask_helper(helper, key, settings)
    auths = _section(config, "auths")
    entry = next((auths[name] for name in (key, f"https://{key}", f"http://{key}") if name in auths), None)
    return _read_entry(entry, path / "config.json") if isinstance(entry, dict) else None


def _section(config: dict[str, Any], name: str) -> dict[str, Any]:
    found = config.get(name)
    return found if isinstance(found, dict) else {}


def _read_config(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        hint = "correct it, or log in again with docker login"
        raise UsageError("Docker's configuration cannot be read", where=str(path), hint=hint) from error
    return found if isinstance(found, dict) else {}


def _read_entry(entry: dict[str, Any], path: Path) -> Credentials | None:
    token = str(entry.get("identitytoken") or "")
    if entry.get("username") and entry.get("password"):
        return Credentials(str(entry["username"]), str(entry["password"]), token)
    if not entry.get("auth"):
        return Credentials("", "", token) if token else None
    try:
        user, separator, password = base64.b64decode(str(entry["auth"]), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        separator = ""
    if not separator:
        hint = "log in again with docker login"
        raise UsageError("Docker's configuration holds credentials that cannot be read", where=str(path), hint=hint)
    return Credentials(user, password.rstrip("\0"), token)


def _ask_helper(helper: str, key: str, settings: Settings) -> Credentials | None:
    from fedbake.worker.environment import docker_environment

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", helper, re.ASCII):
        raise UsageError("Docker's configuration names a credential helper that is not a program name")
    asked = run(
        [f"docker-credential-{helper}", "get"],
        env=docker_environment(settings),
        timeout=_HELPER_SECONDS,
        stdin=key.encode(),
    )
    if asked.code != 0:
        # The protocol's only answer for "I have none" is a failure with this text on standard output.
        if "credentials not found" in asked.text:
            return None
        raise UsageError(f"the credential helper docker-credential-{helper} failed for {key}", hint="try docker login")
    try:
        answer = json.loads(asked.stdout)
        user, secret = str(answer["Username"]), str(answer["Secret"])
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"docker-credential-{helper} gave an answer that cannot be read") from None
    return Credentials("", "", secret) if user == _TOKEN_USER else Credentials(user, secret)
