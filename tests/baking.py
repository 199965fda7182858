"""Tiny but complete plan directories, for everything that bakes: made here, byte for byte like planned ones."""

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from fedbake.names import ACTORS, Flavor, Platform, Role
from fedbake.plan.identity import identified, unidentified
from fedbake.plan.model import BaseImage, BuildPlan, ContextFile, Image, Request, Source, Tool
from fedbake.render.bakefile import bake_file
from fedbake.render.directory import plan_json
from fedbake.render.hcl import to_hcl
from fedbake.settings import Settings

REGISTRY = os.environ.get("FEDBAKE_TEST_REGISTRY", "localhost:5000")
BASE = os.environ.get("FEDBAKE_TEST_BASE_IMAGE", f"{REGISTRY}/fedbake/python:3.11-bookworm")
COMMAND = str(Path(sys.executable).with_name("fedbake"))
BOTH = (Platform.AMD64, Platform.ARM64)

DOCKERFILE = """\
FROM --platform=$BUILDPLATFORM {base} AS deps
ARG TARGETARCH
RUN --network=none --mount=type=secret,id=ca,target=/tmp/ca.crt mkdir /deps && echo "for ${{TARGETARCH}}" > /deps/list

FROM {base} AS {role}
COPY --link --from=deps /deps /deps
COPY --link context /app
USER 1000:1000

FROM {role} AS verify
RUN --network=none {check}
"""
CHECK = "grep . /deps/list /app/code.py"


def settings(**environment: str) -> Settings:
    """Settings of this machine, with some variables set."""
    return Settings.from_environment({**os.environ, **environment})


def dockerfile(role: str, *, base: str = BASE, check: str = CHECK) -> str:
    """A Dockerfile with the stages every plan has, and steps of a second or less."""
    return DOCKERFILE.format(base=base, role=role, check=check)


def build_plan(
    repository: str,
    code: bytes = b"print('hello')\n",
    *,
    registry: str = REGISTRY,
    name: str = "owner/tiny",
    platforms: tuple[Platform, ...] = BOTH,
    roles: tuple[Role, ...] = ACTORS,
    tags: tuple[str, ...] = ("one", "latest"),
) -> BuildPlan:
    """A plan for images of one file."""
    code_file = ContextFile(path="context/code.py", mode="0644", bytes=len(code), sha256=_sha256(code))
    return identified(
        BuildPlan(
            plan_id=unidentified(),
            source=Source(
                name=name, url="https://example.org/owner/tiny", commit="c" * 40, committed_at=1700000000, tree="d" * 64
            ),
            request=Request(
                targets=roles, platforms=platforms, flavor=Flavor.SKLEARN, registry=registry, repository=repository
            ),
            python="3.11",
            base=BaseImage(reference=BASE, toolchain=()),
            tool=Tool(name="uv", version="0.0.0", wheels={}, sha256={}),
            environments=(),
            images=tuple(_image(role, f"{registry}/{repository}/{role.value}", tags) for role in roles),
            build=(),
            emulated=(),
            decisions=(),
            findings=(),
            fixes_sha256=None,
            lock_sha256="f" * 64,
            context=(code_file,),
            templates_sha256="0" * 64,
        )
    )


def _image(role: Role, repository: str, tags: tuple[str, ...]) -> Image:
    return Image(
        role=role,
        references=tuple(f"{repository}:{tag}" for tag in tags),
        layers=(),
        workdir="/app",
        user=1000,
        command=("python3", "/app/code.py"),
        ports=(),
        variables={},
    )


def write_directory(
    folder: Path,
    plan: BuildPlan,
    code: bytes = b"print('hello')\n",
    *,
    dockerfiles: Mapping[str, str] | None = None,
    hcl: str | None = None,
) -> Path:
    """Write the directory of a plan, with other Dockerfiles or another bake file when given."""
    files = {
        "plan.json": plan_json(plan).encode(),
        "docker-bake.hcl": (hcl or to_hcl(bake_file(plan))).encode(),
        "context/code.py": code,
    }
    for image in plan.images:
        role = image.role.value
        files[f"{role}.Dockerfile"] = (dockerfiles or {}).get(role, dockerfile(role)).encode()
        files[f"{role}.Dockerfile.dockerignore"] = b"*\n!context\n"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o644)
    write_sums(folder)
    return folder


def write_sums(folder: Path) -> None:
    """Write ``SHA256SUMS`` over everything that is in a folder now."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    listed = (name for name in names if name != "SHA256SUMS")
    lines = [f"{_sha256((folder / name).read_bytes())}  {name}\n" for name in listed]
    (folder / "SHA256SUMS").write_text("".join(lines))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
