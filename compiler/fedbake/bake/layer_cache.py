"""Layers kept in a registry, so that a builder that has none of them fetches what another one has made.

There is a reference for each role and platform: builders of several machines never overwrite each other's
(docker/buildx issue 1044). What is kept are the layers of the images, already compressed, and what they were made from;
that is enough to run none of the steps again. The driver ``docker`` exports it with the containerd image store.
"""

from fedbake.names import ImageReference, Platform, Role
from fedbake.plan.model import BuildPlan

_FORM = "mode=min,image-manifest=true,oci-mediatypes=true,compression=zstd"
"""As an image manifest, which registries accept that know nothing of BuildKit's caches."""


def cache_reference(cache: ImageReference, role: Role, platform: Platform) -> ImageReference:
    """Where the layers of one role are kept for one platform."""
    return cache.with_tag(f"{role.value}-{platform.value.replace('/', '-')}")


def imports(plan: BuildPlan, cache: ImageReference, suffix: str) -> list[str]:
    """Options of `docker buildx bake` that look for layers of all roles and platforms; none of them has to be there.

    Args:
        suffix: added to each, for a registry that speaks plain HTTP.
    """
    argv = []
    for image in plan.images:
        for platform in plan.request.platforms:
            place = cache_reference(cache, image.role, platform)
            argv += ["--set", f"{image.role.value}.cache-from=type=registry,ref={place}{suffix}"]
    return argv


def exports(plan: BuildPlan, platform: Platform, cache: ImageReference, suffix: str) -> list[str]:
    """Options that build for one platform alone and keep the layers of all roles."""
    argv = ["--set", f"*.platform={platform.value}"]
    for image in plan.images:
        place = cache_reference(cache, image.role, platform)
        argv += ["--set", f"{image.role.value}.cache-to=type=registry,ref={place},{_FORM}{suffix}"]
    return argv
