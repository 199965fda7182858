"""Baking while something breaks: one typed error, every tag where it was, and the next run works."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from baking import COMMAND, REGISTRY, build_plan, dockerfile, settings, write_directory
from faulty_registry import Cut, FaultyRegistry, Policy, Status, faulty_registry
from fedbake.bake.result import BakeResult
from fedbake.bake.run import BakeOptions, bake
from fedbake.bake.view import LineView, json_line
from fedbake.errors import FedbakeError, PushError, TransientError, WorkerError
from fedbake.names import ACTORS, ImageReference
from fedbake.registry.client import Registries
from fedbake.settings import Settings
from fedbake.worker.engine import EngineLayout, start_engine, stop_engine

REPOSITORY = "test/faults"


@dataclass
class Story:
    """One project over several bakes, with a tag of its own.

    Attributes:
        folder: where its plans are written.
        registry: the registry's name in its plans.
        tag: the tag that has to survive.
        settings: of the machine it is baked on.
    """

    folder: Path
    registry: str = REGISTRY
    tag: str = field(default_factory=lambda: secrets.token_hex(6))
    settings: Settings = field(default_factory=settings)

    def plan(self, check: str = "true") -> Path:
        """A new version of the code, planned."""
        code = secrets.token_hex(8).encode()
        plan = build_plan(REPOSITORY, code, registry=self.registry, tags=(self.tag,))
        files = {role.value: dockerfile(role.value, check=check) for role in ACTORS}
        return write_directory(self.folder / secrets.token_hex(4), plan, code, dockerfiles=files)

    def bake(self, folder: Path) -> BakeResult:
        """Bake it without checks, as none of this is about them."""
        with (self.folder / "view").open("w") as stream:
            return bake(folder, BakeOptions(verify=False), self.settings, LineView(stream, json_line))

    def tags(self) -> list[str | None]:
        """What the tag of each role stands for, asked of the registry itself."""
        with Registries(settings()) as registries:
            images = [ImageReference(REGISTRY, f"{REPOSITORY}/{role.value}", self.tag) for role in ACTORS]
            found = [registries.of(image).manifest(image) for image in images]
        return [manifest.digest if manifest else None for manifest in found]


@pytest.fixture
def proxy() -> Iterator[FaultyRegistry]:
    with faulty_registry() as running:
        yield running


def sends(method: str, part: str) -> Callable[[str, str], bool]:
    return lambda sent, path: sent in method.split() and part in path


def always(fault: Status | Cut, method: str, part: str) -> Policy:
    matches = sends(method, part)
    return lambda sent, path: fault if matches(sent, path) else None


@pytest.mark.parametrize(
    ("policy", "kind", "code"),
    [
        (always(Cut(500), "PUT PATCH", "/blobs/uploads/"), PushError, 8),
        (always(Status(500), "POST", "/blobs/uploads/"), TransientError, 75),
        (always(Status(503), "PUT", "/blobs/uploads/"), TransientError, 75),
        (always(Status(500), "PUT", "/manifests/"), TransientError, 75),
        (always(Status(429), "POST", "/blobs/uploads/"), TransientError, 75),
        (always(Status(401), "POST PUT", "/"), PushError, 8),
        (always(Status(403), "POST PUT", "/"), PushError, 8),
        (always(Status(413), "PUT", "/blobs/uploads/"), PushError, 8),
    ],
    ids=["reset", "500-upload", "503-upload", "500-manifest", "429", "401", "403", "413"],
)
def test_a_registry_that_refuses_in_the_middle_of_a_push(
    tmp_path: Path, proxy: FaultyRegistry, policy: Policy, kind: type[FedbakeError], code: int
) -> None:
    story = Story(tmp_path, proxy.host)
    story.bake(story.plan())
    before = story.tags()
    folder = story.plan()
    proxy.policy = policy
    with pytest.raises(kind) as caught:
        story.bake(folder)
    assert caught.value.exit_code == code
    assert caught.value.details
    assert story.tags() == before
    assert not (folder / "result.json").exists()
    proxy.policy = lambda method, path: None
    after = story.bake(folder)
    assert story.tags() == [image.digest for image in after.images] != before


def test_a_registry_that_fails_for_a_moment_does_not_fail_the_bake(tmp_path: Path, proxy: FaultyRegistry) -> None:
    story = Story(tmp_path, proxy.host)
    folder = story.plan()
    matches = sends("PUT", "/manifests/")

    def until_tried_again(method: str, path: str) -> Status | None:
        recovered = "trying again" in (tmp_path / "view").read_text()
        return Status(500) if matches(method, path) and not recovered else None

    proxy.policy = until_tried_again
    result = story.bake(folder)
    assert result.pushed
    assert story.tags() == [image.digest for image in result.images]


@pytest.mark.parametrize(("status", "kind"), [(500, TransientError), (403, PushError), (401, PushError)])
def test_when_the_second_tag_cannot_be_moved_the_first_goes_back(
    tmp_path: Path, proxy: FaultyRegistry, status: int, kind: type[FedbakeError]
) -> None:
    story = Story(tmp_path, proxy.host)
    story.bake(story.plan())
    before = story.tags()
    folder = story.plan()
    proxy.policy = always(Status(status), "PUT", f"aggregator/manifests/{story.tag}")
    with pytest.raises(kind) as caught:
        story.bake(folder)
    assert proxy.count("PUT", f"learner/manifests/{story.tag}") >= 2
    assert story.tags() == before
    assert "every tag is where it was before" in caught.value.details
    proxy.policy = lambda method, path: None
    story.bake(folder)
    assert None not in story.tags()
    assert not set(story.tags()) & set(before)


def test_an_interruption_while_tags_move_puts_them_back(tmp_path: Path, proxy: FaultyRegistry) -> None:
    story = Story(tmp_path, proxy.host)
    story.bake(story.plan())
    before = story.tags()
    interrupted = []

    def interrupt_once(method: str, path: str) -> None:
        if method == "PUT" and path.endswith(f"aggregator/manifests/{story.tag}") and not interrupted:
            interrupted.append(path)
            os.kill(os.getpid(), signal.SIGINT)

    proxy.policy = interrupt_once
    with pytest.raises(KeyboardInterrupt):
        story.bake(story.plan())
    assert interrupted
    assert story.tags() == before


def test_a_registry_that_is_not_there_is_noticed_before_anything_is_built(tmp_path: Path) -> None:
    with faulty_registry() as gone:
        host = gone.host
    story = Story(tmp_path, host)
    began = time.monotonic()
    with pytest.raises(PushError, match="cannot be reached") as caught:
        story.bake(story.plan())
    assert time.monotonic() - began < 5
    assert caught.value.where == host


def test_an_engine_that_does_not_run(tmp_path: Path) -> None:
    story = Story(tmp_path, settings=settings(DOCKER_HOST="unix:///nowhere/docker.sock"))
    with pytest.raises(WorkerError) as caught:
        story.bake(story.plan())
    assert caught.value.exit_code == 6
    assert "doctor" in (caught.value.hint or "")
    assert story.tags() == [None, None]


@contextmanager
def own_engine(data_root: Path) -> Iterator[EngineLayout]:
    """A second engine; its sockets need a short path."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="fb") as folder:
        layout = EngineLayout.private(Path(folder), data_root)
        start_engine(settings(), layout)
        try:
            yield layout
        finally:
            stop_engine(settings(), layout)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of this size."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--recursive", str(folder)], check=True)


def test_an_engine_whose_disk_is_full(tmp_path: Path) -> None:
    healthy = Story(tmp_path)
    healthy.bake(healthy.plan())
    before = healthy.tags()
    folder = healthy.plan()
    with small_disk(tmp_path / "disk", "48m") as disk, own_engine(disk) as engine:
        cramped = Story(tmp_path, tag=healthy.tag, settings=settings(DOCKER_HOST=engine.host))
        with pytest.raises(WorkerError, match="disk of the engine is full") as caught:
            cramped.bake(folder)
    assert caught.value.exit_code == 6
    assert "prune" in (caught.value.hint or "")
    assert healthy.tags() == before
    healthy.bake(folder)
    assert healthy.tags() != before


def test_an_engine_that_stops_during_the_build(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.bake(story.plan())
    before = story.tags()
    folder = story.plan(check="sleep 300")
    with (
        small_disk(tmp_path / "disk", "2g") as disk,
        own_engine(disk) as engine,
        started(folder, DOCKER_HOST=engine.host) as running,
    ):
        wait_for_step(folder, running, "sleep 300")
        stop_engine(settings(), engine)
        _, stderr = running.communicate(timeout=60)
    assert running.returncode == 6, stderr
    assert "Engine" in stderr
    assert story.tags() == before


def fill(disk: Path) -> None:
    """Leave no byte free."""
    with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)


def test_a_full_disk_under_the_plan_is_reported_and_the_build_is_not_left_hanging(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.bake(story.plan())
    before = story.tags()
    with small_disk(tmp_path / "plans", "256k") as disk:
        folder = Story(disk, tag=story.tag).plan()
        fill(disk)
        with pytest.raises(WorkerError, match="cannot be written"):
            story.bake(folder)
        assert story.tags() == before
        assert not (folder / "result.json").exists()
        (disk / "filler").unlink()
        story.bake(folder)
    assert story.tags() != before


@contextmanager
def started(folder: Path, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """The command itself, running."""
    running = subprocess.Popen(
        [COMMAND, "bake", str(folder)],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def wait_for_step(folder: Path, running: "subprocess.Popen[str]", part: str) -> None:
    """Wait until a step with this text has begun."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        log = folder / "events.ndjson"
        for line in log.read_text().splitlines() if log.exists() else ():
            event = json.loads(line)
            if event["event"] == "step" and event["state"] == "started" and part in event["instruction"]:
                return
        assert running.poll() is None, "the bake ended before the step began"
        time.sleep(0.1)
    raise AssertionError(f"no step with {part!r} began")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_ends_at_once_and_leaves_nothing_behind(tmp_path: Path, sent: signal.Signals) -> None:
    story = Story(tmp_path)
    story.bake(story.plan())
    before = story.tags()
    folder = story.plan(check="sleep 300")
    with started(folder) as running:
        wait_for_step(folder, running, "sleep 300")
        running.send_signal(sent)
        began = time.monotonic()
        _, stderr = running.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert running.returncode == 130, stderr
    assert "interrupted; no tag was moved" in stderr
    assert "Traceback" not in stderr
    assert story.tags() == before
    assert not buildx_in(folder)
    assert json.loads((folder / "events.ndjson").read_text().splitlines()[-1])["phase"] == "interrupted"
    after = story.bake(folder)
    assert story.tags() == [image.digest for image in after.images]


def buildx_in(folder: Path) -> list[str]:
    """Processes that still work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found
