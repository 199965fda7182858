"""How HTTP leaves this machine: TLS with the site's CA bundle, and the proxies the user has set."""

import ipaddress
import re
import sys
from typing import TYPE_CHECKING

from fedbake.errors import UsageError
from fedbake.settings import Settings

if TYPE_CHECKING:
    import ssl

    import httpx

# httpx imports its own command line with the package, which takes as long as all the rest of it; it does without.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

_CONNECT_SECONDS = 10.0
_READ_SECONDS = 30.0
_UNTRUSTED = re.compile(r"certificate verify failed: (.+?)(?: \(_ssl\.c:[0-9]+\))?$", re.IGNORECASE)


def is_loopback(host: str) -> bool:
    """Whether a host, with or without a port, is this machine itself."""
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def http_client(settings: Settings) -> "httpx.Client":
    """An HTTP client that reads nothing from the environment on its own.

    Its requests raise a UsageError when the CA bundle is needed and cannot be read.
    """
    import httpx

    from fedbake.registry.direct import DirectTransport

    return httpx.Client(
        transport=DirectTransport(lambda: _tls(settings)),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
        mounts=_routes(settings),
        headers={"User-Agent": "fedbake"},
    )


def reason_of(error: BaseException) -> str:
    """The innermost cause's text, one printable line of it."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    text = str(error) or type(error).__name__
    return "".join(character for character in text if character.isprintable())[:200]


def distrust(error: BaseException) -> str | None:
    """Why the other side's certificate is not trusted, in OpenSSL's words; ``None`` when something else failed."""
    match = _UNTRUSTED.search(reason_of(error))
    return match[1] if match else None


def _tls(settings: Settings) -> "ssl.SSLContext":
    import ssl

    try:
        return ssl.create_default_context(cafile=str(settings.ca_bundle) if settings.ca_bundle else None)
    except OSError as error:
        hint = "FEDBAKE_CA_BUNDLE or SSL_CERT_FILE must name a PEM file"
        raise UsageError("the CA bundle cannot be read", where=str(settings.ca_bundle), hint=hint) from error


def _routes(settings: Settings) -> dict[str, "httpx.BaseTransport | None"]:
    """Which hosts go through which proxy; ``None`` is a direct connection. Loopback never uses a proxy."""
    import httpx

    routes: dict[str, httpx.BaseTransport | None] = {}
    for scheme in ("http", "https"):
        names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
        proxy = next((settings.environment[name] for name in names if settings.environment.get(name)), None)
        if proxy:
            routes[f"{scheme}://"] = httpx.HTTPTransport(proxy=proxy, verify=_tls(settings))
    if not routes:
        return {}
    listed = settings.environment.get("no_proxy") or settings.environment.get("NO_PROXY") or ""
    direct = [name for name in (part.strip() for part in listed.split(",")) if name]
    if "*" in direct:
        return {}
    return routes | {f"all://{_pattern(name)}": None for name in ("localhost", "127.0.0.1", "[::1]", *direct)}


def _pattern(name: str) -> str:
    """A ``NO_PROXY`` entry as httpx writes it: a name stands for itself and for everything below it."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return name if name == "localhost" else f"*{name.removeprefix('*')}"
    return name
