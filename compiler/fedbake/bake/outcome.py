"""What a bake made: digests from buildx and the registry, steps from the progress stream, as one result."""

import json
from collections.abc import Iterable
from pathlib import Path

from fedbake.bake.invocation import staging_reference
from fedbake.bake.progress import BuildProgress, tally
from fedbake.bake.result import ImageResult, PlatformResult
from fedbake.bake.step import Step
from fedbake.errors import BuildError, PushError
from fedbake.plan.model import BuildPlan, Image
from fedbake.registry.client import Manifest, Registry
from fedbake.registry.images import PlatformImage, platform_images

_DIGEST = "containerimage.digest"


def digests(metadata: Path) -> dict[str, str]:
    """The digest of each target's index, as buildx wrote it (``containerimage.digest``).

    Raises:
        BuildError: buildx left no such file.
    """
    try:
        found = json.loads(metadata.read_bytes())
        return {target: facts[_DIGEST] for target, facts in found.items() if _DIGEST in facts}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise BuildError("buildx did not say what it built", hint="run again; docker buildx version") from error


def pushed_image(
    registry: Registry, plan: BuildPlan, image: Image, digest: str | None, progress: BuildProgress
) -> tuple[Manifest, ImageResult]:
    """What was pushed under the plan's own tag, read back by its digest.

    Raises:
        PushError: the registry does not hold it, or it lacks a platform.
        TransientError: the registry failed.
    """
    staged = staging_reference(plan, image)
    index = registry.manifest(staged.with_digest(digest)) if digest is not None else None
    if index is None:
        raise PushError("the registry does not hold the image that was pushed", where=str(staged))
    found = platform_images(registry, staged, index)
    missing = set(plan.request.platforms) - {one.platform for one in found}
    if missing:
        names = ", ".join(sorted(platform.value for platform in missing))
        raise PushError(f"the pushed image lacks {names}", where=str(staged))
    return index, image_result(plan, image, index.digest, found, progress)


def image_result(
    plan: BuildPlan, image: Image, digest: str | None, found: Iterable[PlatformImage], progress: BuildProgress
) -> ImageResult:
    """One image with its platforms in the plan's order; what was not pushed has no digest and no size."""
    pushed = {one.platform: one for one in found}
    platforms = []
    for platform in plan.request.platforms:
        counted = tally(progress, image.role.value, platform)
        there = pushed.get(platform)
        platforms.append(
            PlatformResult(
                platform=platform,
                digest=there.digest if there else None,
                bytes=there.bytes if there else None,
                seconds=round(counted.seconds, 3),
                cached=counted.cached,
                steps=counted.steps,
                emulated=counted.emulated,
            )
        )
    references = image.references
    return ImageResult(
        target=image.role, reference=references[0], references=references, digest=digest, platforms=tuple(platforms)
    )


def emulated_steps(plan: BuildPlan, progress: BuildProgress) -> tuple[int, int]:
    """How many steps ran under QEMU in this run: those of the images, and those of the checks beyond them.

    A step that several targets share ran once and counts once.
    """
    roles = {image.role.value for image in plan.images}
    ran = [step for step, record in progress.snapshot().items() if record.ran and progress.emulated(step)]
    images = {_work(step) for step in ran if step.target in roles}
    checks = {_work(step) for step in ran if step.is_check}
    return len(images), len(checks - images)


def _work(step: Step) -> tuple[str, int, str]:
    return (step.runs_on, step.number, step.instruction)
