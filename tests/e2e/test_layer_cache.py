"""Layers kept in a registry: a builder that has never seen a plan runs none of its steps again."""

import json
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from baking import REGISTRY, build_plan, dockerfile, settings, write_directory
from fedbake.bake.result import BakeResult
from fedbake.bake.run import BakeOptions, bake
from fedbake.bake.view import LineView, json_line
from fedbake.names import ACTORS, ImageReference
from fedbake.registry.client import Registries
from fedbake.worker.engine import EngineLayout, start_engine, stop_engine

# What two runs of the step write is never the same.
_UNIQUE = {
    role.value: dockerfile(role.value).replace('echo "for ${TARGETARCH}"', "cat /proc/sys/kernel/random/uuid")
    for role in ACTORS
}


@pytest.fixture
def other_engine() -> Iterator[str]:
    """Another engine, with nothing in its cache: its ``DOCKER_HOST``."""
    folder = Path(tempfile.mkdtemp(prefix="fb-"))
    layout = EngineLayout.private(folder, folder / "data")
    start_engine(settings(), layout)
    yield layout.host
    stop_engine(settings(), layout)
    shutil.rmtree(folder)


def planned(folder: Path) -> Path:
    """The same images each time, under a name nobody else uses."""
    return write_directory(
        folder / secrets.token_hex(4), build_plan(f"test/{secrets.token_hex(6)}"), dockerfiles=_UNIQUE
    )


def baked(folder: Path, cache: ImageReference, **environment: str) -> BakeResult:
    with (folder.parent / "view.ndjson").open("w") as stream:
        options = BakeOptions(verify=False, cache=cache)
        return bake(folder, options, settings(**environment), LineView(stream, json_line))


def layers(result: BakeResult) -> list[str]:
    """The layers of all images on all platforms."""
    found = []
    with Registries(settings()) as registries:
        for image in result.images:
            for platform in image.platforms:
                reference = ImageReference.parse(image.reference).with_digest(str(platform.digest))
                manifest = registries.of(reference).manifest(reference)
                assert manifest is not None
                found += [layer["digest"] for layer in json.loads(manifest.body)["layers"]]
    return found


@pytest.mark.timeout(600)
def test_another_builder_takes_the_layers_from_the_registry(tmp_path: Path, other_engine: str) -> None:
    cache = ImageReference.parse(f"{REGISTRY}/test/{secrets.token_hex(6)}/layers")
    first = baked(planned(tmp_path), cache)
    second = baked(planned(tmp_path), cache, DOCKER_HOST=other_engine)
    assert second.built
    assert layers(second) == layers(first)


def test_a_cache_that_cannot_be_reached_stops_no_bake(tmp_path: Path) -> None:
    folder = planned(tmp_path)
    result = baked(folder, ImageReference.parse("localhost:9/nobody/layers"))
    assert result.pushed
    events = [json.loads(line) for line in (folder / "events.ndjson").read_text().splitlines()]
    told = [event["detail"] for event in events if event.get("phase") == "caching"]
    assert [detail.partition(":")[0] for detail in told[1:]] == [
        "linux/amd64 is not kept",
        "linux/arm64 is not kept",
    ]
