"""Settings of this machine, read once from the environment by `fedbake.cli` and handed down explicitly.

What a user asks for (platforms, registry, as-of date) is not here: that is the request, a part of the plan. Settings
only say how this machine reaches the outside, and never change what a plan contains, but for the address of a mirror of
the package index.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fedbake.errors import UsageError

_PACKAGE_INDEX = "https://pypi.org/simple"
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a repository or a model is read before it is refused (docs/security.md)."""

    file_bytes: int = 100 * 2**20
    total_bytes: int = 500 * 2**20
    files: int = 50_000
    path_bytes: int = 1024
    path_depth: int = 32
    fetch_seconds: int = 600


_MODEL_LIMITS = Limits(file_bytes=8 * 2**30, total_bytes=8 * 2**30, files=5_000, fetch_seconds=3600)


@dataclass(frozen=True, slots=True)
class Settings:
    """How this machine reaches the outside.

    Attributes:
        cache_dir: pure, rebuildable artefacts (index metadata, locks, base-image tarballs).
        state_dir: what services started by `fedbake doctor --fix` leave: pid files, logs, registry storage.
        ca_bundle: PEM bundle to trust in place of the default one, on the host and (as a build secret) in build steps.
        allow_file_urls: whether ``file://`` sources are allowed.
        limits: bounds on what is read from a repository.
        environment: the process environment, from which the subprocess wrappers pick fixed names.
        index_url: where packages are looked up (PEP 503 with PEP 691 JSON); may carry a login, which stays out of
            plans.
        model_limits: bounds on what is read of a trained model.
        patience: seconds something that passes is waited for at most: a network, a server, an engine that restarts.
    """

    cache_dir: Path
    state_dir: Path
    ca_bundle: Path | None
    allow_file_urls: bool
    limits: Limits
    environment: Mapping[str, str]
    index_url: str = _PACKAGE_INDEX
    model_limits: Limits = _MODEL_LIMITS
    patience: float = _PATIENCE_SECONDS

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings.

        ``FEDBAKE_CACHE_DIR``, ``FEDBAKE_STATE_DIR``, ``FEDBAKE_CA_BUNDLE`` (else ``SSL_CERT_FILE``),
        ``FEDBAKE_INDEX_URL``, ``FEDBAKE_PATIENCE`` and ``FEDBAKE_ALLOW_FILE_URLS=1`` are understood.

        Raises:
            UsageError: ``FEDBAKE_PATIENCE`` is no number of seconds.
        """
        import platformdirs

        cache = environ.get("FEDBAKE_CACHE_DIR")
        state = environ.get("FEDBAKE_STATE_DIR")
        bundle = environ.get("FEDBAKE_CA_BUNDLE") or environ.get("SSL_CERT_FILE")
        return cls(
            cache_dir=Path(cache) if cache else platformdirs.user_cache_path("fedbake"),
            state_dir=Path(state) if state else platformdirs.user_state_path("fedbake"),
            ca_bundle=Path(bundle) if bundle else None,
            allow_file_urls=environ.get("FEDBAKE_ALLOW_FILE_URLS") == "1",
            limits=Limits(),
            environment=dict(environ),
            index_url=(environ.get("FEDBAKE_INDEX_URL") or _PACKAGE_INDEX).rstrip("/"),
            patience=_seconds(environ.get("FEDBAKE_PATIENCE")),
        )

    def pick(self, *names: str) -> dict[str, str]:
        """The named variables that are set, for the environment of a child process."""
        return {name: self.environment[name] for name in names if name in self.environment}


def _seconds(text: str | None) -> float:
    if not text:
        return _PATIENCE_SECONDS
    if re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,3})?", text, re.ASCII) is None:
        raise UsageError("FEDBAKE_PATIENCE is not a number of seconds", hint="such as 60, or 0 to try nothing again")
    return float(text)
