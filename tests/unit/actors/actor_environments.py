"""Real Python environments for the actors, made by uv from the package index and kept outside the checkout."""

import hashlib
import json
import os
from pathlib import Path

from uv import find_uv_bin

from fedbake import process
from kept import kept

AS_OF = os.environ.get("TESTS_AS_OF") or "2026-11-22"
"""Packages published later do not exist for these environments, so that what was run can be run again."""

_NEEDED = ("PATH", "HOME", "SSL_CERT_FILE", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "HTTPS_PROXY", "NO_PROXY")
_SECONDS = 600
# Packages with versions in use that have no wheel; pure Python, so that no compiler is needed.
_WITHOUT_WHEEL = ("--no-binary", "paho-mqtt")


def uv_environment() -> dict[str, str]:
    """The variables uv gets: where programs are, and how this machine reaches the index."""
    found = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    if "PIP_FIND_LINKS" in os.environ:
        # Where a machine offers PyTorch without CUDA; the index has it with gigabytes of that for linux/amd64.
        found["UV_FIND_LINKS"] = os.environ["PIP_FIND_LINKS"]
    return found


def environment(*requirements: str, python: str = "3.11") -> Path:
    """The interpreter of an environment with these requirements, made now if it is not in the cache yet."""
    identity = json.dumps([python, AS_OF, *requirements])
    made = kept(hashlib.sha256(identity.encode()).hexdigest()[:16], lambda draft: _made(draft, requirements, python))
    return made / "bin" / "python"


def has_python(minor: str) -> bool:
    """Whether this machine has an interpreter of a feature release on its PATH."""
    found = process.run(
        [find_uv_bin(), "python", "find", "--no-python-downloads", minor], env=uv_environment(), timeout=60
    )
    return found.code == 0


def _made(draft: Path, requirements: tuple[str, ...], python: str) -> Path:
    _uv("venv", "--quiet", "--allow-existing", "--no-python-downloads", "--python", python, str(draft))
    interpreter = str(draft / "bin" / "python")
    _uv("pip", "install", "--quiet", "--compile-bytecode", "--only-binary", ":all:", "--exclude-newer", AS_OF,
        *_WITHOUT_WHEEL, "--python", interpreter, *requirements)  # fmt: skip
    return draft


def _uv(*arguments: str) -> None:
    done = process.run([find_uv_bin(), *arguments], env=uv_environment(), timeout=_SECONDS)
    assert done.code == 0, f"uv {' '.join(arguments)}\n{done.stderr}"
