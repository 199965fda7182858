"""What a worker needs of the machine besides the engine: emulators, disk space, a CA bundle, git, a state folder."""

import os
import shutil
from pathlib import Path

from fedbake.names import Platform
from fedbake.process import run
from fedbake.settings import Settings
from fedbake.worker.check import Check, Status
from fedbake.worker.docker_facts import parse_version
from fedbake.worker.emulators import BINFMT, native_platform, registered
from fedbake.worker.environment import search_path, system_environment

DEFAULT_CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_LEAST_FREE = 5 * 2**30
_COMFORTABLE_FREE = 20 * 2**30
# The first git with --end-of-options (git release notes 2.24), which keeps a reference from being read as an option.
_OLDEST_GIT = (2, 24)
_FIX = "fedbake doctor --fix makes this machine ready"


def check_emulator(platform: Platform, mount: Path = BINFMT) -> Check:
    """Whether this machine's kernel runs a platform's programs, in containers too."""
    name = f"emulator {platform}"
    if platform is native_platform():
        return Check(name, Status.OK, f"{platform} is this machine's own")
    entry = registered(platform, mount)
    if entry is None:
        return Check(name, Status.MISSING, f"no emulator for {platform} is registered with the kernel", _FIX)
    facts = {"interpreter": entry.interpreter, "flags": entry.flags}
    if not entry.works_in_containers:
        message = f"the emulator for {platform} is registered, but disabled or without the flag F that containers need"
        return Check(name, Status.MISSING, message, _FIX, facts)
    return Check(name, Status.OK, f"{platform} is emulated by {entry.interpreter}", facts=facts)


def check_disk(name: str, folder: Path) -> Check:
    """Whether the file system a folder lies on (or will lie on) has room for images of some gigabytes."""
    present = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(present).free
    facts: dict[str, str | int] = {"folder": str(folder), "free_bytes": free}
    message = f"{free / 2**30:.1f} GiB are free for {folder}"
    hint = "docker system prune frees what no container uses; a PyTorch image with CUDA takes about 6 GB"
    if free < _LEAST_FREE:
        return Check(name, Status.MISSING, f"only {message}", hint, facts)
    if free < _COMFORTABLE_FREE:
        return Check(name, Status.WARNING, f"only {message}", hint, facts)
    return Check(name, Status.OK, message, facts=facts)


def check_state(settings: Settings) -> Check:
    """Whether what must outlast a run can be written."""
    folder = settings.state_dir
    present = next(one for one in (folder, *folder.parents) if one.exists())
    facts = {"folder": str(folder)}
    if not present.is_dir() or not os.access(present, os.W_OK | os.X_OK):
        hint = "name another folder in FEDBAKE_STATE_DIR, or mount a volume there that this user owns"
        return Check("state", Status.MISSING, f"{folder} cannot be written", hint, facts)
    return Check("state", Status.OK, f"{folder} can be written", facts=facts)


def check_ca_bundle(settings: Settings) -> Check:
    """Whether there is a bundle of certificates, the one the user named or the system's."""
    bundle = settings.ca_bundle or DEFAULT_CA_BUNDLE
    facts = {"path": str(bundle)}
    if not bundle.is_file() or b"-----BEGIN CERTIFICATE-----" not in bundle.read_bytes():
        hint = "set FEDBAKE_CA_BUNDLE to a PEM file" if settings.ca_bundle else _FIX
        return Check("ca-bundle", Status.MISSING, f"there are no CA certificates in {bundle}", hint, facts)
    return Check("ca-bundle", Status.OK, f"CA certificates are in {bundle}", facts=facts)


def check_git(settings: Settings) -> Check:
    """Whether there is a git that repositories can be fetched with."""
    if shutil.which("git", path=search_path(settings)) is None:
        return Check("git", Status.MISSING, "git is not installed", _FIX)
    environment = system_environment(settings) | {"PATH": search_path(settings)}
    text = run(["git", "--version"], env=environment, timeout=20).text.strip()
    version = parse_version(text)
    if version is None or version < _OLDEST_GIT:
        return Check("git", Status.MISSING, f"{text or 'git'} is too old, 2.24 is the oldest that works", "upgrade git")
    return Check("git", Status.OK, text, facts={"version": ".".join(str(number) for number in version)})


def check_base_image_tools(settings: Settings) -> Check:
    """Whether base images can be made here; only sites that reach no public registry need that."""
    if shutil.which("mmdebstrap", path=search_path(settings)) is None:
        message = "mmdebstrap is not installed; only fedbake base-image needs it"
        return Check("base-images", Status.WARNING, message, _FIX)
    return Check("base-images", Status.OK, "base images can be made here")
