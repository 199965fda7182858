"""Base images: the recipe, its identity, and what is packed."""

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from fedbake.errors import UsageError
from fedbake.names import Platform, PythonMinor
from fedbake.worker.base_image.recipe import Recipe, dockerfile, recipe_for
from fedbake.worker.base_image.tarball import leave_out, mmdebstrap_arguments
from fedbake.worker.tables import debian_table


@pytest.fixture
def recipe() -> Recipe:
    return recipe_for(PythonMinor(3, 11), debian_table().base_images)


def test_each_python_comes_from_the_suite_that_carries_it(recipe: Recipe) -> None:
    assert recipe.tag == "3.11-bookworm"
    assert recipe_for(PythonMinor(3, 13), debian_table().base_images).tag == "3.13-trixie"


def test_a_python_no_suite_carries_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        recipe_for(PythonMinor(3, 10), debian_table().base_images)
    assert caught.value.hint == "base images can be made for 3.11, 3.13"


def test_another_recipe_has_another_identity(recipe: Recipe) -> None:
    assert recipe.identity == replace(recipe).identity
    assert recipe.identity != replace(recipe, packages=(*recipe.packages, "gcc")).identity
    assert recipe.identity != replace(recipe, version=recipe.version + 1).identity


def test_the_image_carries_its_recipe(recipe: Recipe) -> None:
    assert f"fedbake.base-image.recipe={recipe.identity}" in dockerfile(recipe)


def test_nothing_mmdebstrap_mounts_reaches_this_machine(recipe: Recipe) -> None:
    arguments = mmdebstrap_arguments(recipe, Platform.ARM64, Path("/x.tar"))
    before = arguments[: arguments.index("mmdebstrap")]
    assert {"unshare", "--mount", "--propagation=private", "--pid", "--kill-child=KILL"} <= set(before)
    assert "--architectures=arm64" in arguments


def test_leftovers_are_not_packed_and_everything_else_keeps_its_owner_mode_time_and_attributes(tmp_path: Path) -> None:
    source, target = tmp_path / "raw.tar", tmp_path / "clean.tar"
    with tarfile.open(source, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, mode in (("./usr/bin/ping", 0o4755), ("./var/log/dpkg.log", 0o644), ("./etc/resolv.conf", 0o644)):
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime, member.uid = 4, mode, 1735689600, 7
            member.pax_headers = {"SCHILY.xattr.security.capability": "c"}
            archive.addfile(member, io.BytesIO(b"text"))
        folder = tarfile.TarInfo("./var/log")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        link = tarfile.TarInfo("./bin")
        link.type, link.linkname = tarfile.SYMTYPE, "usr/bin"
        archive.addfile(link)
    leave_out(source, target, ["/var/log/*", "/etc/resolv.conf"])
    with tarfile.open(target) as archive:
        assert [member.name for member in archive] == ["./usr/bin/ping", "./var/log", "./bin"]
        ping = archive.getmember("./usr/bin/ping")
        assert (ping.mode, ping.mtime, ping.uid) == (0o4755, 1735689600, 7)
        assert ping.pax_headers["SCHILY.xattr.security.capability"] == "c"
        content = archive.extractfile(ping)
        assert content is not None
        assert content.read() == b"text"
        assert archive.getmember("./bin").linkname == "usr/bin"
