"""A registry that speaks plain HTTP on an address other than loopback, as FLOps has it, and an engine told nothing."""

import base64
import json
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from baking import build_plan, settings, write_directory
from fedbake.bake.result import BakeResult
from fedbake.bake.run import BakeOptions, bake
from fedbake.bake.view import LineView, json_line
from fedbake.errors import PushError, WorkerError
from fedbake.names import ImageReference, Platform, Role
from fedbake.plan.model import BuildPlan
from fedbake.registry.client import Registries
from fedbake.worker.registry import registry_config
from fedbake.worker.waiting import wait_until
from ports import free_port

DOCKERFILE = "FROM {base} AS learner\nCOPY context /app\n\nFROM learner AS verify\nCOPY context /checked\n"


@pytest.fixture(scope="module")
def plain_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry on the engine's own bridge."""
    shown = ["docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"]
    address = subprocess.run(shown, capture_output=True, text=True, check=True).stdout.strip()
    folder = tmp_path_factory.mktemp("registry")
    host = f"{address}:{free_port()}"
    config = registry_config(folder, 0).replace("127.0.0.1:0", host)
    (folder / "config.yml").write_text(config)
    with subprocess.Popen(["docker-registry", "serve", folder / "config.yml"], stderr=subprocess.DEVNULL) as process:
        try:
            assert wait_until(lambda: answers(host), 20)
            yield host
        finally:
            process.terminate()


def answers(host: str) -> bool:
    import httpx

    try:
        return httpx.get(f"http://{host}/v2/", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def planned(folder: Path, host: str, base: str = "scratch") -> tuple[Path, BuildPlan]:
    code = secrets.token_bytes(8)
    plan = build_plan("plain/http", code, registry=host, platforms=(Platform.AMD64,), roles=(Role.LEARNER,))
    dockerfiles = {"learner": DOCKERFILE.format(base=base)}
    return write_directory(folder / "plan", plan, code, dockerfiles=dockerfiles), plan


def baked(folder: Path, **environment: str) -> BakeResult:
    with (folder.parent / "view.ndjson").open("w") as stream:
        return bake(folder, BakeOptions(), settings(**environment), LineView(stream, json_line))


def test_images_are_pushed_there_and_everyone_is_told(tmp_path: Path, plain_registry: str) -> None:
    folder, plan = planned(tmp_path, plain_registry)
    result = baked(folder)
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
        baked(folder, DOCKER_CONFIG=str(tmp_path))
    assert refused.value.hint is not None
    assert f"docker logout {plain_registry}" in refused.value.hint
    with Registries(settings()) as registries:
        staged = ImageReference.parse(plan.images[0].references[0]).with_tag(plan.staging_tag)
        assert registries.of(staged).manifest(staged) is None


def test_a_base_image_there_needs_one_line_in_the_engines_configuration(tmp_path: Path, plain_registry: str) -> None:
    base = f"{plain_registry}/plain/http/learner@sha256:{'1' * 64}"
    folder, _ = planned(tmp_path, plain_registry, base)
    with pytest.raises(WorkerError, match="over TLS only") as refused:
        baked(folder)
    assert refused.value.hint is not None
    assert f'{{"insecure-registries": ["{plain_registry}"]}}' in refused.value.hint
    assert f'[registry."{plain_registry}"]' in refused.value.hint
