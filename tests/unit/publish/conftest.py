"""A broker and an observer for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.broker import Broker
from e2e.observer import Observer
from ports import free_port


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(free_port(), tmp_path) as running:
        yield running


@pytest.fixture
def observer() -> Iterator[Observer]:
    with Observer() as running:
        yield running
