"""Whether a job's images stand in the registry already: their tags name one content, and are never moved."""

from collections.abc import Callable

from fedbake.bake.existing import StandingImage, standing_images
from fedbake.errors import PushError
from fedbake.flops.images import references
from fedbake.plan.request import Asked
from fedbake.registry.client import Registries
from fedbake.registry.images import PlatformImage
from fedbake.settings import Settings

IsOurs = Callable[[PlatformImage], bool]


def stand_already(asked: Asked, is_ours: IsOurs, settings: Settings, say: Callable[[str], None]) -> bool:
    """Whether each image is there for all the platforms.

    Args:
        asked: with the image of each target.
        is_ours: whether an image is what this job would make.
        settings: how this machine reaches the registry.
        say: takes the message that says so.

    Raises:
        PushError: one of them was made of something else, or the registry refuses access.
        TransientError: the registry fails.
    """
    with Registries(settings, say) as registries:
        there = standing_images(references(asked.images, asked.registry), asked.platforms, registries)
    if there is None:
        return False
    for image in there:
        _require(image, is_ours)
        say(f"{image.reference} stands already: {image.digest}")
    return True


def _require(image: StandingImage, is_ours: IsOurs) -> None:
    if not all(map(is_ours, image.platforms)):
        raise PushError(
            "this image was made of something else, and its tag is never moved: nodes would not pull it again",
            where=str(image.reference),
            hint="commit a change, so that there is a new tag; or delete the tag, if nothing uses it",
        )
