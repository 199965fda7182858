"""FLOps' builder among all it has around it: broker and observer on the contract's ports, a Git host, a registry.

What the manager hears is taken down by a subscriber that knows nothing of fedbake.
"""

import json
import os
import resource
import secrets
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho

from attacks.source_repositories import git, make_repository
from attacks.source_server import Server, make_authority, serve
from baking import BASE, COMMAND, REGISTRY
from e2e.broker import Broker
from e2e.observer import Observer
from fedbake.names import ImageReference
from fedbake.registry.client import Registries
from fedbake.registry.images import platform_images
from fedbake.settings import Settings

PROJECT = "66f0c1d2e3f4a5b6c7d8e9f0"
COMMON = (f"http://{REGISTRY}", PROJECT, "127.0.0.1", "127.0.0.1")
AS_OF = "2026-11-01"
GOLDEN = Path(__file__).parents[2] / "golden"
_MQTT_PORT, _OBSERVER_PORT = 9027, 2727
_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Published:
    """A message to the manager, and how many texts the observer had read when it came."""

    topic: str
    payload: dict[str, Any]
    qos: int
    retained: bool
    observed: int


@dataclass(frozen=True, slots=True)
class Run:
    """A builder that has ended, and what was heard of it.

    Attributes:
        seconds: from its start to its end, however busy the machine was; ``processor_seconds`` are its own.
    """

    code: int
    log: str
    seconds: float
    processor_seconds: float
    published: tuple[Published, ...]
    observed: tuple[str, ...]

    @property
    def topics(self) -> list[str]:
        """The topics without what all of them begin with."""
        return [each.topic.removeprefix("flops_manager/") for each in self.published]

    @property
    def last(self) -> dict[str, Any]:
        """The payload of the manager's last message."""
        return self.published[-1].payload


@dataclass
class World:
    """Everything around a builder."""

    folder: Path
    git: Server
    observer: Observer
    environment: dict[str, str]
    published: list[Published] = field(default_factory=list)

    def run(self, *words: str, **environment: str) -> Run:
        """Run a builder to its end."""
        return self.ended(self.start(*words, **environment))

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[bytes]":
        """Start a builder; what was heard before is forgotten."""
        self.published.clear()
        self.observer.heard.clear()
        self._began, self._worked = time.monotonic(), _worked()
        self._log = self.folder / f"log-{secrets.token_hex(4)}"
        with self._log.open("wb") as log:
            argv = [COMMAND, "flops", *words]
            return subprocess.Popen(argv, env=self.environment | environment, stdout=log, stderr=log)

    def ended(self, process: "subprocess.Popen[bytes]") -> Run:
        """Wait for the end of a builder."""
        code = process.wait(_SECONDS)
        seconds, worked = time.monotonic() - self._began, _worked() - self._worked
        self.wait_until_told()
        return Run(code, self._log.read_text(), seconds, worked, tuple(self.published), tuple(self.observer.heard))

    def wait_until_told(self) -> None:
        """A message that was acknowledged to the builder reaches the subscriber a moment later."""
        time.sleep(0.3)

    def wait_for(self, text: str, process: "subprocess.Popen[bytes]") -> None:
        """Wait until the observer has heard a text."""
        while not any(text in heard for heard in self.observer.heard):
            assert process.poll() is None, self._log.read_text()
            time.sleep(0.05)

    def repository(self, files: dict[str, bytes]) -> tuple[str, str, str]:
        """A new repository on the Git host; gives its URL, its path, and its commit."""
        path = f"Test-{secrets.token_hex(4)}/digits"
        work = self.folder / secrets.token_hex(4)
        commit = make_repository(work, files)
        (self.git.root / path).parent.mkdir()
        git(self.folder, "clone", "--quiet", "--bare", str(work), str(self.git.root / path))
        return f"{self.git.url}/{path}", path.lower(), commit

    def left_behind(self) -> list[Path]:
        """What builders have left in their folder."""
        folder = Path(self.environment["FEDBAKE_STATE_DIR"]) / "flops"
        return list(folder.iterdir()) if folder.is_dir() else []


def example() -> dict[str, bytes]:
    """The files of a repository that federates scikit-learn's digits."""
    folder = GOLDEN / "sklearn-digits" / "repo"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Start everything, and end it afterwards."""
    authority, certificate = make_authority(folder / "authority")
    root = folder / "git"
    root.mkdir()
    environment = {
        **os.environ,
        "FEDBAKE_STATE_DIR": str(folder / "state"),
        "FEDBAKE_CA_BUNDLE": str(bundle_with(folder / "bundle.pem", authority)),
        "FEDBAKE_AS_OF": AS_OF,
        "FEDBAKE_BASE_IMAGES": f"3.11={BASE}",
    }
    with Broker(_MQTT_PORT, folder), Observer(_OBSERVER_PORT) as observer, serve(root, certificate) as host:
        made = World(folder, host, observer, environment)
        with _subscriber(made):
            yield made


@contextmanager
def _subscriber(around: World) -> Iterator[None]:
    def take(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        payload = json.loads(message.payload)
        observed = len(around.observer.heard)
        around.published.append(Published(message.topic, payload, message.qos, message.retain, observed))

    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.on_message = take
    client.connect("127.0.0.1", _MQTT_PORT)
    client.subscribe("#", qos=2)
    client.loop_start()
    try:
        yield
    finally:
        client.disconnect()
        client.loop_stop()


def bundle_with(path: Path, authority: Path) -> Path:
    """The machine's own authorities, since packages come from its index, and one more."""
    own = Settings.from_environment(os.environ).ca_bundle or Path(ssl.get_default_verify_paths().openssl_cafile)
    shutil.copyfile(own, path)
    with path.open("ab") as stream:
        stream.write(authority.read_bytes())
    return path


def platforms_in_registry(image: str) -> dict[str, str]:
    """The platforms of an image with their digests; none when there is no such tag."""
    reference = ImageReference.parse(f"{REGISTRY}/{image}")
    with Registries(Settings.from_environment(os.environ)) as registries:
        registry = registries.of(reference)
        index = registry.manifest(reference)
        return {one.platform.value: one.digest for one in platform_images(registry, reference, index)} if index else {}


def _worked() -> float:
    """Processor seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End a builder without asking it."""
    process.send_signal(signal.SIGKILL)
    process.wait()
