"""Nothing twice: builders started for the same plan build once, and tags that are immutable are answered."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from fault_stories import REPOSITORY, Story, tag_of

from baking import COMMAND, REGISTRY, settings
from faulty_registry import faulty_registry
from fedbake.bake.directory import open_plan
from fedbake.bake.existing import TakenTags, standing_images
from fedbake.bake.run import BakeOptions, bake
from fedbake.bake.view import LineView, json_line
from fedbake.names import ACTORS, ImageReference, Platform, Role
from fedbake.publish.tags import Move, move_tags
from fedbake.registry.client import Registries
from fedbake.render.bakefile import PLAN_ID_LABEL

BUILDERS = 20
MOVE = BakeOptions(verify=False)
KEEP = BakeOptions(verify=False, taken=TakenTags.KEEP)


def names(tag: str) -> dict[Role, ImageReference]:
    return {role: ImageReference(REGISTRY, f"{REPOSITORY}/{role.value}", tag) for role in ACTORS}


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path, platforms=(Platform.AMD64,))


def test_twenty_builders_of_one_plan_build_it_once(tmp_path: Path, story: Story) -> None:
    folder = story.plan(step="sleep 3")
    command = [COMMAND, "bake", str(folder), "--no-verify", "--format", "json", "--progress", "json"]
    environment = {**os.environ, "FEDBAKE_STATE_DIR": str(tmp_path / "state")}
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(BUILDERS)
    ]
    ended = [one.communicate(timeout=300) for one in running]
    assert [one.returncode for one in running] == [0] * BUILDERS, [err for _, err in ended if "error" in err]
    results = [json.loads(out) for out, _ in ended]
    assert [result["built"] for result in results].count(True) == 1
    assert len({json.dumps([image["digest"] for image in result["images"]]) for result in results}) == 1
    assert sum('"phase": "building"' in err for _, err in ended) == 1
    waited = [err for _, err in ended if "another builder bakes this plan; waiting for it" in err]
    assert waited
    assert story.tags() == [image["digest"] for image in results[0]["images"]]
    assert json.loads((folder / "result.json").read_text())["plan_id"] == results[0]["plan_id"]
    assert list((tmp_path / "state" / "locks").iterdir()) == []
    for line in (folder / "events.ndjson").read_text().splitlines():
        json.loads(line)


def test_a_tag_that_is_kept_answers_whatever_plan_made_its_image(story: Story) -> None:
    first = story.bake(story.plan())
    before = story.tags()
    folder = story.plan()
    kept = story.bake(folder, KEEP)
    assert not kept.built
    assert [image.digest for image in kept.images] == [image.digest for image in first.images] == before
    assert not (folder / "events.ndjson").exists()
    moved = story.bake(folder, MOVE)
    assert moved.built
    assert story.tags() == [image.digest for image in moved.images] != before


def test_of_tags_that_are_kept_only_those_that_lack_something_are_put(story: Story) -> None:
    """One role stands already, as after a builder that was killed while tags moved."""
    story.bake(story.plan())
    learner, aggregator = story.tags()
    fresh = Story(story.folder, platforms=story.platforms)
    with Registries(settings()) as registries:
        source = names(story.tag)[Role.LEARNER]
        index = registries.of(source).manifest(source)
        assert index is not None
        move_tags([Move(source.with_tag(fresh.tag), index)], registries)
    result = fresh.bake(fresh.plan(), KEEP)
    assert result.built
    assert fresh.tags()[0] == learner == result.images[0].digest
    assert fresh.tags()[1] == result.images[1].digest != aggregator
    assert "is immutable, and stands for an image already" in (fresh.folder / "view").read_text()


def test_a_kept_tag_that_lacks_a_platform_is_completed(story: Story) -> None:
    story.bake(story.plan())
    both = Story(story.folder, tag=story.tag)
    result = both.bake(both.plan(), KEEP)
    assert result.built
    assert both.tags() == [image.digest for image in result.images]


def test_what_stands_under_some_names_is_told_with_its_labels_and_environment(story: Story) -> None:
    folder = story.plan()
    result = story.bake(folder)
    plan = open_plan(folder).plan
    with Registries(settings()) as registries:
        found = standing_images(names(story.tag), (Platform.AMD64,), registries)
        assert found is not None
        assert standing_images(names(story.tag), (Platform.AMD64, Platform.ARM64), registries) is None
        assert standing_images(names("never"), (Platform.AMD64,), registries) is None
    assert [image.digest for image in found] == [image.digest for image in result.images]
    for image in found:
        assert image.plan_ids == {plan.plan_id}
        (platform,) = image.platforms
        assert platform.labels[PLAN_ID_LABEL] == plan.plan_id
        assert "/usr/local/bin" in platform.environment["PATH"]


def test_an_answer_takes_the_requests_it_needs_and_no_more(tmp_path: Path) -> None:
    """For each image its index, and for each platform a manifest and a configuration."""
    with faulty_registry() as proxy:
        story = Story(tmp_path, proxy.host)
        folder = story.plan()
        story.bake(folder)
        proxy.seen.clear()
        assert not story.bake(folder).built
    manifests = [path for method, path in proxy.seen if method == "GET" and "/manifests/" in path]
    blobs = [path for method, path in proxy.seen if method == "GET" and "/blobs/" in path]
    assert (len(manifests), len(blobs)) == (6, 4)


def test_the_engine_keeps_no_image_of_a_plan_that_was_only_pushed(story: Story) -> None:
    folder = story.plan()
    story.bake(folder)
    staged = f"{REGISTRY}/{REPOSITORY}/learner:{open_plan(folder).plan.staging_tag}"
    listed = ["docker", "images", "--quiet", staged]
    assert subprocess.run(listed, capture_output=True, text=True, check=True).stdout == ""
    assert tag_of(ImageReference.parse(staged)) == story.tags()[0]


def test_an_answer_leaves_the_log_of_the_build_as_it_is(story: Story) -> None:
    folder = story.plan()
    with (story.folder / "view").open("w") as stream:
        view = LineView(stream, json_line)
        first = bake(folder, MOVE, story.settings, view)
        log = (folder / "events.ndjson").read_text()
        again = bake(folder, MOVE, story.settings, view)
    assert (first.built, again.built) == (True, False)
    assert (folder / "events.ndjson").read_text() == log
