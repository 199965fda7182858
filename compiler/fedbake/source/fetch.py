"""The entrance of this stage: a source and a ref in, a `Snapshot` out."""

from collections.abc import Callable
from pathlib import Path

from fedbake.errors import SourceError, UsageError
from fedbake.settings import Settings
from fedbake.source.folder import read_folder
from fedbake.source.git import PrivateRepository, private_repository
from fedbake.source.location import LocalRepository, PlainFolder, Remote, parse_remote, parse_source
from fedbake.source.ref import HEAD, Ref, parse_ref
from fedbake.source.snapshot import Snapshot
from fedbake.source.text import has_unsafe, printable
from fedbake.source.transfer import Fetcher
from fedbake.source.tree import read_tree


def fetch(source: str, ref: str | None, settings: Settings, report: Callable[[str], None] | None = None) -> Snapshot:
    """Read a repository at one commit, or a plain folder as it is now.

    Nothing of it is checked out or executed; what is left afterwards is a private, nameless file of its contents.

    Args:
        source: an ``https://`` or ``ssh://`` URL, ``user@host:path``, a ``file://`` URL when ``settings`` allow it, or
            a local folder. The top of a git work tree stands for its repository: uncommitted changes are not seen.
        ref: branch, tag or full commit id; the source's ``HEAD`` when not given. A plain folder takes none.
        report: called with one line of text at a time about what happens, the server's own messages included.

    Raises:
        UsageError: the source or ref is malformed or not allowed.
        SourceError: the repository cannot be reached or read, has no such commit, or is over a limit.
        TransientError: the connection broke, or the server is out of order.
        WorkerError: git is not installed.
    """
    wanted = HEAD if ref is None else parse_ref(ref)
    location = parse_source(source, allow_file_urls=settings.allow_file_urls)
    if isinstance(location, PlainFolder):
        return _snapshot_of_folder(location, ref, settings)
    return _snapshot_of_commit(location, wanted, settings, report or _silent)


def _snapshot_of_folder(location: PlainFolder, ref: str | None, settings: Settings) -> Snapshot:
    where = printable(str(location.path))
    if ref is not None:
        raise UsageError("a folder without a git repository has no refs", where=where, hint="leave the ref out")
    content = read_folder(location.path, settings.limits)
    return Snapshot(location.name, None, None, 0, content.tree, content.entries, content.contents)


def _snapshot_of_commit(
    location: Remote | LocalRepository, ref: Ref, settings: Settings, report: Callable[[str], None]
) -> Snapshot:
    with private_repository(location, settings) as repository:
        fetcher = Fetcher(location, repository, report)
        report(f"fetching {ref.text} of {fetcher.where}")
        commit, committed_at = fetcher.fetch(ref)
        report(f"reading commit {commit}")
        try:
            content = read_tree(repository, commit, settings.limits)
        except SourceError as error:
            raise SourceError(error.message, where=error.where or fetcher.where, hint=error.hint) from None
        name = location.name if isinstance(location, Remote) else _local_name(location, repository)
    url = location.url if isinstance(location, Remote) else None
    return Snapshot(name, url, commit, committed_at, content.tree, content.entries, content.contents)


def _local_name(location: LocalRepository, repository: PrivateRepository) -> str:
    """The name its ``origin`` gives a local repository: the same as if that URL had been the source."""
    git_dir = location.path / ".git"
    asked = repository.ask(
        f"--git-dir={git_dir if git_dir.exists() else location.path}",
        "config",
        "--local",
        "--no-includes",
        "remote.origin.url",
    )
    origin = asked.text.removesuffix("\n") if asked.code == 0 else ""
    if not origin or has_unsafe(origin):
        return location.name
    try:
        remote = parse_remote(origin)
    except UsageError:
        return location.name
    if remote is not None:
        return remote.name
    path = origin.removeprefix("file://")
    # git takes a colon before the first slash for a URL, a host or a remote helper.
    return location.name if ":" in path.partition("/")[0] else LocalRepository(Path(path)).name


def _silent(_line: str) -> None:
    """Take no notice."""
