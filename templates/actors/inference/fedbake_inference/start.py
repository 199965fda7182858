"""Starting the server: the model is loaded before anybody can connect, and running requests are finished at the end."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvicorn
from fedbake_actors.console import say

from fedbake_inference import loaders
from fedbake_inference.app import application
from fedbake_inference.errors import StartError
from fedbake_inference.mlmodel import ModelDirectory
from fedbake_inference.settings import Settings
from fedbake_inference.verification import verify

FOLDER = "model"
"""The model directory in an image's working directory."""


def start(argv: Sequence[str], workdir: Path) -> None:
    """Serve the model until SIGTERM, or verify it.

    Raises:
        StartError: the settings, the model directory or the port cannot be used.
        ActorError: the model's own code failed.
    """
    parser = argparse.ArgumentParser(prog="main.py")
    parser.add_argument("--verify", action="store_true", help="load the model, predict once, and say what came out")
    arguments = parser.parse_args(argv)
    settings = Settings.from_environment(os.environ)
    model = loaders.load(workdir / FOLDER)
    if arguments.verify:
        say(json.dumps(verify(ModelDirectory.read(workdir / FOLDER), model)))
    else:
        _serve(application(model, settings), settings)


def _serve(app: Any, settings: Settings) -> None:
    listening = _socket(settings.port)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=settings.seconds,
        )
    )
    # uvicorn ends by the signals below itself, finishes what is running, and then raises them once more.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    say(f"serving on port {settings.port}")
    server.run(sockets=[listening])
    say("stopped")


def _socket(port: int) -> socket.socket:
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it, every answer waits 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("0.0.0.0", port))  # noqa: S104 -- a container's port is published by its runtime
        listening.listen()
    except OSError as error:
        listening.close()
        raise StartError(f"port {port} cannot be listened on: {error.strerror}") from error
    return listening
