"""The build context of the builder image: a folder in which ``docker buildx bake`` makes it, and its identity."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fedbake import __version__
from fedbake.names import ImageReference, Platform
from fedbake.render import slots
from fedbake.render.bakefile import IMAGE_OUTPUT, BakeFile, BakeGroup, BakeTarget
from fedbake.render.hcl import to_hcl
from fedbake.render.slots import Digest, Reference, Url, Word
from fedbake.render.templates import Templates
from fedbake.resolve.platforms import uv_platform
from fedbake.resolve.tools import Installer
from fedbake.resources import shipped
from fedbake.worker.builder_image.wheel import write_wheel
from fedbake.worker.debian import suite_preferences, suite_source
from fedbake.worker.tables import DebianTable

RECIPE_LABEL = "dev.fedbake.builder-image.recipe"
"""Image label with the identity of the build context: the same image need not be made twice."""

TARGET, CHECK = "builder", "verify-builder"
BAKE_FILE = "docker-bake.hcl"
_DOCKERFILE = "builder.Dockerfile"
_USER = 10001
_HOME = "/var/lib/fedbake"
_COPIED = ("main.py", "requirements.txt", "unpack.sh")


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What a builder image is made of.

    Attributes:
        base: the base image, pinned by digest where its registry answers.
        platforms: what it must run on.
        installer: uv for the builder's own CPU.
        debian: the table of Debian packages.
        variables: a site's own settings, part of the image's environment.
    """

    base: ImageReference
    platforms: tuple[Platform, ...]
    installer: Installer
    debian: DebianTable
    variables: Mapping[str, str] = field(default_factory=dict)


def write_context(folder: Path, wanted: Ingredients) -> str:
    """Fill an empty folder with everything but the bake file.

    Returns:
        The identity of what is in it: sha256 over the names and contents, 64 hex digits.

    Raises:
        UsageError: fedbake is not installed, or a template is damaged.
    """
    for name in _COPIED:
        shutil.copyfile(shipped("templates") / "builder" / name, folder / name)
    (folder / "wheel").mkdir()
    write_wheel(folder / "wheel")
    (folder / "apt").mkdir()
    suite = wanted.debian.worker.releases[wanted.debian.builder_image.release].engine_suite
    (folder / "apt" / "sources").write_text(suite_source(suite) if suite else "", "utf-8")
    preferences = suite_preferences(suite, wanted.debian.worker.engine_suite_packages) if suite else ""
    (folder / "apt" / "preferences").write_text(preferences, "utf-8")
    (folder / _DOCKERFILE).write_text(dockerfile(wanted), "utf-8")
    return _identity(folder)


def dockerfile(wanted: Ingredients) -> str:
    """The Dockerfile, for these platforms.

    Raises:
        UsageError: the template is damaged.
    """
    return Templates([shipped("templates")]).render(
        "builder/Dockerfile.j2",
        {
            "version": Word(__version__),
            "base": Reference(str(wanted.base)),
            "tool": {
                "version": Word(wanted.installer.version),
                "wheels": {
                    Word(platform.arch): {"url": Url(wheel.url), "sha256": Digest(wheel.sha256)}
                    for platform, wheel in sorted(wanted.installer.wheels.items())
                },
            },
            "platforms": [
                {
                    "arch": Word(platform.arch),
                    "lock": {
                        "requirements": slots.Path("requirements.txt"),
                        "uv_platform": Word(uv_platform(platform)),
                    },
                }
                for platform in wanted.platforms
            ],
            "packages": [Word(name) for name in wanted.debian.builder_image.packages],
            "left_out": [Word(name) for name in wanted.debian.builder_image.left_out],
            "venv": slots.Path("/opt/venv"),
            "own": slots.Path("/opt/fedbake"),
            "home": slots.Path(_HOME),
            "workdir": slots.Path("/image_builder"),
            "user": _USER,
            "variables": {slots.Word(name): slots.Setting(value) for name, value in sorted(wanted.variables.items())},
        },
    )


def bake_file(wanted: Ingredients, tag: ImageReference, recipe: str) -> str:
    """The bake file: the image, and beside it the check that it starts on every platform."""
    common = BakeTarget(
        name="_common",
        context=".",
        dockerfile=_DOCKERFILE,
        platforms=wanted.platforms,
        args={
            "SOURCE_DATE_EPOCH": str(wanted.debian.base_images.source_date_epoch),
            "BUILDKIT_MULTI_PLATFORM": "1",
        },
    )
    image = BakeTarget(
        name=TARGET,
        inherits=("_common",),
        target="builder",
        labels={
            "org.opencontainers.image.title": f"fedbake {__version__} builder",
            "org.opencontainers.image.version": __version__,
            RECIPE_LABEL: recipe,
        },
        tags=(str(tag),),
        attest=("type=provenance,mode=min",),
        output=(IMAGE_OUTPUT,),
    )
    check = BakeTarget(name=CHECK, inherits=("_common",), target="verify", output=("type=cacheonly",))
    default = BakeGroup(name="default", targets=(TARGET, CHECK))
    return to_hcl(BakeFile(groups=(default,), targets=(common, image, check)))


def _identity(folder: Path) -> str:
    total = hashlib.sha256()
    for path in _files(folder):
        total.update(f"{path.relative_to(folder)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def _files(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
