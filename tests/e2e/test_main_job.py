"""The main job, for real: compile, bake for two platforms, push, run, train; and the plan without fedbake."""

import json
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.baked_images import baked
from e2e.main_job import ROOT, fedbake, federate, machine_settings, planned, reference, run_image
from e2e.sizes import growth, image_layers
from fedbake.bake.result import BakeResult
from fedbake.names import ACTORS, ImageReference, Platform, Role
from fedbake.plan.reading import read_plan
from fedbake.registry.client import Registries
from fedbake.registry.images import platform_images

BOTH = tuple(Platform)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, BakeResult]]:
    """The scikit-learn example, planned and baked."""
    plan = planned("sklearn-digits", tmp_path_factory.mktemp("digits"))
    with baked(plan) as result:
        yield plan, result


@pytest.mark.timeout(1800)
def test_each_tag_is_an_index_over_both_platforms_of_this_plan(digits: tuple[Path, BakeResult]) -> None:
    plan, result = digits
    for role in ACTORS:
        image = ImageReference.parse(reference(result, role))
        with Registries(machine_settings()) as registries:
            registry = registries.of(image)
            index = registry.manifest(image)
            assert index is not None
            found = platform_images(registry, image, index)
        assert {each.platform for each in found} == set(BOTH)
        assert {each.labels["dev.fedbake.plan-id"] for each in found} == {read_plan(plan).plan_id}


@pytest.mark.parametrize("role", ACTORS)
@pytest.mark.parametrize("platform", BOTH)
def test_both_images_run_on_both_platforms_as_an_ordinary_user(
    digits: tuple[Path, BakeResult], role: Role, platform: Platform
) -> None:
    show = (
        "import os, platform, sklearn, flwr; open('written', 'w'); print(platform.machine(), os.getuid(), os.getcwd())"
    )
    done = run_image(reference(digits[1], role), platform, "python", "-c", show)
    assert done.text.split() == [platform.machine, "10001", f"/fl_{role.value}"], done.stderr


def test_nothing_that_only_builds_is_in_an_image(digits: tuple[Path, BakeResult]) -> None:
    look = "import shutil; print([tool for tool in ('uv', 'pip', 'gcc', 'git') if shutil.which(tool)])"
    for role in ACTORS:
        done = run_image(reference(digits[1], role), Platform.AMD64, "python", "-c", look)
        assert done.text.strip() == "[]"
    done = run_image(reference(digits[1], Role.LEARNER), Platform.AMD64, "ls", "/var/cache/uv", "/requirements.txt")
    assert "uv" not in done.text


def test_what_is_equal_on_both_platforms_is_stored_once(digits: tuple[Path, BakeResult]) -> None:
    for image in digits[1].images:
        with Registries(machine_settings()) as registries:
            amd64, arm64 = (
                [layer["digest"] for step, layer in image_layers(image, str(each.digest), registries) if "venv" in step]
                for each in image.platforms
            )
        assert amd64[::2] == arm64[::2], "modules and data"
        assert not set(amd64[1::2]) & set(arm64[1::2]), "libraries"


def test_no_layer_has_grown_without_being_looked_at(digits: tuple[Path, BakeResult]) -> None:
    assert growth("sklearn-digits", digits[0]) == [], "make sizes accepts it"


def test_no_layer_of_a_served_model_has_grown(tmp_path: Path) -> None:
    plan = planned("served-digits", tmp_path, "--target", "inference")
    with baked(plan):
        assert growth("served-digits", plan) == [], "make sizes accepts it"


def emulated_commands(plan: Path) -> set[str]:
    """Commands of the build, cached or not, that run on linux/arm64; the checks are not counted."""
    events = [json.loads(line) for line in (plan / "events.ndjson").read_text().splitlines()]
    steps = [each for each in events if each["event"] == "step" and each["runs_on"] == Platform.ARM64]
    commands = {each["instruction"] for each in steps if each["instruction"].startswith("RUN ")}
    return {command for command in commands if "/verify.py" not in command}


def test_zero_emulated_steps_are_planned_and_zero_are_in_the_build(digits: tuple[Path, BakeResult]) -> None:
    plan, result = digits
    assert read_plan(plan).emulated == ()
    assert read_plan(plan).emulated_steps == 0
    assert result.emulated == 0
    assert emulated_commands(plan) == set()


@pytest.mark.timeout(1800)
def test_learners_of_two_platforms_train_together(digits: tuple[Path, BakeResult]) -> None:
    trained = federate(digits[1], BOTH)
    assert trained.completed, trained.report()
    assert trained.accuracy > 0.8


def test_baking_the_same_plan_again_builds_nothing(digits: tuple[Path, BakeResult]) -> None:
    again = json.loads(fedbake("bake", str(digits[0]), "--format", "json"))
    assert again["built"] is False
    assert {image["digest"] for image in again["images"]} == {image.digest for image in digits[1].images}


@pytest.mark.timeout(1800)
def test_build_plans_and_bakes_in_one_step(tmp_path: Path) -> None:
    repo = ROOT / "golden/sklearn-digits/repo"
    request = ("--name", f"test-{secrets.token_hex(4)}/build", "--as-of", "2026-11-01", "--target", "learner")
    printed = fedbake("build", str(repo), "-o", str(tmp_path / "plan"), *request, "--no-push", "--format", "json")
    result = json.loads(printed)
    assert result["plan_id"] == read_plan(tmp_path / "plan").plan_id
    assert (result["pushed"], result["verified"]) == (False, True)
    assert [image["target"] for image in result["images"]] == ["learner"]


@pytest.mark.timeout(1800)
def test_a_package_without_a_wheel_is_the_only_emulated_step(tmp_path: Path) -> None:
    plan = planned("psutil-source", tmp_path, "--target", "learner")
    assert [(each.platform, each.package) for each in read_plan(plan).emulated] == [(Platform.ARM64, "psutil")]
    assert read_plan(plan).emulated_steps == 2
    with baked(plan) as result:
        commands = emulated_commands(plan)
        assert len(commands) == 2
        assert any("apt-get install" in each for each in commands)
        assert any("pip wheel" in each for each in commands)
        assert [
            each.emulated for image in result.images for each in image.platforms if each.platform is Platform.AMD64
        ] == [0]
        show = "import platform, psutil; print(platform.machine(), psutil.__version__, psutil.cpu_count() > 0)"
        for platform in BOTH:
            done = run_image(reference(result, Role.LEARNER), platform, "python", "-c", show)
            assert done.text.split() == [platform.machine, "5.9.8", "True"], done.stderr


@pytest.mark.timeout(1800)
def test_a_plan_builds_without_fedbake(digits: tuple[Path, BakeResult]) -> None:
    bundle = machine_settings().ca_bundle
    trust = ["--set", f"*.secrets=id=ca,src={bundle}"] if bundle else []
    command = ["docker", "buildx", "bake", "-f", "docker-bake.hcl", *trust, "default", "verify"]
    done = subprocess.run(command, cwd=digits[0], capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
