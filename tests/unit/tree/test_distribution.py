"""What a package needs on a platform, as a tree is made of it."""

import time

import pytest

from fedbake.names import Platform, PythonMinor
from fedbake.tree.distribution import CoreMetadata, core_metadata, distribution

PYTHON = PythonMinor(3, 11)


def needs(*requires: str, platform: Platform = Platform.ARM64, extras: tuple[str, ...] = ()) -> tuple[str, ...]:
    return distribution(CoreMetadata("x", "1", requires, extras), platform, PYTHON).requires


def test_markers_are_those_of_the_target_and_not_of_this_machine() -> None:
    requires = (
        "nvidia; platform_machine == 'x86_64'",
        "tomli>=2; python_version < '3.11'",
        "colorama; sys_platform == 'win32'",
        "numpy<2; python_version == '3.11'",
    )
    assert needs(*requires, platform=Platform.ARM64) == ("numpy<2",)
    assert needs(*requires, platform=Platform.AMD64) == ("nvidia", "numpy<2")


def test_what_only_some_patch_releases_need_is_needed() -> None:
    assert needs("async-timeout; python_full_version < '3.11.3'") == ("async-timeout",)


def test_extras_stay_so_that_who_asks_for_one_gets_its_edges() -> None:
    requires = ("httptools; extra == 'Standard'", "uvloop; sys_platform == 'win32' and extra == 'standard'")
    assert needs(*requires, extras=("standard", "other")) == ('httptools ; extra == "standard"',)


def test_an_address_is_left_out() -> None:
    assert needs("secret @ https://user:password@example.org/x.whl") == ("secret",)


def test_unreadable_requirements_are_counted_and_the_others_kept() -> None:
    found = distribution(CoreMetadata("X.y", "1.0.0", ("numpy", "!!!", "a>=1.*.b"), ()), Platform.AMD64, PYTHON)
    assert (found.name, found.version, found.requires) == ("x-y", "1.0.0", ("numpy",))
    assert found.unclear == "2 of its requirements are written in no known form"


@pytest.mark.parametrize(
    "name", ["", "-leading", "a b", "../../etc/passwd", "a/b", "evil\x1b[31m", "evil\nRequires-Dist: x", "é"]
)
def test_what_is_no_name_is_no_package(name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        distribution(CoreMetadata(name, "1", (), ()), Platform.AMD64, PYTHON)


@pytest.mark.parametrize("version", ["", "1/2", "1\x1b[2J", "latest", "1\n2"])
def test_what_is_no_version_is_no_package(version: str) -> None:
    with pytest.raises(ValueError, match="not the name and version"):
        distribution(CoreMetadata("x", version, (), ()), Platform.AMD64, PYTHON)


def test_endless_metadata_costs_little() -> None:
    flood = "".join(
        f"Requires-Dist: p{number}; extra == 'e{number}'\nProvides-Extra: e{number}\n" for number in range(20_000)
    )
    began = time.process_time()
    found = distribution(core_metadata(f"Name: x\nVersion: 1\n{flood}".encode()), Platform.AMD64, PYTHON)
    assert time.process_time() - began < 2
    assert found.unclear == "it lists more requirements than any package has"


def test_the_most_requirements_that_are_read_cost_little_too() -> None:
    extras = tuple(f"e{number}" for number in range(500))
    requires = tuple(f"p{number}; extra == 'e{number % 500}' or extra == 'none'" for number in range(2000))
    began = time.process_time()
    found = distribution(CoreMetadata("x", "1", requires, extras), Platform.AMD64, PYTHON)
    assert time.process_time() - began < 2
    assert len(found.requires) == 2000


def test_nested_markers_are_counted_as_unreadable() -> None:
    bomb = "x; " + "(" * 5000 + "os_name == 'posix'" + ")" * 5000
    assert distribution(CoreMetadata("x", "1", (bomb,), ()), Platform.AMD64, PYTHON).unclear
