"""Who else a worker talks to: the package index, and where FLOps is, the MQTT broker and the project's observer."""

import socket

from fedbake.registry.transport import http_client, reason_of
from fedbake.resolve.index import without_login
from fedbake.settings import Settings
from fedbake.worker.check import Check, Status

_SECONDS = 5.0
_PACKAGE = "uv"


def check_index(settings: Settings) -> Check:
    """Whether the package index answers."""
    import httpx

    shown = without_login(settings.index_url)
    facts = {"index": shown}
    hint = "check the network, the proxy variables and the CA bundle, or name a mirror in FEDBAKE_INDEX_URL"
    try:
        with http_client(settings) as client:
            answer = client.head(f"{settings.index_url}/{_PACKAGE}/", timeout=_SECONDS, follow_redirects=True)
    except httpx.HTTPError as error:
        message = f"the package index {shown} cannot be reached: {reason_of(error)}"
        return Check("index", Status.MISSING, message, hint, facts)
    if answer.status_code in {401, 403}:
        message = f"the package index {shown} refuses access ({answer.status_code})"
        return Check("index", Status.MISSING, message, "put its login into FEDBAKE_INDEX_URL", facts)
    if answer.status_code >= 400:
        return Check("index", Status.MISSING, f"the package index {shown} answers {answer.status_code}", hint, facts)
    return Check("index", Status.OK, f"the package index {shown} answers", facts=facts)


def check_listener(name: str, what: str, host: str, port: int) -> Check:
    """Whether somebody takes connections at a host and port; a builder works without, and keeps what it has to say."""
    facts: dict[str, str | int] = {"host": host, "port": port}
    try:
        socket.create_connection((host, port), _SECONDS).close()
    except (OSError, UnicodeError) as error:
        message = f"{what} at {host}:{port} cannot be reached: {getattr(error, 'strerror', None) or error}"
        hint = "builds go on without; what is to be told waits in the outbox (fedbake outbox)"
        return Check(name, Status.WARNING, message, hint, facts)
    return Check(name, Status.OK, f"{what} takes connections at {host}:{port}", facts=facts)


def check_notices(settings: Settings) -> Check:
    """Whether an earlier builder left something it could not deliver."""
    from fedbake.publish.outbox import Outbox

    path = settings.state_dir / "outbox.sqlite"
    waiting = 0
    if path.exists():
        outbox = Outbox.at(path)
        try:
            waiting = len(outbox.waiting())
        finally:
            outbox.close()
    facts = {"undelivered": waiting}
    if waiting:
        message = f"{waiting} notifications of earlier builds wait to be delivered"
        return Check("notices", Status.WARNING, message, "fedbake outbox --deliver tries now", facts)
    return Check("notices", Status.OK, "no notification of an earlier build waits", facts=facts)
