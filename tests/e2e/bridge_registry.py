"""A registry on the engine's own bridge, so on another address than loopback, and plans of one small file for it."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baking import build_plan, write_directory
from fedbake.bake.result import BakeResult
from fedbake.bake.run import BakeOptions, bake
from fedbake.bake.view import LineView, json_line
from fedbake.names import Platform, Role
from fedbake.plan.model import BuildPlan
from fedbake.settings import Settings
from fedbake.worker.registry import registry_config
from fedbake.worker.waiting import wait_until
from ports import free_port

DOCKERFILE = "FROM {base} AS learner\nCOPY context /app\n\nFROM learner AS verify\nCOPY context /checked\n"


def bridge_address() -> str:
    """The address of this machine on the bridge."""
    shown = ["docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"]
    return subprocess.run(shown, capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def bridge_registry(folder: Path, *, certificate: Path | None = None, passwords: Path | None = None) -> Iterator[str]:
    """Its ``HOST:PORT``.

    Args:
        folder: empty; the registry keeps its images there.
        certificate: with its key; plain HTTP is spoken without one.
        passwords: an htpasswd file, when a login is wanted.
    """
    host = f"{bridge_address()}:{free_port()}"
    protected = f", tls: {{certificate: {certificate}, key: {certificate}}}" if certificate else ""
    config = registry_config(folder, 0).replace('"127.0.0.1:0"', f'"{host}"{protected}')
    config += f"auth: {{htpasswd: {{realm: test, path: {passwords}}}}}\n" if passwords else ""
    (folder / "config.yml").write_text(config)
    with subprocess.Popen(["docker-registry", "serve", folder / "config.yml"], stderr=subprocess.DEVNULL) as process:
        try:
            assert wait_until(lambda: answers(f"{'https' if certificate else 'http'}://{host}"), 20)
            yield host
        finally:
            process.terminate()


def answers(url: str) -> bool:
    import httpx

    try:
        return httpx.get(f"{url}/v2/", trust_env=False, verify=False).status_code in {200, 401}
    except httpx.HTTPError:
        return False


def planned(folder: Path, host: str, base: str = "scratch") -> tuple[Path, BuildPlan]:
    """The directory of a new plan, and the plan."""
    code = secrets.token_bytes(8)
    plan = build_plan("bridge/test", code, registry=host, platforms=(Platform.AMD64,), roles=(Role.LEARNER,))
    dockerfiles = {"learner": DOCKERFILE.format(base=base)}
    return write_directory(folder / "plan", plan, code, dockerfiles=dockerfiles), plan


def baked(folder: Path, settings: Settings) -> BakeResult:
    """Bake the directory of a plan."""
    with (folder.parent / "view.ndjson").open("w") as stream:
        return bake(folder, BakeOptions(), settings, LineView(stream, json_line))
