"""An image registry on loopback: Debian's docker-registry, with a configuration of our own."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from fedbake.errors import UsageError, WorkerError
from fedbake.settings import Settings
from fedbake.worker.daemon import Daemon
from fedbake.worker.environment import SYSTEM_PATH

if TYPE_CHECKING:
    import ssl

_START_SECONDS = 20
_PROBE_SECONDS = 3.0
_LOOPBACK = {"localhost", "127.0.0.1"}
_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::(?P<port>[0-9]{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class RegistryAddress:
    """Host and port of a registry as image references name it."""

    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``HOST`` or ``HOST:PORT``.

        Raises:
            UsageError: the text is anything else.
        """
        match = _ADDRESS.fullmatch(text)
        port = int(match["port"]) if match and match["port"] else None
        if match is None or not (port is None or 0 < port < 65536):
            raise UsageError(f"{text!r} is not a registry such as localhost:5000")
        return cls(match["host"], port)

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine, which engines reach over plain HTTP without being told."""
        return self.host in _LOOPBACK

    def __str__(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


def registry_config(storage: Path, port: int) -> str:
    """Configuration of docker-registry 2.8 (distribution, "Configuring a registry"): loopback only, deletes allowed."""
    import json

    return (
        "version: 0.1\n"
        "log: {level: warn, accesslog: {disabled: true}}\n"
        "storage:\n"
        f"  filesystem: {{rootdirectory: {json.dumps(str(storage))}}}\n"
        "  delete: {enabled: true}\n"
        f'http: {{addr: "127.0.0.1:{port}"}}\n'
    )


def registry_answers(settings: Settings, address: RegistryAddress) -> bool:
    """Whether a registry (OCI distribution specification, end-1) answers at this address.

    401 counts: it is a registry that wants to know who asks. Plain HTTP is tried on loopback only, as engines do.
    """
    import httpx

    scheme = "http" if address.is_loopback else "https"
    try:
        answer = httpx.get(
            f"{scheme}://{address}/v2/",
            timeout=_PROBE_SECONDS,
            trust_env=not address.is_loopback,
            verify=_trust(settings) if scheme == "https" else False,
        )
    except httpx.HTTPError:
        return False
    return answer.status_code in {200, 401}


def _trust(settings: Settings) -> "ssl.SSLContext":
    import ssl

    return ssl.create_default_context(cafile=str(settings.ca_bundle) if settings.ca_bundle else None)


def registry_daemon(settings: Settings, address: RegistryAddress) -> Daemon:
    """The registry as a service.

    Raises:
        WorkerError: the program is not installed, or the address is not on this machine.
    """
    if not address.is_loopback or address.port is None:
        raise WorkerError(
            f"no registry answers at {address}, and fedbake starts one on this machine only",
            hint="check the address and the network, or use --registry localhost:5000",
        )
    program = shutil.which("docker-registry", path=SYSTEM_PATH)
    if program is None:
        raise WorkerError("docker-registry is not installed", hint="fedbake doctor --fix installs it on Debian")
    services = settings.state_dir / "services"
    return Daemon(
        name=f"the registry {address}",
        argv=(str(Path(program).resolve()), "serve", str(_config_file(settings, address))),
        pid_file=services / f"registry-{address.port}.pid",
        log_file=services / f"registry-{address.port}.log",
    )


def write_registry_config(settings: Settings, address: RegistryAddress) -> None:
    """Write the configuration `registry_daemon` names, and make the folder its images lie in."""
    storage = settings.state_dir / f"registry-{address.port}"
    storage.mkdir(parents=True, exist_ok=True)
    configuration = _config_file(settings, address)
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.write_text(registry_config(storage, address.port or 0), "utf-8")


def _config_file(settings: Settings, address: RegistryAddress) -> Path:
    return settings.state_dir / "services" / f"registry-{address.port}.yml"


def start_registry(settings: Settings, address: RegistryAddress) -> Daemon:
    """Start a registry on loopback and wait until it answers. Its images stay in ``state_dir/registry-PORT``.

    Raises:
        WorkerError: it is not installed, does not come up, or the address is not on this machine.
    """
    daemon = registry_daemon(settings, address)
    write_registry_config(settings, address)
    daemon.start(settings, is_ready=lambda: registry_answers(settings, address), patience=_START_SECONDS)
    return daemon
