"""Long jobs in processes of their own: results, errors, and nothing left behind."""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from fedbake.errors import WorkerError
from fedbake.worker.parallel import run_all

Report = Callable[[str], None]


def answer(value: int, report: Report) -> int:
    report(f"working on {value}")
    return value * 10


def fail(report: Report) -> int:
    raise WorkerError("it broke", where="here", hint="mend it")


def vanish(report: Report) -> int:
    os._exit(3)


def sleep_until_interrupted(folder: Path, report: Report) -> int:
    (folder / "started").touch()
    try:
        time.sleep(60)
    finally:
        (folder / "cleaned").touch()
    return 0


def wait_then_fail(folder: Path, report: Report) -> int:
    while not (folder / "started").exists():
        time.sleep(0.05)
    return fail(report)


def test_results_come_in_order_and_every_line_is_reported() -> None:
    lines: list[str] = []
    assert run_all([partial(answer, 1), partial(answer, 2)], lines.append) == [10, 20]
    assert sorted(lines) == ["working on 1", "working on 2"]


def test_an_error_keeps_its_place_and_hint_and_the_other_jobs_clean_up(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(WorkerError, match="it broke") as caught:
        run_all([partial(sleep_until_interrupted, tmp_path), partial(wait_then_fail, tmp_path)], print)
    assert (caught.value.where, caught.value.hint) == ("here", "mend it")
    assert (tmp_path / "cleaned").exists()
    assert time.monotonic() - began < 30


def test_a_job_that_vanishes_is_a_defect_and_not_a_hang() -> None:
    with pytest.raises(RuntimeError, match="without an answer"):
        run_all([vanish], print)
