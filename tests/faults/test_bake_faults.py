"""Baking while something breaks: one typed error, every tag where it was, and the next run works."""

import contextlib
import json
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest
from fault_stories import (
    Story,
    at_work,
    impatient,
    own_engine,
    small_disk,
    soon,
    started,
    wait_for_event,
    wait_for_step,
)

from baking import settings
from faulty_registry import Cut, FaultyRegistry, Policy, Status, faulty_registry
from fedbake.bake.run import BakeOptions
from fedbake.errors import BuildError, FedbakeError, PushError, TransientError, WorkerError
from fedbake.worker.engine import engine_daemon, start_engine, stop_engine


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
        (always(Cut(500), "PUT PATCH", "/blobs/uploads/"), TransientError, 75),
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


@pytest.mark.parametrize("times", [1, 3])
def test_interruptions_while_tags_move_put_them_back(tmp_path: Path, proxy: FaultyRegistry, times: int) -> None:
    """The first while the second of two tags is put, the others while they are put back."""
    story = Story(tmp_path, proxy.host)
    story.bake(story.plan())
    before = story.tags()
    noticed: list[int] = []

    def interrupted(number: int, frame: FrameType | None) -> None:
        noticed.append(number)
        raise KeyboardInterrupt

    def interrupt(method: str, path: str) -> None:
        """The request goes on when the interruption has arrived, and not before."""
        if (method == "PUT" and path.endswith(f"aggregator/manifests/{story.tag}") and not noticed) or (
            f"manifests/{story.tag}" in path and noticed and len(noticed) < times
        ):
            told = len(noticed)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            assert soon(lambda: len(noticed) > told)

    proxy.policy = interrupt
    folder = story.plan()
    before_test = signal.signal(signal.SIGINT, interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            story.bake(folder)
    finally:
        signal.signal(signal.SIGINT, before_test)
    assert len(noticed) == times
    assert story.tags() == before


def test_a_registry_that_is_not_there_is_noticed_before_anything_is_built(tmp_path: Path) -> None:
    with faulty_registry() as gone:
        host = gone.host
    story = Story(tmp_path, host)
    folder = story.plan()
    with pytest.raises(TransientError, match="cannot be reached") as caught:
        story.bake(folder)
    assert caught.value.where == host
    assert not (folder / "events.ndjson").exists()
    assert "trying again in" in (tmp_path / "view").read_text()


def test_a_registry_whose_name_does_not_resolve(tmp_path: Path) -> None:
    story = Story(tmp_path, "registry.invalid:5000")
    with pytest.raises(TransientError, match="cannot be reached") as caught:
        story.bake(story.plan())
    assert caught.value.exit_code == 75
    assert "trying again in" in (tmp_path / "view").read_text()


def test_a_registry_that_comes_back_is_waited_for(tmp_path: Path) -> None:
    with faulty_registry() as gone:
        host = gone.host
    story = Story(tmp_path, host, settings=settings())
    folder = story.plan()
    with contextlib.ExitStack() as stack:

        def come_back() -> None:
            assert soon(lambda: "trying again in" in (tmp_path / "view").read_text())
            stack.enter_context(faulty_registry(int(host.rpartition(":")[2])))

        (tmp_path / "view").touch()
        watching = threading.Thread(target=come_back)
        watching.start()
        result = story.bake(folder)
        watching.join()
    assert story.tags() == [image.digest for image in result.images]


def test_an_engine_that_does_not_run(tmp_path: Path) -> None:
    story = Story(tmp_path, settings=impatient(DOCKER_HOST="unix:///nowhere/docker.sock"))
    with pytest.raises(WorkerError) as caught:
        story.bake(story.plan())
    assert caught.value.exit_code == 6
    assert "doctor" in (caught.value.hint or "")
    assert story.tags() == [None, None]


def test_an_engine_whose_disk_is_full(tmp_path: Path) -> None:
    healthy = Story(tmp_path)
    healthy.bake(healthy.plan())
    before = healthy.tags()
    folder = healthy.plan()
    with small_disk(tmp_path / "disk", "48m") as disk, own_engine(disk) as engine:
        cramped = Story(tmp_path, tag=healthy.tag, settings=impatient(DOCKER_HOST=engine.host))
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


def test_an_engine_that_is_killed_during_the_push_and_comes_back_is_waited_for(
    tmp_path: Path, proxy: FaultyRegistry
) -> None:
    story = Story(tmp_path, proxy.host)
    folder = story.plan()
    pushing, killed = threading.Event(), threading.Event()

    def hold_once(method: str, path: str) -> Status | None:
        if method != "PUT" or "/manifests/" not in path or killed.is_set():
            return None
        pushing.set()
        killed.wait(60)
        return Status(500)

    proxy.policy = hold_once
    with (
        small_disk(tmp_path / "disk", "2g") as disk,
        own_engine(disk) as engine,
        started(folder, "--no-verify", DOCKER_HOST=engine.host, FEDBAKE_PATIENCE="120") as running,
    ):
        assert pushing.wait(120)
        process = engine_daemon(engine).pid_file.read_text().strip()
        os.kill(int(process), signal.SIGKILL)
        assert soon(lambda: not Path("/proc", process).exists())
        killed.set()
        wait_for_event(folder, running, lambda event: "waiting up to 120 s" in event.get("detail", ""))
        start_engine(settings(), engine)
        _, stderr = running.communicate(timeout=120)
    assert running.returncode == 0, stderr
    assert "the engine stopped during the build, and is back; trying again in" in stderr
    assert None not in story.tags()


def test_a_build_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    story = Story(tmp_path)
    mark = secrets.token_hex(8)
    folder = story.plan(step=f"echo {mark} && sleep 300")
    with pytest.raises(BuildError, match="did not end within 8 seconds"):
        story.bake(folder, BakeOptions(verify=False, timeout=8))
    assert soon(lambda: not at_work(mark) and not at_work(str(folder)))
    assert story.tags() == [None, None]


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


def test_a_disk_under_the_temporary_folder_that_fills_up_during_the_build(tmp_path: Path) -> None:
    story = Story(tmp_path)
    folder = story.plan(step=f"echo {secrets.token_hex(8)} && sleep 3")
    with small_disk(tmp_path / "tmp", "256k") as disk:
        with started(folder, "--no-verify", TMPDIR=str(disk)) as running:
            wait_for_step(folder, running, "sleep 3")
            fill(disk)
            _, stderr = running.communicate(timeout=120)
        assert running.returncode == 6, stderr
        assert "a file of buildx cannot be written, as the disk is full" in stderr
        assert story.tags() == [None, None]
        assert not (folder / "result.json").exists()
        (disk / "filler").unlink()
        with started(folder, "--no-verify", TMPDIR=str(disk)) as running:
            running.communicate(timeout=120)
        assert running.returncode == 0
        assert list(disk.iterdir()) == []
    assert None not in story.tags()


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
    assert not at_work(str(folder))
    assert json.loads((folder / "events.ndjson").read_text().splitlines()[-1])["phase"] == "interrupted"
    after = story.bake(folder)
    assert story.tags() == [image.digest for image in after.images]
