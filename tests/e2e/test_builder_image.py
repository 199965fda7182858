"""The builder image: made by fedbake, started as a worker starts it, by a user without rights, on both platforms."""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from attacks.source_repositories import git, make_repository
from attacks.source_server import make_authority, serve
from baking import BASE, REGISTRY, build_plan, write_directory
from e2e.broker import Broker
from e2e.builder import AS_OF, GOLDEN, PROJECT, bundle_with, example, platforms_in_registry
from e2e.buildkit_on_tcp import buildkit_on_tcp
from e2e.observer import Observer
from fedbake import __version__
from fedbake.names import Platform, Role
from fedbake.settings import Settings
from fedbake.worker.builder_image.image import make_builder_image
from fedbake.worker.pushed import PushedImage
from ports import free_port

pytestmark = pytest.mark.timeout(1800)

NAME = "fedbake-tests/builder"
CONFINED = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges")
"""What docs/deploy/kubernetes-job.yaml asks for as well."""

SOCKET = Path("/var/run/docker.sock")


@pytest.fixture(scope="module")
def image() -> Iterator[PushedImage]:
    settings = Settings.from_environment(os.environ)
    made = make_builder_image(settings, tuple(Platform), REGISTRY, print, name=NAME)
    yield made
    # Starting them has put them into the engine.
    subprocess.run(["docker", "rmi", *(named(made, each) for each in Platform)], capture_output=True, check=False)


def named(image: PushedImage, platform: Platform) -> str:
    """The image of one platform, by its digest."""
    digest = next(one.digest for one in image.platforms if one.platform is platform)
    return f"{image.reference.rpartition(':')[0]}@{digest}"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The authorities this machine trusts, where the user of a container can read them."""
    return bundle_with(tmp_path / "bundle.pem", make_authority(tmp_path / "authority")[0])


def start(
    image: PushedImage, platform: Platform, *options: str, words: tuple[str, ...]
) -> "subprocess.CompletedProcess[str]":
    argv = [
        "docker",
        "run",
        "--rm",
        "--network=host",
        *CONFINED,
        f"--platform={platform}",
        *options,
        named(image, platform),
        *words,
    ]
    return subprocess.run(argv, capture_output=True, text=True, timeout=900, check=False)


def trusting(bundle: Path) -> tuple[str, ...]:
    return (f"--volume={bundle}:/site/ca.pem:ro", "--env=FEDBAKE_CA_BUNDLE=/site/ca.pem")


def with_engine() -> tuple[str, ...]:
    """The machine's engine by its socket, which belongs to a group."""
    return (f"--volume={SOCKET}:{SOCKET}", f"--group-add={SOCKET.stat().st_gid}")


@pytest.mark.parametrize("platform", Platform)
def test_everything_starts_for_a_user_without_rights(image: PushedImage, platform: Platform) -> None:
    script = "id -un; pwd; uname -m; fedbake --version; git --version; docker buildx version; touch $HOME/x && echo ok"
    done = start(image, platform, words=("sh", "-c", script))
    assert done.returncode == 0, done.stderr
    user, folder, machine, version, with_git, with_buildx, kept = done.stdout.splitlines()
    assert (user, folder, machine, kept) == ("fedbake", "/image_builder", platform.machine, "ok")
    assert version == f"fedbake, version {__version__}"
    assert with_git.startswith("git version 2.")
    assert "buildx" in with_buildx


def test_nothing_is_in_it_that_a_builder_does_not_need(image: PushedImage) -> None:
    script = (
        "command -v dockerd containerd mmdebstrap gcc pip qemu-aarch64-static; ls /var/lib/apt/lists /usr/share/man"
    )
    done = start(image, Platform.AMD64, words=("sh", "-c", script))
    assert "/bin/" not in done.stdout
    assert all(one.bytes < 160 * 2**20 for one in image.platforms)


def test_the_same_fedbake_is_made_once(image: PushedImage) -> None:
    lines: list[str] = []
    settings = Settings.from_environment(os.environ)
    again = make_builder_image(settings, tuple(Platform), REGISTRY, lines.append, name=NAME)
    assert again == image
    assert [line.rpartition(" is ")[2] for line in lines] == ["already there"]


def test_a_repository_is_checked_on_arm64(image: PushedImage, bundle: Path) -> None:
    repository = GOLDEN / "sklearn-digits" / "repo"
    options = (f"--volume={repository}:/repository:ro", *trusting(bundle))
    words = ("fedbake", "check", "/repository", "--format=json")
    done = start(image, Platform.ARM64, *options, words=words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["findings"] is not None


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[tuple[str, str, str, Path]]:
    """A Git host with one repository: its URL, the path of its images, its commit, and whom to trust for it."""
    authority, certificate = make_authority(tmp_path / "own")
    (tmp_path / "git").mkdir()
    owner = f"Test-{secrets.token_hex(4)}"
    commit = make_repository(tmp_path / "work", example())
    (tmp_path / "git" / owner).mkdir()
    git(tmp_path, "clone", "--quiet", "--bare", str(tmp_path / "work"), str(tmp_path / "git" / owner / "digits"))
    with serve(tmp_path / "git", certificate) as host:
        trusted = bundle_with(tmp_path / "trusted.pem", authority)
        yield f"{host.url}/{owner}/digits", f"{owner.lower()}/digits", commit, trusted


def test_the_managers_command_makes_actors_with_the_machines_engine(
    image: PushedImage, repository: tuple[str, str, str, Path], tmp_path: Path
) -> None:
    url, name, commit, trusted = repository
    with Broker(free_port(), tmp_path) as broker, Observer() as observer:
        variables = {
            "FEDBAKE_MQTT_PORT": broker.port,
            "FEDBAKE_OBSERVER_PORT": observer.port,
            "FEDBAKE_AS_OF": AS_OF,
            "FEDBAKE_BASE_IMAGES": f"3.11={BASE}",
        }
        options = (*(f"--env={key}={value}" for key, value in variables.items()), *trusting(trusted), *with_engine())
        common = (f"http://{REGISTRY}", PROJECT, "127.0.0.1", "127.0.0.1", "--supported_platforms=linux/amd64")
        words = ("python3", "main.py", *common, "fl_actors", url, "sklearn")
        done = start(image, Platform.AMD64, *options, words=words)
        assert done.returncode == 0, done.stdout + done.stderr
        success = broker.wait_for("flops_manager/fl_actors_image_builder/success")
        assert success["flops_project_id"] == PROJECT
        assert observer.heard
    for role in ("learner", "aggregator"):
        assert set(platforms_in_registry(f"{name}/{role}:{commit}")) == {"linux/amd64"}


def test_a_buildkit_elsewhere_needs_no_engine(image: PushedImage, bundle: Path, tmp_path: Path) -> None:
    code = secrets.token_hex(8).encode()
    plan = build_plan(f"test/{secrets.token_hex(6)}", code, platforms=(Platform.AMD64,), roles=(Role.LEARNER,))
    folder = write_directory(tmp_path / "plan", plan, code)
    folder.chmod(0o777)
    with buildkit_on_tcp() as address:
        options = (f"--volume={folder}:/plan", f"--env=FEDBAKE_BUILDER={address}", *trusting(bundle))
        done = start(image, Platform.AMD64, *options, words=("fedbake", "bake", "/plan", "--format=json"))
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["built"], result["pushed"], result["verified"]) == (True, True, True)
    assert set(platforms_in_registry(plan.images[0].references[0].partition("/")[2])) == {"linux/amd64"}
