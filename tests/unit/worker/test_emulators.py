"""Registrations of emulators: read from the kernel, and made from what the package ships."""

from pathlib import Path

import pytest

from fedbake.errors import WorkerError
from fedbake.names import Platform
from fedbake.worker.check import Status
from fedbake.worker.emulators import native_platform, parse_entry, registration
from fedbake.worker.host_checks import check_emulator

ENTRY = """enabled
interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
flags: POF
offset 0
magic 7f454c46020101000000000000000000020
mask ffffffffffffff00fffffffffffffffffe
"""
FOREIGN = next(platform for platform in Platform if platform is not native_platform())


def test_a_registration_says_its_interpreter_and_flags() -> None:
    entry = parse_entry(ENTRY)
    assert entry.interpreter == "/usr/libexec/qemu-binfmt/aarch64-binfmt-P"
    assert entry.works_in_containers


@pytest.mark.parametrize("text", [ENTRY.replace("enabled", "disabled"), ENTRY.replace("POF", "PO"), ""])
def test_a_disabled_one_or_one_without_f_does_not_work_in_containers(text: str) -> None:
    assert not parse_entry(text).works_in_containers


def test_a_missing_and_a_half_registration_are_missing(tmp_path: Path) -> None:
    assert check_emulator(FOREIGN, tmp_path).status is Status.MISSING
    (tmp_path / f"qemu-{FOREIGN.machine}").write_text(ENTRY.replace("POF", "P"))
    refused = check_emulator(FOREIGN, tmp_path)
    assert refused.status is Status.MISSING
    assert "flag F" in refused.message


def test_a_good_registration_and_the_machines_own_platform_are_fine(tmp_path: Path) -> None:
    (tmp_path / f"qemu-{FOREIGN.machine}").write_text(ENTRY)
    assert check_emulator(FOREIGN, tmp_path).status is Status.OK
    assert check_emulator(native_platform(), tmp_path / "nothing").status is Status.OK


def test_the_line_to_register_comes_from_the_packages_description(tmp_path: Path) -> None:
    line = r":qemu-aarch64:M::\x7fELF:\xff\xff:/usr/libexec/qemu-binfmt/aarch64-binfmt-P:POF"
    (tmp_path / "qemu-aarch64.conf").write_text(f"# comment\n{line}\n")
    assert registration(Platform.ARM64, tmp_path) == line


@pytest.mark.parametrize("text", ["", ":other:M::a:b:/c:POF\n", ":qemu-aarch64:M::a:b:/c:PO\n"])
def test_a_description_that_does_not_fit_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "qemu-aarch64.conf").write_text(text)
    with pytest.raises(WorkerError, match="not meant for containers"):
        registration(Platform.ARM64, tmp_path)


def test_no_description_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(WorkerError) as caught:
        registration(Platform.ARM64, tmp_path)
    assert "qemu-user-static" in (caught.value.hint or "")
