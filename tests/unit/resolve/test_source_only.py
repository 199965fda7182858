"""Packages without any wheel: compiled only by name, described without ever running their code."""

import gzip
import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from fedbake.errors import ResolutionError
from fedbake.inspect.facts import Declaration, Location, Origin
from fedbake.names import Platform, PythonMinor, Role
from fedbake.plan.locks import planned_locks
from fedbake.resolve.environments import Resolution, resolve
from fedbake.resolve.lock import LockedFile
from fedbake.resolve.locked_facts import locked_facts
from fedbake.resolve.problem import Evidence
from fedbake.resolve.runtime import RuntimeRow
from fedbake.resolve.sdist import build_requirements, static_metadata
from fedbake.resolve.target import Target
from fedbake.rules.fixes import Wanted
from fedbake.settings import Settings
from package_index import PackageIndex, package_index, sdist_bytes

PYTHON = PythonMinor(3, 11)
TARGET = Target(PYTHON, tuple(Platform), None)
RUNTIMES = [RuntimeRow(Requirement("flwr==1.23.0"), (), (PYTHON,))]
RELIABLE = "Metadata-Version: 2.2\nName: sourced\nVersion: 1.0\nRequires-Dist: array<2\n"
OLD = "Metadata-Version: 1.2\nName: sourced\nVersion: 1.0\n"


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with package_index() as index:
        for name, version in (("flwr", "1.23.0"), ("array", "1.0"), ("array", "2.0"), ("pip", "24"), ("wheel", "1")):
            index.add(name, version)
        index.add("setuptools", "80")
        index.add("needy", "1.0", "sourced>=1")
        yield index


def settings(index: PackageIndex, cache: Path) -> Settings:
    return Settings.from_environment({"FEDBAKE_INDEX_URL": index.simple, "FEDBAKE_CACHE_DIR": str(cache)})


def resolved(index: PackageIndex, cache: Path, text: str, *allowed: str, target: Target = TARGET) -> Resolution:
    line = Declaration(Requirement(text), Origin.REQUIREMENTS, Location("requirements.txt", 1, 1), text)
    wanted = {Role.LEARNER: (Wanted(line.requirement, str(line.location), line, None),)}
    asked = replace(target, allow_source=frozenset(allowed))
    return resolve(wanted, asked, RUNTIMES, settings(index, cache), lambda _: None)


def versions(resolution: Resolution) -> dict[str, str]:
    return {package.name: package.version for package in resolution.lock.packages}


def marking(marker: Path) -> str:
    """A setup.py that leaves a file behind when it is run."""
    return (
        f"open({str(marker)!r}, 'w').close()\n"
        "from setuptools import setup\n"
        "setup(name='sourced', version='1.0', install_requires=['array'])\n"
    )


def test_a_package_without_any_wheel_is_refused_with_its_line_and_the_way_out(
    index: PackageIndex, tmp_path: Path
) -> None:
    index.add_sdist("sourced", "1.0", {"PKG-INFO": RELIABLE})
    with pytest.raises(ResolutionError, match=r"sourced 1\.0 has no wheel at all") as caught:
        resolved(index, tmp_path, "sourced==1.0")
    assert caught.value.where == "requirements.txt:1:1"
    assert "--allow-source sourced" in (caught.value.hint or "")


def test_named_it_is_compiled_on_every_platform_with_what_it_needs(index: PackageIndex, tmp_path: Path) -> None:
    index.add_sdist("sourced", "1.0", {"PKG-INFO": RELIABLE})
    resolution = resolved(index, tmp_path, "sourced", "sourced")
    assert versions(resolution)["array"] == "1.0"
    locks = planned_locks(resolution, PYTHON)
    compiled = {lock.platform: [each.name for each in lock.compiled] for lock in locks.environments[0].locks}
    assert compiled == {Platform.AMD64: ["sourced"], Platform.ARM64: ["sourced"]}
    assert {lock.platform for lock in locks.build} == set(Platform)


def test_what_another_package_needs_follows_the_same_rule(index: PackageIndex, tmp_path: Path) -> None:
    index.add_sdist("sourced", "1.0", {"PKG-INFO": RELIABLE})
    with pytest.raises(ResolutionError) as caught:
        resolved(index, tmp_path, "needy")
    assert caught.value.message == ("sourced 1.0 cannot be used: it has no wheel for Python 3.11, and needy needs it")
    assert "--allow-source sourced" in (caught.value.hint or "")
    assert versions(resolved(index, tmp_path, "needy", "sourced"))["sourced"] == "1.0"


def test_only_the_described_version_is_ever_considered(index: PackageIndex, tmp_path: Path) -> None:
    """An older release might fit where the newest does not; to know that, its code would have to run."""
    marker = tmp_path / "was-run"
    index.add_sdist("sourced", "0.9", {"PKG-INFO": OLD, "setup.py": marking(marker)})
    index.add_sdist("sourced", "1.0", {"PKG-INFO": RELIABLE, "setup.py": marking(marker)})
    index.add("modern", "1.0", "array>=2", "sourced")
    with pytest.raises(ResolutionError):
        resolved(index, tmp_path / "cache", "modern", "sourced")
    assert versions(resolved(index, tmp_path / "cache", "needy", "sourced"))["sourced"] == "1.0"
    assert not marker.exists()


@pytest.mark.parametrize("files", [{"PKG-INFO": OLD}, {"PKG-INFO": RELIABLE + "Dynamic: Requires-Dist\n"}])
def test_code_is_never_run_to_learn_what_a_package_needs(
    index: PackageIndex, tmp_path: Path, files: dict[str, str]
) -> None:
    marker = tmp_path / "was-run"
    setup = marking(marker)
    index.add_sdist("sourced", "1.0", {**files, "setup.py": setup})
    with pytest.raises(ResolutionError, match="not known without running its code"):
        resolved(index, tmp_path / "cache", "sourced", "sourced")
    assert not marker.exists()
    (tmp_path / "setup.py").write_text(setup)
    subprocess.run([sys.executable, "setup.py", "--version"], cwd=tmp_path, capture_output=True, check=False)
    assert marker.exists(), "the trap works when its code is run"


def test_metadata_is_taken_from_the_best_evidence_there_is() -> None:
    pyproject = "[project]\nname = 'sourced'\nversion = '1.0'\ndependencies = ['array>=1']\n"
    egg = {
        "sourced.egg-info/SOURCES.txt": "",
        "sourced.egg-info/requires.txt": "array\n\n[extra]\nplot>1\n\n[:python_version < '3.5']\ntyping\n",
    }
    assert read({"PKG-INFO": RELIABLE, "pyproject.toml": pyproject}) == (Evidence.PKG_INFO, ("array<2",))
    assert read({"PKG-INFO": OLD, "pyproject.toml": pyproject, **egg}) == (Evidence.PYPROJECT, ("array>=1",))
    assert read({"PKG-INFO": OLD, **egg}) == (
        Evidence.EGG_INFO,
        ("array", 'plot>1; extra == "extra"', 'typing; python_version < "3.5"'),
    )
    assert read({"PKG-INFO": OLD, "src/sourced.egg-info/SOURCES.txt": ""}) == (Evidence.EGG_INFO, ())
    assert read({"PKG-INFO": OLD, "other.egg-info/requires.txt": "evil"}) is None
    dynamic = pyproject.replace("dependencies = ['array>=1']", "dynamic = ['dependencies']")
    assert read({"PKG-INFO": OLD, "pyproject.toml": dynamic}) is None


def read(files: dict[str, str]) -> tuple[Evidence, tuple[str, ...]] | None:
    found = static_metadata(FILE, sdist_bytes("sourced", "1.0", files))
    return (found[0], found[1][0]) if found else None


FILE = LockedFile("sourced-1.0.tar.gz", "https://index.example/sourced-1.0.tar.gz", 1, "0" * 64)


def test_hostile_archives_are_refused() -> None:
    too_large = sdist_bytes("sourced", "1.0", {"PKG-INFO": RELIABLE + "x" * 2**21})
    many = sdist_bytes("sourced", "1.0", {f"file{number}": "" for number in range(50_002)})
    for content in (too_large, bomb(), many, b"no archive", gzip.compress(b"no archive")):
        with pytest.raises(ResolutionError):
            static_metadata(FILE, content)
    with pytest.raises(ResolutionError):
        build_requirements(FILE, b"no archive")


def bomb() -> bytes:
    """An archive of half a megabyte with a file of 400 MiB in it."""
    member = tarfile.TarInfo("sourced-1.0/zeros")
    member.size = 400 * 2**20
    return gzip.compress(member.tobuf()) + gzip.compress(bytes(2**20)) * 400


def test_members_that_point_elsewhere_are_no_evidence(tmp_path: Path) -> None:
    archive = io.BytesIO()
    secret = tmp_path / "secret"
    secret.write_text(RELIABLE)
    with tarfile.open(fileobj=archive, mode="w:gz") as file:
        link = tarfile.TarInfo("sourced-1.0/PKG-INFO")
        link.type, link.linkname = tarfile.SYMTYPE, str(secret)
        file.addfile(link)
        for name in ("../PKG-INFO", "/sourced-1.0/PKG-INFO", "sourced-1.0/../PKG-INFO", "a/b/PKG-INFO"):
            member = tarfile.TarInfo(name)
            member.size = len(RELIABLE)
            file.addfile(member, io.BytesIO(RELIABLE.encode()))
    assert static_metadata(FILE, archive.getvalue()) is None


def test_a_plan_whose_lock_is_known_asks_the_index_nothing(index: PackageIndex, tmp_path: Path) -> None:
    index.add("partial", "1.0", tags="cp311-cp311-manylinux_2_17_x86_64")
    index.add_sdist("partial", "1.0", {"PKG-INFO": OLD})
    for tags in ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux_2_17_aarch64"):
        index.add("partial", "1.2", tags=tags)
    first = resolved(index, tmp_path, "partial==1.0")
    found = {
        each.platform: each for each in locked_facts(first, TARGET, settings(index, tmp_path)) if each.name == "partial"
    }
    assert (found[Platform.AMD64].has_wheel, found[Platform.ARM64].has_wheel) == (True, False)
    assert found[Platform.ARM64].nearest == "1.2"
    index.asked.clear()
    again = resolved(index, tmp_path, "partial==1.0")
    assert again == first
    assert locked_facts(again, TARGET, settings(index, tmp_path))
    assert index.asked == []
