"""What a bake left in the registry: ``result.json``."""

from fedbake.names import Platform, Role
from fedbake.rules.finding import Value


class PlatformResult(Value):
    """One platform of one image.

    Attributes:
        digest: of the platform's manifest.
        bytes: compressed size of its layers and configuration.
        seconds: time spent in its own build steps; 0.0 when all of them came from the cache.
        cached: steps answered by the cache, and ``steps`` how many there were.
        emulated: build steps that ran under QEMU, verification not counted.
    """

    platform: Platform
    digest: str
    bytes: int
    seconds: float
    cached: int
    steps: int
    emulated: int


class ImageResult(Value):
    """One image under its first requested reference; ``digest`` is that of the index over all platforms."""

    target: Role
    reference: str
    digest: str
    platforms: tuple[PlatformResult, ...]


class BakeResult(Value):
    """The whole outcome. ``built`` is false when the registry already held everything."""

    plan_id: str
    built: bool
    pushed: bool
    verified: bool
    seconds: float
    images: tuple[ImageResult, ...]
