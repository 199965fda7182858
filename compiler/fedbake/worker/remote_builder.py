"""A BuildKit given by its address: buildx knows builders by name, so it is introduced under a name of its own."""

import hashlib
import re

from fedbake.errors import UsageError, WorkerError
from fedbake.process import run
from fedbake.settings import Settings
from fedbake.worker.environment import docker_environment

_ADDRESS = re.compile(r"(?:tcp|unix|docker-container|kube-pod)://[A-Za-z0-9\[/][A-Za-z0-9._~:/\[\]-]*", re.ASCII)
_CERTIFICATES = re.compile(r"/[A-Za-z0-9._/-]+", re.ASCII)
_SECONDS = 30


def known_builder(settings: Settings, given: str | None) -> str | None:
    """The name buildx has for a builder the user named, or gave the address of (buildx, "remote driver").

    A BuildKit on the network is spoken to with TLS when ``DOCKER_CERT_PATH`` names a folder with ``ca.pem``,
    ``cert.pem`` and ``key.pem``, as an engine would be.

    Raises:
        UsageError: it is neither a name nor an address.
        WorkerError: buildx refuses the address.
    """
    if given is None or "://" not in given:
        return given
    if not _ADDRESS.fullmatch(given):
        hint = "write tcp://HOST:PORT or unix:///path/of/a/socket, or the name of a builder"
        raise UsageError("this is not the address of a BuildKit", where=repr(given), hint=hint)
    options = _tls_options(settings) if given.startswith("tcp://") else ()
    name = "fedbake-" + hashlib.sha256("\0".join((given, *options)).encode()).hexdigest()[:12]
    create = ["docker", "buildx", "create", "--driver=remote", f"--name={name}", *options, given]
    done = run(create, env=docker_environment(settings), timeout=_SECONDS)
    # Builders of the same address are the same: a second process may have introduced it a moment ago.
    if done.code != 0 and "existing instance" not in done.stderr:
        raise WorkerError(f"buildx refuses the BuildKit at {given}: {done.stderr.strip().rpartition(chr(10))[2]}")
    return name


def _tls_options(settings: Settings) -> tuple[str, ...]:
    folder = settings.environment.get("DOCKER_CERT_PATH")
    if not folder:
        return ()
    if not _CERTIFICATES.fullmatch(folder):
        raise UsageError("DOCKER_CERT_PATH is not a plain absolute path", where=repr(folder))
    files = (("cacert", "ca.pem"), ("cert", "cert.pem"), ("key", "key.pem"))
    return tuple(f"--driver-opt={option}={folder}/{file}" for option, file in files)
