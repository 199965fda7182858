"""Builds for an accelerator: the same releases, from an index of their own, against a real index server."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from uv import find_uv_bin

from fedbake.cli import cli
from fedbake.errors import ResolutionError, TransientError, UsageError
from fedbake.inspect.facts import AcceleratorDeclaration, Facts, Location
from fedbake.names import ACTORS, Accelerator, Platform, PythonMinor, Role
from fedbake.plan.accelerator import accelerator_decisions
from fedbake.plan.locks import PlannedLocks, planned_locks
from fedbake.plan.reading import read_plan
from fedbake.resolve.accelerator import Route, load_routes
from fedbake.resolve.environments import Resolution, resolve
from fedbake.resolve.runtime import RuntimeRow
from fedbake.resolve.target import Target
from fedbake.resources import shipped
from fedbake.rules.fixes import Wanted
from fedbake.settings import Settings
from package_index import PackageIndex, package_index

EXAMPLE = Path(__file__).parents[3] / "golden/pytorch-cifar/repo"
PYTHON = PythonMinor(3, 11)
AMD64, ARM64 = Platform.AMD64, Platform.ARM64
X86 = "cp311-cp311-manylinux_2_17_x86_64"
ARM = "cp311-cp311-manylinux_2_17_aarch64"
CUDA_ONLY = "platform_system == 'Linux' and platform_machine == 'x86_64'"
# What a plan needs beside torch: the user's, and what actors need.
ADDED = (
    ("numpy", "1.26.4"),
    ("setuptools", "81.0.0"),
    ("paho-mqtt", "2.1.0"),
    ("mlflow-skinny", "2.22.5"),
    ("pandas", "2.2.3"),
)
RUNTIMES = [RuntimeRow(Requirement("flwr==1.23.0"), (), (PYTHON,))]


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    """PyTorch as it is published: CUDA builds for x86 on the package index, CPU builds on an index of their own."""
    with package_index() as index:
        index.add("flwr", "1.23.0")
        index.add("nvidia-cublas", "12.1", tags="py3-none-manylinux_2_17_x86_64")
        for version in ("2.1.1", "2.2.0"):
            for tags in (X86, ARM):
                index.add("torch", version, "filelock", f"nvidia-cublas==12.1; {CUDA_ONLY}", tags=tags)
            index.add("torch", f"{version}+cpu", "filelock", tags="cp311-cp311-linux_x86_64", index="cpu")
        for tags in (X86, ARM):
            index.add("torchvision", "0.16.1", "torch==2.1.1", tags=tags)
        index.add("torchvision", "0.16.1+cpu", "torch==2.1.1", tags="cp311-cp311-linux_x86_64", index="cpu")
        index.add("torch", "2.3.0+cpu", tags="cp311-cp311-linux_x86_64", index="cpu")
        index.add("filelock", "3.0")
        yield index


def resolved(
    index: PackageIndex, cache: Path, routes: dict[Role, Route], *texts: str, as_of: str | None = None
) -> Resolution:
    own = tuple(Wanted(Requirement(text), "requirements.txt:1:1", None, None) for text in texts)
    target = Target(PYTHON, tuple(Platform), as_of, routes=routes)
    environment = {"FEDBAKE_INDEX_URL": index.simple, "FEDBAKE_CACHE_DIR": str(cache)}
    return resolve(dict.fromkeys(ACTORS, own), target, RUNTIMES, Settings.from_environment(environment), lambda _: None)


def route(index: PackageIndex) -> Route:
    return Route(index.cpu, ("torch", "torchvision"), (AMD64,))


def installed(resolution: Resolution) -> dict[str, dict[Platform, list[str]]]:
    return {
        environment.name: {
            platform: [f"{package.name} {package.version}" for package in packages]
            for platform, packages in environment.packages.items()
        }
        for environment in resolution.environments
    }


def test_cpu_takes_the_same_release_without_the_gigabytes_it_does_not_need(index: PackageIndex, tmp_path: Path) -> None:
    both = dict.fromkeys(ACTORS, route(index))
    plain = installed(resolved(index, tmp_path, {}, "torch==2.1.1"))
    routed = installed(resolved(index, tmp_path, both, "torch==2.1.1"))
    assert plain["actors"][AMD64] == ["filelock 3.0", "flwr 1.23.0", "nvidia-cublas 12.1", "torch 2.1.1"]
    assert routed == {
        "actors": {
            AMD64: ["filelock 3.0", "flwr 1.23.0", "torch 2.1.1+cpu"],
            ARM64: ["filelock 3.0", "flwr 1.23.0", "torch 2.1.1"],
        }
    }


def test_the_release_is_that_of_the_package_index_whatever_the_other_one_has(
    index: PackageIndex, tmp_path: Path
) -> None:
    """The other index has 2.3.0, and no dates: with a date it would have nothing at all."""
    both = dict.fromkeys(ACTORS, route(index))
    for as_of in (None, "2024-06-01T00:00:00Z"):
        routed = installed(resolved(index, tmp_path, both, "torch", as_of=as_of))
        assert routed["actors"][AMD64][-1] == "torch 2.2.0+cpu"
        assert routed["actors"][ARM64][-1] == "torch 2.2.0"


def test_what_another_package_brings_along_is_routed_too(index: PackageIndex, tmp_path: Path) -> None:
    index.add("lightning", "2.0", "torch", "torchvision")
    routed = installed(resolved(index, tmp_path, dict.fromkeys(ACTORS, route(index)), "lightning"))
    assert routed["actors"][AMD64][-2:] == ["torch 2.1.1+cpu", "torchvision 0.16.1+cpu"]


def test_roles_with_other_builds_share_what_is_equal_on_each_platform(index: PackageIndex, tmp_path: Path) -> None:
    routed = installed(resolved(index, tmp_path, {Role.AGGREGATOR: route(index)}, "torch==2.1.1"))
    assert routed == {
        "actors": {
            AMD64: ["filelock 3.0", "flwr 1.23.0"],
            ARM64: ["filelock 3.0", "flwr 1.23.0", "torch 2.1.1"],
        },
        "aggregator": {AMD64: ["torch 2.1.1+cpu"], ARM64: []},
        "learner": {AMD64: ["nvidia-cublas 12.1", "torch 2.1.1"], ARM64: []},
    }


def test_each_role_gets_a_lock_of_its_own_where_builds_differ(index: PackageIndex, tmp_path: Path) -> None:
    same = planned_locks(resolved(index, tmp_path, dict.fromkeys(ACTORS, route(index)), "torch==2.1.1"), PYTHON)
    mixed = planned_locks(resolved(index, tmp_path, {Role.AGGREGATOR: route(index)}, "torch==2.1.1"), PYTHON)
    assert [path for path in same.files if "pylock" in path] == ["locks/pylock.toml"]
    texts = {path: text for path, text in mixed.files.items() if "pylock" in path}
    assert sorted(texts) == ["locks/pylock.aggregator.toml", "locks/pylock.learner.toml"]
    assert "2.1.1%2Bcpu" in texts["locks/pylock.aggregator.toml"]
    assert "nvidia" not in texts["locks/pylock.aggregator.toml"]
    assert "nvidia" in texts["locks/pylock.learner.toml"]
    assert "%2Bcpu" not in texts["locks/pylock.learner.toml"]


def test_the_build_installs_exactly_the_file_of_the_other_index(index: PackageIndex, tmp_path: Path) -> None:
    locks = planned_locks(resolved(index, tmp_path, dict.fromkeys(ACTORS, route(index)), "torch==2.1.1"), PYTHON)
    (torch,) = [package for package in locks.environments[0].lock(AMD64).packages if package.name == "torch"]
    assert torch.bytes == len(index.files["/files/cpu/torch-2.1.1+cpu-cp311-cp311-linux_x86_64.whl"])
    assert install(locks, index, tmp_path) == {"filelock", "flwr", "torch"}
    changed = "/files/cpu/torch-2.1.1+cpu-cp311-cp311-linux_x86_64.whl"
    index.files[changed] = index.files[changed] + b"\0"
    with pytest.raises(subprocess.CalledProcessError):
        install(locks, index, tmp_path / "again")


def install(locks: PlannedLocks, index: PackageIndex, folder: Path) -> set[str]:
    """What the build does (templates/docker/install.j2), with an installer that has nothing cached."""
    folder.mkdir(exist_ok=True)
    requirements = folder / "requirements.txt"
    requirements.write_text(locks.files["locks/actors.linux-amd64.txt"])
    environment = {"UV_CACHE_DIR": str(folder / "uv"), "UV_DEFAULT_INDEX": index.simple, "PATH": "/usr/bin:/bin"}
    python = folder / "venv/bin/python"
    arguments = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirements", requirements]
    platform = ["--python-platform", "x86_64-manylinux_2_28"]
    for command in (
        ["venv", "--no-project", "--python", sys.executable, folder / "venv"],
        ["pip", "install", "--python", python, *platform, *arguments],
    ):
        subprocess.run([find_uv_bin(), *command], env=environment, check=True, capture_output=True)
    return {path.parent.name for path in folder.glob("venv/lib/*/site-packages/*/__init__.py")}


def test_a_build_the_index_lacks_is_said_plainly(index: PackageIndex, tmp_path: Path) -> None:
    index.add("torch", "2.4.0", tags=X86)
    index.add("torch", "2.4.0", tags=ARM)
    with pytest.raises(ResolutionError, match=r"lacks one of torch 2\.4\.0 for Python 3\.11") as caught:
        resolved(index, tmp_path, dict.fromkeys(ACTORS, route(index)), "torch==2.4.0")
    assert caught.value.where == index.cpu
    assert "--accelerator cuda" in str(caught.value.hint)


def test_an_index_that_does_not_answer_is_named(index: PackageIndex, tmp_path: Path) -> None:
    nowhere = Route("http://127.0.0.1:9/whl/cpu", ("torch",), (AMD64,))
    with pytest.raises(TransientError) as caught:
        resolved(index, tmp_path, dict.fromkeys(ACTORS, nowhere), "torch==2.1.1")
    assert caught.value.where == nowhere.index
    assert "--accelerator cuda" in str(caught.value.hint)


def test_nothing_is_asked_of_the_other_index_without_a_package_for_it(index: PackageIndex, tmp_path: Path) -> None:
    resolved(index, tmp_path, dict.fromkeys(ACTORS, route(index)), "filelock")
    assert not [asked for asked in index.asked if "/cpu/" in asked]


def test_a_sites_table_replaces_ours(tmp_path: Path) -> None:
    ours = load_routes([shipped("rules")])
    assert ours[Accelerator.CPU].index.startswith("https://")
    assert "torch" in ours[Accelerator.CPU].packages
    assert Accelerator.CUDA not in ours
    (tmp_path / "images").mkdir()
    (tmp_path / "images/accelerators.yaml").write_text(
        "accelerators: {cpu: {index: 'https://mirror.example/cpu', packages: [Torch], platforms: [linux/amd64]}}\n"
    )
    assert load_routes([shipped("rules"), tmp_path]) == {
        Accelerator.CPU: Route("https://mirror.example/cpu", ("torch",), (AMD64,))
    }


@pytest.mark.parametrize(
    "row",
    [
        "{index: 'https://user:secret@mirror.example/cpu', packages: [torch], platforms: [linux/amd64]}",
        "{index: 'ftp://mirror.example', packages: [torch], platforms: [linux/amd64]}",
        '{index: "https://m.example/\\n[tool]", packages: [torch], platforms: [linux/amd64]}',
        "{index: 'https://m.example', packages: ['torch = 1'], platforms: [linux/amd64]}",
        "{index: 'https://m.example', packages: [torch], platforms: [windows]}",
        "{index: 'https://m.example', packages: [torch], platforms: [linux/amd64], extra: 1}",
        "[1, 2]",
        "{}",
    ],
)
def test_a_wrong_row_is_refused_with_its_file_and_without_secrets(tmp_path: Path, row: str) -> None:
    (tmp_path / "images").mkdir()
    table = tmp_path / "images/accelerators.yaml"
    table.write_text(f"accelerators: {{cpu: {row}}}\n")
    with pytest.raises(UsageError) as caught:
        load_routes([shipped("rules"), tmp_path])
    assert caught.value.where == str(table)
    assert "secret" not in caught.value.message


def test_what_a_dependency_file_says_of_the_hardware_is_reported_and_not_acted_on() -> None:
    declared = AcceleratorDeclaration("cpu", Location("conda.yaml", 6, 5), "cpuonly")
    facts = Facts({}, ("conda.yaml",), (), (), {}, (), accelerators=(declared,))
    (decision,) = accelerator_decisions(facts, {}, ACTORS)
    assert decision.where == "conda.yaml:6:5"
    assert "--accelerator cpu" in decision.because
    (asked,) = accelerator_decisions(facts, dict.fromkeys(ACTORS, Accelerator.CPU), ACTORS)
    assert asked.value == "learner: cpu, aggregator: cpu"
    assert list(accelerator_decisions(Facts({}, (), (), (), {}, ()), {}, ACTORS)) == []


def test_the_command_line_routes_one_image_through_a_sites_mirror(index: PackageIndex, tmp_path: Path) -> None:
    for name, version in ADDED:
        index.add(name, version)
    repo, rules = tmp_path / "repo", tmp_path / "rules"
    shutil.copytree(EXAMPLE, repo)
    (repo / "conda.yaml").unlink()
    (repo / "requirements.txt").write_text("torch==2.1.1\ntorchvision==0.16.1\nnumpy==1.26.4\n")
    (rules / "images").mkdir(parents=True)
    (rules / "images/accelerators.yaml").write_text(
        f"accelerators: {{cpu: {{index: '{index.cpu}', packages: [torch, torchvision], platforms: [linux/amd64]}}}}\n"
    )
    arguments = ["plan", str(repo), "-o", str(tmp_path / "plan"), "--python=3.11", "--rules", str(rules)]
    arguments += ["--accelerator=aggregator=cpu", f"--base-image=3.11=localhost:9/python@sha256:{'1' * 64}"]
    environment = {"FEDBAKE_INDEX_URL": index.simple, "FEDBAKE_CACHE_DIR": str(tmp_path / "cache")}
    settings = Settings.from_environment(environment)
    done = CliRunner().invoke(cli, arguments, obj=settings, standalone_mode=False, catch_exceptions=False)
    assert done.return_value == 0
    plan = read_plan(tmp_path / "plan")
    held = {
        environment.name: {package.name for package in environment.lock(AMD64).packages if package.name == "torch"}
        for environment in plan.environments
    }
    assert held == {"actors": set(), "aggregator": {"torch"}, "learner": {"torch"}}
    assert plan.request.accelerators == {Role.AGGREGATOR: Accelerator.CPU}
    assert [each.value for each in plan.decisions if each.subject == "accelerator"] == ["aggregator: cpu"]
    lines = (tmp_path / "plan/locks/aggregator.linux-amd64.txt").read_text().splitlines()
    assert f"torch @ {index.url}/files/cpu/torch-2.1.1%2Bcpu-cp311-cp311-linux_x86_64.whl" in " ".join(lines)
