"""What the observer hears of a bake, and what only the log has."""

import io
import threading

import pytest

from fedbake.bake.event import LogLine, PhaseStarted
from fedbake.flops.narration import Narration
from fedbake.flops.stopwatch import Stopwatch
from unit.bake.recordings import replayed


class Listener:
    """Keeps what it is told, and waits for a certain word."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._news = threading.Condition()

    def tell(self, text: str) -> None:
        with self._news:
            self.heard.append(text)
            self._news.notify_all()

    def wait_for(self, word: str) -> str:
        with self._news:
            assert self._news.wait_for(lambda: any(word in text for text in self.heard), timeout=10), self.heard
            return next(text for text in self.heard if word in text)


def told(recording: str) -> tuple[list[str], str]:
    listener, log = Listener(), io.StringIO()
    with Narration(log, listener.tell, Stopwatch()) as narration:
        for event in replayed(recording)[1]:
            narration.show(event)
    return listener.heard, log.getvalue()


def test_every_part_somebody_waits_for_is_told_once() -> None:
    heard, log = told("two-platforms")
    assert len(heard) == len(set(heard))
    for platform in ("linux/amd64", "linux/arm64"):
        assert any(text.startswith(f"verifying the learner for {platform}") for text in heard)
        assert any(text.startswith(f"the learner for {platform} has passed its checks in") for text in heard)
    assert "installing the dependencies for linux/amd64" in heard
    assert "compiling packages without a wheel for linux/arm64 under emulation" in heard
    for image in ("learner", "aggregator"):
        assert heard.index(f"the {image} is built, and is being pushed") < heard.index(f"the {image} is pushed")
    assert len(heard) < 30
    assert log.count("\n") > len(heard)


def test_nobody_waits_for_what_comes_from_the_cache() -> None:
    heard, _ = told("cached-again")
    assert not any("dependencies" in text or "compiling" in text for text in heard)
    assert "the learner is pushed" in heard


def test_phases_are_told_and_the_end_is_left_to_the_last_word() -> None:
    listener, log = Listener(), io.StringIO()
    narration = Narration(log, listener.tell, Stopwatch())
    narration.show(PhaseStarted("publishing", "2 tags"))
    narration.show(LogLine("step", "output of a program"))
    narration.show(PhaseStarted("failed", "why"))
    assert listener.heard == ["publishing: 2 tags"]
    assert log.getvalue().splitlines() == ["publishing: 2 tags", "  | output of a program", "failed: why"]


def test_lines_of_a_git_server_stay_in_the_log() -> None:
    listener, log = Listener(), io.StringIO()
    narration = Narration(log, listener.tell, Stopwatch())
    narration.say("remote: buy now")
    narration.say("fetching HEAD")
    assert listener.heard == ["fetching HEAD"]
    assert log.getvalue() == "remote: buy now\nfetching HEAD\n"


@pytest.mark.timeout(30)
def test_a_long_build_is_reported_on_now_and_then() -> None:
    progress, _ = replayed("failed-step")
    listener = Listener()
    with Narration(io.StringIO(), listener.tell, Stopwatch(), every=0.05) as narration:
        narration.watch(progress)
        assert listener.wait_for("still building").startswith("still building after 0 seconds: ")
