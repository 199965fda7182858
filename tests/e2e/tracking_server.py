"""A real MLflow tracking server, with artifacts proxied through it as FLOps runs it."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

_READY_SECONDS = 60


class TrackingServer:
    """Runs ``mlflow server`` by an interpreter that has MLflow; ``uri`` is where."""

    def __init__(self, python: Path, port: int, folder: Path) -> None:
        self.uri = f"http://127.0.0.1:{port}"
        self._argv = [
            str(python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
            "--artifacts-destination", str(folder / "artifacts"),
        ]  # fmt: skip
        self._folder = folder
        self._environment = {"PATH": f"{python.parent}:{os.defpath}", "HOME": str(folder)}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with (self._folder / "mlflow.log").open("wb") as log:
            self._process = subprocess.Popen(
                self._argv, stdout=log, stderr=log, cwd=self._folder, env=self._environment, start_new_session=True
            )
        deadline = time.monotonic() + _READY_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, (self._folder / "mlflow.log").read_text()
            time.sleep(0.2)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        # The server is a group of processes; the first of them does not end the others when it is killed.
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.uri}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
