"""FLOps' builder where things go wrong: many at once, and ended at random points, the broker's last will included."""

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_stories import soon
from random_kills import Point, run_until

from baking import COMMAND, REGISTRY
from e2e.builder import World, example, platforms_in_registry, world

BUILDERS = 20
KILLS = 50
SEED = int(os.environ.get("FEDBAKE_TEST_SEED") or random.randrange(10**6))
ROLES = ("learner", "aggregator")

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("flops")) as made:
        yield made


def command(project: str, url: str) -> list[str]:
    return [COMMAND, "flops", f"http://{REGISTRY}", project, "127.0.0.1", "127.0.0.1", "fl_actors", url, "sklearn"]


def last_words(around: World, project: str) -> list[str]:
    """What the manager heard of a project after its start, each word once."""
    heard = [each for each in around.published if each.payload["flops_project_id"] == project]
    words = {each.payload["fedbake"]["id"]: each.topic.rpartition("/")[2] for each in heard}
    return [word for word in words.values() if word != "started"]


def test_twenty_builders_of_one_commit_build_it_once(around: World, tmp_path: Path) -> None:
    url, images = new_commit(around, random.Random())
    projects = [f"{number:024x}" for number in range(BUILDERS)]
    logs = [tmp_path / project for project in projects]
    running = []
    for project, log in zip(projects, logs, strict=True):
        with log.open("wb") as stream:
            running.append(
                subprocess.Popen(command(project, url), env=around.environment, stdout=stream, stderr=stream)
            )
    assert [one.wait(600) for one in running] == [0] * BUILDERS, [log.read_text() for log in logs]
    assert soon(lambda: all(last_words(around, project) == ["success"] for project in projects))
    written = [log.read_text() for log in logs]
    assert sum("building: learner, aggregator" in log for log in written) == 1
    assert all(map(platforms_in_registry, images))
    assert around.left_behind() == []


def test_a_builder_killed_at_random_points_is_reported_and_the_next_one_succeeds(around: World) -> None:
    print(f"FEDBAKE_TEST_SEED={SEED}")
    chance = random.Random(SEED)
    url, images = new_commit(around, chance)
    lines = len(run_until(command("a" * 24, url), around.environment).lines)
    for number in range(KILLS):
        if all(map(platforms_in_registry, images)):
            url, images = new_commit(around, chance)
        project = f"b{number:023d}"
        drawn = Point.drawn(chance, lines - 1)
        # With its first line it has told the manager that it has started.
        killed = run_until(command(project, url), around.environment, Point(drawn.lines + 1, drawn.moment))
        assert soon(lambda project=project: last_words(around, project)), killed
        (word,) = last_words(around, project)
        assert word == "success" or killed.code != 0
        assert word == "failed" or all(map(platforms_in_registry, images))
    project = "c" * 24
    last = run_until(command(project, url), around.environment)
    assert last.code == 0, "".join(last.lines)
    assert soon(lambda: last_words(around, project) == ["success"])
    assert all(map(platforms_in_registry, images))
    assert around.left_behind() == []
    assert list((Path(around.environment["FEDBAKE_STATE_DIR"]) / "locks").iterdir()) == []


def new_commit(around: World, chance: random.Random) -> tuple[str, list[str]]:
    """A repository nobody has built yet, and the images it becomes."""
    url, name, commit = around.repository({**example(), "mark.py": f"MARK = {chance.random()}\n".encode()})
    return url, [f"{name}/{role}:{commit}" for role in ROLES]
