"""A registry that speaks plain HTTP on an address other than loopback, as FLOps has it, and an engine told nothing."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from baking import settings
from e2e.bridge_registry import baked, bridge_registry, planned
from fedbake.errors import PushError, WorkerError
from fedbake.names import ImageReference
from fedbake.registry.client import Registries


@pytest.fixture(scope="module")
def plain_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with bridge_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


def test_images_are_pushed_there_and_everyone_is_told(tmp_path: Path, plain_registry: str) -> None:
    folder, plan = planned(tmp_path, plain_registry)
    result = baked(folder, settings())
    assert result.plain_http == (plain_registry,)
    assert json.loads((folder / "result.json").read_text())["plain_http"] == [plain_registry]
    assert f"{plain_registry} speaks plain HTTP" in (folder / "events.ndjson").read_text()
    with Registries(settings()) as registries:
        for reference in map(ImageReference.parse, plan.images[0].references):
            index = registries.of(reference).manifest(reference)
            assert index is not None
            assert index.digest == result.images[0].digest


def test_a_login_is_not_sent_there(tmp_path: Path, plain_registry: str) -> None:
    login = {"auths": {plain_registry: {"auth": base64.b64encode(b"user:password").decode()}}}
    (tmp_path / "config.json").write_text(json.dumps(login))
    folder, plan = planned(tmp_path, plain_registry)
    with pytest.raises(PushError, match="must not be sent unprotected") as refused:
        baked(folder, settings(DOCKER_CONFIG=str(tmp_path)))
    assert refused.value.hint is not None
    assert f"docker logout {plain_registry}" in refused.value.hint
    with Registries(settings()) as registries:
        staged = ImageReference.parse(plan.images[0].references[0]).with_tag(plan.staging_tag)
        assert registries.of(staged).manifest(staged) is None


def test_a_base_image_there_needs_one_line_in_the_engines_configuration(tmp_path: Path, plain_registry: str) -> None:
    base = f"{plain_registry}/bridge/test/learner@sha256:{'1' * 64}"
    folder, _ = planned(tmp_path, plain_registry, base)
    with pytest.raises(WorkerError, match="over TLS only") as refused:
        baked(folder, settings())
    assert refused.value.hint is not None
    assert f'{{"insecure-registries": ["{plain_registry}"]}}' in refused.value.hint
    assert f'[registry."{plain_registry}"]' in refused.value.hint
