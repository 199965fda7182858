"""One root file system per platform, made by mmdebstrap and kept: making one for a foreign processor takes minutes."""

import fnmatch
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from fedbake.errors import TransientError, WorkerError
from fedbake.names import Platform
from fedbake.process import Completed, run
from fedbake.settings import Settings
from fedbake.transient import passing_text
from fedbake.worker.base_image.recipe import Recipe
from fedbake.worker.environment import system_environment

_SECONDS = 1800


def tarball_folder(settings: Settings, recipe: Recipe) -> Path:
    """Where the root file systems of a recipe are kept: ``amd64.tar``, ``arm64.tar``."""
    return settings.cache_dir / "base-images" / f"{recipe.tag}-{recipe.identity[:16]}"


def discard_tarballs(settings: Settings, recipe: Recipe, platforms: Sequence[Platform]) -> None:
    """Forget the kept root file systems of a recipe, so that the next ones have the archive's newest packages."""
    for platform in platforms:
        (tarball_folder(settings, recipe) / f"{platform.arch}.tar").unlink(missing_ok=True)


def make_tarball(settings: Settings, recipe: Recipe, platform: Platform, report: Callable[[str], None]) -> Path:
    """The root file system of one platform, from the cache or made now.

    Args:
        settings: of this machine.
        recipe: what it is made of.
        platform: a foreign one needs its emulator registered.
        report: takes one line of progress at a time.

    Raises:
        WorkerError: mmdebstrap is missing or fails.
        TransientError: the Debian mirror could not be reached.
    """
    folder = tarball_folder(settings, recipe)
    wanted = folder / f"{platform.arch}.tar"
    if wanted.is_file():
        report(f"{platform}: using the file system made earlier")
        return wanted
    folder.mkdir(parents=True, exist_ok=True)
    report(f"{platform}: making a file system from Debian {recipe.suite} packages")
    with (
        tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as near,
        tempfile.TemporaryDirectory(prefix="fedbake-base-image-") as scratch,
    ):
        # APT downloads as a user of its own, who must be able to enter.
        Path(scratch).chmod(0o755)
        raw, clean = Path(scratch) / "raw.tar", Path(near) / "clean.tar"
        environment = system_environment(settings) | {
            "SOURCE_DATE_EPOCH": str(recipe.source_date_epoch),
            "TMPDIR": scratch,
        }
        done = run(
            mmdebstrap_arguments(recipe, platform, raw),
            env=environment,
            timeout=_SECONDS,
            on_stderr_line=lambda line: _report_step(line, platform, report),
        )
        if done.code != 0:
            raise _failure(done, platform)
        leave_out(raw, clean, recipe.leave_out)
        clean.replace(wanted)
    report(f"{platform}: file system made, {wanted.stat().st_size / 2**20:.0f} MiB")
    return wanted


def mmdebstrap_arguments(recipe: Recipe, platform: Platform, target: Path) -> list[str]:
    """The argument vector that makes one root file system.

    mmdebstrap mounts proc, sys and this machine's own ``/dev/shm`` into the tree it makes. In a mount namespace of its
    own those mounts end with it, even when it is killed: otherwise whoever removed the tree would reach through them.
    In a process namespace of its own nothing it started outlives it (unshare(1)).
    """
    return [
        *("unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child=KILL", "--"),
        "mmdebstrap",
        "--mode=root",
        "--variant=apt",
        "--format=tar",
        f"--architectures={platform.arch}",
        f"--keyring={recipe.keyring}",
        f"--include={','.join(recipe.packages)}",
        "--aptopt=Acquire::Languages none",
        "--aptopt=Acquire::Retries 3",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in recipe.excluded),
        *(f"--dpkgopt=path-include={pattern}" for pattern in recipe.included),
        recipe.suite,
        str(target),
        *recipe.sources,
    ]


def leave_out(source: Path, target: Path, patterns: Iterable[str]) -> None:
    """Copy a tar archive without the members whose absolute path matches a pattern. ``*`` also matches ``/``."""
    unwanted = re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))
    with (
        tarfile.open(source) as archive,
        tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as copy,
    ):
        for member in archive:
            if unwanted.match(f"/{member.name.removeprefix('./')}"):
                continue
            copy.addfile(member, archive.extractfile(member) if member.isreg() else None)


def _report_step(line: str, platform: Platform, report: Callable[[str], None]) -> None:
    step = re.fullmatch(r"I: (.+)", line, re.ASCII)
    if step:
        report(f"{platform}: {step[1]}")


def _failure(done: Completed, platform: Platform) -> Exception:
    said = [line for line in done.stderr.splitlines() if line.startswith(("E:", "W:"))] or done.stderr.splitlines()[-1:]
    message = f"the file system for {platform} could not be made: {' '.join(said[-3:]) or 'mmdebstrap gave no reason'}"
    if passing_text(done.stderr):
        return TransientError(message, hint="try again; if it stays, check that the Debian mirror can be reached")
    return WorkerError(message, hint="fedbake doctor says whether the emulator and mmdebstrap are there")
