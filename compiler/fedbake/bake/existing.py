"""Whether the registry already holds everything a plan would make."""

from fedbake.bake.outcome import image_result
from fedbake.bake.progress import BuildProgress
from fedbake.bake.result import ImageResult
from fedbake.names import ImageReference
from fedbake.plan.model import BuildPlan, Image
from fedbake.registry.client import Registries
from fedbake.registry.images import platform_images
from fedbake.render.bakefile import PLAN_ID_LABEL


def existing_images(plan: BuildPlan, registries: Registries) -> tuple[ImageResult, ...] | None:
    """The images of a plan as the registry holds them; ``None`` when anything is missing.

    An image is there when every requested reference stands for one index with all platforms, each of which carries this
    plan's identity as a label.

    Raises:
        PushError: the registry cannot be reached or refuses access.
        TransientError: the registry failed.
    """
    found: list[ImageResult] = []
    for image in plan.images:
        result = _existing(registries, plan, image)
        if result is None:
            return None
        found.append(result)
    return tuple(found)


def _existing(registries: Registries, plan: BuildPlan, image: Image) -> ImageResult | None:
    references = [ImageReference.parse(reference) for reference in image.references]
    registry = registries.of(references[0])
    indexes = [registry.manifest(reference) for reference in references]
    index = indexes[0]
    if index is None or any(other is None or other.digest != index.digest for other in indexes):
        return None
    found = platform_images(registry, references[0], index)
    if any(one.labels.get(PLAN_ID_LABEL) != plan.plan_id for one in found):
        return None
    if {one.platform for one in found} != set(plan.request.platforms):
        return None
    return image_result(plan, image, index.digest, found, BuildProgress(frozenset()))
