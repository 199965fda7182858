"""Baking on the real engine, with the real registry, for both platforms."""

import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from baking import BASE, BOTH, COMMAND, REGISTRY, build_plan, dockerfile, settings, write_directory, write_sums
from e2e.baked_images import remove_images
from fedbake.bake.directory import open_plan
from fedbake.bake.invocation import print_argv
from fedbake.bake.oracle import first_difference, normal
from fedbake.bake.result import BakeResult
from fedbake.bake.run import BakeOptions, bake
from fedbake.bake.view import LineView, json_line
from fedbake.errors import BuildError, UsageError
from fedbake.names import ACTORS, ImageReference, Platform
from fedbake.registry.client import Registries
from fedbake.registry.images import platform_images
from fedbake.render.bakefile import BakeFile, BakeGroup, BakeTarget, printed
from fedbake.render.hcl import to_hcl
from fedbake.worker.docker_facts import engine_facts, parse_version
from fedbake.worker.environment import docker_environment


@pytest.fixture
def repository() -> str:
    """A repository nothing else uses."""
    return f"test/{secrets.token_hex(6)}"


def planned(folder: Path, repository: str, code: bytes, **choices: object) -> Path:
    plan = build_plan(repository, code, **choices)  # type: ignore[arg-type]
    return write_directory(folder / secrets.token_hex(4), plan, code)


def baked(folder: Path, **options: object) -> BakeResult:
    with (folder.parent / "view.ndjson").open("w") as stream:
        return bake(folder, BakeOptions(**options), settings(), LineView(stream, json_line))  # type: ignore[arg-type]


def digest(reference: str) -> str | None:
    image = ImageReference.parse(reference)
    with Registries(settings()) as registries:
        found = registries.of(image).manifest(image)
    return found.digest if found else None


def test_one_bake_pushes_both_roles_for_both_platforms_and_moves_all_tags(tmp_path: Path, repository: str) -> None:
    folder = planned(tmp_path, repository, os.urandom(8).hex().encode())
    result = baked(folder)
    assert (result.built, result.pushed, result.verified, result.emulated) == (True, True, True, 0)
    assert result.emulated_checks >= 1
    assert {image.target for image in result.images} == set(ACTORS)
    plan = open_plan(folder).plan
    for image in result.images:
        for reference in image.references:
            assert digest(reference) == image.digest
        assert [one.platform for one in image.platforms] == list(BOTH)
        assert all(one.digest and one.bytes and one.bytes > 10**6 for one in image.platforms)
        parsed = ImageReference.parse(image.reference)
        with Registries(settings()) as registries:
            index = registries.of(parsed).manifest(parsed)
            assert index is not None
            labels = [one.labels for one in platform_images(registries.of(parsed), parsed, index)]
        assert [label["dev.fedbake.plan-id"] for label in labels] == [plan.plan_id] * 2
    assert json.loads((folder / "result.json").read_text()) == result.model_dump(mode="json")
    events = [json.loads(line) for line in (folder / "events.ndjson").read_text().splitlines()]
    assert [event["phase"] for event in events if event["event"] == "phase"] == [
        "checking",
        "building",
        "publishing",
        "done",
    ]


def test_an_image_runs_on_both_platforms(tmp_path: Path, repository: str) -> None:
    result = baked(planned(tmp_path, repository, b"import platform; print(platform.machine())\n"))
    for platform in BOTH:
        image = f"{result.images[0].reference}@{result.images[0].digest}"
        command = ["docker", "run", "--rm", "--network=none", f"--platform={platform.value}", image]
        ran = subprocess.run([*command, "python3", "/app/code.py"], capture_output=True, text=True, check=True)
        assert ran.stdout.strip() == platform.machine


def test_what_is_there_already_is_not_built_again_and_needs_no_engine(tmp_path: Path, repository: str) -> None:
    folder = planned(tmp_path, repository, b"same\n")
    first = baked(folder)
    began = time.monotonic()
    nothing = settings(DOCKER_HOST="unix:///nowhere/docker.sock")
    again = bake(folder, BakeOptions(), nothing, LineView(sys.stderr, json_line))
    assert time.monotonic() - began < 1.0
    assert again.built is False
    assert [image.digest for image in again.images] == [image.digest for image in first.images]


def test_a_moved_tag_is_not_taken_for_the_plan(tmp_path: Path, repository: str) -> None:
    old = planned(tmp_path, repository, b"old\n")
    first = baked(old)
    baked(planned(tmp_path, repository, b"new\n"))
    back = baked(old)
    assert back.built is True
    assert [image.platforms[0].digest for image in back.images] == [i.platforms[0].digest for i in first.images]
    assert all(digest(reference) == image.digest for image in back.images for reference in image.references)


def test_a_failing_check_moves_no_tag(tmp_path: Path, repository: str) -> None:
    first = baked(planned(tmp_path, repository, b"good\n"))
    plan = build_plan(repository, b"bad\n")
    failing = {role.value: dockerfile(role.value, check="python3 -c 'import sys; sys.exit(9)'") for role in ACTORS}
    folder = write_directory(tmp_path / "bad", plan, b"bad\n", dockerfiles=failing)
    with pytest.raises(BuildError, match="verification failed with exit code 9"):
        baked(folder)
    assert [digest(image.reference) for image in first.images] == [image.digest for image in first.images]
    assert not (folder / "result.json").exists()


def test_without_push_nothing_reaches_the_registry_but_the_checks_run(tmp_path: Path, repository: str) -> None:
    folder = planned(tmp_path, repository, os.urandom(4).hex().encode())
    result = baked(folder, push=False)
    assert (result.pushed, result.verified) == (False, True)
    assert all(image.digest is None for image in result.images)
    assert all(digest(reference) is None for image in result.images for reference in image.references)


def test_load_puts_the_images_into_the_engine_under_the_requested_names(tmp_path: Path, repository: str) -> None:
    result = baked(planned(tmp_path, repository, b"print('loaded')\n"), push=False, load=True)
    try:
        for image in result.images:
            command = ["docker", "run", "--rm", "--network=none", "--pull=never", image.reference]
            ran = subprocess.run([*command, "python3", "/app/code.py"], capture_output=True, text=True, check=True)
            assert ran.stdout == "loaded\n"
    finally:
        remove_images(result)


def test_one_foreign_platform_alone_is_an_index_too(tmp_path: Path, repository: str) -> None:
    result = baked(planned(tmp_path, repository, b"arm\n", platforms=(Platform.ARM64,)))
    assert [one.platform for one in result.images[0].platforms] == [Platform.ARM64]
    assert result.emulated == 0


def test_a_step_that_needs_the_platform_itself_is_counted_once_for_both_roles(tmp_path: Path, repository: str) -> None:
    plan = build_plan(repository, b"x")
    compiled = f"FROM {BASE} AS compiled\nRUN echo {secrets.token_hex(4)} > /compiled\n\n"
    files = {
        role.value: compiled
        + dockerfile(role.value).replace("USER 1000:1000", "COPY --from=compiled /compiled /compiled\nUSER 1000:1000")
        for role in ACTORS
    }
    result = baked(write_directory(tmp_path / "plan", plan, b"x", dockerfiles=files))
    assert result.emulated == 1
    by_platform = {one.platform: one.emulated for one in result.images[0].platforms}
    assert by_platform == {Platform.AMD64: 0, Platform.ARM64: 1}


def test_a_bake_file_that_means_something_else_is_refused_before_anything_runs(tmp_path: Path, repository: str) -> None:
    folder = planned(tmp_path, repository, b"x")
    hcl = folder / "docker-bake.hcl"
    hcl.write_text(hcl.read_text().replace('context   = "."', 'context   = "/etc"'))
    write_sums(folder)
    with pytest.raises(UsageError, match=r"target\.aggregator\.context is ./etc. and not"):
        baked(folder)
    assert digest(build_plan(repository, b"x").images[0].references[0]) is None


def test_the_plan_builds_without_fedbake_as_well(tmp_path: Path, repository: str) -> None:
    folder = planned(tmp_path, repository, b"x")
    argv = ["docker", "buildx", "bake", "-f", "docker-bake.hcl", "default", "verify"]
    subprocess.run(argv, cwd=folder, env=docker_environment(settings()), capture_output=True, check=True)


def test_the_command_prints_the_result_as_json_and_as_a_table(tmp_path: Path, repository: str) -> None:
    folder = planned(tmp_path, repository, b"cli\n")
    run = [COMMAND, "bake", str(folder)]
    as_json = subprocess.run([*run, "--format", "json"], capture_output=True, text=True, check=True)
    assert json.loads(as_json.stdout) == json.loads((folder / "result.json").read_text())
    assert "publishing: 4 tags" in as_json.stderr
    table = subprocess.run(run, capture_output=True, text=True, check=True)
    assert "nothing to build" in table.stdout
    assert f"{REGISTRY}/{repository}/learner:latest" in table.stdout


texts = st.lists(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])), min_size=1, max_size=200)


@given(texts)
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_buildx_reads_in_the_emitted_file_what_the_model_says(values: list[str]) -> None:
    import tempfile
    import unicodedata

    labels = {f"label.{number}": unicodedata.normalize("NFC", value) for number, value in enumerate(values)}
    file = BakeFile(
        groups=(
            BakeGroup(name="default", targets=("learner",)),
            BakeGroup(name="verify", targets=("verify-learner",)),
        ),
        targets=(BakeTarget(name="learner", labels=labels), BakeTarget(name="verify-learner")),
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "docker-bake.hcl").write_text(to_hcl(file), encoding="utf-8", newline="")
        environment = docker_environment(settings())
        asked = subprocess.run(print_argv(), cwd=folder, env=environment, capture_output=True, check=True)
    version = parse_version(engine_facts(settings()).buildx or "") or ()
    assert first_difference(normal(printed(file), ()), normal(json.loads(asked.stdout), version)) is None
