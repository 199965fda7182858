"""Debian packages: what release this is, and which packages are taken from where."""

import pytest

from fedbake.errors import WorkerError
from fedbake.worker.debian import parse_os_release, suite_preferences, suite_source, this_release
from fedbake.worker.tables import debian_table

BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'


def test_debian_12_takes_its_engine_from_a_newer_suite() -> None:
    release = this_release(debian_table().worker, parse_os_release(BOOKWORM))
    assert (release.codename, release.engine_suite) == ("bookworm", "trixie")


def test_debian_13_has_an_engine_of_its_own() -> None:
    release = this_release(debian_table().worker, {"ID": "debian", "VERSION_ID": "13"})
    assert release.engine_suite is None


@pytest.mark.parametrize(
    "os_release",
    [{}, {"ID": "debian", "VERSION_ID": "11"}, {"ID": "fedora", "VERSION_ID": "12", "PRETTY_NAME": "Fedora"}],
)
def test_another_system_is_refused_with_what_to_install_by_hand(os_release: dict[str, str]) -> None:
    with pytest.raises(WorkerError, match="Debian 12 and Debian 13 only") as caught:
        this_release(debian_table().worker, os_release)
    assert "buildx" in (caught.value.hint or "")


def test_the_pins_lift_exactly_the_engine_above_the_release() -> None:
    text = suite_preferences("trixie", ["docker.io", "containerd"])
    assert "Package: *\nPin: release n=trixie\nPin-Priority: 100\n" in text
    assert "Package: docker.io containerd\nPin: release n=trixie\nPin-Priority: 990\n" in text


def test_the_added_suite_is_verified_with_debians_own_keys() -> None:
    text = suite_source("trixie")
    assert "Suites: trixie\n" in text
    assert "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n" in text


def test_every_engine_package_of_the_newer_suite_is_one_that_gets_installed() -> None:
    worker = debian_table().worker
    installed = {name for part in ("engine", "buildx") for name in worker.packages[part]}
    assert set(worker.engine_suite_packages) <= installed
