"""From root file systems to one multi-platform image in a registry."""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fedbake.errors import BuildError, FedbakeError, PushError
from fedbake.names import ImageReference, Platform, PythonMinor
from fedbake.process import Completed, run
from fedbake.settings import Settings
from fedbake.worker.base_image.recipe import RECIPE_LABEL, Recipe, dockerfile, recipe_for
from fedbake.worker.base_image.tarball import discard_tarballs, make_tarball
from fedbake.worker.environment import docker_environment
from fedbake.worker.parallel import run_all
from fedbake.worker.pushed import PushedImage, PushedPlatform
from fedbake.worker.readiness import require_worker

DEFAULT_NAME = "fedbake/python"
_BUILD_SECONDS = 900
_INSPECT_SECONDS = 60


class BaseImageResult(PushedImage):
    """A base image in a registry."""

    python: str


def make_base_image(
    settings: Settings,
    python: PythonMinor,
    platforms: Sequence[Platform],
    registry: str,
    report: Callable[[str], None],
    *,
    name: str = DEFAULT_NAME,
) -> BaseImageResult:
    """Make a Python base image and push it, unless the registry holds one of the same recipe.

    Args:
        settings: of this machine.
        python: the Python feature release inside.
        platforms: what it must run on.
        registry: ``HOST[:PORT]`` it is pushed to.
        report: takes one line of progress at a time.
        name: repository below the registry.

    Raises:
        UsageError: no Debian suite carries that Python, or the name is not one registries accept.
        WorkerError: this machine is not ready to build it.
        TransientError, WorkerError: a root file system could not be made.
        BuildError, PushError: the image could not be built or pushed.
    """
    recipe, reference = _of(python, registry, name)
    found = find_base_image(settings, recipe, reference, platforms)
    if found is not None:
        report(f"{reference} is already there, made by the same recipe")
        return found
    return _make(settings, recipe, reference, platforms, report)


def remake_base_image(
    settings: Settings,
    python: PythonMinor,
    platforms: Sequence[Platform],
    registry: str,
    report: Callable[[str], None],
    *,
    name: str = DEFAULT_NAME,
) -> BaseImageResult:
    """Make a Python base image from the archive's newest packages and push it, whatever cache and registry hold.

    Arguments and errors are those of `make_base_image`.
    """
    recipe, reference = _of(python, registry, name)
    discard_tarballs(settings, recipe, platforms)
    return _make(settings, recipe, reference, platforms, report)


def _make(
    settings: Settings,
    recipe: Recipe,
    reference: ImageReference,
    platforms: Sequence[Platform],
    report: Callable[[str], None],
) -> BaseImageResult:
    require_worker(settings, platforms)
    tarballs = run_all([partial(make_tarball, settings, recipe, platform) for platform in platforms], report)
    report(f"building and pushing {reference}")
    with tempfile.TemporaryDirectory(prefix=".image-", dir=tarballs[0].parent) as scratch:
        context = Path(scratch)
        (context / "Dockerfile").write_text(dockerfile(recipe), "utf-8")
        for tarball in tarballs:
            (context / tarball.name).hardlink_to(tarball)
        _build(settings, recipe, reference, platforms, context)
    found = find_base_image(settings, recipe, reference, platforms)
    if found is None:
        raise PushError(f"{reference} was pushed, but the registry does not return it", hint="see the registry's log")
    report(f"pushed {reference}@{found.digest}")
    return found


def find_base_image(
    settings: Settings, recipe: Recipe, reference: ImageReference, platforms: Sequence[Platform]
) -> BaseImageResult | None:
    """The image in the registry, when it is of this recipe and covers these platforms."""
    done = _imagetools(settings, str(reference), "--format", "{{json .}}")
    if done.code != 0:
        return None
    found = _platforms_of(json.loads(done.stdout))
    if any(platform not in found or found[platform].recipe != recipe.identity for platform in platforms):
        return None
    return BaseImageResult(
        python=recipe.python,
        reference=str(reference),
        digest=json.loads(done.stdout)["manifest"]["digest"],
        platforms=tuple(
            PushedPlatform(platform=one, digest=found[one].digest, bytes=_size(settings, reference, found[one].digest))
            for one in platforms
        ),
    )


def _of(python: PythonMinor, registry: str, name: str) -> tuple[Recipe, ImageReference]:
    from fedbake.worker.tables import debian_table

    recipe = recipe_for(python, debian_table().base_images)
    return recipe, ImageReference(registry, name, recipe.tag)


def _build(
    settings: Settings, recipe: Recipe, reference: ImageReference, platforms: Sequence[Platform], context: Path
) -> None:
    # Provenance holds times; without it the same root file systems give the same digest. The reference is validated and
    # has no comma, so it may stand in the output's list of settings.
    done = run(
        [
            *("docker", "buildx", "build", "--progress=plain", "--provenance=false"),
            f"--platform={','.join(platform.value for platform in platforms)}",
            f"--build-arg=SOURCE_DATE_EPOCH={recipe.source_date_epoch}",
            f"--output=type=image,name={reference},push=true,oci-mediatypes=true",
            f"--file={context / 'Dockerfile'}",
            str(context),
        ],
        env=docker_environment(settings),
        timeout=_BUILD_SECONDS,
    )
    if done.code != 0:
        raise _build_failure(done, reference)


def _build_failure(done: Completed, reference: ImageReference) -> FedbakeError:
    said = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
    reason = said[-1].removeprefix("ERROR: ") if said else done.stderr.strip().rpartition("\n")[2]
    hint = "fedbake doctor says whether this machine is ready"
    if "failed to push" in reason or "failed to authorize" in reason:
        return PushError(f"{reference} could not be pushed: {reason}", hint=hint)
    return BuildError(f"{reference} could not be built: {reason}", hint=hint)


def _imagetools(settings: Settings, reference: str, *options: str) -> Completed:
    return run(
        ["docker", "buildx", "imagetools", "inspect", *options, reference],
        env=docker_environment(settings),
        timeout=_INSPECT_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class _Pushed:
    digest: str
    recipe: str


def _platforms_of(facts: dict[str, Any]) -> dict[Platform, _Pushed]:
    """What ``imagetools inspect`` says, by platform: of an index, and of a lone manifest, which names none itself."""
    manifest, images = facts["manifest"], facts["image"]
    if "manifests" not in manifest:
        images = {_platform_name(images): images}
        manifest = {"manifests": [{"platform": facts["image"], "digest": manifest["digest"]}]}
    digests = {_platform_name(one["platform"]): one["digest"] for one in manifest["manifests"]}
    return {
        platform: _Pushed(digests[platform], images[platform]["config"].get("Labels", {}).get(RECIPE_LABEL, ""))
        for platform in Platform
        if platform in digests and platform in images
    }


def _platform_name(facts: dict[str, Any]) -> str:
    return f"{facts['os']}/{facts['architecture']}"


def _size(settings: Settings, reference: ImageReference, digest: str) -> int:
    done = _imagetools(settings, str(reference.with_digest(digest)), "--raw")
    if done.code != 0:
        raise PushError(f"the registry does not return {reference}@{digest}", hint="look at the registry's log")
    manifest = json.loads(done.stdout)
    return sum(part["size"] for part in (manifest["config"], *manifest["layers"]))
