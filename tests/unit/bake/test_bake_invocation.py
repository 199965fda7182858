"""What buildx is told, and how its answers are compared, on old and new versions."""

import json
from pathlib import Path

import pytest

from baking import build_plan
from fedbake.bake.builder import Builder
from fedbake.bake.invocation import Destination, Invocation, bake_argv
from fedbake.bake.oracle import first_difference, normal
from fedbake.errors import UsageError
from fedbake.render.bakefile import bake_file, printed

PLAN = build_plan("owner/tiny")
OLD = Builder(None, (0, 13, 1), frozenset({"linux/amd64"}))
NEW = Builder("remote", (0, 29, 1), frozenset({"linux/amd64"}))


def argv(builder: Builder, destination: Destination, *, verify: bool = True, bundle: Path | None = None) -> list[str]:
    return bake_argv(PLAN, builder, Invocation(destination, verify, Path("/tmp/m.json"), bundle))


def test_a_push_goes_to_the_plans_own_tag_only() -> None:
    given = argv(OLD, Destination.REGISTRY)
    tags = [part for part in given if ".tags=" in part]
    assert tags == [
        f"learner.tags=localhost:5000/owner/tiny/learner:{PLAN.staging_tag}",
        f"aggregator.tags=localhost:5000/owner/tiny/aggregator:{PLAN.staging_tag}",
    ]
    assert not any(reference in part for image in PLAN.images for reference in image.references for part in given)
    assert given[-4:] == ["learner", "aggregator", "verify-learner", "verify-aggregator"]


def test_without_verification_no_check_is_built() -> None:
    assert argv(OLD, Destination.CACHE, verify=False)[-2:] == ["learner", "aggregator"]
    assert "learner.output=type=cacheonly" in argv(OLD, Destination.CACHE)


def test_permission_to_read_the_ca_bundle_is_asked_for_only_where_it_exists(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    assert f"*.secrets=id=ca,src={bundle}" in argv(OLD, Destination.REGISTRY, bundle=bundle)
    assert not any(part.startswith("--allow") for part in argv(OLD, Destination.REGISTRY, bundle=bundle))
    assert f"--allow=fs.read={bundle}" in argv(NEW, Destination.REGISTRY, bundle=bundle)


@pytest.mark.parametrize("name", ["a,b.pem", "a b.pem", 'a"b.pem', "a\nb.pem"])
def test_a_path_that_would_say_more_than_itself_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        argv(OLD, Destination.REGISTRY, bundle=tmp_path / name)


@pytest.mark.parametrize("name", ["--push", "a b", "", "x\n", "../x"])
def test_a_builder_name_that_is_an_option_or_worse_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        argv(Builder(name, (0, 13, 1), frozenset()), Destination.CACHE)


def test_newer_versions_print_maps_and_escapes_for_the_same_meaning() -> None:
    plan = build_plan("owner/tiny", name="owner/${x} $${y} %{z}")
    expected = printed(bake_file(plan))
    newer = json.loads(json.dumps(expected).replace("${", "$${").replace("%{", "%%{"))
    for target in newer["target"].values():
        target["output"] = [dict(field.split("=") for field in one.split(",")) for one in target["output"]]
        if "attest" in target:
            target["attest"] = [{"type": "provenance", "mode": "min"}]
    assert first_difference(normal(expected, (0, 13, 1)), normal(newer, (0, 29, 1))) is None
    assert first_difference(normal(expected, (0, 13, 1)), normal(newer, (0, 13, 1))) is not None


def test_the_first_difference_is_named_with_its_place() -> None:
    expected = printed(bake_file(PLAN))
    found = json.loads(json.dumps(expected))
    found["target"]["learner"]["context"] = "/etc"
    assert first_difference(expected, found) == 'target.learner.context is "/etc" and not "."'
    del found["target"]["aggregator"]
    assert first_difference(expected, found) == "target.aggregator is missing"
    found = json.loads(json.dumps(expected))
    found["target"]["learner"]["network"] = "host"
    assert first_difference(expected, found) == "target.learner.network is not planned"


def test_only_a_registry_found_to_speak_plain_http_is_pushed_to_without_tls() -> None:
    plain = Invocation(Destination.REGISTRY, False, Path("/tmp/m.json"), None, ("localhost:5000",))
    other = Invocation(Destination.REGISTRY, False, Path("/tmp/m.json"), None, ("192.0.2.1:5073",))
    assert f"learner.output={Destination.REGISTRY.value},registry.insecure=true" in bake_argv(PLAN, OLD, plain)
    assert f"learner.output={Destination.REGISTRY.value}" in bake_argv(PLAN, OLD, other)
    assert "insecure" not in Destination.REGISTRY.value
