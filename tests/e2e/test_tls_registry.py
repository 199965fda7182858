"""A registry with a certificate of the site's own authority and a login, as companies have it."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from attacks.source_repositories import git, make_repository
from attacks.source_server import make_authority, serve
from baking import BASE, COMMAND, settings
from e2e.bridge_registry import baked, bridge_address, bridge_registry, planned
from e2e.builder import AS_OF, PROJECT, bundle_with, example
from fedbake.errors import PushError, WorkerError
from fedbake.names import ImageReference, Platform, Role
from fedbake.registry.client import Registries
from fedbake.settings import Settings
from fedbake.worker.check import Check, Status
from fedbake.worker.doctor import Job, diagnose

pytestmark = pytest.mark.timeout(300)

PASSWORD = "c0ffee5ec2e7c0ffee"
HTPASSWD = "me:$2y$05$abcdefghijklmnopqrstuu0koUFqRQ/5cUL6.po51mEqhBMqEhHxa\n"
ENGINE_CERTIFICATES = Path("/etc/docker/certs.d")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_authority(tmp_path_factory.mktemp("authority") / "made", bridge_address())


@pytest.fixture(scope="module")
def bundle(authority: tuple[Path, Path]) -> Path:
    return bundle_with(authority[0].with_name("bundle.pem"), authority[0])


@pytest.fixture(scope="module")
def host(authority: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("registry")
    passwords = authority[1].with_name("htpasswd")
    passwords.write_text(HTPASSWD)
    with bridge_registry(folder, certificate=authority[1], passwords=passwords) as running:
        yield running


@pytest.fixture(autouse=True)
def login(tmp_path: Path, host: str) -> None:
    log_in(tmp_path, host, PASSWORD)


@pytest.fixture
def site(tmp_path: Path, bundle: Path) -> Settings:
    return settings(**variables(tmp_path, bundle))


def variables(folder: Path, bundle: Path) -> dict[str, str]:
    return {"DOCKER_CONFIG": str(folder), "FEDBAKE_CA_BUNDLE": str(bundle), "FEDBAKE_STATE_DIR": str(folder / "state")}


def log_in(folder: Path, host: str, password: str) -> None:
    entry = {"auth": base64.b64encode(f"me:{password}".encode()).decode()}
    (folder / "config.json").write_text(json.dumps({"auths": {host: entry}}))


@contextmanager
def told_to_the_engine(host: str, authority: Path) -> Iterator[None]:
    """What the hint says, done and undone."""
    folder = ENGINE_CERTIFICATES / host
    folder.mkdir(parents=True)
    try:
        shutil.copyfile(authority, folder / "ca.crt")
        yield
    finally:
        shutil.rmtree(folder)
        with suppress(OSError):
            ENGINE_CERTIFICATES.rmdir()


def test_images_are_pushed_and_tagged_with_the_login_docker_keeps(
    tmp_path: Path, host: str, site: Settings, authority: tuple[Path, Path]
) -> None:
    folder, plan = planned(tmp_path, host)
    with told_to_the_engine(host, authority[0]):
        result = baked(folder, site)
    assert result.plain_http == ()
    with Registries(site) as registries:
        for reference in map(ImageReference.parse, plan.images[0].references):
            index = registries.of(reference).manifest(reference)
            assert index is not None
            assert index.digest == result.images[0].digest


def test_a_wrong_password_is_told_and_not_shown(tmp_path: Path, host: str, bundle: Path) -> None:
    log_in(tmp_path, host, PASSWORD[::-1])
    folder, _ = planned(tmp_path, host)
    environment = {**os.environ, **variables(tmp_path, bundle)}
    run = subprocess.run([COMMAND, "bake", folder], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == PushError.exit_code == 8
    assert f"docker login {host}" in run.stderr
    assert_not_shown(PASSWORD[::-1], run.stdout + run.stderr)


def assert_not_shown(password: str, text: str) -> None:
    assert password not in text
    assert base64.b64encode(f"me:{password}".encode()).decode() not in text


def test_an_authority_fedbake_does_not_know(tmp_path: Path, host: str) -> None:
    folder, _ = planned(tmp_path, host)
    with pytest.raises(PushError, match="not trusted: unable to get local issuer certificate") as refused:
        baked(folder, settings(DOCKER_CONFIG=str(tmp_path)))
    assert "FEDBAKE_CA_BUNDLE" in (refused.value.hint or "")


def test_an_authority_the_builder_does_not_know(tmp_path: Path, host: str, site: Settings) -> None:
    folder, plan = planned(tmp_path, host)
    with pytest.raises(WorkerError, match="the builder does not trust the authority") as refused:
        baked(folder, site)
    assert refused.value.where == host
    assert f"/etc/docker/certs.d/{host}/ca.crt" in (refused.value.hint or "")
    assert f'[registry."{host}"]' in (refused.value.hint or "")
    with Registries(site) as registries:
        staged = ImageReference.parse(plan.images[0].references[0]).with_tag(plan.staging_tag)
        assert registries.of(staged).manifest(staged) is None


def test_an_authority_the_builder_does_not_know_when_it_reads_a_base_image(
    tmp_path: Path, host: str, site: Settings
) -> None:
    base = f"{host}/base/of/mine@sha256:{'1' * 64}"
    folder, _ = planned(tmp_path, host, base)
    with pytest.raises(WorkerError, match="the builder does not trust the authority") as refused:
        baked(folder, site)
    assert refused.value.where == base
    assert f"/etc/docker/certs.d/{host}/ca.crt" in (refused.value.hint or "")
    assert "after five minutes or a restart" in (refused.value.hint or "")


def test_the_doctor_knows_before(host: str, site: Settings, authority: tuple[Path, Path]) -> None:
    def look() -> dict[str, Check]:
        return {check.name: check for check in diagnose(site, Job(host, (Platform.AMD64,)))}

    before = look()
    with told_to_the_engine(host, authority[0]):
        after = look()
    assert (before["registry"].status, before["login"].status) == (Status.OK, Status.OK)
    assert before["certificate"].status is Status.MISSING
    assert f"/etc/docker/certs.d/{host}/ca.crt" in (before["certificate"].hint or "")
    assert "certificate" not in after


def test_a_builder_of_flops_pushes_there_and_tells_a_wrong_password(
    tmp_path: Path, host: str, bundle: Path, authority: tuple[Path, Path], site: Settings
) -> None:
    commit = make_repository(tmp_path / "work", example())
    git(tmp_path, "clone", "--quiet", "--bare", str(tmp_path / "work"), "git/owner/digits.git")
    chosen = {"FEDBAKE_AS_OF": AS_OF, "FEDBAKE_BASE_IMAGES": f"3.11={BASE}"}
    environment = {**os.environ, **variables(tmp_path, bundle), **chosen}
    common = [f"https://{host}", PROJECT, "127.0.0.1", "127.0.0.1", "--supported_platforms=linux/amd64", "fl_actors"]

    with serve(tmp_path / "git", authority[1]) as git_host, told_to_the_engine(host, authority[0]):
        words = ["--deactivate-notifications", *common, f"{git_host.url}/owner/digits", "sklearn"]

        def build() -> "subprocess.CompletedProcess[str]":
            return subprocess.run(
                [COMMAND, "flops", *words], env=environment, capture_output=True, text=True, check=False
            )

        log_in(tmp_path, host, PASSWORD[::-1])
        refused = build()
        log_in(tmp_path, host, PASSWORD)
        built = build()

    assert refused.returncode == 1
    assert f"docker login {host}" in refused.stderr
    assert_not_shown(PASSWORD[::-1], refused.stdout + refused.stderr)
    assert built.returncode == 0, built.stderr
    assert_not_shown(PASSWORD, built.stdout + built.stderr)
    with Registries(site) as registries:
        for role in (Role.LEARNER, Role.AGGREGATOR):
            image = ImageReference.parse(f"{host}/owner/digits/{role.value}:{commit}")
            assert registries.of(image).manifest(image) is not None
