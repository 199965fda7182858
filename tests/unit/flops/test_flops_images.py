"""Image names: those FLOps' manager derives by itself, and valid ones where it derives one no registry takes."""

import pytest

from fedbake.errors import UsageError
from fedbake.flops.images import (
    actor_images,
    actor_repository,
    model_images,
    platforms_of,
    references,
    registry_host,
)
from fedbake.names import Platform, Role
from fedbake.source.location import parse_remote

COMMIT = "c" * 40


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/owner/repo", "owner/repo"),
        ("https://github.com/Owner/repo", "owner/repo"),
        ("https://github.com/owner/repo.git", "owner/repo.git"),
        ("https://github.com/owner/repo/", "owner/repo"),
        ("https://github.com/owner/my_repo.v2", "owner/my_repo.v2"),
        ("https://user:secret@github.com/owner/repo", "owner/repo"),
        ("git@github.com:owner/repo.git", "owner/repo.git"),
        ("ssh://git@git.example.org:2222/group/sub/repo", "group/sub/repo"),
        ("https://git.example.org:8443/group/sub/repo", "group/sub/repo"),
        # The manager's name has capital letters and is refused by every registry; this one is not.
        ("https://github.com/Owner/Repo", "owner/repo"),
        ("https://git.example.org/~owner/_repo_", "owner/repo"),
    ],
)
def test_actors_are_named_by_the_path_of_the_url(url: str, name: str) -> None:
    remote = parse_remote(url)
    assert remote is not None
    images = references(actor_images(actor_repository(remote), COMMIT), "192.0.2.7:5073")
    assert {role: str(image) for role, image in images.items()} == {
        Role.LEARNER: f"192.0.2.7:5073/{name}/learner:{COMMIT}",
        Role.AGGREGATOR: f"192.0.2.7:5073/{name}/aggregator:{COMMIT}",
    }


def test_a_trained_model_is_named_by_customer_and_run() -> None:
    assert model_images("Admin", "0a" * 16) == {Role.INFERENCE: f"admin/trained_model:{'0a' * 16}"}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://192.0.2.7:5073", "192.0.2.7:5073"),
        ("https://registry.example/", "registry.example"),
        ("HTTP://registry.example:5000", "registry.example:5000"),
        ("192.0.2.7:5073", "192.0.2.7:5073"),
        ("http://[2001:db8::7]:5073", "[2001:db8::7]:5073"),
    ],
)
def test_the_protocol_is_no_part_of_an_image_name(url: str, host: str) -> None:
    assert registry_host(url) == host


@pytest.mark.parametrize("url", ["", "http://", "ftp://r:1", "http://r:5000/prefix", "http://u:hidden@r:5000", "r r"])
def test_what_is_no_registry_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="not the address of one") as caught:
        registry_host(url)
    assert "hidden" not in str(caught.value)


def test_platforms() -> None:
    assert platforms_of("linux/arm64, linux/amd64,linux/arm64") == (Platform.ARM64, Platform.AMD64)
    for wrong in ("", "linux/amd64,", "linux/riscv64", "amd64"):
        with pytest.raises(UsageError, match="not supported"):
            platforms_of(wrong)
