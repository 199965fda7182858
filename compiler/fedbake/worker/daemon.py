"""Services started by hand: one pid file and one log file each, a readiness probe, a clean stop.

``start-stop-daemon`` (package ``dpkg``, so on every Debian) does the forking and the identification: it signals a
process only when both the pid file and the executable match, so that a reused process number is never taken for the
service.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fedbake.errors import WorkerError
from fedbake.process import Completed, run
from fedbake.settings import Settings
from fedbake.worker.environment import system_environment
from fedbake.worker.waiting import wait_until

_EXEC_SECONDS = 2.0
_LOG_TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Daemon:
    """A program that stays in the background.

    Attributes:
        name: what messages call it.
        argv: absolute path of the executable, and its arguments.
        pid_file: written when it starts, removed when it was stopped.
        log_file: takes its output; appended to.
        stop_seconds: how long it may take to end after SIGTERM before it is killed.
    """

    name: str
    argv: tuple[str, ...]
    pid_file: Path
    log_file: Path
    stop_seconds: int = 30

    def start(self, settings: Settings, *, is_ready: Callable[[], bool], patience: float) -> None:
        """Start it unless it runs already, and wait until it is ready.

        Args:
            settings: of this machine.
            is_ready: asked repeatedly; must answer quickly and must not raise.
            patience: seconds to wait for readiness.

        Raises:
            WorkerError: it could not be started, ended at once, or was not ready in time. It is stopped then.
        """
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        if not self.is_running(settings):
            self._launch(settings)
            # Between fork and exec the process is still start-stop-daemon itself.
            wait_until(lambda: self.is_running(settings), _EXEC_SECONDS)
        is_over = wait_until(lambda: is_ready() or not self.is_running(settings), patience)
        if not self.is_running(settings):
            raise self._failure("ended right after it was started")
        if not is_over:
            self.stop(settings)
            raise self._failure(f"was not ready after {patience:.0f} seconds")

    def is_running(self, settings: Settings) -> bool:
        """Whether the process the pid file names is there and is this program."""
        return self._control(settings, "--status").code == 0

    def stop(self, settings: Settings) -> bool:
        """Ask it to end, wait, and kill it if it does not. Returns whether there was something to stop.

        Raises:
            WorkerError: it is still there.
        """
        if not self.is_running(settings):
            self.pid_file.unlink(missing_ok=True)
            return False
        done = self._control(settings, "--stop", "--retry", f"TERM/{self.stop_seconds}/KILL/10", "--remove-pidfile")
        if done.code not in {0, 1}:
            raise WorkerError(f"{self.name} does not stop", where=str(self.pid_file), hint=f"see {self.log_file}")
        return True

    def _control(self, settings: Settings, *action: str) -> Completed:
        selection = ("--pidfile", str(self.pid_file), "--exec", self.argv[0])
        return run(
            ["start-stop-daemon", "--quiet", *action, *selection],
            env=system_environment(settings),
            timeout=self.stop_seconds + 30,
        )

    def _launch(self, settings: Settings) -> None:
        how = ("--start", "--background", "--make-pidfile", "--output", str(self.log_file))
        selection = ("--pidfile", str(self.pid_file), "--exec", self.argv[0])
        done = run(
            ["start-stop-daemon", "--quiet", *how, *selection, "--", *self.argv[1:]],
            env=system_environment(settings),
            timeout=30,
        )
        if done.code != 0:
            raise WorkerError(f"{self.name} could not be started: {done.stderr.strip() or done.text.strip()}")

    def _failure(self, what: str) -> WorkerError:
        last = _last_line(self.log_file)
        hint = f"its last words: {last}" if last else None
        return WorkerError(f"{self.name} {what}", where=str(self.log_file), hint=hint)


def _last_line(log: Path) -> str:
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LOG_TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
