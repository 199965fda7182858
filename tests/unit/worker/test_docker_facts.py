"""Reading what docker and buildx say, and judging it."""

import json

import pytest

from fedbake.errors import WorkerError
from fedbake.names import Platform
from fedbake.worker.check import Status
from fedbake.worker.docker_facts import BuilderFacts, EngineFacts, parse_builder, parse_docker_info, parse_version
from fedbake.worker.readiness import check_builder, check_buildx, check_engine, check_platform

BOTH = tuple(Platform)
INSPECT = """Name:          default
Driver:        docker

Nodes:
Name:             default
Endpoint:         default
Status:           running
Platforms:        linux/amd64, linux/amd64/v2, linux/arm64
Labels:
 org.mobyproject.buildkit.worker.network: host
"""
TWO_NODES = """Name:   farm
Driver: remote

Nodes:
Name:      a
Platforms: linux/amd64*, linux/386
Name:      b
Platforms: linux/arm64*, linux/386
"""


def engine(
    version: str | None = "26.1.5", buildx: str | None = "v0.13.1", containerd_store: bool = True
) -> EngineFacts:
    return EngineFacts(version, None, buildx, containerd_store, "/var/lib/docker")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("v0.13.1", (0, 13, 1)),
        ("0.13.1+ds1", (0, 13, 1)),
        ("26.1.5+dfsg1", (26, 1, 5)),
        ("git version 2.39.5", (2, 39, 5)),
        ("docker", None),
        ("", None),
    ],
)
def test_versions_are_read_with_what_distributions_append(text: str, numbers: tuple[int, ...] | None) -> None:
    assert parse_version(text) == numbers


def test_an_engine_with_the_containerd_store() -> None:
    info = {
        "ServerVersion": "26.1.5",
        "DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]],
        "DockerRootDir": "/var/lib/docker",
        "ClientInfo": {"Plugins": [{"Name": "compose", "Version": "2"}, {"Name": "buildx", "Version": "v0.13.1"}]},
    }
    assert parse_docker_info(json.dumps(info)) == engine()


def test_without_an_engine_the_client_still_names_its_plugins() -> None:
    info = {
        "ServerVersion": "",
        "DriverStatus": None,
        "ServerErrors": ["Cannot connect to the Docker daemon"],
        "ClientInfo": {"Plugins": [{"Name": "buildx", "Version": "v0.13.1"}]},
    }
    facts = parse_docker_info(json.dumps(info))
    assert (facts.version, facts.problem, facts.buildx) == (None, "Cannot connect to the Docker daemon", "v0.13.1")
    assert check_engine(facts).status is Status.MISSING
    assert "Cannot connect" in check_engine(facts).message


@pytest.mark.parametrize("text", ["", "not json", "[]", '"text"', '{"DriverStatus": [1]}', '{"ClientInfo": 3}'])
def test_anything_else_is_a_clear_error(text: str) -> None:
    with pytest.raises(WorkerError, match="nothing readable"):
        parse_docker_info(text)


def test_a_builder_names_its_driver_and_platforms() -> None:
    assert parse_builder(INSPECT) == BuilderFacts("docker", ("linux/amd64", "linux/amd64/v2", "linux/arm64"))


def test_a_builder_of_two_nodes_builds_for_the_platforms_of_both() -> None:
    facts = parse_builder(TWO_NODES)
    assert facts.driver == "remote"
    assert all(check_platform(facts, platform).status is Status.OK for platform in BOTH)


def test_the_classic_store_cannot_hold_two_platforms_but_can_hold_one() -> None:
    classic, builder = engine(containerd_store=False), parse_builder(INSPECT)
    refused = check_builder(classic, builder, BOTH)
    assert refused.status is Status.MISSING
    assert "containerd-snapshotter" in (refused.hint or "")
    assert check_builder(classic, builder, (Platform.AMD64,)).status is Status.OK


def test_a_builder_in_a_container_does_not_need_the_engines_store() -> None:
    builder = BuilderFacts("docker-container", ("linux/amd64", "linux/arm64"))
    assert check_builder(engine(containerd_store=False), builder, BOTH).status is Status.OK


@pytest.mark.parametrize(("version", "status"), [("v0.13.1", "ok"), ("v0.36.0", "ok"), ("v0.12.1", "missing")])
def test_the_oldest_buildx_is_0_13_1(version: str, status: str) -> None:
    assert check_buildx(engine(buildx=version)).status == status


def test_no_buildx_is_missing_and_an_old_engine_is_only_a_warning() -> None:
    assert check_buildx(engine(buildx=None)).status is Status.MISSING
    assert check_engine(engine(version="24.0.7")).status is Status.WARNING
    assert check_engine(engine(version="28.5.2")).status is Status.OK
