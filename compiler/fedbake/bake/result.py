"""What a bake left in the registry: ``result.json``."""

from fedbake.names import Platform, Role
from fedbake.rules.finding import Value


class PlatformResult(Value):
    """One platform of one image.

    Attributes:
        digest: of the platform's manifest; ``None`` when nothing was pushed.
        bytes: compressed size of its layers and configuration; ``None`` when nothing was pushed.
        seconds: time spent in its own build steps; 0.0 when all of them came from the cache.
        cached: steps answered by the cache, and ``steps`` how many there were.
        emulated: build steps that ran under QEMU, verification not counted.
    """

    platform: Platform
    digest: str | None
    bytes: int | None
    seconds: float
    cached: int
    steps: int
    emulated: int


class ImageResult(Value):
    """One image under its first requested reference; ``digest`` is that of the index over all platforms.

    An image that was neither pushed nor loaded has no digest.
    """

    target: Role
    reference: str
    references: tuple[str, ...]
    digest: str | None
    platforms: tuple[PlatformResult, ...]


class BakeResult(Value):
    """The whole outcome: ``result.json``.

    Attributes:
        built: false when the registry already held every image of this plan.
        pushed: whether the requested references stand for these images in the registry.
        loaded: whether the engine holds them under the requested references.
        verified: whether their checks were part of this run and passed; false when nothing had to be built. A check
            that passed before on the same content is answered from the cache.
        emulated: build steps that ran under QEMU in this run.
        emulated_checks: steps of the checks that did.
        plain_http: registries on other machines the images were pushed to without TLS.
        seconds: the whole run.
    """

    plan_id: str
    built: bool
    pushed: bool
    loaded: bool
    verified: bool
    emulated: int
    emulated_checks: int
    plain_http: tuple[str, ...] = ()
    seconds: float
    images: tuple[ImageResult, ...]
