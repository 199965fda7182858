"""The worker with a real engine, real emulation and a real registry (``fedbake doctor --fix`` has run before)."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedbake.errors import WorkerError
from fedbake.names import Platform, PythonMinor
from fedbake.settings import Settings
from fedbake.worker.base_image.image import BaseImageResult, make_base_image
from fedbake.worker.check import is_ready
from fedbake.worker.doctor import Job, diagnose
from fedbake.worker.engine import EngineLayout, engine_answers, engine_daemon, start_engine, stop_engine
from fedbake.worker.readiness import require_worker

REGISTRY = "localhost:5000"
BOTH = tuple(Platform)
NOWHERE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


def settings_with(**environment: str) -> Settings:
    return Settings.from_environment({**os.environ, **environment})


def fedbake(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from fedbake.cli import main; main()", *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def base_image() -> BaseImageResult:
    return make_base_image(settings_with(), PythonMinor(3, 11), BOTH, REGISTRY, print)


def test_the_doctor_says_this_machine_is_ready() -> None:
    done = fedbake("doctor", "--registry", REGISTRY, "--format", "json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["ready"]) == (0, True), answer
    assert {"engine", "buildx", "builder", "platform linux/arm64", "registry", "git"} <= {
        check["name"] for check in answer["checks"]
    }


def test_fixing_what_is_not_broken_changes_nothing() -> None:
    done = fedbake("doctor", "--fix", "--registry", REGISTRY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "this machine is ready to bake" in done.stdout


def test_the_doctor_finds_a_dead_engine_and_says_what_to_do() -> None:
    done = fedbake("doctor", "--registry", REGISTRY, **NOWHERE)
    assert done.returncode == 6
    assert "no Docker Engine answers: Cannot connect" in done.stdout
    assert "hint: fedbake doctor --fix" in done.stdout


def test_an_engine_chosen_by_the_environment_is_not_replaced_by_another() -> None:
    done = fedbake("doctor", "--fix", "--registry", REGISTRY, **NOWHERE)
    assert done.returncode == 6
    assert "unix:///nowhere/docker.sock" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bake_asks_for_a_worker_and_gets_a_typed_answer() -> None:
    require_worker(settings_with(), BOTH)
    with pytest.raises(WorkerError, match="no Docker Engine answers"):
        require_worker(settings_with(**NOWHERE), BOTH)
    with pytest.raises(WorkerError, match="the builder does not answer"):
        require_worker(settings_with(), BOTH, builder="there-is-no-such-builder")


def test_looking_changes_nothing(tmp_path: Path) -> None:
    settings = settings_with(FEDBAKE_STATE_DIR=str(tmp_path / "state"), FEDBAKE_CACHE_DIR=str(tmp_path / "cache"))
    assert is_ready(diagnose(settings, Job(REGISTRY, BOTH)))
    assert list(tmp_path.iterdir()) == []


def test_a_registry_is_started_remembered_and_stopped_alone(tmp_path: Path) -> None:
    private = {"FEDBAKE_STATE_DIR": str(tmp_path)}
    started = fedbake("doctor", "--fix", "--registry", "localhost:5923", **private)
    try:
        assert started.returncode == 0, started.stderr
        assert "starting a registry at localhost:5923" in started.stderr
    finally:
        stopped = fedbake("doctor", "--stop", "--format", "json", **private)
    assert json.loads(stopped.stdout) == {"stopped": ["the registry localhost:5923"]}
    assert fedbake("doctor", "--registry", "localhost:5923", **private).returncode == 6
    assert fedbake("doctor", "--registry", REGISTRY).returncode == 0


@pytest.fixture
def private_engine() -> Iterator[EngineLayout]:
    """A second engine, beside the machine's own. A socket's path must be short, so it is not below pytest's folder."""
    folder = Path(tempfile.mkdtemp(prefix="fb-"))
    layout = EngineLayout.private(folder, folder / "data")
    settings = settings_with()
    start_engine(settings, layout)
    yield layout
    stop_engine(settings, layout)
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines() if str(folder) in line]
    # A tree with mounts in it must not be removed: that would reach through them.
    assert mounted == []
    shutil.rmtree(folder)
    assert not Path("/sys/class/net", layout.bridge).exists()
    assert Path("/sys/class/net/docker0").exists(), "the machine's own engine lost its bridge"


def test_a_second_engine_starts_builds_and_stops_cleanly(private_engine: EngineLayout, tmp_path: Path) -> None:
    settings = settings_with()
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    assert Path("/sys/class/net/docker0").exists()
    require_worker(settings_with(DOCKER_HOST=private_engine.host), BOTH)
    built = docker(
        *(
            "-H",
            private_engine.host,
            "buildx",
            "build",
            "--platform=linux/amd64,linux/arm64",
            "-t",
            "two",
            str(tmp_path),
        )
    )
    assert built.returncode == 0, built.stderr
    process = Path("/proc") / (private_engine.services / "engine.pid").read_text().strip()
    assert process.exists()
    assert stop_engine(settings, private_engine)
    assert not engine_daemon(private_engine).is_running(settings)
    assert not engine_answers(settings, private_engine.host)
    assert engine_answers(settings, "unix:///run/docker.sock")


def test_a_stopped_engine_starts_again_with_what_it_had(private_engine: EngineLayout, tmp_path: Path) -> None:
    settings = settings_with()
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    docker("-H", private_engine.host, "buildx", "build", "-t", "kept", str(tmp_path))
    stop_engine(settings, private_engine)
    start_engine(settings, private_engine)
    assert "kept" in docker("-H", private_engine.host, "image", "ls").stdout


@pytest.mark.parametrize("platform", BOTH)
def test_the_base_image_runs_python_on_both_platforms(base_image: BaseImageResult, platform: Platform) -> None:
    script = (
        "import bz2, ctypes, distutils, lzma, platform, sqlite3, ssl, sys, venv, zipfile, zlib;"
        "trusted = len(ssl.create_default_context().get_ca_certs());"
        "print(platform.machine(), '%d.%d' % sys.version_info[:2], trusted > 50)"
    )
    digest = next(one.digest for one in base_image.platforms if one.platform is platform)
    image = f"{base_image.reference.rpartition(':')[0]}@{digest}"
    done = docker("run", "--rm", f"--platform={platform}", image, "python3", "-W", "ignore", "-c", script)
    assert done.stdout.split() == [platform.machine, "3.11", "True"], done.stderr


def test_the_base_image_carries_tools_for_later_stages_and_no_leftovers(base_image: BaseImageResult) -> None:
    looked_for = (
        "/var/lib/apt/lists /var/cache/apt /var/log /usr/share/doc/python3.11/changelog.Debian.gz /etc/hostname"
    )
    script = f"apt-get --version >/dev/null && python3 -m zipfile -h >/dev/null && find {looked_for} -type f -size +0"
    done = docker("run", "--rm", "--hostname=x", base_image.reference, "sh", "-c", script)
    assert [line for line in done.stdout.splitlines() if line != "/etc/hostname"] == []
    assert all(one.bytes < 70 * 2**20 for one in base_image.platforms)


def test_the_second_time_the_registry_answers(base_image: BaseImageResult) -> None:
    lines: list[str] = []
    assert make_base_image(settings_with(), PythonMinor(3, 11), BOTH, REGISTRY, lines.append) == base_image
    assert lines == [f"{base_image.reference} is already there, made by the same recipe"]


def test_the_same_file_systems_make_the_same_image(base_image: BaseImageResult) -> None:
    again = make_base_image(settings_with(), PythonMinor(3, 11), BOTH, REGISTRY, print, name="fedbake-tests/python")
    assert again.digest == base_image.digest


def test_one_platform_alone_is_found_again_too(base_image: BaseImageResult) -> None:
    alone = (Platform.AMD64,)
    first = make_base_image(settings_with(), PythonMinor(3, 11), alone, REGISTRY, print, name="fedbake-tests/one")
    assert [one.digest for one in first.platforms] == [base_image.platforms[0].digest]
    lines: list[str] = []
    assert make_base_image(settings_with(), PythonMinor(3, 11), alone, REGISTRY, lines.append, name="fedbake-tests/one")
    assert lines[-1].endswith("made by the same recipe")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_base_image_leaves_no_process_mount_or_folder(tmp_path: Path, sent: signal.Signals) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    scratch.chmod(0o755)
    # A name no registry knows, not even of an earlier run, and an empty cache: there is work to interrupt.
    command = [sys.executable, "-c", "from fedbake.cli import main; main()", "base-image", "--python=3.11"]
    environment = {**os.environ, "FEDBAKE_CACHE_DIR": str(tmp_path / "cache"), "TMPDIR": str(scratch)}
    name = f"--name=fedbake-tests/interrupted-{uuid.uuid4().hex}"
    running = subprocess.Popen([*command, name], env=environment, stderr=subprocess.PIPE)
    assert running.stderr is not None
    for line in running.stderr:
        if b"extracting archives" in line:
            break
    assert not any(str(scratch) in line for line in Path("/proc/mounts").read_text().splitlines())
    running.send_signal(sent)
    code = running.wait(180)
    running.stderr.close()
    assert code == (130 if sent is signal.SIGINT else -signal.SIGKILL)
    deadline = time.monotonic() + 180
    while (left := [*_processes_naming(scratch), *scratch.iterdir()]) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == []
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def _processes_naming(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(folder) in words:
            found.append(words)
    return found
