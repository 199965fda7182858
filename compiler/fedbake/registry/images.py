"""What a multi-platform image in a registry is made of: one manifest per platform, its size, its labels."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from fedbake.errors import PushError, UsageError
from fedbake.names import ImageReference, Platform
from fedbake.registry.client import Manifest, Registry


@dataclass(frozen=True, slots=True)
class PlatformImage:
    """One platform of an image.

    Attributes:
        digest: of the platform's manifest.
        bytes: compressed size of its layers and its configuration.
        labels: of its configuration.
        environment: variables of its configuration.
    """

    platform: Platform
    digest: str
    bytes: int
    labels: Mapping[str, str]
    environment: Mapping[str, str]


def platform_images(registry: Registry, image: ImageReference, index: Manifest) -> tuple[PlatformImage, ...]:
    """The images an index lists for platforms fedbake knows, in the index's order; attestations are not images.

    Raises:
        PushError: something the index lists is missing or malformed.
        TransientError: the registry failed.
    """
    if not index.is_index:
        return ()
    try:
        listed = [(_platform(entry), entry["digest"]) for entry in json.loads(index.body)["manifests"]]
        wanted = [(platform, digest) for platform, digest in listed if platform]
        with ThreadPoolExecutor(max(len(wanted), 1)) as pool:
            return tuple(pool.map(lambda one: _image(registry, image, *one), wanted))
    except (ValueError, KeyError, TypeError, AttributeError, UsageError) as error:
        raise PushError("the registry holds an image description that cannot be read", where=str(image)) from error


def _platform(entry: dict[str, Any]) -> Platform | None:
    found = entry.get("platform") or {}
    name = f"{found.get('os')}/{found.get('architecture')}"
    return next((platform for platform in Platform if platform.value == name), None)


def _image(registry: Registry, image: ImageReference, platform: Platform, digest: str) -> PlatformImage:
    manifest = registry.manifest(image.with_digest(digest))
    if manifest is None:
        raise PushError(f"the registry lists {platform} but does not hold it", where=f"{image}, {digest}")
    content = json.loads(manifest.body)
    config = json.loads(registry.blob(image.with_digest(content["config"]["digest"])))
    size = int(content["config"]["size"]) + sum(int(layer["size"]) for layer in content["layers"])
    configured = config.get("config", {})
    labels = {str(key): str(value) for key, value in (configured.get("Labels") or {}).items()}
    variables = dict(str(one).partition("=")[::2] for one in configured.get("Env") or ())
    return PlatformImage(platform, digest, size, labels, variables)
