"""Where bakes are measured: a registry of their own, and for every cold bake a base image no build has seen.

What is cold: the base image lies in the builder, one tiny layer in it is new, and with it every step that starts from
it has to run; the caches that steps mount are new as well. That is the same for all competitors, and nobody else's
build cache is touched.
"""

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from baking import BASE, write_sums
from bench.measure import Cost
from fedbake.names import ImageReference
from fedbake.registry.client import Registries
from fedbake.settings import Settings
from fedbake.worker.environment import docker_environment
from fedbake.worker.registry import RegistryAddress, start_registry
from ports import free_port

PROGRAM = str(Path(sys.executable).with_name("fedbake"))
BOTH = ("linux/amd64", "linux/arm64")
_MOUNTS = ("fedbake-uv", "fedbake-bytecode")
_INSTALLED = re.compile(r"bytecode\.py (/opt/venv)(?: \\\n +/opt/venv((?: /opt/linux-[a-z0-9]+)+))?$", re.MULTILINE)
_MARK = re.compile(r"/opt/bench/|fedbake-(uv|bytecode)-[0-9a-f]{12}")
"""In what BuildKit tells of a record of ours: a step on top of the base image, or a mounted cache."""
_FIELD = re.compile(r"^(\w+):[ \t]*(.*)$", re.MULTILINE)
_BASE = """\
FROM {base}
COPY pip /opt/bench/pip
COPY nonce /opt/bench/{nonce}
"""


@dataclass(frozen=True)
class Ground:
    """A folder to work in, and a registry to push to.

    Attributes:
        registry: its address as images name it.
        log: takes what the measured programs say.
    """

    folder: Path
    registry: str
    settings: Settings

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def environment(self) -> Mapping[str, str]:
        """What every measured program is started with."""
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**inherited, **docker_environment(self.settings)}

    def timed(self, argv: Sequence[str], cwd: Path | None = None) -> Cost:
        """Run a program; the engine does most of the work, so that only the clock tells what it costs.

        Raises:
            SystemExit: it fails; with the end of what it said.
        """
        started = time.perf_counter()
        with self.log.open("ab") as log:
            done = subprocess.run(argv, env=self.environment(), cwd=cwd, stdout=log, stderr=log, check=False)
        seconds = time.perf_counter() - started
        if done.returncode:
            said = self.log.read_text("utf-8", "replace").splitlines()[-30:]
            raise SystemExit("\n".join([*said, f"{' '.join(argv)} failed with status {done.returncode}"]))
        return Cost(seconds)

    def build(self, folder: Path, *options: str) -> Cost:
        """One `docker buildx build`, with the CA bundle of this site as a secret."""
        bundle = self.settings.ca_bundle
        trust = [f"--secret=id=ca,src={bundle}"] if bundle else []
        return self.timed(["docker", "buildx", "build", *trust, *options, str(folder)])

    def fresh_base(self) -> str:
        """A base image for both platforms that no build has seen, with pip beside Python; by digest."""
        nonce = secrets.token_hex(6)
        folder = self.folder / f"base-{nonce}"
        folder.mkdir()
        shutil.copytree(Path(sysconfig.get_path("purelib")) / "pip", folder / "pip")
        (folder / "nonce").write_text(nonce)
        (folder / "Dockerfile").write_text(_BASE.format(base=BASE, nonce=nonce))
        name = f"{self.registry}/bench/base:{nonce}"
        output = f"type=image,name={name},oci-mediatypes=true,push=,unpack=false,store=false"
        self.build(folder, f"--platform={','.join(BOTH)}", "--provenance=false", f"--output={output}")
        reference = ImageReference.parse(name)
        with Registries(self.settings) as registries:
            index = registries.of(reference).manifest(reference)
        assert index is not None
        return f"{name}@{index.digest}"

    def clear_cache(self) -> None:
        """Remove from engine and builder what measuring left there, gigabytes each time, and nothing else."""
        images = ["docker", "images", "--format={{.Repository}}:{{.Tag}}", f"--filter=reference={self.registry}/*/*/*"]
        tags = subprocess.run(images, env=self.environment(), capture_output=True, text=True, check=True).stdout.split()
        if tags:
            argv = ["docker", "rmi", "--force", *tags]
            subprocess.run(argv, env=self.environment(), capture_output=True, check=True)
        for record in _own(self):
            argv = ["docker", "buildx", "prune", "--force", "--filter", f"id={record}"]
            subprocess.run(argv, env=self.environment(), capture_output=True, check=True)

    def plan(self, repository: Path, base: str, name: str, *options: str) -> Path:
        """The plan directory of a repository, its steps made those of this base image.

        What they mount is its own; and so is what they make, as BuildKit knows equal files that are copied again.
        """
        nonce = base[-12:]
        target = self.folder / f"plan-{secrets.token_hex(4)}"
        where = ("--registry", self.registry, "--name", name, "--base-image", f"3.11={base}", "--as-of", "2026-11-01")
        self.timed([PROGRAM, "plan", str(repository), "-o", str(target), *where, *options])
        for path in target.glob("*.Dockerfile"):
            text = path.read_text()
            for mount in _MOUNTS:
                text = text.replace(f"id={mount},", f"id={mount}-{nonce},")
            path.write_text(_INSTALLED.sub(partial(_marked, nonce), text))
        write_sums(target)
        return target


def _marked(nonce: str, installed: re.Match[str]) -> str:
    """The end of a step that makes folders images copy from, and a file of its own in each of them."""
    folders = (installed[1], *(installed[2] or "").split())
    return installed[0] + "".join(f" \\\n && echo {nonce} > {folder}/{Path(folder).name}-{nonce}" for folder in folders)


@contextlib.contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """A registry for as long as it is needed; its images lie in the folder."""
    settings = Settings.from_environment({**os.environ, "FEDBAKE_STATE_DIR": str(folder / "state")})
    address = RegistryAddress("localhost", free_port())
    daemon = start_registry(settings, address)
    place = Ground(folder, str(address), Settings.from_environment(os.environ))
    try:
        yield place
    finally:
        place.clear_cache()
        daemon.stop(settings)


def _own(ground: Ground) -> list[str]:
    """Records that come from a base image of ours, children first; and what was linked with them."""
    usage = ["docker", "buildx", "du", "--verbose"]
    text = subprocess.run(usage, env=ground.environment(), capture_output=True, text=True, check=True).stdout
    records = [dict(_FIELD.findall(record)) for record in text.split("\n\n")]
    parents = {each["ID"]: set(each.get("Parent", "").split(",")) - {""} for each in records if "ID" in each}
    told = {each["ID"]: each.get("Description", "") for each in records if "ID" in each}
    own = {record for record, text in told.items() if ground.registry in text or _MARK.search(text)}
    while more := {record for record, above in parents.items() if above & own} - own:
        own |= more
    linked = {above for record in own for above in parents[record] if "COPY --link" in told.get(above, "")}
    return [*own, *linked]
