"""Registries that speak plain HTTP on another machine, as those of FLOps do: found out, said, and kept from logins."""

from collections.abc import Iterable

from fedbake.errors import PushError
from fedbake.names import ImageReference
from fedbake.registry.client import Registries
from fedbake.registry.credentials import credentials_for
from fedbake.registry.transport import is_loopback
from fedbake.settings import Settings


def plain_among(references: Iterable[ImageReference], registries: Registries, settings: Settings) -> tuple[str, ...]:
    """The registries of images that speak plain HTTP. Those of loopback are not named: every builder knows them so.

    Raises:
        PushError: a registry cannot be reached, or a login is kept for it, which the builder would send unprotected.
        TransientError: one does not answer in time.
    """
    plain = {one.registry for one in references if not is_loopback(one.registry) and registries.of(one).is_plain}
    for host in plain:
        if credentials_for(host, settings) is not None:
            hint = f"let it serve TLS, or give up its protection with docker logout {host}"
            message = "the registry speaks plain HTTP, and its login must not be sent unprotected"
            raise PushError(message, where=host, hint=hint)
    return tuple(sorted(plain))
