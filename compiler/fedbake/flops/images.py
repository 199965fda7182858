"""The images of a job by the names FLOps' manager gives them: it derives the same ones, without asking."""

import re
from collections.abc import Mapping

from fedbake.errors import UsageError
from fedbake.names import ACTORS, ImageReference, Platform, Role, repository_name
from fedbake.source.location import Remote
from fedbake.source.text import printable

_SCHEME = re.compile(r"https?://", re.ASCII | re.IGNORECASE)


def registry_host(url: str) -> str:
    """The host and port of a registry's URL.

    Raises:
        UsageError: there is more in it than that, or less.
    """
    host = _SCHEME.sub("", url, count=1) if _SCHEME.match(url) else url
    try:
        return ImageReference(host.removesuffix("/"), "name").registry
    except UsageError:
        # The text may hold a password.
        message = "the registry's URL is not the address of one"
        raise UsageError(message, hint="write http://192.0.2.1:5073, with nothing behind") from None


def actor_repository(repository: Remote) -> str:
    """The image repository above ``learner`` and ``aggregator``: the path of the URL, made valid.

    The manager takes what follows ``https://github.com/`` as it is written, its owner in lower case. Where a registry
    refuses such a name (capital letters, most of all), there can be no image of it, and it is made valid.

    Raises:
        UsageError: nothing valid is left.
    """
    return repository_name(repository.path[1:])


def actor_images(repository: str, commit: str) -> dict[Role, str]:
    """``repository/learner:commit`` and ``repository/aggregator:commit``, below the registry."""
    return {role: f"{repository}/{role.value}:{commit}" for role in ACTORS}


def model_images(customer: str, run_id: str) -> dict[Role, str]:
    """``customer/trained_model:run_id``, the customer in lower case, below the registry."""
    return {Role.INFERENCE: f"{customer.lower()}/trained_model:{run_id}"}


def references(images: Mapping[Role, str], registry: str) -> dict[Role, ImageReference]:
    """The full reference of each image.

    Raises:
        UsageError: a name is too long for a registry.
    """
    named = ((role, image.rpartition(":")) for role, image in images.items())
    return {role: ImageReference(registry, name, tag) for role, (name, _, tag) in named}


def platforms_of(text: str) -> tuple[Platform, ...]:
    """The platforms of a comma-separated list.

    Raises:
        UsageError: one of them is not supported, or there is none.
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    try:
        return tuple(Platform(name) for name in names)
    except ValueError:
        message = f"{printable(text, 80)!a} has a platform that is not supported"
        raise UsageError(message, hint=f"supported are {', '.join(Platform)}") from None
