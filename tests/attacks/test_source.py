"""Attacks on the source stage. Each first succeeds against the naive way, so that a refusal means something."""

import io
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from source_repositories import (
    ENVIRONMENT,
    commit_all,
    git,
    make_repository,
    point_main_at,
    raw_blob,
    raw_tree,
    settings,
    write_files,
)
from source_server import Server, make_authority, serve

from fedbake.errors import FedbakeError, SourceError, UsageError
from fedbake.settings import Limits, Settings
from fedbake.source.fetch import fetch
from fedbake.source.snapshot import EntryKind
from fedbake.source.tree import check

SECRET = "5ec2e7f00d5ec2e7f00d5ec2e7f00d5e"


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that appears when something of the attacker's was executed."""
    return tmp_path / "CANARY"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    make_repository(tmp_path / "repository", {"conda.yaml": b"name: x\n", "model_manager.py": b"x = 1\n"})
    return tmp_path / "repository"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_authority(tmp_path_factory.mktemp("ca") / "made")


@pytest.fixture
def server(tmp_path: Path, repository: Path, authority: tuple[Path, Path]) -> Iterator[Server]:
    with serve(tmp_path, authority[1]) as running:
        yield running


@pytest.fixture
def trusting(tmp_path: Path, authority: tuple[Path, Path]) -> Settings:
    return settings(tmp_path, ca_bundle=authority[0])


def naive(
    *arguments: str, cwd: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """git as a naive program would call it: in the caller's environment, arguments as they come."""
    return subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        env={**ENVIRONMENT, **(environment or {})},
        capture_output=True,
        check=False,
        timeout=120,
    )


def refusal(source: str, ref: str | None, how: Settings) -> FedbakeError:
    """Fetch, and give the error, which must be one clean sentence."""
    with pytest.raises(FedbakeError) as caught:
        fetch(source, ref, how)
    error = caught.value
    shown = f"{error.message}{error.where or ''}{error.hint or ''}"
    assert error.message
    assert re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown) is None
    assert len(error.message) < 500
    return error


# --- what the user is made to type


def test_control_an_option_in_place_of_a_url_runs_a_program(repository: Path, canary: Path) -> None:
    naive("ls-remote", f"--upload-pack=touch {canary};false", str(repository), cwd=repository)
    assert canary.exists()


@pytest.mark.parametrize(
    "source",
    [
        "--upload-pack=touch {canary};false",
        "--upload-pa=touch {canary};false",
        "-utouch {canary}",
        "-ccore.sshCommand=touch {canary}",
        "--config=core.sshCommand=touch {canary}",
        "--template={canary}",
        "ext::touch {canary}",
        "EXT::touch {canary}",
        "::touch {canary}",
        "fd::17",
        "https::https://host/x",
        "ssh://-oProxyCommand=touch%20{canary}/x",
        "ssh://-oProxyCommand=touch {canary}/x",
        "-oProxyCommand=touch@host:x",
        "git@-oProxyCommand=touch:x",
        "ssh://user:password@host/x",
        "git@host:-x/y",
        "git://127.0.0.1/x/y",
        "http://127.0.0.1/x/y",
        "ftp://127.0.0.1/x/y",
        "host:path",
        "https://",
        "https:///evil/x",
        "https://host",
        "https://host/",
        "https://host:80:80/x/y",
        "https://host:0/x/y",
        "https://host:65536/x/y",
        "https://host/a\nb",
        "https://host/a%0ab",
        "https://host/a%00b",
        "https://host/a%2f..%2fb",
        "https://host/../x",
        "https://host/%2e%2e/x",
        "https://host/x/.git",
        "https://host\\@evil/x",
        "https://good@evil@host/x/y",
        "https://host/x?token=" + SECRET,
        "https://host/x#fragment",
        "https://me:" + SECRET + "@ho st/x",
        "https://me:" + SECRET + "/x@host/y z",
        "https://127.1/x/y",
        "https://0x7f000001/x/y",
        "https://2130706433/x/y",
        "https://0177.0.0.1/x/y",
        "https://①②⑦.0.0.1/x/y",
        "https://[::1/x/y",
        "https://[1:2]/x/y",
        "https://host\u202e/x/y",
        "",
        "\x00",
        "\ud800",
        "file://evil.host/x",
        "file:///a%00b",
    ],
)
def test_a_hostile_source_is_refused_before_any_process_starts(source: str, canary: Path, tmp_path: Path) -> None:
    error = refusal(source.format(canary=canary), None, settings(tmp_path, environment={"PATH": "/nonexistent"}))
    assert isinstance(error, UsageError)
    assert SECRET not in f"{error.message}{error.where}{error.hint}"
    assert not canary.exists()


def test_control_an_option_in_place_of_a_ref_runs_a_program(repository: Path, canary: Path) -> None:
    naive("fetch", str(repository), f"--upload-pack=touch {canary};false", cwd=repository)
    assert canary.exists()


@pytest.mark.parametrize(
    "ref",
    [
        "--upload-pack=touch {canary};false",
        "-x",
        "--orphan=zz",
        "a..b",
        "@{{-1}}",
        "@",
        "a^{{/x}}",
        "a~1",
        "refs/heads/main:refs/heads/other",
        "+main",
        "*",
        "a b",
        "a\nb",
        "a\x00b",
        "a\x1b[2Jb",
        "a\u202eb",
        "/a",
        "a/",
        "a//b",
        ".a",
        "a/.b",
        "a.lock",
        "a.lock/b",
        "a.",
        "a\\b",
        "",
        "x" * 300,
        "\ud800",
    ],
)
def test_a_hostile_ref_is_refused_before_any_process_starts(
    ref: str, canary: Path, repository: Path, tmp_path: Path
) -> None:
    how = settings(tmp_path, environment={"PATH": "/nonexistent"})
    error = refusal(str(repository), ref.format(canary=canary), how)
    assert isinstance(error, UsageError)
    assert not canary.exists()


def test_a_branch_named_like_another_commit_is_not_that_commit(repository: Path, tmp_path: Path) -> None:
    """Forty digits always mean the commit; a branch of that name is no way to give other content to it."""
    target = "f" * 40
    git(repository, "update-ref", f"refs/heads/{target}", "HEAD")
    control = naive("fetch", str(repository), f"refs/heads/{target}", cwd=tmp_path / "repository")
    assert control.returncode == 0

    assert isinstance(refusal(str(repository), target, settings(tmp_path)), SourceError)


# --- what lies in the environment


def hostile_home(tmp_path: Path, canary: Path) -> Path:
    home = tmp_path / "hostile"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[protocol "ext"]\n\tallow = always\n[url "ext::touch {canary} "]\n\tinsteadOf = https://\n\tinsteadOf = /\n'
        f"[core]\n\tsshCommand = touch {canary};false\n\thooksPath = {home}/hooks\n"
        f"[uploadpack]\n\tpackObjectsHook = touch {canary};false\n"
    )
    return home


@pytest.mark.parametrize("kind", ["https", "folder"])
def test_the_users_url_rewrites_do_not_apply(
    kind: str, server: Server, trusting: Settings, repository: Path, tmp_path: Path, canary: Path
) -> None:
    source = f"{server.url}/repository/.git" if kind == "https" else str(repository)
    home = hostile_home(tmp_path, canary)
    control = {"HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / ".gitconfig")}
    naive("ls-remote", source, cwd=tmp_path, environment=control)
    assert canary.exists()
    canary.unlink()

    git(tmp_path, "clone", "--quiet", "--bare", str(repository), "owner/bare.git")
    source = f"{server.url}/owner/bare.git" if kind == "https" else source
    how = settings(tmp_path, ca_bundle=trusting.ca_bundle, environment=control)
    assert fetch(source, None, how).commit == git(repository, "rev-parse", "HEAD")
    assert not canary.exists()


def test_the_environment_of_the_caller_does_not_reach_git(
    repository: Path, tmp_path: Path, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {canary}\nexit 1\n")
    script.chmod(0o755)
    template = tmp_path / "template"
    (template / "hooks").mkdir(parents=True)
    (template / "hooks" / "reference-transaction").write_bytes(script.read_bytes())
    (template / "hooks" / "reference-transaction").chmod(0o755)
    hostile = {
        "GIT_TEMPLATE_DIR": str(template),
        "GIT_SSH_COMMAND": str(script),
        "GIT_SSH": str(script),
        "GIT_PROXY_COMMAND": str(script),
        "GIT_EXTERNAL_DIFF": str(script),
        "GIT_ASKPASS": str(script),
        "GIT_EXEC_PATH": str(tmp_path),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.sshCommand",
        "GIT_CONFIG_VALUE_0": str(script),
        "GIT_DIR": str(tmp_path / "elsewhere"),
        "GIT_TRACE": str(canary),
    }
    scratch = tmp_path / "control"
    naive("init", "-q", str(scratch), cwd=tmp_path, environment={"GIT_TEMPLATE_DIR": str(template)})
    naive("fetch", str(repository), "main:x", cwd=scratch)
    assert canary.exists()
    canary.unlink()
    naive("ls-remote", "ssh://127.0.0.1/x", cwd=tmp_path, environment={"GIT_SSH_COMMAND": str(script)})
    assert canary.exists()
    canary.unlink()

    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    how = settings(tmp_path, environment=hostile)
    assert fetch(str(repository), None, how).commit
    refusal("ssh://git@127.0.0.1:1/x/y", None, how)
    refusal("https://127.0.0.1:1/x/y", None, how)
    assert not canary.exists()


def test_a_local_repositorys_own_configuration_runs_nothing(repository: Path, tmp_path: Path, canary: Path) -> None:
    run = f"touch {canary};false"
    for key in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "uploadpack.packObjectsHook",
        "core.alternateRefsCommand",
    ):
        git(repository, "config", key, run)
    (repository / ".git/hooks").mkdir(exist_ok=True)
    for hook in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        (repository / ".git/hooks" / hook).write_text(f"#!/bin/sh\ntouch {canary}\n")
        (repository / ".git/hooks" / hook).chmod(0o755)
    naive("status", cwd=repository)
    assert canary.exists()
    canary.unlink()

    assert fetch(str(repository), None, settings(tmp_path)).commit
    assert not canary.exists()


def test_a_repository_hidden_in_a_plain_folder_runs_nothing(tmp_path: Path, canary: Path) -> None:
    """A bare repository among the files (`safe.bareRepository`): plain folders are never given to git at all."""
    folder = tmp_path / "plain"
    write_files(folder, {"a.py": b"x\n"})
    git(folder, "init", "--quiet", "--bare", "inner")
    git(folder / "inner", "config", "core.bare", "false")
    git(folder / "inner", "config", "core.worktree", ".")
    git(folder / "inner", "config", "core.fsmonitor", f"touch {canary};false")
    naive("status", cwd=folder / "inner")
    assert canary.exists()
    canary.unlink()

    assert fetch(str(folder), None, settings(tmp_path)).entry("inner/HEAD") is not None
    assert not canary.exists()


def test_a_partial_clone_does_not_call_its_remote(repository: Path, tmp_path: Path, canary: Path) -> None:
    """A missing object makes git ask the promisor remote, by any program the repository's configuration names."""
    git(repository, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", f"file://{repository}", "partial.git")
    partial = tmp_path / "partial.git"
    git(partial, "config", "remote.origin.uploadpack", f"touch {canary};false")
    naive("cat-file", "-p", "HEAD:conda.yaml", cwd=partial)
    assert canary.exists()
    canary.unlink()

    assert isinstance(refusal(str(partial), None, settings(tmp_path)), SourceError)
    assert not canary.exists()


# --- what the tree holds


@pytest.mark.parametrize(
    "name",
    [b"..", b".", b".git", b".GIT", b"git~1", ".g\u200cit".encode(), b".git ", b".git.", b".git::$INDEX_ALLOCATION"],
)
def test_a_name_that_leads_out_or_into_git(name: bytes, repository: Path, tmp_path: Path) -> None:
    inner = raw_tree(repository, (b"100644", b"config", raw_blob(repository, b"[core]\n")))
    point_main_at(repository, raw_tree(repository, (b"40000", name, inner)))
    listed = git(repository, "ls-tree", "-r", "-z", "--name-only", "HEAD").encode()
    assert listed.rstrip(b"\0") == name + b"/config"  # git itself lists it as it is

    error = refusal(str(repository), None, settings(tmp_path))

    assert isinstance(error, SourceError)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (b"../x", "'..'"),
        (b"a/../x", "'..'"),
        (b"./x", "'..'"),
        (b"/x", "empty"),
        (b"a//x", "empty"),
        (b"a/", "empty"),
        (b"", "empty"),
        (b".git/config", "'.git'"),
        (b"a/.GiT", "'.git'"),
        (b"GIT~1/config", "'.git'"),
        (".g\u200cit/config".encode(), "'.git'"),
        ("\ufeff.git".encode(), "'.git'"),
        (b".git . /x", "'.git'"),
        (b".git:x", "'.git'"),
        (b"a\\..\\x", "backslash"),
        (b"a\nRUN x", "control"),
        (b"a\x1b[2J", "control"),
        ("a\u202egpj.py".encode(), "direction"),
        ("a\u2028b".encode(), "control"),
        (b"a /x", "space or a dot"),
        (b"a.", "space or a dot"),
        (b"caf\xe9", "not UTF-8"),
        (b"\xed\xa0\x80", "not UTF-8"),
        (b"x" * 1025, "longer"),
        (b"a/" * 32 + b"x", "deeper"),
    ],
)
def test_our_own_validator_refuses_with_git_out_of_the_way(path: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=re.escape(reason)):
        check(iter([b"100644 blob " + b"0" * 40 + b"       1\t" + path]), Limits())


@pytest.mark.parametrize(
    "records",
    [
        [b"100644 blob %s 1\ta", b"100644 blob %s 1\ta"],
        [b"100644 blob %s 1\ta", b"100644 blob %s 1\ta/b"],
        [b"100777 blob %s 1\ta"],
        [b"040000 tree %s -\ta"],
        [b"100644 commit %s -\ta"],
        [b"nonsense %s"],
    ],
)
def test_duplicates_and_strange_modes_are_refused(records: list[bytes]) -> None:
    with pytest.raises(SourceError):
        check(iter([record % (b"0" * 40) for record in records]), Limits())


def test_strange_but_honest_names_pass_byte_for_byte(repository: Path, tmp_path: Path) -> None:
    names = [
        "-rf",
        "$(id).py",
        'a"b',
        "CON",
        "a",
        "A",
        "\u00e9",
        "e\u0301",
        " leading",
        "a{{b}}",
        "x" * 255,
        ".gitignore",
        "git",
    ]
    write_files(repository, {name: name.encode() for name in names})
    commit_all(repository)

    snapshot = fetch(str(repository), None, settings(tmp_path))

    assert {name: snapshot.contents.read(name) for name in names} == {name: name.encode() for name in names}


@pytest.mark.parametrize("plain", [False, True])
def test_links_are_recorded_and_never_followed(plain: bool, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    if plain:
        folder.mkdir()
    else:
        make_repository(folder, {})
    for name, target in {
        "conda.yaml": "/etc/passwd",
        "model_manager.py": str(secret),
        "environ": "/proc/self/environ",
        "src": "/",
        "loop": "loop",
        "dangling": "x" * 4000,
    }.items():
        (folder / name).symlink_to(target)
    if not plain:
        commit_all(folder)
    assert SECRET in (folder / "model_manager.py").read_text()  # what a reader of the work tree would take

    snapshot = fetch(str(folder), None, settings(tmp_path))

    assert {entry.kind for entry in snapshot.entries} == {EntryKind.SYMLINK}
    for entry in snapshot.entries:
        with pytest.raises(KeyError):
            snapshot.contents.read(entry.path)


def test_a_folder_swapped_for_a_link_while_it_is_walked_leads_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write_files(outside, {"f": SECRET.encode()})
    folder = tmp_path / "folder"
    write_files(folder / "d", {"f": b"inside"})
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (folder / "d").rename(tmp_path / "parked")
            (folder / "d").symlink_to(outside)
            (folder / "d").unlink()
            (tmp_path / "parked").rename(folder / "d")

    def naive_read() -> str:
        try:
            return (folder / "d" / "f").read_text()
        except OSError:
            return ""

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        until = time.monotonic() + 20
        while naive_read() != SECRET:
            assert time.monotonic() < until, "the control never saw the secret"
        for _ in range(300):
            try:
                snapshot = fetch(str(folder), None, settings(tmp_path))
            except SourceError:
                continue
            assert all(SECRET.encode() not in snapshot.contents.read(e.path) for e in snapshot.regular_files())
    finally:
        stop.set()
        thread.join()


def test_a_pipe_in_a_folder_does_not_hang(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    os.mkfifo(folder / "conda.yaml")
    assert "neither a file" in refusal(str(folder), None, settings(tmp_path)).message


def test_submodules_are_recorded_and_never_fetched(repository: Path, tmp_path: Path, canary: Path) -> None:
    gitlink = "1" * 40
    modules = f'[submodule "x"]\n\tpath = x\n\turl = ext::touch {canary}\n'.encode()
    write_files(repository, {".gitmodules": modules})
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{gitlink},x")
    git(repository, "add", ".gitmodules")
    git(repository, "commit", "--quiet", "-m", "x")
    git(repository, "config", "protocol.ext.allow", "always")
    control = {"GIT_ALLOW_PROTOCOL": "file:ext"}
    naive("clone", "-q", "--recurse-submodules", str(repository), "control", cwd=tmp_path, environment=control)
    assert canary.exists()
    canary.unlink()

    snapshot = fetch(str(repository), None, settings(tmp_path))

    assert snapshot.entry("x").kind is EntryKind.SUBMODULE
    assert snapshot.entry("x").size == 0
    assert not canary.exists()


def test_attributes_and_lfs_change_no_byte(repository: Path, tmp_path: Path, canary: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
    files = {
        ".gitattributes": b"*.bin filter=lfs\n*.txt text eol=crlf ident\nhidden export-ignore\nid export-subst\n",
        "model.bin": pointer,
        "almost.bin": b" " + pointer,
        "long.bin": pointer + b"x" * 1024,
        "a.txt": b"$Id$\n",
        "hidden": b"h",
        "id": b"$Format:%H$",
    }
    write_files(repository, files)
    commit_all(repository)
    home = hostile_home(tmp_path, canary)
    (home / ".gitconfig").write_text(f'[filter "lfs"]\n\tsmudge = touch {canary}\n')
    control = {"HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / ".gitconfig")}
    naive("clone", "-q", str(repository), "control", cwd=tmp_path, environment=control)
    assert canary.exists()
    canary.unlink()

    snapshot = fetch(str(repository), None, settings(tmp_path, environment=control))

    assert snapshot.entry("model.bin").lfs_pointer
    assert not snapshot.entry("model.bin").is_regular
    assert {name: snapshot.contents.read(name) for name in files if name != "model.bin"} == {
        name: content for name, content in files.items() if name != "model.bin"
    }
    assert not canary.exists()


# --- how much there is of it


@pytest.fixture(scope="module")
def zeros(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 MB of zeros in one blob, in a pack of less than a megabyte."""
    folder = tmp_path_factory.mktemp("zeros") / "repository"
    make_repository(folder, {"conda.yaml": b"x\n"})
    with (folder / "zeros").open("wb") as file:
        file.truncate(300 * 10**6)
    git(folder, "-c", "core.bigFileThreshold=1m", "add", "zeros")
    commit_all(folder)
    (folder / "zeros").unlink()
    git(folder, "repack", "-a", "-d", "-q")
    assert sum(path.stat().st_size for path in (folder / ".git").rglob("*.pack")) < 10**6
    return folder


_MEASURED = """
import resource, sys, os
from pathlib import Path
from fedbake.settings import Settings
from fedbake.source.fetch import fetch
from fedbake.errors import FedbakeError
try:
    fetch(sys.argv[1], None, Settings.from_environment(os.environ))
except FedbakeError as error:
    print(type(error).__name__, error.message)
own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
"""


def measured(source: Path, tmp_path: Path) -> tuple[str, int]:
    """Fetch in a process of its own; gives what it said and the largest memory of it or a child, in MiB."""
    environment = {**ENVIRONMENT, "HOME": str(tmp_path)}
    script = [sys.executable, "-c", _MEASURED, str(source)]
    done = subprocess.run(script, env=environment, capture_output=True, check=True, timeout=120)
    said, memory = done.stdout.decode().rsplit("\n", 2)[:2]
    return said, int(memory)


def test_a_huge_blob_is_refused_on_its_declared_size(zeros: Path, tmp_path: Path) -> None:
    with (tmp_path / "naive").open("wb") as output:
        subprocess.run(["git", "show", "HEAD:zeros"], cwd=zeros, env=ENVIRONMENT, stdout=output, check=True)
    assert (tmp_path / "naive").stat().st_size == 300 * 10**6

    said, memory = measured(zeros, tmp_path)

    assert said == "SourceError a file has 286.1 MiB, and at most 100.0 MiB are read"
    assert memory < 100


def test_a_tree_of_ten_thousand_million_paths_stops_at_the_limit(repository: Path, tmp_path: Path) -> None:
    level = raw_blob(repository, b"")
    mode = b"100644"
    for _ in range(10):
        level = raw_tree(repository, *((mode, f"{n}".encode(), level) for n in range(10)))
        mode = b"40000"
    point_main_at(repository, level)
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(
            ["git", "ls-tree", "-r", "HEAD"],
            cwd=repository,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            timeout=5,
            check=True,
        )

    started = time.monotonic()
    said, memory = measured(repository, tmp_path)

    assert said == "SourceError the repository has more than 50,000 files"
    assert time.monotonic() - started < 10
    assert memory < 150


def test_the_sum_is_limited_even_when_one_blob_is_used_many_times(repository: Path, tmp_path: Path) -> None:
    blob = raw_blob(repository, b"x" * 10**6)
    point_main_at(repository, raw_tree(repository, *((b"100644", f"{n:03}".encode(), blob) for n in range(100))))
    limits = Limits(total_bytes=50 * 10**6)
    assert "of content" in refusal(str(repository), None, settings(tmp_path, limits=limits)).message


def test_a_pack_larger_than_everything_allowed_is_cut_off(repository: Path, tmp_path: Path) -> None:
    write_files(repository, {"noise": os.urandom(80 * 2**20)})
    commit_all(repository)
    limits = Limits(total_bytes=2**20)
    assert "of content" in refusal(str(repository), None, settings(tmp_path, limits=limits)).message


def test_a_plain_folder_has_the_same_limits(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    write_files(folder, {"a": b"x" * 2000, "b": b"y" * 2000})
    for limits, message in [
        (Limits(file_bytes=1000), "a file has"),
        (Limits(total_bytes=3000), "of content"),
        (Limits(files=1), "more than 1 files"),
    ]:
        assert message in refusal(str(folder), None, settings(tmp_path, limits=limits)).message


def test_a_fetch_that_never_ends_is_ended(server: Server, trusting: Settings) -> None:
    def wait(_path: str) -> None:
        time.sleep(5)

    server.reply = wait
    limits = Limits(fetch_seconds=1)
    how = settings(trusting.cache_dir.parent, ca_bundle=trusting.ca_bundle, limits=limits)
    assert "within 1 seconds" in refusal(f"{server.url}/x/y", None, how).message


# --- what the server does


def test_a_redirect_to_another_port_is_not_followed(
    server: Server, trusting: Settings, authority: tuple[Path, Path], tmp_path: Path
) -> None:
    with serve(tmp_path, authority[1]) as internal:
        server.reply = lambda path: (302, {"Location": internal.url + path}, b"")
        naive("ls-remote", f"{server.url}/x/y", cwd=tmp_path, environment={"GIT_SSL_CAINFO": str(authority[0])})
        assert internal.requests
        internal.requests.clear()

        error = refusal(f"{server.url}/x/y", None, trusting)

        assert isinstance(error, SourceError)
        assert "redirects" in error.message
        assert internal.requests == []


def test_a_login_is_in_no_argument_error_or_snapshot(
    server: Server, trusting: Settings, repository: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), "owner/bare.git")
    server.login = f"me:{SECRET}"
    server.watched = SECRET
    url = f"https://me:{SECRET}@localhost:{server.port}/owner/bare.git"
    naive("clone", "-q", url, "control", cwd=tmp_path, environment={"GIT_SSL_CAINFO": str(trusting.ca_bundle)})
    assert server.seen_in_arguments
    assert SECRET in (tmp_path / "control/.git/config").read_text()
    server.seen_in_arguments.clear()

    said: list[str] = []
    snapshot = fetch(url, None, trusting, said.append)
    errors = [refusal(url, "nope", trusting), refusal(url.replace("bare", "none"), None, trusting)]

    assert server.seen_in_arguments == []
    assert SECRET not in repr(snapshot) + repr(said) + repr([vars(error) for error in errors])


def test_what_a_server_says_cannot_touch_the_terminal(
    server: Server, trusting: Settings, repository: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), "owner/bare.git")
    hook = tmp_path / "hook"
    hook.write_text('#!/bin/sh\nprintf "\\033]52;c;ZXZpbA==\\007hi\\033[2J\\r\\342\\200\\256there\\n" >&2\nexec "$@"\n')
    hook.chmod(0o755)
    (tmp_path / "server.gitconfig").write_text(f"[uploadpack]\n\tpackObjectsHook = {hook}\n")
    server.environment = {"GIT_CONFIG_GLOBAL": str(tmp_path / "server.gitconfig")}
    url = f"{server.url}/owner/bare.git"
    control = naive("clone", url, "control", cwd=tmp_path, environment={"GIT_SSL_CAINFO": str(trusting.ca_bundle)})
    assert b"\x1b]52;c;" in control.stderr

    said: list[str] = []
    fetch(url, None, trusting, said.append)

    told = [line for line in said if line.startswith("remote: ")]
    assert any("there" in line for line in told)
    assert all(line.isprintable() for line in said)


def test_a_servers_error_text_is_cleaned_too(server: Server, trusting: Settings) -> None:
    text = b"ERR \x1b]0;owned\x07\x1b[2Jno\r\nfatal: forged"
    packet = b"001e# service=git-upload-pack\n0000" + f"{len(text) + 4:04x}".encode() + text
    headers = {"Content-Type": "application/x-git-upload-pack-advertisement"}
    server.reply = lambda _path: (200, headers, packet)
    refusal(f"{server.url}/x/y", None, trusting)


def test_a_server_cannot_choose_the_error_by_what_it_prints() -> None:
    from fedbake.source.failures import explain_fetch
    from fedbake.source.ref import HEAD

    said = "remote: fatal: Could not resolve host: x\nfatal: something else"
    error = explain_fetch(said, where="https://h/x", ref=HEAD, had_login=False, limits=Limits())
    assert "something else" in error.message


def test_a_listing_is_read_piecewise() -> None:
    """A record without an end does not fill the memory."""
    from fedbake.source.tree import _records

    with pytest.raises(SourceError, match="longer than a megabyte"):
        list(_records(io.BytesIO(b"x" * (3 << 20))))
