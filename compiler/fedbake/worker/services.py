"""The services fedbake runs on this machine: started the machine's own way, remembered, and stopped again.

Every service leaves a record in ``state_dir/services`` before it is started; only what has a record is ever stopped.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fedbake.errors import WorkerError
from fedbake.settings import Settings
from fedbake.worker.daemon import Daemon
from fedbake.worker.engine import ENGINE_SETTINGS, EngineLayout, engine_answers, engine_daemon, start_engine
from fedbake.worker.registry import (
    RegistryAddress,
    registry_answers,
    registry_daemon,
    start_registry,
    write_registry_config,
)
from fedbake.worker.systemd import UNITS, start_unit, stop_unit, systemd_runs, unit_text
from fedbake.worker.waiting import wait_until

_ENGINE_CONFIG = Path("/etc/docker/daemon.json")
_ENGINE_UNITS = ("docker.socket", "docker.service")
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Record:
    """A service fedbake started.

    Attributes:
        name: what messages call it.
        file: where the record lies.
        daemon: the process, when it was started by hand.
        units: systemd's units, when systemd started it.
    """

    name: str
    file: Path
    daemon: Daemon | None = None
    units: tuple[str, ...] = ()

    def write(self) -> None:
        """Remember the service."""
        facts: dict[str, object] = {"name": self.name, "units": self.units}
        if self.daemon is not None:
            facts |= {
                "argv": self.daemon.argv,
                "pid_file": str(self.daemon.pid_file),
                "log_file": str(self.daemon.log_file),
                "stop_seconds": self.daemon.stop_seconds,
            }
        self.file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.file.with_suffix(".new")
        temporary.write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
        temporary.replace(self.file)


def run_engine(settings: Settings) -> None:
    """Start the machine's engine, by systemd where it runs.

    Raises:
        WorkerError: it is not installed or does not come up.
    """
    layout = EngineLayout.of_machine(settings)
    record = settings.state_dir / "services" / "engine.record"
    if not systemd_runs():
        Record("the Docker Engine", record, daemon=engine_daemon(layout)).write()
        start_engine(settings, layout)
        return
    if not _ENGINE_CONFIG.exists():
        _ENGINE_CONFIG.parent.mkdir(parents=True, exist_ok=True)
        _ENGINE_CONFIG.write_text(json.dumps(ENGINE_SETTINGS, indent=2) + "\n", "utf-8")
    Record("the Docker Engine", record, units=_ENGINE_UNITS).write()
    _start_units(settings, _ENGINE_UNITS, lambda: engine_answers(settings, layout.host))


def run_registry(settings: Settings, address: RegistryAddress) -> None:
    """Start a registry on loopback, by systemd where it runs.

    Raises:
        WorkerError: it is not installed, does not come up, or the address is not on this machine.
    """
    daemon = registry_daemon(settings, address)
    record = settings.state_dir / "services" / f"registry-{address.port}.record"
    if not systemd_runs():
        Record(daemon.name, record, daemon=daemon).write()
        start_registry(settings, address)
        return
    write_registry_config(settings, address)
    unit = f"fedbake-registry-{address.port}.service"
    (UNITS / unit).write_text(unit_text(daemon), "utf-8")
    Record(daemon.name, record, units=(unit,)).write()
    _start_units(settings, (unit,), lambda: registry_answers(settings, address))


def recorded_services(settings: Settings) -> Iterator[Record]:
    """Every service with a record, registries before the engine that may use them.

    Raises:
        WorkerError: a record is damaged.
    """
    for file in sorted((settings.state_dir / "services").glob("*.record"), reverse=True):
        try:
            facts = json.loads(file.read_text("utf-8"))
            daemon = None
            if "argv" in facts:
                pid_file, log_file = Path(facts["pid_file"]), Path(facts["log_file"])
                daemon = Daemon(facts["name"], tuple(facts["argv"]), pid_file, log_file, int(facts["stop_seconds"]))
            yield Record(facts["name"], file, daemon, tuple(facts["units"]))
        except (ValueError, KeyError, TypeError) as error:
            raise WorkerError("the record of a service is damaged", where=str(file), hint="remove it") from error


def stop_services(settings: Settings, report: Callable[[str], None]) -> tuple[str, ...]:
    """Stop exactly the services fedbake started, and forget them. Returns their names.

    Raises:
        WorkerError: one of them does not stop; its record stays.
    """
    stopped = []
    for record in recorded_services(settings):
        report(f"stopping {record.name}")
        if record.daemon is not None:
            record.daemon.stop(settings)
        for unit in record.units:
            stop_unit(settings, unit)
        record.file.unlink()
        stopped.append(record.name)
    return tuple(stopped)


def _start_units(settings: Settings, units: tuple[str, ...], is_ready: Callable[[], bool]) -> None:
    for unit in units:
        start_unit(settings, unit)
    if not wait_until(is_ready, _PATIENCE):
        raise WorkerError(f"{units[-1]} was started, but does not answer", hint=f"journalctl -u {units[-1]} says why")
