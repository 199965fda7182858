"""Making a machine ready: for each thing that is missing, the one step that puts it there."""

import os
import shutil
from collections.abc import Callable, Mapping

from fedbake.errors import WorkerError
from fedbake.names import Platform
from fedbake.settings import Settings
from fedbake.worker.check import Check, Status
from fedbake.worker.debian import install
from fedbake.worker.doctor import Job, diagnose
from fedbake.worker.emulators import register
from fedbake.worker.engine import STANDARD_HOSTS
from fedbake.worker.environment import SYSTEM_PATH
from fedbake.worker.registry import RegistryAddress
from fedbake.worker.services import run_engine, run_registry
from fedbake.worker.systemd import stop_unit, systemd_runs
from fedbake.worker.tables import debian_table

Report = Callable[[str], None]
Step = Callable[[Settings, Report], None]


def provision(settings: Settings, *, registry: str, platforms: tuple[Platform, ...], report: Report) -> None:
    """Put there what is missing, and leave alone what is there.

    Args:
        settings: of this machine.
        registry: ``HOST[:PORT]``; one on loopback is started when none answers.
        platforms: what images are built for.
        report: takes one line for each thing that is done.

    Raises:
        UsageError: the registry is not a host and port.
        WorkerError: a step failed, this is not Debian, or the user may not change the machine.
        TransientError: the Debian mirror could not be reached.
    """
    steps = _steps(RegistryAddress.parse(registry), platforms)
    todo = [check.name for check in diagnose(settings, Job(registry, platforms)) if _is_fixable(check)]
    todo = [name for name in steps if name in todo]
    if todo and os.geteuid() != 0:
        raise WorkerError(
            "only root can change this machine", hint="run fedbake doctor --fix as root, for example with sudo"
        )
    for name in todo:
        steps[name](settings, report)


def _is_fixable(check: Check) -> bool:
    """An old engine and a nearly full disk work; a missing tool is only a warning where few need it."""
    return check.status is Status.MISSING or (check.name == "base-images" and check.status is Status.WARNING)


def _steps(address: RegistryAddress, platforms: tuple[Platform, ...]) -> Mapping[str, Step]:
    """What to do for each check, in an order in which each step finds what it needs. Disk space has none."""

    def start_missing_registry(settings: Settings, report: Report) -> None:
        _provide_registry(settings, address, report)

    emulators: dict[str, Step] = {f"emulator {platform}": _emulator_step(platform) for platform in platforms}
    return {
        "ca-bundle": _install_step("ca-bundle"),
        "git": _install_step("git"),
        **emulators,
        "buildx": _install_step("buildx"),
        "engine": _provide_engine,
        "registry": start_missing_registry,
        "base-images": _install_step("base-images"),
    }


def _install_step(part: str) -> Step:
    def step(settings: Settings, report: Report) -> None:
        install(settings, [part], debian_table().worker, report)

    return step


def _emulator_step(platform: Platform) -> Step:
    def step(settings: Settings, report: Report) -> None:
        install(settings, ["emulators"], debian_table().worker, report)
        report(f"registering the emulator for {platform} with the kernel")
        register(settings, platform)

    return step


def _provide_engine(settings: Settings, report: Report) -> None:
    chosen = settings.environment.get("DOCKER_HOST") or settings.environment.get("DOCKER_CONTEXT")
    if chosen and chosen not in STANDARD_HOSTS:
        raise WorkerError(
            f"the engine that DOCKER_HOST or DOCKER_CONTEXT names does not answer: {chosen}",
            hint="start it, or unset the variable to use an engine that fedbake starts on this machine",
        )
    if shutil.which("dockerd", path=SYSTEM_PATH) is None:
        install(settings, ["engine"], debian_table().worker, report)
    report("starting the Docker Engine")
    run_engine(settings)


def _provide_registry(settings: Settings, address: RegistryAddress, report: Report) -> None:
    if address.is_loopback and shutil.which("docker-registry", path=SYSTEM_PATH) is None:
        install(settings, ["registry"], debian_table().worker, report)
        if systemd_runs():
            # Debian's own unit would serve every network interface from the next boot on.
            stop_unit(settings, "docker-registry.service")
    report(f"starting a registry at {address}, reachable from this machine only")
    run_registry(settings, address)
