"""The one way fedbake starts another program: an argument vector, an explicit environment, a time limit, typed results.

There is no shell, and nothing is inherited from the caller's environment. `sh` runs the process in a session of its
own, so that a time-out or Ctrl-C ends the whole process group. When fedbake itself is killed, the kernel ends the
program it waits for: nothing goes on unattended.
"""

import os
import resource
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from fedbake.errors import FedbakeError, WorkerError

_STDERR_TAIL_LINES = 200
_GRACE_SECONDS = 15
_PR_SET_PDEATHSIG = 1
"""Have the kernel send this process a signal when the thread that made it ends (prctl(2)); that one waits for it."""


class ProcessTimeoutError(FedbakeError):
    """A program did not finish within its time limit and was ended."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What a program left behind.

    Attributes:
        code: the exit code; negative for the number of the signal that ended it.
        stdout: what it printed, unless that was sent to a file.
        stderr: the last 200 lines of what it reported.
    """

    code: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        """Standard output as text; bytes that are not UTF-8 are replaced."""
        return self.stdout.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class ResourceLimits:
    """Kernel limits of a child process (``setrlimit``): processor seconds, and bytes of any one file it writes."""

    cpu_seconds: int
    file_bytes: int


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    timeout: float,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    stdout_to: IO[bytes] | None = None,
    on_stderr_line: Callable[[str], None] | None = None,
    limits: ResourceLimits | None = None,
) -> Completed:
    """Run a program and wait for it.

    Args:
        argv: the program (found on the PATH in ``env``) and its arguments, passed as they are.
        env: the whole environment of the program.
        timeout: seconds after which the program and all it started are ended.
        cwd: the directory it runs in.
        stdin: what it reads; nothing when not given.
        stdout_to: an open file that takes standard output instead of ``Completed.stdout``.
        on_stderr_line: called with each line of standard error, without its newline.
        limits: kernel limits for the child.

    Raises:
        WorkerError: the program is not installed.
        ProcessTimeoutError: it ran longer than ``timeout``.
        KeyboardInterrupt: the user interrupted; the program was told first and given time to clean up.
    """
    import sh

    program = _find(argv[0], env)
    tail: list[str] = []

    def take_line(line: str) -> None:
        text = line.rstrip("\n")
        tail.append(text)
        del tail[:-_STDERR_TAIL_LINES]
        if on_stderr_line is not None:
            on_stderr_line(text)

    with ExitStack() as stack:
        out = stdout_to or stack.enter_context(tempfile.TemporaryFile())
        source = stack.enter_context(tempfile.TemporaryFile())
        source.write(stdin or b"")
        source.seek(0)
        process = sh.Command(program)(
            *argv[1:],
            _env=dict(env),
            _cwd=str(cwd) if cwd else None,
            _in=source,
            _out=out,
            _err=take_line,
            _err_bufsize=1,
            _decode_errors="replace",
            _tty_out=False,
            _new_session=True,
            _bg=True,
            _bg_exc=False,
            _ok_code=list(range(-64, 256)),
            _preexec_fn=_prepared(limits),
        )
        _wait(process, timeout, argv[0])
        if stdout_to is None:
            out.seek(0)
        return Completed(process.exit_code, b"" if stdout_to else out.read(), "\n".join(tail))


def _find(program: str, env: Mapping[str, str]) -> str:
    import shutil

    found = shutil.which(program, path=env.get("PATH", os.defpath))
    if found is None:
        raise WorkerError(f"the program {program!r} is not installed", hint="fedbake doctor lists what a worker needs")
    return found


def _prepared(limits: ResourceLimits | None) -> Callable[[], None]:
    """What the child does before it becomes the program."""
    import ctypes

    system, parent = ctypes.CDLL(None), os.getpid()

    def prepare() -> None:
        system.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
        if limits is not None:
            # SIGXFSZ stays ignored, as Python has it: a child over the limit gets EFBIG and can say so.
            resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
            resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))

    return prepare


def _wait(process: Any, timeout: float, name: str) -> None:
    # A timer beside a plain wait returns the moment the program ends; sh's own time limit looks ten times a second.
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        _signal(process, signal.SIGTERM)

    with _after(timeout, expire), _after(timeout + _GRACE_SECONDS, lambda: _signal(process, signal.SIGKILL)):
        _wait_or_interrupt(process)
    if expired.is_set():
        raise ProcessTimeoutError(f"{name} did not finish within {timeout:.0f} seconds and was ended")


def _wait_or_interrupt(process: Any) -> None:
    try:
        process.wait()
    except KeyboardInterrupt:
        _signal(process, signal.SIGINT)
        # The interruption may have come when its end was already taken from the kernel: there is nothing to wait for.
        with _after(_GRACE_SECONDS, lambda: _signal(process, signal.SIGKILL)), suppress(ChildProcessError):
            process.wait()
        raise


def _signal(process: Any, number: signal.Signals) -> None:
    """Signal the whole process group, which may have ended by itself in the meantime."""
    with suppress(ProcessLookupError):
        process.signal_group(number)


@contextmanager
def _after(seconds: float, action: Callable[[], None]) -> Iterator[None]:
    """Do something after a while, unless the block ends first."""
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
