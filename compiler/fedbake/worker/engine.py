"""Starting and stopping a Docker Engine by hand, in directories of one's choice.

The containerd image store is what makes the default ``docker`` builder build, push and load images of several platforms
(docs.docker.com, "containerd image store with Docker Engine"); the classic store cannot.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fedbake.errors import WorkerError
from fedbake.process import ProcessTimeoutError, run
from fedbake.settings import Settings
from fedbake.worker.bridge import STANDARD_BRIDGE, add_bridge, bridge_name, remove_bridge
from fedbake.worker.daemon import Daemon
from fedbake.worker.environment import SYSTEM_PATH, docker_environment

STANDARD_DATA_ROOT = Path("/var/lib/docker")
"""Where Docker keeps images and layers unless told otherwise."""

STANDARD_HOSTS = frozenset({"unix:///run/docker.sock", "unix:///var/run/docker.sock", "default"})
"""Names of the engine clients find by themselves: values of ``DOCKER_HOST``, and of ``DOCKER_CONTEXT``."""

_START_SECONDS = 60
ENGINE_SETTINGS = {"features": {"containerd-snapshotter": True}}
"""The contents of ``daemon.json`` fedbake writes."""


@dataclass(frozen=True, slots=True)
class EngineLayout:
    """Where one engine keeps everything, so that several can run beside each other.

    Attributes:
        data_root: images, layers, build cache; its containerd keeps its own below it.
        exec_root: sockets and state of running containers; short, as a socket's path has at most 107 bytes.
        socket: where clients reach it.
        services: folder of the pid, log and configuration file fedbake writes.
        bridge: network bridge for containers; ``docker0`` is the machine's own engine's.
    """

    data_root: Path
    exec_root: Path
    socket: Path
    services: Path
    bridge: str = STANDARD_BRIDGE

    @classmethod
    def of_machine(cls, settings: Settings) -> Self:
        """Docker's own standard places, so that every client finds this engine."""
        services = settings.state_dir / "services"
        return cls(STANDARD_DATA_ROOT, Path("/run/docker"), Path("/run/docker.sock"), services)

    @classmethod
    def private(cls, folder: Path, data_root: Path) -> Self:
        """An engine of its own below a (short) folder, beside any other engine; its build steps reach no network."""
        bridge = bridge_name(folder)
        return cls(data_root, folder / "exec", folder / "docker.sock", folder / "services", bridge)

    @property
    def host(self) -> str:
        """The value of ``DOCKER_HOST`` for it."""
        return f"unix://{self.socket}"


def engine_daemon(layout: EngineLayout) -> Daemon:
    """The engine as a service. Its own pid file is another one than ours: it refuses to start when it finds its own.

    Raises:
        WorkerError: no ``dockerd`` is installed.
    """
    program = shutil.which("dockerd", path=SYSTEM_PATH)
    if program is None:
        raise WorkerError("the Docker Engine is not installed", hint="fedbake doctor --fix installs it on Debian")
    arguments = (
        f"--config-file={layout.services / 'engine.json'}",
        f"--data-root={layout.data_root}",
        f"--exec-root={layout.exec_root}",
        f"--pidfile={layout.exec_root / 'dockerd.pid'}",
        f"--host={layout.host}",
        f"--bridge={layout.bridge}",
    )
    # A private engine must not touch the machine's packet filter and routing, which the other engine manages.
    private = ("--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false")
    filters = () if layout.bridge == STANDARD_BRIDGE else private
    return Daemon(
        name="the Docker Engine",
        argv=(str(Path(program).resolve()), *arguments, *filters),
        pid_file=layout.services / "engine.pid",
        log_file=layout.services / "engine.log",
        stop_seconds=60,
    )


def stop_engine(settings: Settings, layout: EngineLayout) -> bool:
    """Stop an engine `start_engine` started. Returns whether it ran.

    Raises:
        WorkerError: it does not stop.
    """
    stopped = engine_daemon(layout).stop(settings)
    if layout.bridge != STANDARD_BRIDGE:
        remove_bridge(layout.bridge)
    return stopped


def start_engine(settings: Settings, layout: EngineLayout) -> Daemon:
    """Start an engine and wait until it answers.

    Raises:
        WorkerError: it is not installed, or does not come up.
    """
    daemon = engine_daemon(layout)
    for folder in (layout.data_root, layout.exec_root, layout.services, layout.socket.parent):
        folder.mkdir(parents=True, exist_ok=True)
    (layout.services / "engine.json").write_text(json.dumps(ENGINE_SETTINGS, indent=2) + "\n", "utf-8")
    if layout.bridge != STANDARD_BRIDGE:
        add_bridge(layout.bridge)
    daemon.start(settings, is_ready=lambda: engine_answers(settings, layout.host), patience=_START_SECONDS)
    return daemon


def engine_answers(settings: Settings, host: str) -> bool:
    """Whether an engine answers at this ``DOCKER_HOST``."""
    environment = docker_environment(settings) | {"DOCKER_HOST": host}
    try:
        return run(["docker", "version", "--format", "{{.Server.Version}}"], env=environment, timeout=10).code == 0
    except ProcessTimeoutError:
        return False
