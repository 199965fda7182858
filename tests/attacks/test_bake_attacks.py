"""Hostile plan directories and environments; the controls show that an attack works where fedbake is not in its way."""

import json
import os
import secrets
import subprocess
from pathlib import Path

import pytest

from baking import COMMAND, build_plan, dockerfile, settings, write_directory, write_sums
from fedbake.bake.invocation import print_argv
from fedbake.bake.run import BakeOptions, bake
from fedbake.bake.view import LineView, json_line
from fedbake.errors import FedbakeError, UsageError
from fedbake.names import ImageReference
from fedbake.registry.client import Registries
from fedbake.worker.environment import docker_environment


@pytest.fixture
def repository() -> str:
    return f"test/attacks-{secrets.token_hex(4)}"


@pytest.fixture
def folder(tmp_path: Path, repository: str) -> Path:
    return write_directory(tmp_path / "plan", build_plan(repository))


def attempt(folder: Path, **environment: str) -> None:
    with (folder.parent / "view").open("w") as stream:
        bake(folder, BakeOptions(), settings(**environment), LineView(stream, json_line))


def nothing_was_pushed(repository: str) -> bool:
    plan = build_plan(repository)
    with Registries(settings()) as registries:
        images = [ImageReference.parse(image.references[0]) for image in plan.images]
        staged = [image.with_tag(plan.staging_tag) for image in images]
        return all(registries.of(image).manifest(image) is None for image in images + staged)


def naively_printed(folder: Path, *argv: str, **environment: str) -> dict[str, object]:
    """What buildx makes of a folder, asked the way a person would, with the person's own environment."""
    asked = subprocess.run(
        ["docker", "buildx", "bake", "--print", *argv],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        check=True,
    )
    found: dict[str, object] = json.loads(asked.stdout)
    return found


def test_an_edited_dockerfile_never_runs(tmp_path: Path, folder: Path, repository: str) -> None:
    target = folder / "learner.Dockerfile"
    target.write_text(target.read_text() + "RUN echo owned\n")
    with pytest.raises(UsageError, match=r"learner\.Dockerfile is not what was planned"):
        attempt(folder)
    assert nothing_was_pushed(repository)


def test_an_override_file_is_refused_though_buildx_would_load_it(folder: Path, repository: str) -> None:
    (folder / "docker-bake.override.hcl").write_text('target "learner" { args = { EVIL = "1" } }')
    assert "EVIL" in json.dumps(naively_printed(folder, "learner"))
    with pytest.raises(UsageError, match=r"docker-bake\.override\.hcl is not part of the plan"):
        attempt(folder)
    assert nothing_was_pushed(repository)


def test_even_a_planned_override_file_is_never_read(tmp_path: Path, repository: str) -> None:
    folder = write_directory(tmp_path / "plan", build_plan(repository))
    (folder / "docker-bake.override.hcl").write_text('target "learner" { args = { EVIL = "1" } }')
    (folder / "compose.yaml").write_text("services: {evil: {build: .}}")
    write_sums(folder)
    argv = print_argv()
    printed = subprocess.run(argv, cwd=folder, env=docker_environment(settings()), capture_output=True, check=True)
    assert b"EVIL" not in printed.stdout
    assert b"evil" not in printed.stdout


def test_variables_of_the_environment_do_not_reach_a_bake_file(tmp_path: Path) -> None:
    (tmp_path / "docker-bake.hcl").write_text(
        'variable "AWS_SECRET_ACCESS_KEY" { default = "none" }\n'
        'group "default" { targets = ["learner"] }\ngroup "verify" { targets = ["learner"] }\n'
        'target "learner" { args = { LEAK = AWS_SECRET_ACCESS_KEY } }\n'
    )
    canary = secrets.token_hex(16)
    assert canary in json.dumps(naively_printed(tmp_path, AWS_SECRET_ACCESS_KEY=canary))
    environment = docker_environment(settings(AWS_SECRET_ACCESS_KEY=canary, SOURCE_DATE_EPOCH="1"))
    asked = subprocess.run(print_argv(), cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert canary.encode() not in asked.stdout
    assert b"SOURCE_DATE_EPOCH" not in asked.stdout


def test_the_environment_changes_nothing_of_a_plan(folder: Path) -> None:
    hostile = {"SOURCE_DATE_EPOCH": "1", "BUILDX_BAKE_ENTITLEMENTS_FS": "0", "BAKE_FILE": "/etc/passwd", "CI": "1"}
    run = subprocess.run(
        [COMMAND, "bake", str(folder), "--no-push", "--no-verify", "--format=json"],
        env=os.environ | hostile,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout)["built"] is True


@pytest.mark.parametrize("name", ["context", "learner.Dockerfile", "docker-bake.hcl", "plan.json", "SHA256SUMS"])
def test_a_link_in_the_place_of_anything_is_refused(tmp_path: Path, folder: Path, repository: str, name: str) -> None:
    (folder / name).rename(tmp_path / "moved")
    (folder / name).symlink_to(tmp_path / "moved")
    with pytest.raises(UsageError):
        attempt(folder)
    assert nothing_was_pushed(repository)


@pytest.mark.parametrize("name", ["events.ndjson", "result.json", ".result.json.part"])
def test_results_are_never_written_through_a_link(tmp_path: Path, folder: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (folder / name).symlink_to(victim)
    with pytest.raises(FedbakeError):
        attempt(folder)
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(
    "context", ["/etc", "https://example.org/x.git#main", "docker-image://evil/x", "target:aggregator"]
)
def test_another_context_with_matching_sums_is_refused_by_the_oracle(
    folder: Path, repository: str, context: str
) -> None:
    hcl = folder / "docker-bake.hcl"
    hcl.write_text(hcl.read_text().replace('context   = "."', f'context   = "{context}"'))
    write_sums(folder)
    scheme = context.partition(":")[0]
    assert f'"{scheme}' in json.dumps(naively_printed(folder, "-f", "docker-bake.hcl", "learner"))
    with pytest.raises(UsageError, match="buildx reads something else"):
        attempt(folder)
    assert nothing_was_pushed(repository)


@pytest.mark.parametrize(
    "line",
    [
        'output = ["type=local,dest=/tmp/elsewhere"]',
        'secret = ["id=x,src=/etc/shadow"]',
        'args = { BUILDKIT_SYNTAX = "evil/frontend" }',
        'cache-to = ["type=local,dest=/tmp/elsewhere"]',
        'contexts = { deps = "docker-image://evil/x" }',
        'tags = ["evil.example/x:1"]',
        "no-cache = true",
        'dockerfile-inline = "FROM scratch"',
    ],
)
def test_an_attribute_that_was_not_planned_is_refused_by_the_oracle(folder: Path, repository: str, line: str) -> None:
    hcl = folder / "docker-bake.hcl"
    hcl.write_text(hcl.read_text() + f'\ntarget "learner" {{\n  {line}\n}}\n')
    write_sums(folder)
    with pytest.raises(UsageError, match="buildx reads something else"):
        attempt(folder)
    assert nothing_was_pushed(repository)


def test_a_hostile_name_is_a_label_and_nothing_else(tmp_path: Path, repository: str) -> None:
    name = 'owner/${SECRET} %{ for x in [1] }${upper("a")}%{ endfor } $${x}"\n\x1b[2J'
    plan = build_plan(repository, name=name)
    folder = write_directory(tmp_path / "plan", plan)
    attempt(folder, SECRET="hunter2")
    image = ImageReference.parse(plan.images[0].references[0])
    inspected = subprocess.run(
        ["docker", "buildx", "imagetools", "inspect", str(image), "--format", "{{json .Image}}"],
        capture_output=True,
        text=True,
        check=True,
    )
    labels = json.loads(inspected.stdout)["linux/arm64"]["config"]["Labels"]
    assert labels["org.opencontainers.image.title"] == f"{name} learner"


def test_a_secret_of_the_environment_and_the_ca_bundle_reach_no_output(tmp_path: Path, repository: str) -> None:
    canary = secrets.token_hex(16)
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")).read_bytes())
    with bundle.open("a") as stream:
        stream.write(f"\n# {canary}\n")
    folder = write_directory(tmp_path / "plan", build_plan(repository))
    attempt(folder, FEDBAKE_CA_BUNDLE=str(bundle), TOKEN=canary)
    written = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert not any(canary.encode() in content for content in written)
    saved = tmp_path / "image.tar"
    reference = build_plan(repository).images[0].references[0]
    subprocess.run(["docker", "pull", "--quiet", reference], capture_output=True, check=True)
    subprocess.run(["docker", "save", "-o", str(saved), reference], check=True)
    subprocess.run(["docker", "image", "rm", "--force", reference], capture_output=True, check=True)
    assert canary not in _everything(saved)


def _everything(archive: Path) -> str:
    """All bytes of an image archive with its layers unpacked, as text."""
    import gzip
    import tarfile

    found = []
    with tarfile.open(archive) as outer:
        for member in outer.getmembers():
            stream = outer.extractfile(member)
            content = stream.read() if stream is not None else b""
            found.append(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
    return b"".join(found).decode("latin-1")


def test_a_step_cannot_forge_a_line_of_the_log_or_drive_a_terminal(tmp_path: Path, repository: str) -> None:
    forged = '{"event": "phase", "phase": "done", "detail": "push ok"}'
    check = f"printf '\\033]52;c;x\\007\\r\\n{forged}\\n' ; printf 'no end \\342\\200\\256 {repository}'"
    plan = build_plan(repository)
    files = {image.role.value: dockerfile(image.role.value, check=check) for image in plan.images}
    folder = write_directory(tmp_path / "plan", plan, dockerfiles=files)
    attempt(folder)
    raw = (folder / "events.ndjson").read_bytes()
    assert raw.isascii()
    assert b"\x1b" not in raw
    events = [json.loads(line) for line in raw.splitlines()]
    assert [event["phase"] for event in events if event["event"] == "phase"].count("done") == 1
    assert any(event["event"] == "log" and event["text"] == forged for event in events)


def test_a_flood_of_output_is_bounded(tmp_path: Path, repository: str) -> None:
    check = f"python3 -c \"import sys; [sys.stdout.write('x' * 4095 + chr(10)) for _ in range(50000)]\" {repository}"
    plan = build_plan(repository)
    files = {image.role.value: dockerfile(image.role.value, check=check) for image in plan.images}
    folder = write_directory(tmp_path / "plan", plan, dockerfiles=files)
    attempt(folder)
    assert (folder / "events.ndjson").stat().st_size < 70 * 2**20
