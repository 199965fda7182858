"""Emulators of other processors: QEMU, registered with the kernel's binfmt_misc.

The flag F makes the kernel open the interpreter when it is registered and keep it, so that it also works inside
containers that do not have it (kernel documentation, "binfmt_misc").
"""

import platform
from dataclasses import dataclass
from pathlib import Path

from fedbake.errors import WorkerError
from fedbake.names import Platform
from fedbake.process import run
from fedbake.settings import Settings
from fedbake.worker.environment import system_environment

BINFMT = Path("/proc/sys/fs/binfmt_misc")
_DESCRIPTIONS = Path("/usr/lib/binfmt.d")


@dataclass(frozen=True, slots=True)
class BinfmtEntry:
    """One registration, as its file below ``/proc/sys/fs/binfmt_misc`` says it."""

    enabled: bool
    interpreter: str
    flags: str

    @property
    def works_in_containers(self) -> bool:
        """Whether it is enabled and the kernel holds the interpreter open."""
        return self.enabled and "F" in self.flags


def native_platform() -> Platform:
    """The platform of this machine's processor.

    Raises:
        WorkerError: it is neither x86-64 nor 64-bit ARM.
    """
    machine = platform.machine()
    for known in Platform:
        if known.machine == machine:
            return known
    raise WorkerError(f"this machine's processor {machine} is not one images are built for")


def parse_entry(text: str) -> BinfmtEntry:
    """Read the file of one registration."""
    lines = text.splitlines()
    values = dict(line.partition(" ")[::2] for line in lines[1:])
    return BinfmtEntry(
        enabled=lines[:1] == ["enabled"],
        interpreter=values.get("interpreter", ""),
        flags=values.get("flags:", ""),
    )


def entry_name(target: Platform) -> str:
    """The name qemu-user-static registers a platform's emulator under: ``qemu-aarch64``."""
    return f"qemu-{target.machine}"


def registered(target: Platform, mount: Path = BINFMT) -> BinfmtEntry | None:
    """The registration of a platform's emulator, when there is one."""
    path = mount / entry_name(target)
    return parse_entry(path.read_text("utf-8")) if path.is_file() else None


def registration(target: Platform, descriptions: Path = _DESCRIPTIONS) -> str:
    """The line that registers a platform's emulator, from the description its package ships.

    Raises:
        WorkerError: the package is not installed, or does not describe this platform with the flag F.
    """
    path = descriptions / f"{entry_name(target)}.conf"
    hint = "fedbake doctor --fix installs qemu-user-static on Debian"
    if not path.is_file():
        raise WorkerError(f"there is no emulator for {target}", where=str(path), hint=hint)
    lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith(f":{entry_name(target)}:")]
    if len(lines) != 1 or "F" not in lines[0].rpartition(":")[2]:
        raise WorkerError(f"the emulator for {target} is not meant for containers", where=str(path), hint=hint)
    return lines[0]


def register(settings: Settings, target: Platform) -> None:
    """Mount binfmt_misc when it is not, and register a platform's emulator anew.

    Raises:
        WorkerError: the kernel refuses, or the emulator is not installed.
    """
    line = registration(target)
    if not (BINFMT / "register").exists():
        done = run(
            ["mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)], env=system_environment(settings), timeout=30
        )
        if done.code != 0:
            raise WorkerError(f"binfmt_misc cannot be mounted: {done.stderr.strip()}", where=str(BINFMT))
    try:
        if registered(target) is not None:
            (BINFMT / entry_name(target)).write_text("-1")
        (BINFMT / "register").write_text(line)
    except OSError as error:
        message = f"the kernel refuses the emulator for {target}: {error.strerror}"
        raise WorkerError(message, where=str(BINFMT), hint="run it as root, on the machine itself") from error
