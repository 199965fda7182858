"""What was pushed, as commands that make images for workers tell it."""

from fedbake.names import ImageReference, Platform
from fedbake.registry.client import Manifest, Registry
from fedbake.registry.images import platform_images
from fedbake.rules.finding import Value


class PushedPlatform(Value):
    """One platform of an image: its manifest's digest and the compressed size of its layers and configuration."""

    platform: Platform
    digest: str
    bytes: int


class PushedImage(Value):
    """An image in a registry. ``reference`` has the tag; ``digest`` is that of the index over all platforms."""

    reference: str
    digest: str
    platforms: tuple[PushedPlatform, ...]


def pushed_image(registry: Registry, image: ImageReference, index: Manifest) -> PushedImage:
    """An image as the registry holds it.

    Raises:
        PushError: something the index lists is missing or malformed.
        TransientError: the registry failed.
    """
    platforms = tuple(
        PushedPlatform(platform=each.platform, digest=each.digest, bytes=each.bytes)
        for each in platform_images(registry, image, index)
    )
    return PushedImage(reference=str(image), digest=index.digest, platforms=platforms)
