"""What passes, and how often it is tried again."""

import itertools
import time

import pytest

from fedbake.errors import BuildError, TransientError
from fedbake.settings import Settings
from fedbake.transient import BUILD, REQUEST, Retries, passing_status, passing_text, persistently, quietly

QUICK = Retries(times=3, first=0.01, longest=0.02)


def failing(times: int) -> "itertools.count[int]":
    """Attempts of which this many fail."""
    return itertools.count(-times)


def attempt(counter: "itertools.count[int]") -> str:
    if next(counter) < 0:
        raise TransientError("the server failed")
    return "done"


def test_what_passes_is_tried_again_and_each_time_is_told() -> None:
    told: list[str] = []
    counter = failing(3)
    assert persistently(lambda: attempt(counter), QUICK, 60, told.append) == "done"
    assert len(told) == 3
    assert all(line.startswith("the server failed; trying again in 0.0 s") for line in told)


def test_it_is_not_tried_for_ever() -> None:
    counter = failing(100)
    with pytest.raises(TransientError):
        persistently(lambda: attempt(counter), QUICK, 60, quietly)
    assert next(counter) == -100 + 1 + QUICK.times


def test_nothing_is_tried_again_after_the_patience_is_over() -> None:
    slow = Retries(times=100, first=0.05, longest=0.05)
    began = time.monotonic()
    with pytest.raises(TransientError):
        persistently(lambda: attempt(failing(1)), slow, 0.3, quietly)
    assert time.monotonic() - began < 5
    counter = failing(1)
    with pytest.raises(TransientError):
        persistently(lambda: attempt(counter), slow, 0, quietly)
    assert next(counter) == 0


def test_nothing_is_tried_again_after_a_moment_that_was_named() -> None:
    with pytest.raises(TransientError):
        persistently(lambda: attempt(failing(1)), QUICK, 60, quietly, until=time.monotonic())


def test_other_failures_come_through_at_once() -> None:
    tries = []

    def fails() -> None:
        tries.append(1)
        raise BuildError("a program failed")

    with pytest.raises(BuildError):
        persistently(fails, QUICK, 60, quietly)
    assert len(tries) == 1


@pytest.mark.parametrize("retries", [REQUEST, BUILD])
def test_pauses_double_up_to_a_bound_and_differ_from_worker_to_worker(retries: Retries) -> None:
    drawn = [tuple(retries.pauses()) for _ in range(20)]
    assert len(set(drawn)) > 1
    for pauses in drawn:
        assert len(pauses) == retries.times
        for number, pause in enumerate(pauses):
            longest = min(retries.first * 2**number, retries.longest)
            assert longest / 2 <= pause <= longest


@pytest.mark.parametrize(("status", "passes"), [(429, True), (500, True), (503, True), (507, True), (404, False)])
def test_servers_out_of_order_pass_and_refusals_do_not(status: int, passes: bool) -> None:
    assert passing_status(status) is passes


@pytest.mark.parametrize(
    "text",
    [
        "dial tcp 10.0.0.1:443: connect: connection refused",
        "read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer",
        "dial tcp: lookup registry.example on 10.0.0.2:53: no such host",
        "dial tcp: lookup registry.example: Temporary failure in name resolution",
        "net/http: TLS handshake timeout",
        "unexpected status: 503 Service Unavailable",
        "fatal: unable to access 'https://h/': Could not resolve host: h",
        "fatal: unable to access 'https://h/': The requested URL returned error: 502",
        "ssh: connect to host h port 22: Connection timed out",
        "write: broken pipe",
    ],
)
def test_words_of_programs_that_mean_a_failure_that_passes(text: str) -> None:
    assert passing_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "no space left on device",
        "unexpected status: 401 Unauthorized",
        "denied: requested access to the resource is denied",
        "fatal: unable to access 'https://h/': The requested URL returned error: 404",
        "server certificate verification failed",
        "process did not complete successfully: exit code: 1",
        "localhost:5000/nothing/here:1: not found",
    ],
)
def test_words_of_programs_that_mean_a_failure_that_stays(text: str) -> None:
    assert not passing_text(text)


def test_patience_is_a_setting() -> None:
    assert Settings.from_environment({"FEDBAKE_PATIENCE": "2.5"}).patience == 2.5
    assert Settings.from_environment({}).patience == 60.0


@pytest.mark.parametrize("text", ["soon", "-1", "1e9", "inf", "nan"])
def test_patience_is_a_number_of_seconds(text: str) -> None:
    from fedbake.errors import UsageError

    with pytest.raises(UsageError, match="FEDBAKE_PATIENCE"):
        Settings.from_environment({"FEDBAKE_PATIENCE": text})
