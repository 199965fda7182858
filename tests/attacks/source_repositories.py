"""Real git repositories for tests, honest ones and ones no honest git would have written."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from fedbake.settings import Limits, Settings

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
}


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=ENVIRONMENT, input=stdin, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def make_repository(folder: Path, files: Mapping[str, bytes]) -> str:
    """A work tree with one commit on ``main``; gives the commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    write_files(folder, files)
    return commit_all(folder)


def commit_all(folder: Path) -> str:
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=x")
    return git(folder, "rev-parse", "HEAD")


def raw_tree(folder: Path, *entries: tuple[bytes, bytes, str]) -> str:
    """Write a tree object of (mode, name, object id) as they are, unchecked; gives its id."""
    body = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
    return git(folder, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=body)


def raw_blob(folder: Path, content: bytes) -> str:
    return git(folder, "hash-object", "-w", "--stdin", stdin=content)


def point_main_at(folder: Path, tree: str) -> str:
    """Commit a tree and make it the repository's HEAD; gives the commit."""
    commit = git(folder, "commit-tree", "-m", "x", tree)
    git(folder, "update-ref", "refs/heads/main", commit)
    return commit


def settings(
    folder: Path,
    *,
    ca_bundle: Path | None = None,
    limits: Limits | None = None,
    environment: Mapping[str, str] | None = None,
    patience: float = 0.0,
) -> Settings:
    """Settings of a user whose home is a folder of the test, and who tries nothing again."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    return Settings(
        cache_dir=folder / "cache",
        state_dir=folder / "state",
        ca_bundle=ca_bundle,
        allow_file_urls=True,
        limits=limits or Limits(),
        environment={"PATH": os.environ["PATH"], "HOME": str(home), **(environment or {})},
        patience=patience,
    )
