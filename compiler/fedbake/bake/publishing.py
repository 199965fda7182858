"""Making a bake's images visible: read back what was pushed, then put every requested tag on it."""

from collections.abc import Mapping

from fedbake.bake.build import Reporter
from fedbake.bake.event import PhaseStarted
from fedbake.bake.existing import TakenTags, standing_image, standing_result
from fedbake.bake.outcome import pushed_image
from fedbake.bake.progress import BuildProgress
from fedbake.bake.result import ImageResult
from fedbake.names import ImageReference
from fedbake.plan.model import BuildPlan
from fedbake.publish.tags import Move, move_tags
from fedbake.registry.client import Registries
from fedbake.settings import Settings


def publish(
    plan: BuildPlan,
    made: Mapping[str, str],
    progress: BuildProgress,
    taken: TakenTags,
    settings: Settings,
    reporter: Reporter,
) -> tuple[ImageResult, ...]:
    """Put the requested tags on the images that stand under the plan's own tag.

    Args:
        plan: what was built.
        made: the digest of each image by its role's name, as buildx wrote it.
        progress: the state of the build.
        taken: what becomes of tags that stand for other images.
        settings: how this machine reaches the outside.
        reporter: takes the events.

    Raises:
        PushError: the registry does not hold an image, or refuses a tag; every tag is as it was.
        TransientError: the registry failed, and stays so; every tag is as it was.
        KeyboardInterrupt: the user interrupted; every tag is as it was.
    """
    results: list[ImageResult] = []
    moves: list[Move] = []
    with Registries(settings, reporter.notice) as registries:
        for image in plan.images:
            references = [ImageReference.parse(reference) for reference in image.references]
            registry = registries.of(references[0])
            index, result = pushed_image(registry, plan, image, made.get(image.role.value), progress)
            for reference in references:
                standing = None
                if taken is TakenTags.KEEP:
                    standing = standing_image(image.role, reference, plan.request.platforms, registries)
                if standing is None:
                    moves.append(Move(reference, index))
                elif standing.digest != index.digest:
                    reporter.report(PhaseStarted("kept", f"{reference} is immutable, and stands for an image already"))
                    result = standing_result(plan, image, standing) if reference == references[0] else result
            results.append(result)
        reporter.report(PhaseStarted("publishing", f"{len(moves)} tags"))
        move_tags(moves, registries)
    return tuple(results)
