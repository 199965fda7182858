"""Temporary folders: gone afterwards, also those of a process that was killed, and never those of one that lives."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fedbake.errors import WorkerError
from fedbake.scratch import scratch_folder

OWNER = """
import sys, time
from pathlib import Path
from fedbake.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "file").write_text("x")
    print(folder, flush=True)
    time.sleep(100)
"""


@contextmanager
def owner(around: Path) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """Another process with a folder."""
    with subprocess.Popen([sys.executable, "-c", OWNER, str(around)], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield running, Path(running.stdout.readline().strip())
        finally:
            running.kill()


def test_a_folder_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "file").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_gone_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), scratch_folder(tmp_path):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next_one_and_what_is_in_use_stays(tmp_path: Path) -> None:
    foreign = tmp_path / "fedbake-data-of-somebody"
    foreign.mkdir()
    with owner(tmp_path) as (_, used), owner(tmp_path) as (victim, left):
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        assert (left / "file").exists()
        with scratch_folder(tmp_path) as own:
            assert set(tmp_path.iterdir()) == {used, own, foreign}
        assert (used / "file").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(WorkerError, match="a temporary folder cannot be made") as caught,
        scratch_folder(tmp_path / "x"),
    ):
        pass
    assert caught.value.where == str(tmp_path / "x")
