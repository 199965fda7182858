"""A learner waits longer each time, not in step with the others, and not for ever."""

from fedbake_actors.retry import LONGEST_SECONDS, Backoff


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waits.append(seconds)


def test_waits_grow_to_a_limit_and_end_with_the_window() -> None:
    time = Time()
    backoff = Backoff(100, time.clock, time.sleep, jitter=lambda: 1.0)
    while backoff.wait():
        pass
    assert time.waits == [1, 2, 4, 8, 16, 20, 20, 20, 9]
    assert max(time.waits) == LONGEST_SECONDS
    assert time.now == 100


def test_jitter_halves_a_wait_at_most() -> None:
    time = Time()
    assert Backoff(100, time.clock, time.sleep, jitter=lambda: 0.0).wait()
    assert time.waits == [0.5]


def test_a_success_begins_anew() -> None:
    time = Time()
    backoff = Backoff(10, time.clock, time.sleep, jitter=lambda: 1.0)
    while backoff.wait():
        pass
    backoff.succeeded()
    assert backoff.wait()
    assert time.waits[-1] == 1
