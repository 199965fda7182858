"""Settings of the server, read once from the environment of its container."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from fedbake_inference.errors import StartError


@dataclass(frozen=True)
class Settings:
    """Where the server listens, and what it lets a client do.

    Attributes:
        port: TCP port (``FEDBAKE_PORT``); FLOps and MLflow's own images use 8080.
        most_bytes: the largest request body (``FEDBAKE_MAX_BODY_BYTES``).
        seconds: how long a request may take, its transfer included (``FEDBAKE_REQUEST_SECONDS``); MLflow's default.
        threads: predictions at the same time, where the model allows more than one (``FEDBAKE_THREADS``).
        name: the model's name in the V2 protocol (``FEDBAKE_MODEL_NAME``).
    """

    port: int = 8080
    most_bytes: int = 100_000_000
    seconds: int = 60
    threads: int = min(os.cpu_count() or 1, 8)
    name: str = "model"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings.

        Raises:
            StartError: a variable is not a whole number in its range, or no name.
        """
        name = environ.get("FEDBAKE_MODEL_NAME") or cls.name
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,128}", name, re.ASCII):
            raise StartError(
                f"FEDBAKE_MODEL_NAME={name!r} is not made of letters, digits, dots, dashes and underscores"
            )
        return cls(
            port=_number(environ, "FEDBAKE_PORT", cls.port, 65535),
            most_bytes=_number(environ, "FEDBAKE_MAX_BODY_BYTES", cls.most_bytes, 10**10),
            seconds=_number(environ, "FEDBAKE_REQUEST_SECONDS", cls.seconds, 10**5),
            threads=_number(environ, "FEDBAKE_THREADS", cls.threads, 256),
            name=name,
        )


def _number(environ: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = environ.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,11}", text, re.ASCII) or not 0 < int(text) <= most:
        raise StartError(f"{name}={text!r} is not a whole number from 1 to {most}")
    return int(text)
