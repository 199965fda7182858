"""Which file of a package a platform installs."""

from fedbake.names import Platform, PythonMinor
from fedbake.resolve.lock import Lock, LockedFile, LockedPackage
from fedbake.resolve.platforms import best_wheel, environment_marker, installed_on

PYTHON = PythonMinor(3, 11)


def wheel(name: str) -> LockedFile:
    return LockedFile(name, f"https://index.example/{name}", 1, "0" * 64)


def package(name: str, version: str, marker: str | None) -> LockedPackage:
    return LockedPackage(name, version, marker, (wheel(f"{name}-{version}-py3-none-any.whl"),), None)


def test_each_platform_gets_its_own_wheel_and_the_most_specific_one() -> None:
    names = (
        "a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "a-1-cp311-cp311-manylinux_2_28_x86_64.whl",
        "a-1-cp311-cp311-manylinux_2_17_aarch64.whl",
        "a-1-cp310-cp310-manylinux_2_28_x86_64.whl",
        "a-1-py3-none-any.whl",
    )
    wheels = tuple(map(wheel, names))
    chosen = {platform: best_wheel(wheels, platform, PYTHON) for platform in Platform}
    assert {platform: found.name for platform, found in chosen.items() if found} == {
        Platform.AMD64: "a-1-cp311-cp311-manylinux_2_28_x86_64.whl",
        Platform.ARM64: "a-1-cp311-cp311-manylinux_2_17_aarch64.whl",
    }


def test_wheels_of_a_newer_glibc_of_musl_or_of_another_python_do_not_fit() -> None:
    names = (
        "a-1-cp311-cp311-manylinux_2_39_x86_64.whl",
        "a-1-cp311-cp311-musllinux_1_2_x86_64.whl",
        "a-1-cp312-cp312-manylinux_2_17_x86_64.whl",
        "a-1-cp311-cp311-win_amd64.whl",
        "not a wheel name",
    )
    assert best_wheel(tuple(map(wheel, names)), Platform.AMD64, PYTHON) is None


def test_a_stable_abi_wheel_of_an_older_python_fits() -> None:
    only = wheel("psutil-5.9.8-cp36-abi3-manylinux_2_12_x86_64.manylinux2010_x86_64.whl")
    assert best_wheel((only,), Platform.AMD64, PYTHON) == only
    assert best_wheel((only,), Platform.ARM64, PYTHON) is None


def test_markers_choose_packages_by_platform() -> None:
    lock = Lock(
        (
            package("cuda", "1", "platform_machine == 'x86_64' and sys_platform == 'linux'"),
            package("everywhere", "1", None),
            package("windows", "1", "sys_platform == 'win32'"),
        )
    )
    assert [each.name for each in installed_on(lock, Platform.AMD64, PYTHON)] == ["cuda", "everywhere"]
    assert [each.name for each in installed_on(lock, Platform.ARM64, PYTHON)] == ["everywhere"]


def test_a_package_some_patch_release_needs_is_installed_for_all_of_them() -> None:
    lock = Lock((package("async-timeout", "5", "python_full_version < '3.11.3'"),))
    assert [each.name for each in installed_on(lock, Platform.AMD64, PYTHON)] == ["async-timeout"]


def test_of_two_versions_by_patch_release_the_later_ones_is_taken() -> None:
    lock = Lock(
        (package("a", "1", "python_full_version < '3.11.4'"), package("a", "2", "python_full_version >= '3.11.4'"))
    )
    assert [each.version for each in installed_on(lock, Platform.AMD64, PYTHON)] == ["2"]


def test_an_environment_marker_holds_on_its_platform_only() -> None:
    lock = Lock((package("here", "1", environment_marker(Platform.ARM64, PYTHON)),))
    assert installed_on(lock, Platform.ARM64, PYTHON)
    assert not installed_on(lock, Platform.AMD64, PYTHON)
    assert not installed_on(lock, Platform.ARM64, PythonMinor(3, 12))
