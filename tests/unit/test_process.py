"""The subprocess wrapper: what a child gets, what comes back, and that nothing of it stays behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fedbake.errors import WorkerError
from fedbake.process import ProcessTimeoutError, ResourceLimits, run

ENV = {"PATH": os.environ["PATH"]}


def test_a_child_gets_exactly_the_environment_it_is_given() -> None:
    done = run(["env"], env={**ENV, "ONLY": "this"}, timeout=10)
    assert dict(line.split("=", 1) for line in done.text.splitlines()) == {**ENV, "ONLY": "this"}


def test_output_error_text_and_exit_code_come_back() -> None:
    done = run(
        [sys.executable, "-c", "import sys; print('out'); sys.stderr.write('err\\n'); sys.exit(3)"], env=ENV, timeout=10
    )
    assert (done.code, done.stdout, done.stderr) == (3, b"out\n", "err")


def test_bytes_go_in_and_out_unchanged() -> None:
    content = bytes(range(256)) * 10_000
    assert run(["cat"], env=ENV, timeout=10, stdin=content).stdout == content


def test_arguments_are_never_read_by_a_shell(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    done = run(["echo", f"$(touch {canary}); `touch {canary}`"], env=ENV, timeout=10)
    assert "touch" in done.text
    assert not canary.exists()


def test_lines_of_standard_error_arrive_while_the_program_runs() -> None:
    seen: list[float] = []
    program = "import sys,time; print('first', file=sys.stderr, flush=True); time.sleep(0.5)"
    run([sys.executable, "-c", program], env=ENV, timeout=10, on_stderr_line=lambda _: seen.append(time.monotonic()))
    assert time.monotonic() - seen[0] > 0.4


def test_a_program_that_runs_too_long_is_ended_with_everything_it_started(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    started = time.monotonic()
    with pytest.raises(ProcessTimeoutError, match="did not finish within 1 seconds"):
        run(["sh", "-c", f"sleep 100 & echo $! > {pid_file}; wait"], env=ENV, timeout=1)
    grandchild = Path("/proc") / pid_file.read_text().strip() / "stat"
    while _runs(grandchild) and time.monotonic() - started < 10:
        time.sleep(0.01)
    assert time.monotonic() - started < 10


def _runs(stat: Path) -> bool:
    """Whether a process has not ended yet: it takes a moment from its signal to its end on a busy machine."""
    try:
        return stat.read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_signal_shows_as_a_negative_exit_code() -> None:
    assert run(["sh", "-c", "kill -9 $$"], env=ENV, timeout=10).code == -9


def test_a_missing_program_is_named() -> None:
    with pytest.raises(WorkerError, match="'no-such-program' is not installed"):
        run(["no-such-program"], env=ENV, timeout=10)


def test_limits_hold_for_the_child(tmp_path: Path) -> None:
    target = tmp_path / "file"
    done = run(
        ["sh", "-c", f"cat /dev/zero > {target}"],
        env=ENV,
        timeout=10,
        limits=ResourceLimits(cpu_seconds=5, file_bytes=4096),
    )
    assert done.code != 0
    assert target.stat().st_size == 4096


PARENT = """
import sys, threading
from fedbake.process import run
def work():
    run(["sh", "-c", "echo $$ >&2; exec sleep 100"], env={"PATH": sys.argv[1]}, timeout=100,
        on_stderr_line=lambda line: print(line, flush=True))
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def test_a_program_ends_with_a_parent_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, ENV["PATH"]], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = Path("/proc") / parent.stdout.readline().strip() / "stat"
        assert child.exists()
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 10
    while child.exists() and child.read_text().split()[2] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.05)
