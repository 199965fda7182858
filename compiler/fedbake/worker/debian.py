"""Installing Debian packages: from the release itself, the engine from a newer suite where its own is too old."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from fedbake.errors import TransientError, WorkerError
from fedbake.process import Completed, run
from fedbake.settings import Settings
from fedbake.transient import passing_text
from fedbake.worker.environment import system_environment
from fedbake.worker.tables import Release, WorkerTable

OS_RELEASE = Path("/etc/os-release")
_SOURCES = Path("/etc/apt/sources.list.d/fedbake.sources")
_PREFERENCES = Path("/etc/apt/preferences.d/fedbake")
_POLICY = Path("/usr/sbin/policy-rc.d")
_POLICY_TEXT = "#!/bin/sh\n# fedbake: installing a package must not start its service as Debian sets it up.\nexit 101\n"
_INSTALL_SECONDS = 1200


def parse_os_release(text: str) -> dict[str, str]:
    """Names and values of ``/etc/os-release`` (os-release(5)), without their quotes."""
    pairs = re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", text, re.MULTILINE | re.ASCII)
    return {name: value.strip().strip("\"'") for name, value in pairs}


def this_release(table: WorkerTable, os_release: Mapping[str, str]) -> Release:
    """The Debian release this machine runs.

    Raises:
        WorkerError: it is not one fedbake knows how to prepare.
    """
    version = os_release.get("VERSION_ID", "")
    if os_release.get("ID") != "debian" or version not in table.releases:
        known = " and ".join(f"Debian {number}" for number in sorted(table.releases))
        name = os_release.get("PRETTY_NAME", "an unknown system")
        raise WorkerError(
            f"this machine runs {name}, and fedbake can install packages on {known} only",
            hint="install Docker Engine 26 or newer with buildx 0.13.1 or newer and qemu-user-static yourself",
        )
    return table.releases[version]


def suite_source(suite: str) -> str:
    """The APT source (deb822, sources.list(5)) of a suite."""
    return (
        "# Written by fedbake doctor --fix: the container engine, and by its pins nothing else.\n"
        f"Types: deb\nURIs: http://deb.debian.org/debian\nSuites: {suite}\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    )


def suite_preferences(suite: str, packages: Sequence[str]) -> str:
    """APT preferences (apt_preferences(5)) that take exactly these packages from a suite.

    100 is below the 500 of the release itself, so that nothing else moves; 990 is above it.
    """
    return (
        f"# Written by fedbake doctor --fix.\nPackage: *\nPin: release n={suite}\nPin-Priority: 100\n\n"
        f"Package: {' '.join(packages)}\nPin: release n={suite}\nPin-Priority: 990\n"
    )


def installed_packages(settings: Settings, names: Sequence[str]) -> frozenset[str]:
    """Which of these packages are installed and configured."""
    done = run(
        ["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev} ${Package}\n", *names],
        env=system_environment(settings),
        timeout=30,
    )
    return frozenset(line.split()[1] for line in done.text.splitlines() if line.startswith("ii "))


def install(
    settings: Settings, parts: Sequence[str], table: WorkerTable, report: Callable[[str], None]
) -> tuple[str, ...]:
    """Install the packages of these parts of a worker, as far as they are missing. Returns those that were.

    Raises:
        WorkerError: this is not a Debian release fedbake knows, or APT refuses.
        TransientError: the mirror could not be reached.
    """
    release = this_release(table, parse_os_release(OS_RELEASE.read_text("utf-8")))
    wanted = [name for part in parts for name in table.packages[part]]
    missing = sorted(set(wanted) - installed_packages(settings, wanted))
    if not missing:
        return ()
    if release.engine_suite and set(missing) & set(table.engine_suite_packages):
        report(f"adding Debian's suite {release.engine_suite} for the engine; pins keep everything else where it is")
        _write(_PREFERENCES, suite_preferences(release.engine_suite, table.engine_suite_packages))
        _write(_SOURCES, suite_source(release.engine_suite))
    report("reading the package lists")
    _apt(settings, "update")
    report(f"installing {', '.join(missing)}")
    with _no_service_starts():
        _apt(settings, "install", "--yes", "--no-install-recommends", "--", *missing)
    return tuple(missing)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Keep package scripts from starting services with Debian's defaults (a registry on all interfaces, for one).

    ``policy-rc.d`` is Debian's way to say so (/usr/share/doc/init-system-helpers). One that is there is left alone.
    """
    if _POLICY.exists() and _POLICY.read_text("utf-8", "replace") != _POLICY_TEXT:
        yield
        return
    _write(_POLICY, _POLICY_TEXT)
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)


def _apt(settings: Settings, *arguments: str) -> Completed:
    options = ("-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3", "-o", "Dpkg::Use-Pty=0")
    done = run(["apt-get", "-q", *options, *arguments], env=system_environment(settings), timeout=_INSTALL_SECONDS)
    if done.code == 0:
        return done
    said = [line for line in done.stderr.splitlines() if line.startswith("E:")] or done.stderr.splitlines()[-1:]
    message = f"apt-get {arguments[0]} failed: {' '.join(said) or 'no reason given'}"
    if passing_text(done.stderr):
        raise TransientError(message, hint="try again; if it stays, check the network and the proxy settings")
    raise WorkerError(message, hint=f"apt-get {' '.join(arguments)} shows the whole story")
