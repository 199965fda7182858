"""From the build context to a builder image in a registry: built, started on every platform, and only then tagged."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fedbake import __version__
from fedbake.bake.builder import Builder, found_builder
from fedbake.bake.failure import explain
from fedbake.bake.invocation import PLAIN_HTTP, Destination, builder_argv
from fedbake.bake.plain_http import plain_among
from fedbake.bake.progress import BuildProgress
from fedbake.bake.rawjson import Decoder
from fedbake.errors import PushError
from fedbake.names import ImageReference, Platform, PythonMinor
from fedbake.process import run
from fedbake.publish.tags import Move, move_tags
from fedbake.registry.client import Manifest, Registries
from fedbake.registry.images import platform_images
from fedbake.resolve.base_image import find_base, load_catalogue
from fedbake.resolve.tools import load_installer
from fedbake.resources import shipped
from fedbake.settings import Settings
from fedbake.worker.builder_image.context import (
    BAKE_FILE,
    CHECK,
    RECIPE_LABEL,
    TARGET,
    Ingredients,
    bake_file,
    write_context,
)
from fedbake.worker.environment import docker_environment
from fedbake.worker.pushed import PushedImage, pushed_image
from fedbake.worker.tables import debian_table

DEFAULT_NAME = "fedbake/builder"
_SECONDS = 1800


def make_builder_image(
    settings: Settings,
    platforms: Sequence[Platform],
    registry: str,
    report: Callable[[str], None],
    *,
    name: str = DEFAULT_NAME,
    tag: str = __version__,
    base_images: Mapping[str, str] | None = None,
    builder: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> PushedImage:
    """Make the builder image of this very copy of fedbake, unless the registry holds it.

    Args:
        settings: of this machine.
        platforms: what it must run on.
        registry: ``HOST[:PORT]`` it is pushed to.
        report: takes one line of progress at a time.
        name: repository below the registry.
        tag: moved when the image is complete and has started on every platform.
        base_images: base images the user named, by Python release.
        builder: name or address of the builder; the one in use when ``None``.
        variables: a site's own settings, for orchestrators that start the image without any.

    Raises:
        UsageError: a name is not one registries accept, or fedbake is not installed.
        WorkerError: this machine is not ready to build it.
        BuildError: the image could not be built, or does not start.
        PushError: the registry does not take it.
        TransientError: the registry or the network failed in a way that may pass.
    """
    reference = ImageReference(registry, name, tag)
    base = _base(settings, registry, base_images or {})
    installer = load_installer((shipped("rules"),))
    wanted = Ingredients(base, tuple(platforms), installer, debian_table(), variables or {})
    with tempfile.TemporaryDirectory(prefix="fedbake-") as scratch, Registries(settings) as registries:
        folder = Path(scratch)
        recipe = write_context(folder, wanted)
        staged = reference.with_tag(f"{__version__}-{recipe[:12]}")
        index = _of_recipe(registries, staged, recipe, wanted.platforms)
        if index is not None:
            report(f"{staged} is already there")
        else:
            found = found_builder(settings, wanted.platforms, builder, frozenset(wanted.platforms))
            (folder / BAKE_FILE).write_text(bake_file(wanted, staged, recipe), "utf-8")
            plain = plain_among([reference], registries, settings)
            report(f"building {staged}, starting it on {' and '.join(wanted.platforms)}, pushing it")
            _bake(settings, folder, found, Destination.REGISTRY.value + (PLAIN_HTTP if plain else ""))
            index = _of_recipe(registries, staged, recipe, wanted.platforms)
        if index is None:
            raise PushError(f"{staged} was pushed, but the registry does not return it", hint="see the registry's log")
        move_tags([Move(reference, index)], registries)
        return pushed_image(registries.of(reference), reference, index)


def _base(settings: Settings, registry: str, base_images: Mapping[str, str]) -> ImageReference:
    python = PythonMinor.parse(debian_table().builder_image.python)
    catalogue = load_catalogue((shipped("rules"),))
    return find_base(python, registry, base_images, catalogue, settings).reference


def _of_recipe(
    registries: Registries, image: ImageReference, recipe: str, platforms: tuple[Platform, ...]
) -> Manifest | None:
    """The image in the registry, when it is of this recipe and covers these platforms."""
    registry = registries.of(image)
    index = registry.manifest(image)
    if index is None:
        return None
    found = {each.platform: each.labels.get(RECIPE_LABEL) for each in platform_images(registry, image, index)}
    return index if all(found.get(platform) == recipe for platform in platforms) else None


def _bake(settings: Settings, folder: Path, builder: Builder, output: str) -> None:
    argv = ["docker", "buildx", "bake", "-f", BAKE_FILE, "--progress=rawjson", "--set", f"{TARGET}.output={output}"]
    argv += builder_argv(builder, settings.ca_bundle)
    decoder, progress = Decoder(), BuildProgress(builder.native)

    def follow(line: str) -> None:
        for message in decoder.feed(line):
            progress.apply(message)

    environment = docker_environment(settings)
    done = run([*argv, TARGET, CHECK], env=environment, cwd=folder, timeout=_SECONDS, on_stderr_line=follow)
    if done.code != 0:
        for message in decoder.rest():
            progress.apply(message)
        raise explain(progress)
