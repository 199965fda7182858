"""The tree of a plan, with metadata read from a real index server."""

import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_drawing import planned

from fedbake.cli import cli
from fedbake.errors import ResolutionError, TransientError, UsageError
from fedbake.names import ACTORS, Platform, Role
from fedbake.plan.identity import identified
from fedbake.plan.model import Accounted, BuildPlan, Environment, Package, PlatformLock
from fedbake.render.directory import plan_json
from fedbake.resolve.lock import LockedFile
from fedbake.resolve.wheel_metadata import wheel_metadata
from fedbake.settings import Settings
from fedbake.tree.locked import locked_distributions
from package_index import PackageIndex, package_index, wheel_bytes

AMD64, ARM64 = Platform.AMD64, Platform.ARM64
MIB = 2**20


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with package_index() as index:
        yield index


def settings(cache: Path) -> Settings:
    return Settings.from_environment({"FEDBAKE_CACHE_DIR": str(cache)})


def wheel(index: PackageIndex, url: str) -> LockedFile:
    path = url.removeprefix(index.url)
    return LockedFile(path.rpartition("/")[2], url, len(index.files[path]), index.sha256(path))


def test_a_large_wheel_is_not_downloaded_for_its_metadata(index: PackageIndex, tmp_path: Path) -> None:
    large = wheel(index, index.add("torch", "2.0", "numpy<2", padding=20 * MIB))
    asked: list[int] = []
    index.on_body = asked.append
    assert b"Requires-Dist: numpy<2" in wheel_metadata(large, settings(tmp_path))
    assert 0 < sum(asked) < MIB


def test_metadata_anywhere_in_the_wheel_is_found(index: PackageIndex, tmp_path: Path) -> None:
    archive = io.BytesIO(wheel_bytes("early", "1", ("numpy",)))
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("early/behind.bin", bytes(range(256)) * 4000)
    url = index.add_file("early", "early-1-py3-none-any.whl", archive.getvalue())
    assert b"Requires-Dist: numpy" in wheel_metadata(wheel(index, url), settings(tmp_path))


def test_metadata_is_asked_for_once(index: PackageIndex, tmp_path: Path) -> None:
    file = wheel(index, index.add("once", "1"))
    first = wheel_metadata(file, settings(tmp_path))
    asked = len(index.asked)
    assert wheel_metadata(file, settings(tmp_path)) == first
    assert len(index.asked) == asked


def test_a_server_without_ranges_gives_the_whole_wheel_which_must_have_its_hash(
    index: PackageIndex, tmp_path: Path
) -> None:
    index.ranges = False
    file = wheel(index, index.add("whole", "1", "numpy"))
    assert b"numpy" in wheel_metadata(file, settings(tmp_path))
    changed = LockedFile(file.name, file.url, file.size, "0" * 64)
    with pytest.raises(ResolutionError, match="hash"):
        wheel_metadata(changed, settings(tmp_path))


def test_a_silent_server_is_worth_another_try(tmp_path: Path) -> None:
    nowhere = LockedFile("x-1-py3-none-any.whl", "http://127.0.0.1:9/x-1-py3-none-any.whl", 1, "0" * 64)
    with pytest.raises(TransientError):
        wheel_metadata(nowhere, settings(tmp_path))


def test_a_server_that_doles_out_bytes_is_not_asked_forever(index: PackageIndex, tmp_path: Path) -> None:
    file = wheel(index, index.add("slow", "1", "numpy", padding=MIB))
    index.most = 1
    with pytest.raises(ResolutionError, match="not a wheel that can be read"):
        wheel_metadata(file, settings(tmp_path))
    assert len(index.asked) < 100


def bomb() -> bytes:
    """A METADATA of 64 MiB that says it has 10 bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("x-1.dist-info/METADATA", bytes(64 * MIB))
    content = archive.getvalue()
    return content.replace(struct.pack("<I", 64 * MIB), struct.pack("<I", 10))


@pytest.mark.parametrize(
    "content",
    [
        b"no archive",
        b"",
        zipfile.BadZipFile.__name__.encode() * 10_000,
        wheel_bytes("x", "1").replace(b"METADATA", b"METADATB"),
        wheel_bytes("x", "1")[:-30],
        wheel_bytes("x", "1", ("y" * 2 * MIB,)),
        bomb(),
    ],
)
def test_what_is_no_wheel_is_an_error_of_ours(index: PackageIndex, tmp_path: Path, content: bytes) -> None:
    url = index.add_file("x", "x-1-py3-none-any.whl", content)
    with pytest.raises(ResolutionError):
        wheel_metadata(wheel(index, url), settings(tmp_path))


def test_a_hash_of_a_plan_never_becomes_a_path(index: PackageIndex, tmp_path: Path) -> None:
    file = wheel(index, index.add("x", "1"))
    escaping = LockedFile(file.name, file.url, file.size, "../../../escaped")
    wheel_metadata(escaping, settings(tmp_path / "a/b/c"))
    assert not list(tmp_path.rglob("*escaped*"))
    assert [path.parent.name for path in tmp_path.rglob("*") if path.is_file()] == ["wheel-metadata"]


def sdist(name: str, pkg_info: str) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as file:
        info = tarfile.TarInfo(f"{name}-1/PKG-INFO")
        info.size = len(pkg_info)
        file.addfile(info, io.BytesIO(pkg_info.encode()))
    return archive.getvalue()


def plan_of(index: PackageIndex, packages: dict[Platform, list[str]]) -> BuildPlan:
    """A plan of one environment whose packages are files of the index."""
    locks = []
    for platform, urls in packages.items():
        rows = []
        for url in urls:
            file = wheel(index, url)
            name, version = file.name.removesuffix(".tar.gz").split("-")[:2]
            kind = "wheel" if file.name.endswith(".whl") else "source"
            rows.append(
                Package(
                    name=name, version=version, kind=kind, file=file.name, url=url, bytes=file.size, sha256=file.sha256
                )
            )
        locks.append(PlatformLock(platform=platform, packages=tuple(rows), requirements="locks/x.txt", uv_platform="x"))
    environment = Environment(name="actors", roles=ACTORS, locks=tuple(locks))
    row = Accounted(
        text="torch==2.1.1",
        where="requirements.txt:1:1",
        name="torch",
        outcome="installed",
        roles=ACTORS,
        packages=dict.fromkeys(packages, "torch==2.1.1"),
    )
    return identified(planned(row).model_copy(update={"environments": (environment,)}))


def test_a_compiled_package_is_described_by_its_wheel_elsewhere_or_by_what_is_static(
    index: PackageIndex, tmp_path: Path
) -> None:
    static = "Metadata-Version: 2.2\nName: static\nVersion: 1\nRequires-Dist: numpy\n"
    vague = "Metadata-Version: 2.1\nName: vague\nVersion: 1\n"
    psutil = index.add_file("psutil", "psutil-1.tar.gz", sdist("psutil", vague))
    plan = plan_of(
        index,
        {
            AMD64: [index.add("psutil", "1", "wheel-says")],
            ARM64: [
                psutil,
                index.add_file("static", "static-1.tar.gz", sdist("static", static)),
                index.add_file("vague", "vague-1.tar.gz", sdist("vague", vague)),
            ],
        },
    )
    found = {each.name: each for each in locked_distributions(plan, Role.LEARNER, ARM64, settings(tmp_path))}
    assert found["psutil"].requires == ("wheel-says",)
    assert found["static"].requires == ("numpy",)
    assert found["vague"].unclear == "it is compiled, and its source archive does not say without being run"


def test_a_broken_wheel_spoils_nothing_else(index: PackageIndex, tmp_path: Path) -> None:
    broken = index.add_file("broken", "broken-1-py3-none-any.whl", b"nothing")
    plan = plan_of(index, {AMD64: [broken, index.add("fine", "1", "numpy")]})
    broken_one, fine = locked_distributions(plan, Role.LEARNER, AMD64, settings(tmp_path))
    assert (broken_one.unclear, fine.requires) == ("its metadata cannot be read", ("numpy",))


def test_a_plan_without_the_platform_says_what_it_has(index: PackageIndex, tmp_path: Path) -> None:
    plan = plan_of(index, {AMD64: []})
    plan = plan.model_copy(update={"request": plan.request.model_copy(update={"platforms": (AMD64,)})})
    with pytest.raises(UsageError, match="no learner for linux/arm64"):
        locked_distributions(plan, Role.LEARNER, ARM64, settings(tmp_path))


@pytest.fixture
def written(index: PackageIndex, tmp_path: Path) -> Path:
    """A plan directory whose torch needs a NumPy that is not there."""
    urls = [index.add("torch", "2.1.1", "numpy<1.20"), index.add("numpy", "1.26.4"), index.add("flwr", "1.23.0")]
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "plan.json").write_text(plan_json(plan_of(index, {AMD64: urls, ARM64: urls})))
    return folder


def test_the_command_shows_the_tree_and_exits_with_4_where_it_does_not_fit(written: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["tree", str(written)], obj=settings(tmp_path), standalone_mode=False)
    assert done.return_value == 4
    assert done.stdout.splitlines() == [
        "the learner of owner/repo on linux/amd64, Python 3.11: 3 packages",
        "",
        "your repository",
        "└── torch [required: ==2.1.1, installed: 2.1.1]  <- requirements.txt:1:1",
        "    └── numpy [required: <1.20, installed: 1.26.4]",
        "added by fedbake",
        "└── flwr [required: Any, installed: 1.23.0]",
        "",
        "does not fit:",
        "  torch 2.1.1 needs numpy<1.20, but numpy 1.26.4 is there",
    ]


def test_the_command_answers_programs(written: Path, tmp_path: Path) -> None:
    arguments = [
        "tree",
        str(written),
        "--target=aggregator",
        "--platform=linux/arm64",
        "--package=flwr",
        "--format=json",
    ]
    done = CliRunner().invoke(cli, arguments, obj=settings(tmp_path), standalone_mode=False)
    facts = json.loads(done.stdout)
    assert facts["subject"] == "the aggregator of owner/repo"
    assert facts["packages"] == [{"name": "flwr", "version": "1.23.0", "edges": []}]
    assert [each["requires"] for each in facts["unmet"]] == ["numpy"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "neither the folder of a plan nor an image"),
        (["--package", "--warn", "{plan}"], "is not the name of a package"),
        (["--package", "pandas", "{plan}"], "pandas is not in this environment"),
        (["--target", "learner", "localhost:5000/x/y:1"], "chooses an image of a plan"),
        (["{plan}/.."], "there is no plan here"),
    ],
)
def test_what_cannot_be_shown_is_said(written: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    given = [each.replace("{plan}", str(written)) for each in arguments]
    with pytest.raises(UsageError, match=message):
        CliRunner().invoke(cli, ["tree", *given], obj=settings(tmp_path), standalone_mode=False, catch_exceptions=False)
