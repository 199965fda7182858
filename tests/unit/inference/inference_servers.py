"""Servers of one MLflow model, as processes: the one of an inference image, and ``mlflow models serve``."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from actor_images import ACTORS, variables

from ports import free_port

_READY_SECONDS = 120


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    text: str
    type: str


class Server:
    """A server process; ``url`` is where it listens."""

    def __init__(self, argv: list[str], folder: Path, port: int, env: Mapping[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / f"server-{port}.log"
        self._argv, self._folder, self._env = argv, folder, env
        self._process: subprocess.Popen[bytes] | None = None
        # A connection for each request: a server may close one that is kept while the next request is on its way.
        alone = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(base_url=self.url, timeout=60, trust_env=False, verify=False, limits=alone)

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._argv, stdout=log, stderr=log, cwd=self._folder, env=dict(self._env), start_new_session=True
            )
        deadline = time.monotonic() + _READY_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(30)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def ask(self, content: bytes, type: str | None, path: str = "/invocations") -> Answer:
        headers = {} if type is None else {"Content-Type": type}
        answer = self._client.post(path, content=content, headers=headers)
        return Answer(answer.status_code, answer.text, answer.headers.get("content-type", ""))

    def _answers(self) -> bool:
        try:
            return self._client.get("/ping").status_code == 200
        except httpx.HTTPError:
            return False


def inference_folder(model: Path, tmp_path: Path) -> Path:
    """What an inference image has in its working directory."""
    folder = tmp_path / f"inference-{model.name}"
    shutil.copytree(ACTORS / "shared", folder)
    shutil.copytree(ACTORS / "inference", folder, dirs_exist_ok=True)
    shutil.copytree(model, folder / "model", symlinks=True)
    return folder


def inference_server(python: Path, model: Path, tmp_path: Path, **more: str) -> Server:
    """The server of an inference image."""
    port = free_port()
    env = variables(FEDBAKE_PORT=str(port), **more)
    return Server([str(python), "main.py"], inference_folder(model, tmp_path), port, env)


def mlflow_server(python: Path, model: Path, tmp_path: Path) -> Server:
    """``mlflow models serve``, in the environment it is started in."""
    port = free_port()
    argv = [
        str(python), "-m", "mlflow", "models", "serve", "-m", str(model), "-p", str(port), "-h", "127.0.0.1",
        "--env-manager", "local",
    ]  # fmt: skip
    programs = _programs(python, tmp_path)
    return Server(argv, tmp_path, port, variables(PATH=f"{programs}:{os.defpath}", HOME=str(tmp_path)))


def _programs(python: Path, tmp_path: Path) -> Path:
    """A folder with the ``uvicorn`` MLflow starts: the environment's own says where it was made, not where it is."""
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "uvicorn").write_text(f'#!/bin/sh\nexec {python} -m uvicorn "$@"\n')
    (folder / "uvicorn").chmod(0o755)
    return folder
