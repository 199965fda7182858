"""git, hardened: an environment built from nothing, a configuration of our own, a repository nobody else can see.

What each option is there for stands beside it. The repository that is read is hostile, the server that sends it too;
the machine's git configuration is the user's, and only `fedbake.source.credentials` asks it anything.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from fedbake.errors import SourceError, WorkerError
from fedbake.process import Completed, ProcessTimeoutError, ResourceLimits, run
from fedbake.scratch import scratch_folder
from fedbake.settings import Settings
from fedbake.source.location import Location, Login, Remote

T = TypeVar("T")

# Everything the fetched content can make larger than the content itself: pack headers, trees, the index of the pack.
_PACK_OVERHEAD_BYTES = 64 * 2**20
_CPU_SECONDS = 300
_LOCAL_SECONDS = 120
_STALLED_SECONDS = 30
_SSH = (
    "ssh -T -x -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15 -o ServerAliveCountMax=4"
    " -o ForwardAgent=no -o ClearAllForwardings=yes -o PermitLocalCommand=no"
)
_FETCH_OPTIONS = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@dataclass(frozen=True, slots=True)
class PrivateRepository:
    """A bare repository in a private temporary directory, and the environment git works on it in."""

    directory: Path
    environment: Mapping[str, str]
    settings: Settings

    def fetch(
        self, url: str, refspecs: list[str], depth: int, login: Login | None, on_stderr_line: Callable[[str], None]
    ) -> Completed:
        """Fetch once, within the limits on time and size; ``login`` reaches the server, but no argument list.

        Raises:
            SourceError: it did not finish in time.
        """
        limits = self.settings.limits
        try:
            return run(
                ["git", "fetch", *_FETCH_OPTIONS, f"--depth={depth}", "--end-of-options", url, *refspecs],
                env={**self.environment, **(_login_header(login, url) if login else {})},
                cwd=self.directory,
                timeout=limits.fetch_seconds,
                on_stderr_line=on_stderr_line,
                limits=ResourceLimits(_CPU_SECONDS, limits.total_bytes + _PACK_OVERHEAD_BYTES),
            )
        except ProcessTimeoutError:
            raise SourceError(f"fetching did not finish within {limits.fetch_seconds} seconds") from None

    def ask(self, *arguments: str) -> Completed:
        """Run a short git command."""
        return run(["git", *arguments], env=self.environment, cwd=self.directory, timeout=_LOCAL_SECONDS)

    def stream(self, arguments: list[str], consume: Callable[[IO[bytes]], T], stdin: bytes | None = None) -> T:
        """Run a git command and read its output while it is written.

        When ``consume`` raises, git loses its reader and ends at once, so that an endless output costs nothing.

        Raises:
            SourceError: the command failed, or took too long.
        """
        read_end, write_end = os.pipe()

        def read() -> T:
            with os.fdopen(read_end, "rb", buffering=1 << 16) as stream:
                return consume(stream)

        with ThreadPoolExecutor(max_workers=1) as pool:
            with os.fdopen(write_end, "wb", buffering=0) as writer:
                result = pool.submit(read)
                completed = self._run_into(arguments, writer, stdin)
            value = result.result()
        if completed.code != 0:
            raise SourceError("git cannot read the repository it fetched; it may be damaged")
        return value

    def _run_into(self, arguments: list[str], writer: IO[bytes], stdin: bytes | None) -> Completed:
        try:
            return run(
                ["git", *arguments],
                env=self.environment,
                cwd=self.directory,
                timeout=_LOCAL_SECONDS,
                stdin=stdin,
                stdout_to=writer,
                limits=ResourceLimits(_LOCAL_SECONDS, _PACK_OVERHEAD_BYTES),
            )
        except ProcessTimeoutError:
            raise SourceError(f"reading the repository did not finish within {_LOCAL_SECONDS} seconds") from None


@contextmanager
def private_repository(location: Location, settings: Settings) -> Iterator[PrivateRepository]:
    """An empty bare repository that may fetch from one location, and is gone afterwards.

    Raises:
        WorkerError: git is not installed, or cannot make a repository.
    """
    with scratch_folder() as directory:
        (directory / "home").mkdir()
        configuration = directory / "gitconfig"
        configuration.write_text(_configuration(location, settings), encoding="utf-8")
        environment = _environment(directory, location, settings)
        made = run(
            ["git", "init", "--quiet", "--bare", "--template=", "--object-format=sha1", "--", environment["GIT_DIR"]],
            env=environment,
            cwd=directory,
            timeout=_LOCAL_SECONDS,
        )
        if made.code != 0:
            raise WorkerError("git cannot make a repository in the temporary directory", where=str(directory.parent))
        yield PrivateRepository(directory, environment, settings)


def _protocol(location: Location) -> str:
    return location.scheme if isinstance(location, Remote) else "file"


def _environment(directory: Path, location: Location, settings: Settings) -> dict[str, str]:
    protocol = _protocol(location)
    environment = {
        "PATH": settings.environment.get("PATH", os.defpath),
        "HOME": str(directory / "home"),  # so that neither ~/.gitconfig nor ~/.netrc is read
        "LC_ALL": "C",  # `fedbake.source.failures` reads the messages
        "GIT_DIR": str(directory / "repository.git"),
        "GIT_CONFIG_NOSYSTEM": "1",
        # A file of ours, and not variables: git drops those before it starts upload-pack on a local folder.
        "GIT_CONFIG_GLOBAL": str(directory / "gitconfig"),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": protocol,
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",  # replace refs would show other content than the commit names
        "GIT_NO_LAZY_FETCH": "1",  # a partial clone must not call its own remote
        "GIT_OPTIONAL_LOCKS": "0",
    }
    if protocol == "https":
        environment |= settings.pick(*_PROXIES, *(name.upper() for name in _PROXIES))
    if protocol == "ssh":
        environment |= settings.pick("HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK")
        environment |= {"GIT_SSH_COMMAND": _SSH, "GIT_SSH_VARIANT": "ssh"}
    return environment


def _configuration(location: Location, settings: Settings) -> str:
    protocol = _protocol(location)
    sections: dict[str, dict[str, str]] = {
        "core": {
            "hooksPath": "/dev/null",
            "fsmonitor": "false",
            "symlinks": "false",
            "protectHFS": "true",
            "protectNTFS": "true",
            "bigFileThreshold": "4m",  # larger blobs are streamed, not held in memory
            "deltaBaseCacheLimit": "16m",
            "maxTreeDepth": "1024",  # git walks trees by recursion
        },
        "protocol": {"allow": "never"},
        f'protocol "{protocol}"': {"allow": "always"},
        "credential": {"helper": ""},
        "http": {
            "followRedirects": "false",  # a redirect may lead into a network the user did not name
            "lowSpeedLimit": "1000",
            "lowSpeedTime": str(_STALLED_SECONDS),
            **({"sslCAInfo": str(settings.ca_bundle.absolute())} if settings.ca_bundle else {}),
        },
        "transfer": {"fsckObjects": "true", "bundleURI": "false", "credentialsInUrl": "die"},
        "fetch": {"fsckObjects": "true", "unpackLimit": "1", "recurseSubmodules": "false", "writeCommitGraph": "false"},
        # Written by old servers and clients into honest repositories, and without any effect on what is read here.
        'fetch "fsck"': {"zeroPaddedFilemode": "ignore", "badTimezone": "ignore", "missingSpaceBeforeDate": "ignore"},
        "submodule": {"recurse": "false"},
        "gc": {"auto": "0"},
        "maintenance": {"auto": "false"},
        "pack": {"threads": "2"},
        "safe": {"bareRepository": "explicit"},
    }
    if not isinstance(location, Remote):
        # The user named this very folder, and nothing its configuration says is ever executed by reading it.
        sections["safe"]["directory"] = "*"
    return "".join(
        f"[{section}]\n" + "".join(f"\t{key} = {_quoted(value)}\n" for key, value in values.items())
        for section, values in sections.items()
    )


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _login_header(login: Login, url: str) -> dict[str, str]:
    """The login as a header for exactly the URL that is fetched; it lives in the environment of git alone."""
    import base64

    token = base64.b64encode(f"{login.username}:{login.password}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{url}.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {token}",
    }
