"""The entrance of this stage: a source and a ref in, a `Snapshot` out."""

from collections.abc import Callable

from fedbake.errors import UsageError
from fedbake.settings import Settings
from fedbake.source.folder import read_folder
from fedbake.source.location import PlainFolder, parse_source
from fedbake.source.ref import HEAD, parse_ref
from fedbake.source.snapshot import Snapshot
from fedbake.source.text import printable


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
    # A plain folder needs nothing of git, which takes a while to import.
    from fedbake.source.commit import snapshot_of_commit

    return snapshot_of_commit(location, wanted, settings, report or _silent)


def _snapshot_of_folder(location: PlainFolder, ref: str | None, settings: Settings) -> Snapshot:
    where = printable(str(location.path))
    if ref is not None:
        raise UsageError("a folder without a git repository has no refs", where=where, hint="leave the ref out")
    content = read_folder(location.path, settings.limits)
    return Snapshot(location.name, None, None, 0, content.tree, content.entries, content.contents)


def _silent(_line: str) -> None:
    """Take no notice."""
