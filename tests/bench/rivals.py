"""What a bake is compared with: the obvious Dockerfile, the way FLOps builds, and the floor below all of them.

Both competitors install exactly the packages fedbake has locked, from the same index, with the same hashes checked, and
neither of them resolves anything. pip stands in for conda, which FLOps uses and which is slower still.
"""

import io
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.baking_ground import Ground
from bench.measure import Cost, clocked

Rival = Callable[[Ground, Path, str, str, tuple[str, ...]], Cost]
"""Takes the ground, the directory of a plan, a base image, a name and platforms; builds and pushes under that name."""

_ROLES = ("learner", "aggregator")
_DOWNLOADS = 8
_START = """\
FROM {base} AS {name}
ARG TARGETARCH
WORKDIR /app
"""


def obvious(ground: Ground, plan: Path, base: str, name: str, platforms: tuple[str, ...]) -> Cost:
    """``FROM python; COPY requirements; RUN pip install; COPY . .`` for all platforms, arm64 emulated; pushed.

    In its favour: the roles share a stage for what both install, are built one after the other so that it is certain to
    be found in the cache, and nothing is verified.
    """
    shared = _dockerfile(base, "shared", ("actors",))
    learner = "FROM shared AS learner\nCOPY context /app\n"
    aggregator = "FROM shared AS aggregator\nARG TARGETARCH\n" + _install("aggregator") + "COPY context /app\n"
    (plan / "Dockerfile").write_text("\n".join((shared, learner, aggregator)))
    return _summed(
        ground.build(
            plan,
            f"--target={role}",
            f"--platform={','.join(platforms)}",
            f"--output=type=image,push=true,name={ground.registry}/{name}/{role}",
        )
        for role in _ROLES
    )


def flops(ground: Ground, plan: Path, base: str, name: str, platforms: tuple[str, ...]) -> Cost:
    """FLOps' order: a base image with all dependencies, platform by platform, pushed; then the actors from it, in turn.

    In its favour: the engine still has what the actors' images pull again, and the actors' code is only copied.
    """
    built = f"{ground.registry}/{name}/base"
    (plan / "Dockerfile").write_text(_dockerfile(base, "base", ("actors", "aggregator")))
    return _summed(_in_turn(ground, plan, built, name, platforms))


def _in_turn(ground: Ground, plan: Path, built: str, name: str, platforms: tuple[str, ...]) -> Iterator[Cost]:
    for platform in platforms:
        tag = f"{built}:{platform.rpartition('/')[2]}"
        yield ground.build(plan, f"--platform={platform}", f"--output=type=image,push=true,name={tag}")
    tags = [f"{built}:{platform.rpartition('/')[2]}" for platform in platforms]
    yield ground.timed(["docker", "buildx", "imagetools", "create", "-t", f"{built}:all", *tags])
    (plan / "Dockerfile").write_text(f"FROM {built}:all\nWORKDIR /app\nCOPY context /app\n")
    for role in _ROLES:
        image = f"{ground.registry}/{name}/{role}"
        output = f"--output=type=image,push=true,name={image}"
        yield ground.build(plan, "--pull", f"--platform={','.join(platforms)}", output, f"--label=role={role}")


def _dockerfile(base: str, name: str, environments: tuple[str, ...]) -> str:
    return _START.format(base=base, name=name) + "".join(map(_install, environments))


def _install(environment: str) -> str:
    return f"""\
COPY locks/{environment}.linux-${{TARGETARCH}}.txt {environment}.txt
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \\
    PYTHONPATH=/opt/bench PIP_CERT=/etc/ssl/certs/ca-certificates.crt \\
    python3 -m pip install --no-cache-dir --break-system-packages --no-deps -r {environment}.txt
"""


def _summed(costs: Iterator[Cost]) -> Cost:
    return Cost(sum(cost.seconds for cost in costs))


def floor(ground: Ground, plan: Path) -> Cost:
    """Download the wheels the plan names for both platforms, several at a time, and write what is in them."""
    import httpx

    urls = _wheels(plan)
    target = ground.folder / "unpacked"

    def unpack(number: int, url: str) -> None:
        content = client.get(url, follow_redirects=True).raise_for_status().content
        zipfile.ZipFile(io.BytesIO(content)).extractall(target / str(number))

    def everything() -> None:
        with ThreadPoolExecutor(_DOWNLOADS) as pool:
            list(pool.map(unpack, range(len(urls)), urls))

    bundle = ground.settings.ca_bundle
    with httpx.Client(verify=str(bundle) if bundle else True, timeout=300) as client:
        return clocked(everything)


def _wheels(plan: Path) -> list[str]:
    """The address of every wheel; one that serves both platforms is there once."""
    packages = tomllib.loads((plan / "locks/pylock.toml").read_text())["packages"]
    return [wheel["url"] for package in packages for wheel in package.get("wheels", ())]
