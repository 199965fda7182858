"""Dockerfiles of a plan: its engine-neutral terms, put into typed slots and printed by a template."""

from typing import Any

from fedbake.plan.model import BuildPlan, Environment, EnvironmentLayer, FilesLayer, Image, PlatformLock
from fedbake.render.slots import Command, Digest, Path, Prose, Reference, Url, Word
from fedbake.render.templates import Templates

# Where packages without a wheel find what they are built with; a stage of its own, never part of an image.
_BUILD_VENV = "/opt/build"
# Where a plan for several platforms keeps what only one of them has of an environment; its architecture is added.
_TREE = "/opt/linux"


def dockerfile(plan: BuildPlan, image: Image, templates: Templates) -> str:
    """The Dockerfile of one role.

    Raises:
        UsageError: a user's template prints something that is no typed slot.
    """
    values = {
        "plan_id": Word(plan.plan_id[:12]),
        "base": Reference(plan.base.reference),
        "several": _for_several(plan),
        "environments": [
            {"name": Word(layer.environment), "destination": Path(layer.destination), "tree": Path(_TREE)}
            for layer in image.environments
        ],
        "venv": Path(image.environments[0].destination),
        "image": _image(image),
    }
    return templates.render(f"docker/{image.role.value}.Dockerfile.j2", values)


def dependencies_dockerfile(plan: BuildPlan, templates: Templates) -> str:
    """The Dockerfile of the dependencies, with one stage for each environment that images copy from.

    Raises:
        UsageError: a user's template prints something that is no typed slot.
    """
    layers = {layer.environment: layer for image in plan.images for layer in image.environments}
    values = {
        "plan_id": Word(plan.plan_id[:12]),
        "base": Reference(plan.base.reference),
        "emulated": bool(plan.emulated),
        "tool": _tool(plan),
        "toolchain": [Word(package) for package in plan.base.toolchain],
        "builds": _builds(plan),
        "several": _for_several(plan),
        "environments": [_environment(each, layers[each.name]) for each in plan.environments],
    }
    return templates.render("docker/dependencies.Dockerfile.j2", values)


def _for_several(plan: BuildPlan) -> bool:
    """Whether platforms share what is equal on all of them: a layer of its own, made once."""
    return len(plan.request.platforms) > 1


def dockerignore(templates: Templates) -> str:
    """The ignore file that stands beside each Dockerfile."""
    return templates.render("docker/dockerignore.j2", {})


def _tool(plan: BuildPlan) -> dict[str, Any]:
    wheels = {
        Word(platform.arch): {"url": Url(plan.tool.wheels[platform]), "sha256": Digest(plan.tool.sha256[platform])}
        for platform in sorted(plan.tool.wheels)
    }
    return {"version": Word(plan.tool.version), "wheels": wheels}


def _builds(plan: BuildPlan) -> list[dict[str, Any]]:
    """For each platform that compiles packages: what, and with what."""
    builds = []
    for requirements in plan.build:
        locks = [environment.lock(requirements.platform) for environment in plan.environments]
        packages = {package.name: package for lock in locks for package in lock.compiled}.values()
        builds.append(
            {
                "arch": Word(requirements.platform.arch),
                "venv": Path(_BUILD_VENV),
                "lock": _lock(requirements),
                "names": [Prose(f"{package.name} {package.version}") for package in packages],
                "packages": [{"url": Url(each.url), "sha256": Digest(each.sha256)} for each in packages],
            }
        )
    return builds


def _environment(environment: Environment, layer: EnvironmentLayer) -> dict[str, Any]:
    several = len(environment.locks) > 1
    each = "installed for each platform" if several else "one stage for each platform"
    trees = [Path(f"{_TREE}-{lock.platform.arch}" if several else layer.destination) for lock in environment.locks]
    return {
        "name": Word(environment.name),
        "reason": Prose(f"{layer.reason[0].upper()}{layer.reason[1:]}, {each}."),
        "destination": Path(layer.destination),
        "trees": trees,
        "locks": [{**_lock(lock), "tree": tree} for lock, tree in zip(environment.locks, trees, strict=True)],
    }


def _lock(lock: PlatformLock) -> dict[str, Any]:
    return {
        "arch": Word(lock.platform.arch),
        "requirements": Path(lock.requirements),
        "uv_platform": Word(lock.uv_platform),
        # By name: what a wheel's file is called depends on the age of the tool that built it.
        "compiled": [{"name": Word(package.name), "version": Word(package.version)} for package in lock.compiled],
    }


def _image(image: Image) -> dict[str, Any]:
    return {
        "role": Word(image.role.value),
        "workdir": Path(image.workdir),
        "user": image.user,
        "ports": list(image.ports),
        "variables": {Word(name): _value(value) for name, value in image.variables.items()},
        "files": [
            {
                "reason": Prose(f"{layer.reason[0].upper()}{layer.reason[1:]}."),
                "folders": [Path(folder) for folder in layer.folders],
                "destination": Path(layer.destination),
            }
            for layer in image.layers
            if isinstance(layer, FilesLayer)
        ],
        "command": Command("[" + ", ".join(f'"{word}"' for word in image.command) + "]"),
    }


def _value(text: str) -> Path | Word:
    return Path(text) if text.startswith("/") else Word(text)
