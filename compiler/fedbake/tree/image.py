"""The packages inside a baked image, read out of its file system; nothing of the image is run."""

import os
import re
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from fedbake.errors import FedbakeError, UsageError, WorkerError
from fedbake.names import ImageReference, Platform, PythonMinor
from fedbake.plan.images import VENV
from fedbake.process import run
from fedbake.resolve.wheel_metadata import METADATA_LIMIT
from fedbake.settings import Settings
from fedbake.tree.distribution import Distribution, core_metadata, distribution
from fedbake.worker.check import Status
from fedbake.worker.docker_facts import engine_facts
from fedbake.worker.environment import docker_environment
from fedbake.worker.readiness import check_engine

_PULL_SECONDS = 1800
_SECONDS = 600
_MOST_PACKAGES = 5000
_METADATA = re.compile(r"lib/python(?P<python>3\.[0-9]{1,2})/site-packages/[^/]+\.dist-info/METADATA", re.ASCII)


@dataclass(frozen=True, slots=True)
class ImageContents:
    """What was found in an image.

    Attributes:
        python: the release its packages are installed for.
        unreadable: how many packages have no metadata that can be read.
    """

    python: PythonMinor
    distributions: tuple[Distribution, ...]
    unreadable: int


def image_contents(image: ImageReference, platform: Platform, settings: Settings) -> ImageContents:
    """The packages of an image, which is pulled where the engine does not have it.

    Raises:
        UsageError: there is no such image for the platform, or it was not made by fedbake.
        WorkerError: there is no engine.
    """
    with _container(image, platform, settings) as container:
        found = _metadata(container, settings)
    if not found:
        raise UsageError(
            "the image holds no packages where fedbake puts them",
            where=str(image),
            hint=f"only images with an environment in {VENV} can be shown",
        )
    python = PythonMinor.parse(found[0][0])
    distributions: dict[str, Distribution] = {}
    for _, content in found:
        try:
            each = distribution(core_metadata(content), platform, python)
        except ValueError:
            continue
        distributions[each.name] = each
    return ImageContents(
        python, tuple(distributions[name] for name in sorted(distributions)), len(found) - len(distributions)
    )


@contextmanager
def _container(image: ImageReference, platform: Platform, settings: Settings) -> Iterator[str]:
    """A container of the image that is never started, for as long as the block runs."""
    argv = ["docker", "create", "--quiet", "--network=none", f"--platform={platform.value}", str(image), "none"]
    done = run(argv, env=docker_environment(settings), timeout=_PULL_SECONDS)
    container = done.text.strip()
    if done.code != 0 or not re.fullmatch(r"[0-9a-f]{64}", container, re.ASCII):
        raise _no_image(image, platform, done.stderr, settings)
    try:
        yield container
    finally:
        run(["docker", "rm", "--force", container], env=docker_environment(settings), timeout=_SECONDS)


def _no_image(image: ImageReference, platform: Platform, said: str, settings: Settings) -> FedbakeError:
    engine = check_engine(engine_facts(settings))
    if engine.status is Status.MISSING:
        return WorkerError(engine.message, hint=engine.hint)
    return UsageError(
        f"the engine has no image of this name for {platform.value} and cannot pull it",
        where=str(image),
        hint="the tags a bake moved are in result.json beside its plan",
        details=tuple(said.splitlines()[-2:]),
    )


def _metadata(container: str, settings: Settings) -> list[tuple[str, bytes]]:
    """The METADATA files of the environment, each with the Python release it is installed for."""
    reading, writing = os.pipe()
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(_picked, os.fdopen(reading, "rb"))
        with os.fdopen(writing, "wb") as stream:
            argv = ["docker", "cp", f"{container}:{VENV}/lib", "-"]
            done = run(argv, env=docker_environment(settings), timeout=_SECONDS, stdout_to=stream)
        picked = found.result()
    if done.code != 0 and picked:
        raise WorkerError("the engine stopped while it gave the files of the image", hint="try again; see docker info")
    return picked


def _picked(stream: IO[bytes]) -> list[tuple[str, bytes]]:
    """The METADATA files in a stream of a tar archive; gigabytes of other files pass by."""
    picked: list[tuple[str, bytes]] = []
    try:
        with stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                # A long archive must not be remembered member by member.
                archive.members = []  # type: ignore[attr-defined]
                match = _METADATA.fullmatch(member.name)
                file = archive.extractfile(member) if match and member.isreg() else None
                if match is None or file is None:
                    continue
                picked.append((match["python"], file.read(METADATA_LIMIT) if member.size <= METADATA_LIMIT else b""))
                if len(picked) > _MOST_PACKAGES:
                    raise WorkerError(f"the image holds more than {_MOST_PACKAGES} packages")
    except tarfile.ReadError:
        # An image without the folder gives no archive at all.
        return picked
    return picked
