"""The bake file of a plan as a typed value: what buildx is asked to build, and what ``--print`` must answer.

buildx drops unknown target attributes without a word (docker/buildx#2437), so this closed model is the only guard
against a misspelt key. CSV strings (``output``, ``attest``) can be redirected by a comma inside a value; here they are
literals.
"""

import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from fedbake.names import ImageReference, Platform, Role
from fedbake.plan.model import BuildPlan, Image
from fedbake.rules.finding import Value

DEFAULT_GROUP = "default"
VERIFY_GROUP = "verify"
VERIFY_STAGE = "verify"
CHECK_PREFIX = "verify-"
DEPENDENCIES = "dependencies.Dockerfile"
_DEPENDENCIES_PREFIX = "deps-"
PLAN_ID_LABEL = "dev.fedbake.plan-id"
SOURCE_LABEL = "org.opencontainers.image.source"
LOCK_LABEL = "dev.fedbake.lock-sha256"
_COMMON = "_common"
_IMAGES = "The images, and their dependencies: named, so that they are built for the cache alone."
_CHECKS = "The checks that run inside them, on every platform."


def _target_name(name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9_-]+", name, re.ASCII):
        raise ValueError(f"{name!r} is not a bake target name")
    return name


def _image_reference(text: str) -> str:
    return str(ImageReference.parse(text))


def _plain_text(text: str) -> str:
    if "\r" in text or not unicodedata.is_normalized("NFC", text):
        raise ValueError("text in a bake file has no carriage return and is in Unicode normal form C")
    return text


Name = Annotated[str, AfterValidator(_target_name)]
Tag = Annotated[str, AfterValidator(_image_reference)]
Text = Annotated[str, AfterValidator(_plain_text)]
Output = Literal["type=image,oci-mediatypes=true,compression=zstd", "type=cacheonly"]
"""zstd takes a third of gzip's processor time and makes smaller layers (docs/performance.md); Docker Engine 23 and
containerd 1.5 can read it. Layers of the base image stay as they are."""
IMAGE_OUTPUT: Output = "type=image,oci-mediatypes=true,compression=zstd"
Argument = Literal["SOURCE_DATE_EPOCH", "BUILDKIT_MULTI_PLATFORM"]
Attestation = Literal["type=provenance,mode=min"]


class BakeGroup(Value):
    """A named list of targets."""

    name: Name
    targets: tuple[Name, ...]
    comment: Text = ""


class BakeTarget(Value):
    """One target. An attribute that is ``None`` or empty is not written and comes from ``inherits``.

    ``args`` is a closed set: an argument such as ``BUILDKIT_SYNTAX`` would change what builds the image.
    """

    name: Name
    inherits: tuple[Name, ...] = ()
    context: Literal["."] | None = None
    contexts: dict[Name, Annotated[str, Field(pattern=r"^target:[a-z0-9-]+$")]] = Field(default_factory=dict)
    dockerfile: Annotated[str, Field(pattern=r"^[a-z]+\.Dockerfile$")] | None = None
    target: Name | None = None
    platforms: tuple[Platform, ...] = ()
    args: dict[Argument, Annotated[str, Field(pattern=r"^[0-9]+$")]] = Field(default_factory=dict)
    labels: dict[Text, Text] = Field(default_factory=dict)
    tags: tuple[Tag, ...] = ()
    attest: tuple[Attestation, ...] = ()
    output: tuple[Output, ...] = ()
    comment: Text = ""


class BakeFile(Value):
    """A whole bake file: an opening comment, groups, targets. No variables, no functions."""

    comment: Text = ""
    groups: tuple[BakeGroup, ...]
    targets: tuple[BakeTarget, ...]


def verify_target(role: Role) -> str:
    """The name of the target that runs the checks of one role's image."""
    return CHECK_PREFIX + role.value


def dependency_targets(plan: BuildPlan) -> tuple[str, ...]:
    """The names of the targets images copy their dependencies from, one for each environment."""
    return tuple(_dependency_target(environment.name) for environment in plan.environments)


def _dependency_target(environment: str) -> str:
    return _DEPENDENCIES_PREFIX + environment


def bake_file(plan: BuildPlan) -> BakeFile:
    """The bake file of a plan."""
    roles = tuple(image.role.value for image in plan.images)
    dependencies = dependency_targets(plan)
    checks = tuple(verify_target(image.role) for image in plan.images)
    return BakeFile(
        comment=f"Build plan {plan.plan_id[:12]} of {_normal(plan.source.name)} at {_revision(plan)[:12]}.\n"
        "To build it without fedbake:  docker buildx bake -f docker-bake.hcl default verify",
        groups=(
            BakeGroup(name=DEFAULT_GROUP, targets=(*dependencies, *roles), comment=_IMAGES),
            BakeGroup(name=VERIFY_GROUP, targets=(*dependencies, *checks), comment=_CHECKS),
        ),
        targets=(
            _common(plan),
            *(_dependencies(name) for name in dependencies),
            *(target for image in plan.images for target in _targets(plan, image)),
        ),
    )


def _common(plan: BuildPlan) -> BakeTarget:
    return BakeTarget(
        name=_COMMON,
        context=".",
        platforms=plan.request.platforms,
        args={"SOURCE_DATE_EPOCH": str(plan.source.committed_at), "BUILDKIT_MULTI_PLATFORM": "1"},
        comment="What all targets share. In no group, so it is never built itself.\n"
        "The clock inside the images is the commit time: the same plan gives the same image configuration.\n"
        "Every image is an index over its platforms, even when there is only one.",
    )


def _dependencies(name: str) -> BakeTarget:
    return BakeTarget(
        name=name,
        inherits=(_COMMON,),
        dockerfile=DEPENDENCIES,
        target=name,
        output=("type=cacheonly",),
    )


def _targets(plan: BuildPlan, image: Image) -> tuple[BakeTarget, BakeTarget]:
    dockerfile = f"{image.role.value}.Dockerfile"
    dependencies = [_dependency_target(layer.environment) for layer in image.environments]
    # Linked, not repeated in each Dockerfile: equal steps of several targets are only sometimes found to be equal while
    # they run (moby/buildkit, solver/scheduler.go, edge merging); then everything was installed and compressed twice.
    contexts = {name: f"target:{name}" for name in dependencies}
    return (
        BakeTarget(
            name=image.role.value,
            inherits=(_COMMON,),
            contexts=contexts,
            dockerfile=dockerfile,
            target=image.role.value,
            labels=_labels(plan, image),
            tags=image.references,
            attest=("type=provenance,mode=min",),
            output=(IMAGE_OUTPUT,),
        ),
        BakeTarget(
            name=verify_target(image.role),
            inherits=(_COMMON,),
            contexts=contexts,
            dockerfile=dockerfile,
            target=VERIFY_STAGE,
            output=("type=cacheonly",),
        ),
    )


def _revision(plan: BuildPlan) -> str:
    return plan.source.commit or plan.source.tree[:40]


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _labels(plan: BuildPlan, image: Image) -> dict[str, str]:
    """Annotation keys of the OCI image specification 1.1, and fedbake's own."""
    base, _, base_digest = plan.base.reference.partition("@")
    labels = {
        "org.opencontainers.image.title": f"{plan.source.name} {image.role.value}",
        "org.opencontainers.image.revision": _revision(plan),
        SOURCE_LABEL: plan.source.url,
        "org.opencontainers.image.base.name": base,
        "org.opencontainers.image.base.digest": base_digest,
        PLAN_ID_LABEL: plan.plan_id,
        LOCK_LABEL: plan.lock_sha256,
    }
    return {key: _normal(value) for key, value in labels.items() if value}


def printed(file: BakeFile) -> dict[str, Any]:
    """What ``docker buildx bake -f docker-bake.hcl --print default verify`` prints for this file, parsed from JSON.

    Groups and targets are resolved the way buildx 0.13.1 does: ``default`` also lists the other groups asked for, and
    inherited maps and attestations are merged while other inherited values are replaced (buildx, bake/bake.go).
    """
    by_name = {target.name: target for target in file.targets}
    groups = {group.name: list(group.targets) for group in file.groups}
    built = [name for names in groups.values() for name in names]
    groups[DEFAULT_GROUP].append(VERIFY_GROUP)
    return {
        "group": {name: {"targets": targets} for name, targets in groups.items()},
        "target": {name: _printed_target(by_name, by_name[name]) for name in built},
    }


def _printed_target(by_name: dict[str, BakeTarget], target: BakeTarget) -> dict[str, Any]:
    merged: dict[str, Any] = {"context": ".", "dockerfile": "Dockerfile"}
    for parent in target.inherits:
        merged |= _printed_target(by_name, by_name[parent])
    own = target.model_dump(mode="json", exclude={"name", "inherits", "comment"})
    for key, value in own.items():
        if not value:
            continue
        if isinstance(value, dict):
            merged[key] = merged.get(key, {}) | value
        elif key == "attest":
            merged[key] = [*merged.get(key, []), *value]
        else:
            merged[key] = value
    return merged
