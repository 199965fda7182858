"""Baked images for as long as a test needs them in the engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.main_job import fedbake, machine_settings
from fedbake.bake.result import BakeResult
from fedbake.process import run
from fedbake.worker.environment import docker_environment


@contextmanager
def baked(plan: Path) -> Iterator[BakeResult]:
    """Bake a plan. After the block its images are in the registry alone."""
    fedbake("bake", str(plan))
    result = BakeResult.model_validate_json((plan / "result.json").read_bytes())
    try:
        yield result
    finally:
        remove_images(result)


def remove_images(result: BakeResult) -> None:
    """Remove what baking, loading and running images left of them in the engine."""
    repositories = [f"--filter=reference={image.reference.rpartition(':')[0]}" for image in result.images]
    tags = _docker("images", "--format={{.Repository}}:{{.Tag}}", *repositories)
    if tags:
        _docker("rmi", "--force", *tags)


def _docker(*arguments: str) -> list[str]:
    done = run(["docker", *arguments], env=docker_environment(machine_settings()), timeout=120)
    assert done.code == 0, done.stderr
    return done.text.split()
