"""The lock of a plan: one at a time, told to who waits, and free again however its holder ended."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fedbake.bake.lock import plan_lock
from fedbake.errors import WorkerError

PLAN = "a" * 64
HOLDER = """
import sys, time
from pathlib import Path
from fedbake.bake.lock import plan_lock
with plan_lock(Path(sys.argv[1]), sys.argv[2], lambda: None):
    print("held", flush=True)
    time.sleep(100)
"""


def unexpected() -> None:
    raise AssertionError("nobody else has it")


def test_nobody_waits_for_a_lock_that_is_free_and_its_file_goes_away(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "locks"
    with plan_lock(folder, PLAN, unexpected) as waited:
        assert not waited
        assert len(list(folder.iterdir())) == 1
        with plan_lock(folder, "b" * 64, unexpected):
            pass
    assert list(folder.iterdir()) == []


def test_who_comes_second_is_told_and_goes_on_when_the_first_is_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path), PLAN], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        told = []

        def kill_it() -> None:
            told.append("waiting")
            holder.send_signal(signal.SIGKILL)

        with plan_lock(tmp_path, PLAN, kill_it) as waited:
            assert waited
    assert told == ["waiting"]
    assert list(tmp_path.iterdir()) == []


def test_twenty_threads_are_never_there_at_the_same_time(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work(number: int) -> None:
        with plan_lock(tmp_path, PLAN, lambda: None):
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == [1] * 20
    assert list(tmp_path.iterdir()) == []


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(WorkerError, match="a lock cannot be made") as caught,
        plan_lock(tmp_path / "file" / "locks", PLAN, unexpected),
    ):
        pass
    assert "FEDBAKE_STATE_DIR" in (caught.value.hint or "")
