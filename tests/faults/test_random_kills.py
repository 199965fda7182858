"""A builder ended at random points: every tag stands for whole images, nothing is left, and the next run succeeds."""

import json
import os
import random
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fault_stories import REPOSITORY, Story, at_work, own_engine, small_disk, soon
from random_kills import Point, Run, run_until

from baking import COMMAND, REGISTRY, settings
from fedbake.bake.directory import open_plan
from fedbake.bake.existing import standing_images
from fedbake.names import ACTORS, ImageReference, Platform
from fedbake.registry.client import Registries
from fedbake.worker.engine import EngineLayout

KILLS_OF_ONE_PLAN = 5
SEED = int(os.environ.get("FEDBAKE_TEST_SEED") or random.randrange(10**6))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineLayout]:
    """An engine nobody else uses, in memory."""
    with small_disk(tmp_path_factory.mktemp("engine") / "disk", "2g") as disk, own_engine(disk) as running:
        yield running


@dataclass
class Victim:
    """A builder that bakes version after version of one project, and what must hold whenever it has ended.

    Attributes:
        engine: used by nobody else.
        known: digests of the tag of each role that plans baked so far gave it.
    """

    folder: Path
    engine: EngineLayout
    chance: random.Random
    story: Story = field(init=False)
    known: set[tuple[str | None, ...]] = field(default_factory=lambda: {(None, None)})

    def __post_init__(self) -> None:
        self.story = Story(self.folder, platforms=(Platform.AMD64,))
        self.scratch.mkdir()
        self.mounts = self.mounted()

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def scratch(self) -> Path:
        return self.folder / "tmp"

    def environment(self) -> Mapping[str, str]:
        places = {"FEDBAKE_STATE_DIR": str(self.state), "TMPDIR": str(self.scratch)}
        return {**os.environ, "DOCKER_HOST": self.engine.host, **places}

    def plan(self) -> tuple[Path, str]:
        """A version that has a step of its own; and what that step is called."""
        mark = f"mark-{self.chance.randbytes(8).hex()}"
        return self.story.plan(step=f"echo {mark} && sleep 0.2"), mark

    def command(self, folder: Path) -> list[str]:
        return [COMMAND, "bake", str(folder), "--no-verify", "--progress", "json"]

    def mounted(self) -> frozenset[str]:
        """What is mounted that lies in the engine's folders, wherever it is mounted."""
        own = (str(self.engine.data_root), str(self.engine.exec_root))
        lines = Path("/proc/mounts").read_text().splitlines()
        return frozenset(line.split()[1] for line in lines if any(folder in line for folder in own))

    def staged(self, folder: Path) -> tuple[str, ...] | None:
        """The digests of a plan's images where all of them were built."""
        tag = open_plan(folder).plan.staging_tag
        names = {role: ImageReference(REGISTRY, f"{REPOSITORY}/{role.value}", tag) for role in ACTORS}
        with Registries(settings()) as registries:
            found = standing_images(names, self.story.platforms, registries)
        return None if found is None else tuple(image.digest for image in found)

    def assert_nothing_goes_on(self, folder: Path, mark: str) -> None:
        assert soon(lambda: not at_work(str(folder)) and not at_work(mark)), at_work(str(folder)) + at_work(mark)
        assert soon(lambda: self.mounted() == self.mounts), self.mounted() ^ self.mounts

    def assert_whole(self, folder: Path) -> None:
        """No tag moved before all images of its plan were built; no file is half-written."""
        tags = tuple(self.story.tags())
        if tags not in self.known:
            whole = self.staged(folder)
            assert whole is not None
            known = zip(*self.known, strict=True)
            assert all(tag == new or tag in old for tag, new, old in zip(tags, whole, known, strict=True)), tags
            # The next run of this plan may build it anew, and be ended before it moves the tags of these.
            self.known.add(tags)
        result = folder / "result.json"
        assert not result.exists() or json.loads(result.read_text())["plan_id"] == open_plan(folder).plan.plan_id

    def assert_done(self, run: Run, folder: Path) -> None:
        assert run.code == 0, "".join(run.lines)
        result = json.loads((folder / "result.json").read_text())
        digests = tuple(image["digest"] for image in result["images"])
        assert tuple(self.story.tags()) == digests
        self.known.add(digests)
        assert list((self.state / "locks").iterdir()) == []
        assert list(self.scratch.iterdir()) == []


@pytest.fixture
def victim(tmp_path: Path, engine: EngineLayout) -> Victim:
    print(f"FEDBAKE_TEST_SEED={SEED}")
    return Victim(tmp_path, engine, random.Random(SEED))


@pytest.mark.parametrize(
    ("sent", "times"), [(signal.SIGKILL, 8), (signal.SIGTERM, 3), (signal.SIGINT, 3)], ids=["kill", "term", "int"]
)
def test_a_builder_ended_at_random_points(victim: Victim, sent: signal.Signals, times: int) -> None:
    folder, mark = victim.plan()
    complete = run_until(victim.command(folder), victim.environment())
    victim.assert_done(complete, folder)
    ended = 0
    for _ in range(5 * times):
        if ended >= times:
            break
        folder, mark = victim.plan()
        for _ in range(KILLS_OF_ONE_PLAN):
            point = Point.drawn(victim.chance, len(complete.lines))
            before = tuple(victim.story.tags())
            run = run_until(victim.command(folder), victim.environment(), point, sent)
            ended += run.code != 0
            assert run.code in {0, -sent.value, 130}, f"{point}: {''.join(run.lines)}"
            victim.assert_nothing_goes_on(folder, mark)
            victim.assert_whole(folder)
            assert sent is signal.SIGKILL or tuple(victim.story.tags()) in {before, victim.staged(folder)}
            if run.code == 0:
                break
        victim.assert_done(run_until(victim.command(folder), victim.environment()), folder)
        victim.assert_nothing_goes_on(folder, mark)
    assert ended >= times
