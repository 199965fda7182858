"""What to tell a builder before it trusts a registry whose certificate an authority of the site has signed.

BuildKit trusts the authorities of the machine it runs on; what fedbake is told in ``FEDBAKE_CA_BUNDLE`` stays here.
"""

import re

from fedbake.process import ProcessTimeoutError, run
from fedbake.settings import Settings
from fedbake.worker.environment import docker_environment

_SECONDS = 20
# Go's words for it (crypto/x509, UnknownAuthorityError), after the address that was asked.
_UNKNOWN = re.compile(
    r"https://([^/\s\"]++)[^\s\"]*+\": (?:tls: [a-z ]+: )?x509: certificate signed by unknown authority"
)


def allow_authority(host: str) -> str:
    """The file, and where it belongs (docs.docker.com, "Verify repository client"; BuildKit, "buildkitd.toml")."""
    return (
        f"put the certificate of the registry's authority into /etc/docker/certs.d/{host}/ca.crt on the engine's "
        f'machine; a BuildKit without an engine wants [registry."{host}"] with ca = ["FILE"] in its buildkitd.toml'
    )


def distrusted_host(text: str) -> str | None:
    """The registry whose certificate an engine or BuildKit says it does not trust, by its authority."""
    match = _UNKNOWN.search(text)
    return match[1] if match else None


def engine_distrusts(settings: Settings, host: str) -> bool:
    """Whether the engine says so of a registry.

    A search is what makes it connect there and changes nothing. Registries of today have no search: whatever else the
    engine says of it means nothing.

    Raises:
        WorkerError: there is no docker client.
    """
    try:
        done = run(["docker", "search", f"{host}/fedbake"], env=docker_environment(settings), timeout=_SECONDS)
    except ProcessTimeoutError:
        return False
    return distrusted_host(done.stderr) is not None
