"""What may leave the machine, and in which form."""

import time

import pytest

from fedbake.publish.notice import Address, Channel, Status, Subject, to_manager, to_observer
from fedbake.publish.wording import LONGEST_BYTES, OBSERVER_BYTES, duration, pieces, tellable

OBSERVER = Address(Channel.OBSERVER, "127.0.0.1", 2727)
MANAGER = Address(Channel.MANAGER, "127.0.0.1", 9027)
SECRET = "5ec2e7f00d" * 3


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 seconds"),
        (12.4, "12 seconds"),
        (59.4, "59 seconds"),
        (59.6, "'1' minutes and 0 seconds"),
        (192, "'3' minutes and 12 seconds"),
        (7265, "'121' minutes and 5 seconds"),
    ],
)
def test_timings_are_written_as_the_contract_says(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize("text", ["", "short", "ä" * 600, "a" + "€" * 1000, "🙂" * 700, "é" * 512 + "x"])
def test_the_observer_gets_whole_characters_in_pieces_it_can_read(text: str) -> None:
    parts = list(pieces(text))
    assert "".join(parts) == text
    assert all(0 < len(part.encode()) <= OBSERVER_BYTES for part in parts)


def test_lines_and_their_indentation_stay() -> None:
    assert tellable("step failed:\n\tone\n    two  \r\nthree") == "step failed:\n    one\n    two\nthree"


def test_a_long_text_is_cut_between_characters_and_says_so() -> None:
    told = tellable("€" * 5000)
    assert len(told.encode()) <= LONGEST_BYTES
    assert told.startswith("€" * 2000)
    assert told.endswith("\n… (shortened)")


def test_a_text_that_just_fits_is_not_touched() -> None:
    assert tellable("x" * LONGEST_BYTES) == "x" * LONGEST_BYTES
    assert tellable("x" * (LONGEST_BYTES + 1)).endswith("(shortened)")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://me:5ecret@host/repo.git", "https://***@host/repo.git"),
        ("GET https://host/v2/?state=5ecret denied", "GET https://host/v2/?*** denied"),
        ("Authorization: Bearer 5ecret5ecret", "Authorization: Bearer ***"),
        ("login me:5ecret@host failed", "login ***@host failed"),
        ("TWINE_PASSWORD=5ecret pip failed", "TWINE_PASSWORD=*** pip failed"),
        ('{"access_token": "5ecret"}', '{"access_token": ***}'),
        ("push --token 5ecret x", "push --token *** x"),
        ("--api-key=5ecret", "--api-key=***"),
    ],
)
def test_secrets_are_masked(text: str, told: str) -> None:
    assert tellable(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "registry:5000/owner/repo/learner:1.0@sha256:" + "0" * 64,
        "the token expired, ask for another password",
        "model_manager.py:12:5: error: no class ModelManager [structure/model-manager]",
        "git@host:owner/repo",
    ],
)
def test_what_only_looks_like_a_secret_is_not(text: str) -> None:
    assert tellable(text) == text


def test_a_secret_is_not_cut_in_two_and_shown() -> None:
    # Wherever the text ends that is looked at: no half of the login is told, however much of the rest disappears.
    for before in range(8 * LONGEST_BYTES - 60, 8 * LONGEST_BYTES + 5):
        told = tellable("\x1b[31m" * (before // 5) + " " + f"https://me:{SECRET}@host/")
        assert "5ec2" not in told


@pytest.mark.parametrize("unit", ["a:", "a-", "token", "\x1b[", "\x1b]", "token=", "x ", "://", "--token ", "\t"])
def test_no_text_takes_long(unit: str) -> None:
    began = time.process_time()
    tellable(unit * (10 * 2**20 // len(unit)))
    assert time.process_time() - began < 2


def test_an_observer_is_told_nothing_of_an_empty_text() -> None:
    assert to_observer(OBSERVER, "p", " \n\x1b[0m") == ()


def test_every_message_has_an_id_of_its_own_which_the_manager_sees() -> None:
    notices = [to_manager(MANAGER, "p", Subject.FL_ACTORS, Status.STARTED, {}) for _ in range(50)]
    assert len({notice.id for notice in notices}) == 50
    assert all(f'"id": "{notice.id}"' in notice.body for notice in notices)
