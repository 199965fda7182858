"""The same repository over every transport: https, ssh, file:// and a folder, with the servers people really run."""

import os
import pwd
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedbake.errors import SourceError, TransientError
from fedbake.settings import Settings
from fedbake.source.fetch import fetch
from fedbake.source.snapshot import EntryKind, Snapshot

# The servers are shared with the attacks of the same stage.
sys.path.append(str(Path(__file__).resolve().parents[1] / "attacks"))

from source_repositories import ENVIRONMENT, commit_all, git, make_repository, settings, write_files
from source_server import Server, make_authority, serve

from ports import free_port

FILES = {
    "conda.yaml": b"name: digits\n",
    "model_manager.py": b"class ModelManager: ...\n",
    "data/\xc3\xbcbersicht mit Leerzeichen.txt".encode("latin-1").decode("utf-8"): b"\x00\xff" * 1000,
}


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``owner/digits.git`` with a branch, tags, a link and an executable; ``owner/empty.git`` without a commit."""
    root = tmp_path_factory.mktemp("repositories")
    work = root / "work" / "digits"
    make_repository(work, FILES)
    git(work, "tag", "light")
    commit_all(work)
    write_files(work, {"run.sh": b"#!/bin/sh\n"})
    (work / "run.sh").chmod(0o755)
    (work / "link").symlink_to("conda.yaml")
    commit_all(work)
    git(work, "tag", "-a", "-m", "annotated", "v1.0")
    git(work, "checkout", "--quiet", "-b", "feature/x")
    write_files(work, {"extra.py": b"x = 1\n"})
    commit_all(work)
    git(work, "checkout", "--quiet", "main")
    git(root, "clone", "--quiet", "--bare", str(work), "owner/digits.git")
    git(root, "init", "--quiet", "--bare", "--initial-branch=main", "owner/empty.git")
    return root


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_authority(tmp_path_factory.mktemp("ca") / "made")


@pytest.fixture
def server(repositories: Path, authority: tuple[Path, Path]) -> Iterator[Server]:
    with serve(repositories, authority[1]) as running:
        yield running


@pytest.fixture
def trusting(tmp_path: Path, authority: tuple[Path, Path]) -> Settings:
    return settings(tmp_path, ca_bundle=authority[0])


def commit_of(repositories: Path, name: str) -> str:
    return git(repositories / "work" / "digits", "rev-parse", f"{name}^{{commit}}")


def contents(snapshot: Snapshot) -> dict[str, bytes]:
    return {entry.path: snapshot.contents.read(entry.path) for entry in snapshot.regular_files()}


# --- https


def test_https_gives_the_content_the_commit_and_the_name(
    server: Server, trusting: Settings, repositories: Path
) -> None:
    snapshot = fetch(f"{server.url}/owner/digits.git", None, trusting)

    assert snapshot.commit == commit_of(repositories, "main")
    assert snapshot.committed_at == 1700000000
    assert snapshot.name == "owner/digits"
    assert snapshot.url == f"{server.url}/owner/digits.git"
    assert contents(snapshot) == {**FILES, "run.sh": b"#!/bin/sh\n"}
    assert snapshot.entry("link").kind is EntryKind.SYMLINK
    assert snapshot.entry("run.sh").kind is EntryKind.EXECUTABLE
    assert [entry.path for entry in snapshot.entries] == sorted(entry.path for entry in snapshot.entries)
    with pytest.raises(KeyError):
        snapshot.contents.read("link")


@pytest.mark.parametrize("spelling", ["/owner/digits.git/", "/owner/digits.git//"])
def test_a_trailing_slash_changes_nothing(server: Server, trusting: Settings, spelling: str) -> None:
    assert fetch(server.url + spelling, None, trusting) == fetch(f"{server.url}/owner/digits.git", None, trusting)


@pytest.mark.parametrize("ref", ["main", "refs/heads/main", "v1.0", "refs/tags/v1.0", "light", "feature/x"])
def test_branches_and_tags_of_both_kinds(server: Server, trusting: Settings, repositories: Path, ref: str) -> None:
    assert fetch(f"{server.url}/owner/digits.git", ref, trusting).commit == commit_of(repositories, ref)


def test_a_commit_no_branch_ends_at(server: Server, trusting: Settings, repositories: Path) -> None:
    commit = commit_of(repositories, "main~1")
    assert fetch(f"{server.url}/owner/digits.git", commit.upper(), trusting).commit == commit


def test_an_older_server_refuses_commit_ids_so_recent_history_is_searched(
    server: Server, trusting: Settings, repositories: Path
) -> None:
    server.protocol = False
    commit = commit_of(repositories, "main~1")
    said: list[str] = []

    assert fetch(f"{server.url}/owner/digits.git", commit, trusting, said.append).commit == commit
    assert any("sends no commit by its id" in line for line in said)


def test_that_search_is_bounded(server: Server, trusting: Settings, repositories: Path) -> None:
    stream = b"".join(
        b"commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 1\nxM 100644 inline f\ndata 1\nx" % (1700000000 + n)
        for n in range(150)
    )
    git(repositories, "init", "--quiet", "--bare", "--initial-branch=main", "owner/long.git")
    git(repositories / "owner/long.git", "fast-import", "--quiet", stdin=stream)
    server.protocol = False

    with pytest.raises(SourceError, match="not in the last 100 of any") as caught:
        fetch(f"{server.url}/owner/long.git", git(repositories / "owner/long.git", "rev-parse", "main~140"), trusting)
    assert "branch or tag" in caught.value.hint


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("nope", "no branch or tag 'nope'"),
        ("deadbeef", "no branch or tag 'deadbeef'"),
        ("0" * 39 + "1", "no commit 0000"),
    ],
)
def test_an_unknown_ref(server: Server, trusting: Settings, ref: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        fetch(f"{server.url}/owner/digits.git", ref, trusting)
    assert ("all 40 digits" in caught.value.hint) == (ref == "deadbeef")


def test_an_empty_repository(server: Server, trusting: Settings) -> None:
    with pytest.raises(SourceError, match="no commits yet"):
        fetch(f"{server.url}/owner/empty.git", None, trusting)


def test_no_repository(server: Server, trusting: Settings) -> None:
    with pytest.raises(SourceError, match="no git repository here"):
        fetch(f"{server.url}/owner/missing.git", None, trusting)


def test_a_web_page_that_is_no_repository(server: Server, trusting: Settings) -> None:
    server.reply = lambda _path: (200, {"Content-Type": "text/html"}, b"<!doctype html>\n<p>hello</p>\n")
    with pytest.raises(SourceError, match="no git repository here"):
        fetch(f"{server.url}/owner/digits", None, trusting)


def test_an_unknown_authority(server: Server, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="certificate is not trusted") as caught:
        fetch(f"{server.url}/owner/digits.git", None, settings(tmp_path))
    assert "FEDBAKE_CA_BUNDLE" in caught.value.hint


def test_a_closed_port(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="cannot be reached"):
        fetch("https://127.0.0.1:1/owner/repo", None, settings(tmp_path))


def test_an_unknown_host(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="cannot be resolved"):
        fetch("https://no-such-host.invalid/owner/repo", None, settings(tmp_path))


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_server_out_of_order_is_worth_a_retry(server: Server, trusting: Settings, status: int) -> None:
    server.reply = lambda _path: (status, {}, b"")
    with pytest.raises(TransientError, match="out of order"):
        fetch(f"{server.url}/owner/digits.git", None, trusting)


def test_a_server_that_recovers_is_asked_again_and_the_user_sees_it(
    server: Server, tmp_path: Path, authority: tuple[Path, Path]
) -> None:
    failing = iter([(503, {}, b""), (429, {}, b"")])
    server.reply = lambda _path: next(failing, None)
    said: list[str] = []
    patient = settings(tmp_path, ca_bundle=authority[0], patience=30.0)
    fetch(f"{server.url}/owner/digits.git", None, patient, said.append)
    again = [line for line in said if "trying again" in line]
    assert len(again) == 2
    assert again[0].startswith("the server is out of order for now; trying again in 0.")


def test_a_broken_connection_is_worth_a_retry(server: Server, trusting: Settings) -> None:
    server.reply = lambda path: (200, {"Content-Length": "100000"}, b"0000") if "git-upload-pack" in path else None
    with pytest.raises(TransientError, match="connection broke"):
        fetch(f"{server.url}/owner/digits.git", None, trusting)


# --- private repositories over https

SECRET = "c0ffee5ec2e7c0ffee5ec2e7c0ffee5e"


@pytest.fixture
def private(server: Server) -> Server:
    server.login = f"me:{SECRET}"
    server.watched = SECRET
    return server


def test_without_a_login_a_private_repository_is_refused_without_a_prompt(private: Server, trusting: Settings) -> None:
    with pytest.raises(SourceError, match="wants a login") as caught:
        fetch(f"{private.url}/owner/digits.git", None, trusting)
    assert "credential helper" in caught.value.hint


def test_the_login_in_a_url_is_used_and_kept_nowhere(private: Server, trusting: Settings) -> None:
    said: list[str] = []
    url = f"https://me:{SECRET}@localhost:{private.port}/owner/digits.git"
    snapshot = fetch(url, None, trusting, said.append)

    assert snapshot.url == f"{private.url}/owner/digits.git"
    assert SECRET not in repr(snapshot) + "".join(said)
    assert private.logins
    assert private.seen_in_arguments == []


def test_a_wrong_login_is_named_but_not_shown(private: Server, trusting: Settings) -> None:
    private.login = "me:other"
    with pytest.raises(SourceError, match="refuses your login") as caught:
        fetch(f"https://me:{SECRET}@localhost:{private.port}/owner/digits.git", None, trusting)
    assert SECRET not in repr(vars(caught.value)) + repr(caught.value)


def test_the_users_credential_helper_is_asked(private: Server, trusting: Settings, tmp_path: Path) -> None:
    home = Path(trusting.environment["HOME"])
    (home / "store").write_text(f"https://me:{SECRET}@localhost:{private.port}\n")
    (home / ".gitconfig").write_text(f"[credential]\n\thelper = store --file={home}/store\n")

    assert fetch(f"{private.url}/owner/digits.git", None, trusting).name == "owner/digits"
    assert private.seen_in_arguments == []


def test_netrc_is_read(private: Server, trusting: Settings) -> None:
    (Path(trusting.environment["HOME"]) / ".netrc").write_text(f"machine localhost login me password {SECRET}\n")
    assert fetch(f"{private.url}/owner/digits.git", None, trusting).name == "owner/digits"


def test_no_login_is_sent_to_a_server_that_does_not_ask(server: Server, trusting: Settings) -> None:
    (Path(trusting.environment["HOME"]) / ".netrc").write_text(f"machine localhost login me password {SECRET}\n")
    fetch(f"{server.url}/owner/digits.git", None, trusting)
    assert server.logins == []


# --- ssh


@pytest.fixture(scope="module")
def ssh_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real sshd on loopback and, in the machine's ssh configuration for as long as the test runs, an alias for it."""
    if not Path("/usr/sbin/sshd").exists():
        install = ["apt-get", "install", "--yes", "--no-install-recommends", "openssh-server"]
        # The service of the machine must not start because a test wants the program.
        subprocess.run(install, check=True, capture_output=True, env={**os.environ, "RUNLEVEL": "1"})
    folder = tmp_path_factory.mktemp("ssh")
    for name in ("host", "user", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    (folder / "authorized").write_bytes((folder / "user.pub").read_bytes())
    port = free_port()
    key = " ".join((folder / "host.pub").read_text().split()[:2])
    (folder / "known").write_text(f"[127.0.0.1]:{port} {key}\n")
    (folder / "empty").write_text("")
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        f"PasswordAuthentication no\nStrictModes no\nUsePAM no\nPidFile none\nAcceptEnv GIT_PROTOCOL\n"
    )
    alias = f"fedbake-test-{port}"
    common = f"HostName 127.0.0.1\nPort {port}\nIdentitiesOnly yes\nGlobalKnownHostsFile none\n"
    configuration = Path(f"/etc/ssh/ssh_config.d/{alias}.conf")
    configuration.write_text(
        f"Host {alias}\n{common}UserKnownHostsFile {folder}/known\nIdentityFile {folder}/user\n"
        f"Host {alias}-stranger\n{common}UserKnownHostsFile {folder}/known\nIdentityFile {folder}/stranger\n"
        f"Host {alias}-unknown\n{common}UserKnownHostsFile {folder}/empty\nIdentityFile {folder}/user\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    daemon = subprocess.Popen(
        ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield alias
    finally:
        configuration.unlink()
        daemon.terminate()
        daemon.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("sshd did not start")


def test_ssh_as_a_url_and_as_user_at_host(ssh_host: str, repositories: Path, tmp_path: Path) -> None:
    user = pwd.getpwuid(os.getuid()).pw_name
    path = f"{repositories}/owner/digits.git"

    by_url = fetch(f"ssh://{user}@{ssh_host}{path}", "v1.0", settings(tmp_path))
    by_scp = fetch(f"{user}@{ssh_host}:{path}", "v1.0", settings(tmp_path))

    assert by_url == by_scp
    assert by_url.commit == commit_of(repositories, "v1.0")
    assert by_url.name == "owner/digits"
    assert by_url.url == f"ssh://{ssh_host}{path}"
    assert contents(by_url)["conda.yaml"] == FILES["conda.yaml"]


def test_ssh_reaches_a_path_relative_to_the_home(ssh_host: str, repositories: Path, tmp_path: Path) -> None:
    user = pwd.getpwuid(os.getuid())
    relative = os.path.relpath(repositories / "owner/digits.git", user.pw_dir)
    with pytest.raises(SourceError, match="no git repository"):
        fetch(f"{user.pw_name}@{ssh_host}:no/such/place.git", None, settings(tmp_path))
    link = Path(user.pw_dir) / f"{ssh_host}.git"
    link.symlink_to(relative)
    try:
        assert fetch(f"{user.pw_name}@{ssh_host}:{link.name}", None, settings(tmp_path)).name == ssh_host
    finally:
        link.unlink()


@pytest.mark.parametrize(
    ("suffix", "message"), [("-stranger", "none of your ssh keys"), ("-unknown", "key is not known")]
)
def test_ssh_refusals_say_which_side_refused(
    ssh_host: str, repositories: Path, tmp_path: Path, suffix: str, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        fetch(f"ssh://{ssh_host}{suffix}{repositories}/owner/digits.git", None, settings(tmp_path))


# --- file:// and folders


def test_every_way_to_the_same_commit_gives_the_same_tree(
    server: Server, trusting: Settings, repositories: Path, tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    git(tmp_path, "clone", "--quiet", str(repositories / "owner/digits.git"), str(checkout))
    plain = tmp_path / "plain"
    git(checkout, "checkout-index", "--all", f"--prefix={plain}/")

    sources = [f"{server.url}/owner/digits.git", f"file://{repositories}/owner/digits.git", str(checkout), str(plain)]
    snapshots = [fetch(source, None, trusting) for source in sources]

    assert len({snapshot.tree for snapshot in snapshots}) == 1
    assert len({snapshot.entries for snapshot in snapshots}) == 1
    assert len({tuple(contents(snapshot).items()) for snapshot in snapshots}) == 1
    assert [snapshot.url for snapshot in snapshots[1:]] == [None, None, None]


def test_a_work_tree_stands_for_its_commit_and_not_for_its_files(tmp_path: Path) -> None:
    commit = make_repository(tmp_path / "repo", {"a.py": b"committed\n"})
    write_files(tmp_path / "repo", {"a.py": b"changed\n", "b.py": b"new\n"})

    snapshot = fetch(str(tmp_path / "repo"), None, settings(tmp_path))

    assert snapshot.commit == commit
    assert contents(snapshot) == {"a.py": b"committed\n"}


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("https://me:secret@git.example.org/Owner/Repo.git", "Owner/Repo"),
        ("git@git.example.org:Owner/Repo.git", "Owner/Repo"),
        ("/srv/git/shared.git", "shared"),
        ("file:///srv/git/shared.git/", "shared"),
        ("http://git.example.org/owner/repo", "here"),
        ("ext::sh -c x", "here"),
    ],
)
def test_a_local_repository_is_named_after_its_origin(tmp_path: Path, origin: str, name: str) -> None:
    make_repository(tmp_path / "here", {"a": b"a"})
    git(tmp_path / "here", "config", "remote.origin.url", origin)
    assert fetch(str(tmp_path / "here"), None, settings(tmp_path)).name == name


def test_a_linked_work_tree_and_a_shallow_clone_are_repositories_too(tmp_path: Path) -> None:
    make_repository(tmp_path / "main", {"a": b"1"})
    write_files(tmp_path / "main", {"a": b"2"})
    commit = commit_all(tmp_path / "main")
    git(tmp_path / "main", "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{tmp_path}/main", "shallow")

    for folder in ("linked", "shallow"):
        assert fetch(str(tmp_path / folder), None, settings(tmp_path)).commit == commit


def test_a_folder_of_another_user_is_read_like_any_other(tmp_path: Path) -> None:
    commit = make_repository(tmp_path / "theirs", {"a": b"1"})
    for path in [tmp_path / "theirs", *(tmp_path / "theirs").rglob("*")]:
        os.chown(path, 65534, 65534)
    refused = subprocess.run(
        ["git", "-C", str(tmp_path / "theirs"), "log"], env=ENVIRONMENT, capture_output=True, check=False
    )
    assert b"dubious ownership" in refused.stderr

    assert fetch(str(tmp_path / "theirs"), None, settings(tmp_path)).commit == commit


def test_a_repository_without_commits(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "new")
    with pytest.raises(SourceError, match="no commits yet"):
        fetch(str(tmp_path / "new"), None, settings(tmp_path))


def test_a_repository_with_sha256_names_is_refused_by_that_reason(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "new")
    write_files(tmp_path / "new", {"a": b"1"})
    commit_all(tmp_path / "new")
    with pytest.raises(SourceError, match="SHA-256"):
        fetch(str(tmp_path / "new"), None, settings(tmp_path))


def test_a_tag_of_a_file_is_no_commit(tmp_path: Path) -> None:
    make_repository(tmp_path / "repo", {"a": b"1"})
    git(tmp_path / "repo", "tag", "blob", "HEAD:a")
    with pytest.raises(SourceError, match="does not name a commit"):
        fetch(str(tmp_path / "repo"), "blob", settings(tmp_path))


def test_nothing_is_left_in_the_temporary_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_repository(tmp_path / "repo", {"a": b"1"})
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))

    snapshot = fetch(str(tmp_path / "repo"), None, settings(tmp_path))
    with pytest.raises(SourceError):
        fetch(str(tmp_path / "repo"), "nope", settings(tmp_path))

    assert list(scratch.iterdir()) == []
    assert snapshot.contents.read("a") == b"1"
