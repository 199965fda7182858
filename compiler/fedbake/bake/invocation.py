"""The argument vectors of the one `docker buildx bake` that builds a plan, and of the one that prints it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fedbake.bake.builder import Builder
from fedbake.bake.directory import BAKE_FILE
from fedbake.bake.layer_cache import exports, imports
from fedbake.errors import UsageError
from fedbake.names import ImageReference, Platform
from fedbake.plan.model import BuildPlan, Image
from fedbake.render.bakefile import DEFAULT_GROUP, VERIFY_GROUP, dependency_targets, verify_target

CA_SECRET = "ca"  # noqa: S105  (the identifier of a build secret, not its value)
PLAIN_HTTP = ",registry.insecure=true"
"""Added for a registry that speaks plain HTTP; the engine needs no configuration then."""
_FS_ENTITLEMENTS = (0, 19)
"""The first buildx that asks for leave to read files outside the working directory (buildx, bake/entitlements.go)."""


class Destination(StrEnum):
    """Where the images of a bake go: to the registry under the plan's own tag, into the engine, or nowhere.

    An image that is only pushed is neither unpacked on this machine nor kept by its engine under the plan's tag.
    BuildKit takes an empty ``push`` for true. buildx does not, and that is the point: with the driver ``docker`` it
    would let the engine push once more (buildx, build/build.go), which needs the image in the engine's store, and which
    refuses plain HTTP unless the engine's ``insecure-registries`` name the host.
    """

    REGISTRY = "type=image,oci-mediatypes=true,compression=zstd,push=,unpack=false,store=false"
    ENGINE = "type=docker,compression=zstd"
    CACHE = "type=cacheonly"


@dataclass(frozen=True, slots=True)
class Invocation:
    """What one bake is to do.

    Attributes:
        destination: where the images go.
        verify: whether the checks run as well.
        metadata: file buildx writes the digests to.
        ca_bundle: PEM bundle build steps may use as a secret.
        plain_http: registries on other machines that speak plain HTTP (`fedbake.bake.plain_http`).
        cache: where layers are kept for other builders (`fedbake.bake.layer_cache`).
        keep: the platform whose layers are to be kept there; when ``None``, they are looked for.
    """

    destination: Destination
    verify: bool
    metadata: Path
    ca_bundle: Path | None
    plain_http: tuple[str, ...] = ()
    cache: ImageReference | None = None
    keep: Platform | None = None


def staging_reference(plan: BuildPlan, image: Image) -> ImageReference:
    """The immutable tag of this plan that an image is pushed under before any requested tag moves."""
    return ImageReference.parse(image.references[0]).with_tag(plan.staging_tag)


def print_argv() -> list[str]:
    """The command that prints what buildx makes of the bake file, without a builder."""
    return ["docker", "buildx", "bake", "-f", BAKE_FILE, "--print", DEFAULT_GROUP, VERIFY_GROUP]


def bake_argv(plan: BuildPlan, builder: Builder, invocation: Invocation) -> list[str]:
    """The command that builds the plan.

    Raises:
        UsageError: the builder's name, or the path of the CA bundle, cannot be given to buildx unchanged.
    """
    argv = ["docker", "buildx", "bake", "-f", BAKE_FILE, "--progress=rawjson"]
    argv.append(f"--metadata-file={invocation.metadata}")
    argv += builder_argv(builder, invocation.ca_bundle)
    for image in plan.images:
        output = invocation.destination.value
        if invocation.destination is Destination.REGISTRY:
            staged = staging_reference(plan, image)
            output += PLAIN_HTTP if staged.registry in invocation.plain_http else ""
            argv += ["--set", f"{image.role.value}.tags={staged}"]
        argv += ["--set", f"{image.role.value}.output={output}"]
    if invocation.cache is not None:
        suffix = PLAIN_HTTP if invocation.cache.registry in invocation.plain_http else ""
        if invocation.keep is None:
            argv += imports(plan, invocation.cache, suffix)
        else:
            argv += exports(plan, invocation.keep, invocation.cache, suffix)
    # A linked target that is not named would be exported into the engine as well.
    argv += [*dependency_targets(plan), *(image.role.value for image in plan.images)]
    argv += [verify_target(image.role) for image in plan.images] if invocation.verify else []
    return argv


def builder_argv(builder: Builder, ca_bundle: Path | None) -> list[str]:
    """What `docker buildx bake` is told of the builder, and of the CA bundle its steps may use.

    Raises:
        UsageError: the builder's name, or the path of the CA bundle, cannot be given to buildx unchanged.
    """
    argv = [f"--builder={_builder_name(builder.name)}"] if builder.name is not None else []
    if ca_bundle is not None:
        bundle = _csv_path(ca_bundle)
        argv += ["--set", f"*.secrets=id={CA_SECRET},src={bundle}"]
        if builder.buildx >= _FS_ENTITLEMENTS:
            argv.append(f"--allow=fs.read={bundle}")
    return argv


def _builder_name(name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}", name, re.ASCII):
        raise UsageError(f"{name!r} is not the name of a builder", hint="docker buildx ls lists them")
    return name


def _csv_path(path: Path) -> str:
    """An absolute path that means itself inside buildx's comma-separated values."""
    text = str(path.resolve())
    if re.search(r"[,\"'\s\x00-\x1f]", text):
        raise UsageError("the path of the CA bundle has a comma, quote or space", where=text, hint="copy the file")
    return text
