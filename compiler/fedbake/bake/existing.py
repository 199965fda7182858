"""What already stands in the registry: whether a plan's images are there, or any images under given references."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from fedbake.bake.outcome import image_result
from fedbake.bake.progress import BuildProgress
from fedbake.bake.result import ImageResult
from fedbake.names import ImageReference, Platform, Role
from fedbake.plan.model import BuildPlan, Image
from fedbake.registry.client import Registries
from fedbake.registry.images import PlatformImage, platform_images
from fedbake.render.bakefile import PLAN_ID_LABEL


class TakenTags(StrEnum):
    """What becomes of a requested tag that already stands for an image of all requested platforms."""

    MOVE = "move"
    """It moves to the new image, unless it already is an image of this very plan."""
    KEEP = "keep"
    """It is immutable: its image is the answer, whatever plan made it."""


@dataclass(frozen=True, slots=True)
class StandingImage:
    """An image as it stands in a registry.

    Attributes:
        digest: of the index over all platforms.
        platforms: each with its digest, labels and environment.
    """

    role: Role
    reference: ImageReference
    digest: str
    platforms: tuple[PlatformImage, ...]

    @property
    def plan_ids(self) -> frozenset[str]:
        """The identities of the plans its platforms say they were made from; ``""`` for one that says nothing."""
        return frozenset(one.labels.get(PLAN_ID_LABEL, "") for one in self.platforms)


def standing_images(
    references: Mapping[Role, ImageReference], platforms: Collection[Platform], registries: Registries
) -> tuple[StandingImage, ...] | None:
    """The images under these references; ``None`` unless each one is there for all the platforms.

    They are asked for at the same time: the answer takes four requests in a row, however many images there are.

    Raises:
        PushError: the registry refuses access.
        TransientError: it cannot be reached, or fails.
    """
    with ThreadPoolExecutor(max(len(references), 1)) as pool:
        found = list(pool.map(lambda role: standing_image(role, references[role], platforms, registries), references))
    there = tuple(one for one in found if one is not None)
    return there if len(there) == len(found) else None


def existing_images(plan: BuildPlan, taken: TakenTags, registries: Registries) -> tuple[ImageResult, ...] | None:
    """The images of a plan as the registry holds them; ``None`` when anything is missing.

    With `TakenTags.MOVE`, an image is there when every requested reference stands for one index with all platforms,
    each of which carries this plan's identity as a label; with `TakenTags.KEEP`, when every requested reference stands
    for any image of all platforms.

    Raises:
        PushError: the registry refuses access.
        TransientError: it cannot be reached, or fails.
    """
    with ThreadPoolExecutor(max(len(plan.images), 1)) as pool:
        found = list(pool.map(lambda image: _existing(plan, image, taken, registries), plan.images))
    there = tuple(one for one in found if one is not None)
    return there if len(there) == len(found) else None


def standing_result(plan: BuildPlan, image: Image, standing: StandingImage) -> ImageResult:
    """The result of an image that was there already."""
    return image_result(plan, image, standing.digest, standing.platforms, BuildProgress(frozenset()))


def _existing(plan: BuildPlan, image: Image, taken: TakenTags, registries: Registries) -> ImageResult | None:
    platforms = plan.request.platforms
    first, *others = (ImageReference.parse(reference) for reference in image.references)
    standing = standing_image(image.role, first, platforms, registries)
    if standing is None or (taken is TakenTags.MOVE and standing.plan_ids != {plan.plan_id}):
        return None
    for reference in others:
        index = registries.of(reference).manifest(reference)
        if index is None or index.digest != standing.digest:
            is_taken = taken is TakenTags.KEEP and standing_image(image.role, reference, platforms, registries)
            if not is_taken:
                return None
    return standing_result(plan, image, standing)


def standing_image(
    role: Role, reference: ImageReference, platforms: Collection[Platform], registries: Registries
) -> StandingImage | None:
    """The image under one reference; ``None`` unless it is there for all the platforms.

    Raises:
        PushError: the registry refuses access.
        TransientError: it cannot be reached, or fails.
    """
    registry = registries.of(reference)
    index = registry.manifest(reference)
    if index is None:
        return None
    found = platform_images(registry, reference, index)
    if not {one.platform for one in found} >= set(platforms):
        return None
    wanted = tuple(one for one in found if one.platform in platforms)
    return StandingImage(role, reference, index.digest, wanted)
