"""What may be given as a source, and what it is called."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fedbake.errors import FedbakeError, SourceError, UsageError
from fedbake.source.location import LocalRepository, PlainFolder, Remote, masked, parse_remote, parse_source


@pytest.mark.parametrize(
    ("source", "transport", "name"),
    [
        ("https://github.com/Owner/Repo", "https://github.com/Owner/Repo", "Owner/Repo"),
        ("https://github.com/owner/repo.git", "https://github.com/owner/repo.git", "owner/repo"),
        ("https://github.com/owner/repo.git.git", "https://github.com/owner/repo.git.git", "owner/repo.git"),
        ("https://github.com/owner/my.github.tool", "https://github.com/owner/my.github.tool", "owner/my.github.tool"),
        ("https://github.com/owner/repo/", "https://github.com/owner/repo", "owner/repo"),
        ("HTTPS://Git.Example.ORG:8443/a/b/c", "https://git.example.org:8443/a/b/c", "b/c"),
        ("https://host/repo", "https://host/repo", "repo"),
        ("https://dev.azure.com/o/My%20Project/_git/r", "https://dev.azure.com/o/My%20Project/_git/r", "_git/r"),
        ("https://[2001:db8::1]:444/a/b", "https://[2001:db8::1]:444/a/b", "a/b"),
        ("https://192.0.2.7/a/b", "https://192.0.2.7/a/b", "a/b"),
        ("https://u:p@host/a/b", "https://host/a/b", "a/b"),
        ("ssh://git@host:2222/a/b.git", "ssh://git@host:2222/a/b.git", "a/b"),
        ("ssh://host/~me/b", "ssh://host/~me/b", "~me/b"),
        ("git@github.com:owner/repo.git", "git@github.com:owner/repo.git", "owner/repo"),
        ("git@host:/srv/git/repo.git", "ssh://git@host/srv/git/repo.git", "git/repo"),
    ],
)
def test_remote_sources(source: str, transport: str, name: str) -> None:
    remote = parse_source(source, allow_file_urls=False)
    assert isinstance(remote, Remote)
    assert (remote.transport_url, remote.name) == (transport, name)


def test_the_url_that_is_kept_has_no_userinfo() -> None:
    for source in ("https://me:secret@host/a/b", "https://me@host/a/b", "ssh://me@host/a/b", "me@host:a/b"):
        remote = parse_remote(source)
        assert remote is not None
        assert remote.url in {"https://host/a/b", "ssh://host/a/b"}
        assert "secret" not in repr(remote)


def test_a_login_is_percent_decoded() -> None:
    remote = parse_remote("https://me%40work:p%2Fw%3A@host/a/b")
    assert remote is not None
    assert remote.login is not None
    assert (remote.login.username, remote.login.password) == ("me@work", "p/w:")
    assert "p/w" not in repr(remote.login)


def test_a_user_without_a_password_is_no_login() -> None:
    remote = parse_remote("https://me@host/a/b")
    assert remote is not None
    assert (remote.user, remote.login) == ("me", None)


@pytest.mark.parametrize("source", ["http://h/a/b", "git://h/a/b", "ext::sh", "h:a/b", "ftp://h/a", "-x", ""])
def test_a_refusal_says_what_is_allowed(source: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_source(source, allow_file_urls=True)
    assert "https://" in (caught.value.hint or "")


def test_file_urls_only_when_allowed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not allowed here"):
        parse_source(f"file://{tmp_path}", allow_file_urls=False)
    with pytest.raises(SourceError, match="no git repository"):
        parse_source(f"file://{tmp_path}", allow_file_urls=True)
    (tmp_path / "a b" / ".git").mkdir(parents=True)
    assert parse_source(f"file://{tmp_path}/a%20b", allow_file_urls=True) == LocalRepository(tmp_path / "a b")


def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a:b").mkdir()
    monkeypatch.chdir(tmp_path)

    assert parse_source(".", allow_file_urls=False) == PlainFolder(tmp_path)
    assert parse_source("a:b", allow_file_urls=False) == PlainFolder(tmp_path / "a:b")
    with pytest.raises(SourceError, match="no such folder"):
        parse_source("missing", allow_file_urls=False)
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="a file, not a folder"):
        parse_source("file", allow_file_urls=False)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(SourceError):
        parse_source("loop", allow_file_urls=False)
    with pytest.raises(SourceError):
        parse_source("x" * 5000, allow_file_urls=False)


def test_a_bare_repository_is_known_without_git(tmp_path: Path) -> None:
    bare = tmp_path / "digits.git"
    (bare / "objects").mkdir(parents=True)
    (bare / "refs").mkdir()
    (bare / "HEAD").write_text("ref: refs/heads/main\n")
    location = parse_source(str(bare), allow_file_urls=False)
    assert isinstance(location, LocalRepository)
    assert location.name == "digits"


@given(st.text(max_size=60) | st.from_regex(r"(https|ssh|ext|file|git|\S{0,5})(://|::|@|:)\S{0,40}", fullmatch=True))
@example("https://h/%")
@example("https://[::]/x")
def test_any_text_is_a_source_or_one_clean_sentence(source: str) -> None:
    try:
        location = parse_source(source, allow_file_urls=True)
    except FedbakeError as error:
        refusal = error.message
    else:
        refusal = ""
        if isinstance(location, Remote):
            assert not location.transport_url.startswith("-")
            again = parse_remote(location.transport_url)
            assert again is not None
            assert (again.url, again.name) == (location.url, location.name)
    assert refusal.isprintable()


@given(st.text(min_size=1, alphabet="abc:/?#@% ").map(lambda noise: f"https://me:SECRET{noise}@h/x y"))
def test_a_secret_is_masked_wherever_the_text_is_broken(source: str) -> None:
    assert "SECRET" not in masked(source)
