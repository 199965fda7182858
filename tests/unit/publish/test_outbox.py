"""The outbox by itself: order, bounds, who sends, and what becomes of a builder's parting word."""

import fcntl
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fedbake.errors import WorkerError
from fedbake.publish import outbox as module
from fedbake.publish.notice import Address, Channel, Notice, Subject, failure, to_observer
from fedbake.publish.outbox import KEPT_SECONDS, Outbox

MANAGER = Address(Channel.MANAGER, "127.0.0.1", 9027)
OBSERVER = Address(Channel.OBSERVER, "127.0.0.1", 2727)
ELSEWHERE = Address(Channel.OBSERVER, "127.0.0.2", 2727)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "outbox.sqlite"


def builder(path: Path, run: str = "one") -> Outbox:
    return Outbox.for_builder(path, run, pytest.fail)


def told(text: str, address: Address = OBSERVER) -> Notice:
    (notice,) = to_observer(address, "project", text)
    return notice


def word(text: str) -> Notice:
    return failure(MANAGER, "project", Subject.FL_ACTORS, text)


def bodies(outbox: Outbox) -> list[str]:
    return [notice.body for notice in outbox.waiting()]


def killed(outbox: Outbox) -> None:
    """The builder is gone without a word: the kernel closes what it had open."""
    assert outbox._life is not None
    outbox._life.release()
    outbox._database.close()


def test_messages_wait_in_order_for_their_address(path: Path) -> None:
    outbox = builder(path)
    outbox.put(told("one"), told("two"))
    outbox.put(told("elsewhere", ELSEWHERE))
    first = outbox.next(OBSERVER)
    assert first is not None
    assert first.body == "one"
    outbox.remove(first)
    assert outbox.next(OBSERVER) == builder(path, "two").next(OBSERVER)
    assert bodies(outbox) == ["two", "elsewhere"]
    assert outbox.next(MANAGER) is None


def test_one_process_at_a_time_sends_to_an_address(path: Path) -> None:
    one, two = builder(path), builder(path, "two")
    with one.turn(OBSERVER) as first, two.turn(OBSERVER) as second, two.turn(ELSEWHERE) as other:
        assert (first, second, other) == (True, False, True)
    with two.turn(OBSERVER) as later:
        assert later


def test_a_last_word_is_kept_back_until_the_builder_has_finished(path: Path) -> None:
    outbox = builder(path)
    outbox.fear(word("killed"))
    assert outbox.waiting() == []
    said = word("it failed")
    outbox.say(said)
    assert outbox.next(MANAGER) is None
    assert outbox.owed(Channel.MANAGER) == 1
    outbox.part()
    assert outbox.next(MANAGER) == said


def test_a_builder_that_ends_without_a_last_word_owes_none(path: Path) -> None:
    outbox = builder(path)
    outbox.fear(word("killed"))
    outbox.part()
    outbox.close()
    assert builder(path, "two").tidy() == []


def test_a_builder_that_lives_keeps_its_parting_word_to_itself(path: Path) -> None:
    living = builder(path)
    living.fear(word("killed"))
    living.say(word("it failed"))
    assert builder(path, "two").tidy() == []
    assert living.next(MANAGER) is None


def test_the_next_builder_says_what_a_killed_one_could_not(path: Path) -> None:
    outbox = builder(path)
    fear = word("killed")
    outbox.fear(fear)
    outbox.put(told("before the end"))
    killed(outbox)
    following = builder(path, "two")
    assert following.tidy() == [fear]
    assert following.next(MANAGER) == fear
    assert following.tidy() == []
    assert not list(path.with_suffix(".locks").glob("run-one"))


def test_what_a_broker_says_for_a_killed_builder_is_not_said_again(path: Path) -> None:
    outbox = builder(path)
    outbox.fear(word("killed"))
    outbox.entrusted(to_broker=True)
    killed(outbox)
    following = builder(path, "two")
    assert following.tidy() == []
    assert following.waiting() == []


def test_a_last_word_that_was_said_goes_out_although_the_broker_had_another(path: Path) -> None:
    outbox = builder(path)
    outbox.fear(word("killed"))
    outbox.entrusted(to_broker=True)
    said = word("it failed")
    outbox.say(said)
    killed(outbox)
    following = builder(path, "two")
    assert following.tidy() == [said]


def test_a_will_comes_after_what_the_builder_said_before(path: Path) -> None:
    outbox = builder(path)
    outbox.fear(word("killed"))
    started = replace(word("started"), topic="flops_manager/fl_actors_image_builder/started")
    outbox.put(started)
    killed(outbox)
    following = builder(path, "two")
    following.tidy()
    assert following.next(MANAGER) == started


def test_what_nobody_heard_for_a_week_is_given_up_and_said(path: Path) -> None:
    builder(path).put(told("old"))
    lines: list[str] = []
    following = Outbox.for_builder(path, "two", lines.append)
    following.tidy(time.time() + KEPT_SECONDS - 60)
    assert bodies(following) == ["old"]
    assert lines == []
    following.tidy(time.time() + KEPT_SECONDS + 60)
    assert following.waiting() == []
    assert "given up" in lines[0]


def test_the_oldest_is_given_up_when_too_many_wait_and_the_managers_stay(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_NOTICES", 5)
    lines: list[str] = []
    outbox = Outbox.for_builder(path, "one", lines.append)
    outbox.put(failure(MANAGER, "project", Subject.FL_ACTORS, "important"))
    for number in range(8):
        outbox.put(told(str(number)))
    assert bodies(outbox)[1:] == ["3", "4", "5", "6", "7"]
    assert "important" in bodies(outbox)[0]
    assert len(lines) == 1


def test_an_outbox_of_another_release_is_left_alone(path: Path) -> None:
    builder(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(WorkerError, match="another release"):
        Outbox.at(path)
    lines: list[str] = []
    assert not Outbox.for_builder(path, "two", lines.append).is_kept
    assert len(lines) == 1


def test_others_can_neither_read_it_nor_be_led_elsewhere(path: Path, tmp_path: Path) -> None:
    outbox = builder(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.with_suffix(".locks").stat().st_mode & 0o777 == 0o700
    outbox.close()
    for name in ("run-two", ".run-two", "run-three"):
        (path.with_suffix(".locks") / name).symlink_to(tmp_path / "target")
    lines: list[str] = []
    assert not Outbox.for_builder(path, "two", lines.append).is_kept
    with pytest.raises(WorkerError):
        Outbox.at(path).tidy()
    assert not (tmp_path / "target").exists()


def test_a_builder_that_begins_is_never_taken_for_a_dead_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = fcntl.flock
    visible: list[list[Path]] = []

    def look_and_lock(descriptor: int, operation: int) -> None:
        visible.append(list(path.with_suffix(".locks").glob("run-*")))
        lock(descriptor, operation)

    monkeypatch.setattr("fedbake.publish.flock.fcntl.flock", look_and_lock)
    outbox = builder(path)
    # Whoever could see the file before it was locked could have locked it.
    assert visible == [[]]
    assert [each.name for each in path.with_suffix(".locks").iterdir()] == ["run-one"]
    outbox.close()
    assert list(path.with_suffix(".locks").iterdir()) == []
