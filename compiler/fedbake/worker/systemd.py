"""Services where systemd runs the machine: units and ``systemctl`` instead of processes started by hand."""

from pathlib import Path

from fedbake.errors import WorkerError
from fedbake.process import run
from fedbake.settings import Settings
from fedbake.worker.daemon import Daemon
from fedbake.worker.environment import system_environment

UNITS = Path("/etc/systemd/system")
_SECONDS = 120


def systemd_runs(booted: Path = Path("/run/systemd/system")) -> bool:
    """Whether systemd is this machine's init (sd_booted(3))."""
    return booted.is_dir()


def unit_text(daemon: Daemon) -> str:
    """The unit (systemd.service(5)) of a service: started at boot and again when it fails.

    Arguments are quoted as systemd.syntax(7) wants it; ``%`` and ``$`` would be expanded and are doubled.
    """
    quoted = " ".join(
        '"' + one.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$") + '"'
        for one in daemon.argv
    )
    return (
        f"# Written by fedbake doctor --fix; fedbake doctor --stop removes it.\n[Unit]\nDescription={daemon.name}\n"
        f"After=network.target\n\n[Service]\nExecStart={quoted}\nRestart=on-failure\n\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )


def start_unit(settings: Settings, unit: str) -> None:
    """Start a unit now and at every boot.

    Raises:
        WorkerError: it does not start.
    """
    systemctl(settings, "daemon-reload")
    systemctl(settings, "enable", "--now", "--", unit)


def stop_unit(settings: Settings, unit: str) -> None:
    """Stop a unit now and keep it from starting at boot.

    Raises:
        WorkerError: it does not stop.
    """
    systemctl(settings, "disable", "--now", "--", unit)


def systemctl(settings: Settings, *arguments: str) -> None:
    """Run ``systemctl``.

    Raises:
        WorkerError: it reports a failure.
    """
    done = run(["systemctl", *arguments], env=system_environment(settings), timeout=_SECONDS)
    if done.code != 0:
        reason = done.stderr.strip().rpartition("\n")[2]
        raise WorkerError(f"systemctl {arguments[0]} failed: {reason}", hint=f"journalctl -u {arguments[-1]} says why")
