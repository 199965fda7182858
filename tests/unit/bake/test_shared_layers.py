"""What is made once: dependencies as targets that images are linked to, layers kept for other builders."""

from pathlib import Path

import pytest

from fedbake.bake.builder import Builder
from fedbake.bake.invocation import Destination, Invocation, bake_argv
from fedbake.names import ImageReference, Platform
from fedbake.plan.model import BuildPlan
from fedbake.render.bakefile import bake_file, dependency_targets, printed

PLAN = BuildPlan.model_validate_json(
    (Path(__file__).parents[3] / "golden/sklearn-digits/plan/plan.json").read_bytes(), strict=True
)
BUILDER = Builder(None, (0, 13, 1), frozenset({"linux/amd64"}))
CACHE = ImageReference.parse("registry.example:5000/team/layers")
PLACES = {
    f"{role}.cache-from=type=registry,ref={CACHE}:{role}-linux-{arch}"
    for role in ("learner", "aggregator")
    for arch in ("amd64", "arm64")
}


def words(**choices: object) -> list[str]:
    """What buildx is told."""
    asked = Invocation(Destination.REGISTRY, True, Path("/tmp/m.json"), None, **choices)  # type: ignore[arg-type]
    return bake_argv(PLAN, BUILDER, asked)


def test_images_and_their_checks_take_the_same_dependencies_from_the_same_targets() -> None:
    targets = printed(bake_file(PLAN))["target"]
    shared, own = {"deps-actors": "target:deps-actors"}, {"deps-aggregator": "target:deps-aggregator"}
    assert targets["learner"]["contexts"] == targets["verify-learner"]["contexts"] == shared
    assert targets["aggregator"]["contexts"] == targets["verify-aggregator"]["contexts"] == shared | own


def test_dependencies_are_built_for_the_cache_alone() -> None:
    """A linked target that nobody names loses its output, and is put into the engine (buildx, bake/bake.go)."""
    file = printed(bake_file(PLAN))
    for name in dependency_targets(PLAN):
        assert file["target"][name]["output"] == ["type=cacheonly"]
        assert name in file["group"]["default"]["targets"]
        assert name in file["group"]["verify"]["targets"]
        assert name in words()


def test_layers_are_looked_for_by_role_and_platform() -> None:
    assert {word for word in words(cache=CACHE) if ".cache-" in word} == PLACES


def test_layers_are_kept_one_platform_at_a_time() -> None:
    given = words(cache=CACHE, keep=Platform.ARM64)
    assert "*.platform=linux/arm64" in given
    kept = [word.partition(",mode=")[0] for word in given if ".cache-" in word]
    assert kept == [
        f"{role}.cache-to=type=registry,ref={CACHE}:{role}-linux-arm64" for role in ("learner", "aggregator")
    ]


@pytest.mark.parametrize("keep", [None, Platform.AMD64])
def test_a_cache_that_speaks_plain_http_is_told_to_the_builder(keep: Platform | None) -> None:
    given = words(cache=CACHE, keep=keep, plain_http=(CACHE.registry,))
    assert all(word.endswith(",registry.insecure=true") for word in given if ".cache-" in word)
