"""What tests of faults share: a project baked several times, engines and disks of one's own, the command running."""

import json
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from baking import BOTH, COMMAND, REGISTRY, build_plan, dockerfile, settings, write_directory
from fedbake.bake.result import BakeResult
from fedbake.bake.run import BakeOptions, bake
from fedbake.bake.view import LineView, json_line
from fedbake.names import ACTORS, ImageReference, Platform
from fedbake.registry.client import Registries
from fedbake.settings import Settings
from fedbake.worker.engine import EngineLayout, start_engine, stop_engine

REPOSITORY = "test/faults"
IMPATIENT = {"FEDBAKE_PATIENCE": "2"}


def impatient(**environment: str) -> Settings:
    """Settings of a machine on which what passes has to pass within two seconds."""
    return settings(**IMPATIENT, **environment)


@dataclass
class Story:
    """One project over several bakes, with a tag of its own.

    Attributes:
        folder: where its plans are written.
        registry: the registry's name in its plans.
        tag: the tag that has to survive.
        settings: of the machine it is baked on.
        platforms: it is baked for.
    """

    folder: Path
    registry: str = REGISTRY
    tag: str = field(default_factory=lambda: secrets.token_hex(6))
    settings: Settings = field(default_factory=impatient)
    platforms: tuple[Platform, ...] = BOTH

    def plan(self, check: str = "true", step: str = "true") -> Path:
        """A new version of the code, planned; ``step`` is a command its build runs, ``check`` one its checks run."""
        code = secrets.token_hex(8).encode()
        plan = build_plan(REPOSITORY, code, registry=self.registry, tags=(self.tag,), platforms=self.platforms)
        files = {role.value: dockerfile(role.value, check=check) for role in ACTORS}
        files = {role: text.replace("mkdir /deps", f"{step} && mkdir /deps") for role, text in files.items()}
        return write_directory(self.folder / secrets.token_hex(4), plan, code, dockerfiles=files)

    def bake(self, folder: Path, options: BakeOptions | None = None) -> BakeResult:
        """Bake it without checks, as none of this is about them."""
        with (self.folder / "view").open("w") as stream:
            return bake(folder, options or BakeOptions(verify=False), self.settings, LineView(stream, json_line))

    def tags(self) -> list[str | None]:
        """What the tag of each role stands for, asked of the registry itself."""
        return [tag_of(ImageReference(REGISTRY, f"{REPOSITORY}/{role.value}", self.tag)) for role in ACTORS]


def tag_of(image: ImageReference) -> str | None:
    """The digest a tag stands for."""
    with Registries(settings()) as registries:
        manifest = registries.of(image).manifest(image)
    return manifest.digest if manifest else None


@contextmanager
def own_engine(data_root: Path) -> Iterator[EngineLayout]:
    """A second engine; its sockets need a short path."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="fb") as folder:
        layout = EngineLayout.private(Path(folder), data_root)
        start_engine(settings(), layout)
        try:
            yield layout
        finally:
            stop_engine(settings(), layout)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of this size."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--recursive", str(folder)], check=True)


@contextmanager
def started(folder: Path, *options: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """The command itself, running."""
    running = subprocess.Popen(
        [COMMAND, "bake", str(folder), *options],
        env={**os.environ, **IMPATIENT, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def wait_for_step(folder: Path, running: "subprocess.Popen[str]", part: str) -> None:
    """Wait until a step with this text has begun."""

    def is_begun(event: dict[str, str]) -> bool:
        return event["event"] == "step" and event["state"] == "started" and part in event["instruction"]

    wait_for_event(folder, running, is_begun)


def wait_for_event(
    folder: Path, running: "subprocess.Popen[str]", is_it: Callable[[dict[str, str]], bool]
) -> dict[str, str]:
    """Wait until something is in the log of a bake."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        log = folder / "events.ndjson"
        for line in log.read_text().splitlines() if log.exists() else ():
            event: dict[str, str] = json.loads(line)
            if is_it(event):
                return event
        assert running.poll() is None, "the bake ended before it happened"
        time.sleep(0.1)
    raise AssertionError("it did not happen")


def at_work(part: str) -> list[str]:
    """Processes that name this in their arguments, or work in the folder of this name."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().decode("utf-8", "replace").replace("\0", " ")
            if int(process.name) != os.getpid() and (part in arguments or str((process / "cwd").readlink()) == part):
                found.append(f"{process.name} {arguments}")
        except OSError:
            continue
    return found


def soon(is_true: Callable[[], object], seconds: float = 20) -> bool:
    """Whether something becomes true."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
