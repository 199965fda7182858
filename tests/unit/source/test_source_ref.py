"""Refs are accepted exactly where git accepts them, minus what could be an option."""

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fedbake.errors import UsageError
from fedbake.source.ref import parse_ref


@pytest.mark.parametrize(
    "text", ["main", "feature/x-1", "v1.0", "refs/tags/v1.0", "HEAD", "2024", "beef", "größe", "a@b", "a{b"]
)
def test_honest_names(text: str) -> None:
    assert parse_ref(text).text == text


def test_forty_digits_are_a_commit() -> None:
    ref = parse_ref("ABCDEF0123" * 4)
    assert ref.is_commit
    assert ref.text == "abcdef0123" * 4


def test_an_abbreviation_is_a_name_until_the_server_knows_better() -> None:
    assert parse_ref("deadbeef").looks_abbreviated
    assert not parse_ref("main").looks_abbreviated


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab.-/@{}~^:?*[\\ +lock\x7f\u00e9", min_size=1, max_size=12))
@example("a.lock")
@example("@{")
def test_never_more_generous_than_git(text: str) -> None:
    try:
        ref = parse_ref(text)
    except UsageError as error:
        refusal = error.message
    else:
        refusal = ""
        checked = subprocess.run(["git", "check-ref-format", "--allow-onelevel", ref.text], check=False)
        assert checked.returncode == 0
        assert not ref.text.startswith(("-", "+"))
    assert refusal.isprintable()
