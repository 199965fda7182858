"""What a request's names, dates and versions may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedbake.errors import UsageError
from fedbake.names import ImageReference, PythonMinor, repository_name
from fedbake.plan.request import as_of_time


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01", "2026-11-02T00:00:00Z"),
        ("2026-12-31", "2027-01-01T00:00:00Z"),
        ("2026-11-01T12:30:00Z", "2026-11-01T12:30:00Z"),
        ("2026-11-01T12:30:00+02:00", "2026-11-01T10:30:00Z"),
    ],
)
def test_a_date_means_its_end_and_a_time_itself_in_utc(text: str, moment: str) -> None:
    assert as_of_time(text) == moment


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01", "2026-11-01 12:00", "01.11.2026", "2026-11-01\n", "9999-12-31"]
)
def test_anything_else_is_no_date(text: str) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        as_of_time(text)


@pytest.mark.parametrize("text", ["3.11\n", " 3.11", "v3.11", "3.11.2", "3", "3.1a", "٣.11", "2.7", "3.11+$(id)"])
def test_only_a_plain_feature_release_is_a_python_version(text: str) -> None:
    with pytest.raises(UsageError, match="is not a Python version"):
        PythonMinor.parse(text)


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("Owner/My Repo!", "owner/my-repo"),
        ("malyuk-a/MNIST_sklearn", "malyuk-a/mnist_sklearn"),
        ("a___b/..c", "a-b/c"),
        ("--x--", "x"),
        ("a._b", "a-b"),
    ],
)
def test_names_become_image_repositories_in_one_documented_way(name: str, repository: str) -> None:
    assert repository_name(name) == repository


@given(st.text(max_size=60))
def test_any_name_becomes_a_valid_repository_or_is_refused(name: str) -> None:
    try:
        repository = repository_name(name)
    except UsageError:
        return
    assert ImageReference("localhost:5000", repository).repository == repository
    assert repository_name(repository) == repository


@pytest.mark.parametrize(
    "text",
    [
        "localhost:5000/a/b:tag@sha256:" + "0" * 64,
        "docker.io/library/python:3.11-slim",
        "registry.example/x",
        "[::1]:5000/a:1",
    ],
)
def test_full_references_are_read_and_written_unchanged(text: str) -> None:
    assert str(ImageReference.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "python:3.11",
        "library/python",
        "localhost:5000/A/b",
        "localhost:5000/a b",
        "localhost:5000/a:t,dest=/x",
        'localhost:5000/a:"',
        "localhost:5000/a@sha256:12",
        "localhost:5000/a/../b",
        "localhost:5000/a\n",
        "evil host/a",
        "localhost:5000/" + "a" * 300,
        "localhost:5000/a:" + "t" * 129,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        ImageReference.parse(text)
