"""A `Snapshot` of one commit: fetched into a private repository, read, and forgotten."""

from collections.abc import Callable
from pathlib import Path

from fedbake.errors import SourceError, UsageError
from fedbake.settings import Settings
from fedbake.source.git import PrivateRepository, private_repository
from fedbake.source.location import LocalRepository, Remote, parse_remote
from fedbake.source.ref import Ref
from fedbake.source.snapshot import Snapshot
from fedbake.source.text import has_unsafe
from fedbake.source.transfer import Fetcher
from fedbake.source.tree import read_tree


def snapshot_of_commit(
    location: Remote | LocalRepository, ref: Ref, settings: Settings, report: Callable[[str], None]
) -> Snapshot:
    """Read a repository at the commit a ref names.

    Args:
        report: called with one line of text at a time about what happens, the server's own messages included.

    Raises:
        SourceError: the repository cannot be reached or read, has no such commit, or is over a limit.
        TransientError: the connection broke, or the server is out of order.
        WorkerError: git is not installed.
    """
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
