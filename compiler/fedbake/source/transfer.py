"""Bring one commit of a location into a private repository: one fetch, of one ref, without history."""

import re
from collections.abc import Callable

from fedbake.errors import FedbakeError, SourceError
from fedbake.source.credentials import find_login
from fedbake.source.failures import explain_fetch, refuses_commit, wants_login
from fedbake.source.git import PrivateRepository
from fedbake.source.location import LocalRepository, Login, Remote
from fedbake.source.ref import Ref
from fedbake.source.text import printable
from fedbake.transient import REQUEST, persistently

FETCHED = "refs/fedbake/source"
# For servers that send no commit by its id: this much of the history of every branch and tag.
_SEARCHED_COMMITS = 100
_MAX_REMOTE_LINES = 50
_LATEST_TIME = 253402300799  # 9999-12-31T23:59:59Z, the last second Python and tar headers both know
_COMMIT_LINE = re.compile(r"([0-9a-f]{40}) ([0-9]{1,12})\n?", re.ASCII)

Report = Callable[[str], None]


class Fetcher:
    """Fetches from one location, with the login it was given or, when the server asks, the one the user keeps."""

    def __init__(self, location: Remote | LocalRepository, repository: PrivateRepository, report: Report) -> None:
        self._location = location
        self._repository = repository
        self._report = report
        self._login: Login | None = location.login if isinstance(location, Remote) else None
        self._shown = 0

    @property
    def where(self) -> str:
        """The location as it is shown: a URL without userinfo, or a folder."""
        return self._location.url if isinstance(self._location, Remote) else printable(str(self._location.path))

    def fetch(self, ref: Ref) -> tuple[str, int]:
        """Fetch a ref; gives the id of its commit and the commit time in seconds since the epoch.

        Raises:
            SourceError: the location cannot be read, or has no such commit.
            TransientError: the network failed, or the server is out of order, and that did not pass in time.
        """
        return persistently(lambda: self._fetch(ref), REQUEST, self._repository.settings.patience, self._report)

    def _fetch(self, ref: Ref) -> tuple[str, int]:
        failure = self._try(1, [f"{ref.text}:{FETCHED}"])
        if failure is not None and ref.is_commit and refuses_commit(failure):
            self._search(ref)
        elif failure is not None:
            raise self._explained(failure, ref)
        return self._commit(ref)

    def _try(self, depth: int, refspecs: list[str]) -> str | None:
        """Fetch; gives what git reported when it failed."""
        target = self._location.transport_url if isinstance(self._location, Remote) else str(self._location.path)
        completed = self._repository.fetch(target, refspecs, depth, self._login, self._show)
        if completed.code != 0 and self._login is None and wants_login(completed.stderr) and self._find_login():
            completed = self._repository.fetch(target, refspecs, depth, self._login, self._show)
        return None if completed.code == 0 else completed.stderr

    def _find_login(self) -> bool:
        if isinstance(self._location, Remote) and self._location.scheme == "https":
            self._login = find_login(self._location, self._repository.settings, self._repository.directory / "home")
        return self._login is not None

    def _search(self, ref: Ref) -> None:
        """Look for a commit in the recent history of every branch and tag."""
        self._report(f"the server sends no commit by its id; looking in the last {_SEARCHED_COMMITS} of every branch")
        failure = self._try(_SEARCHED_COMMITS, [f"+refs/{kind}/*:refs/fedbake/{kind}/*" for kind in ("heads", "tags")])
        if failure is not None:
            raise self._explained(failure, ref)
        if self._repository.ask("update-ref", FETCHED, ref.text).code != 0:
            raise SourceError(
                f"the server sends no commit by its id, and {ref.text} is not in the last {_SEARCHED_COMMITS} of any",
                where=self.where,
                hint="give the branch or tag instead",
            )

    def _commit(self, ref: Ref) -> tuple[str, int]:
        shown = self._repository.ask("log", "-1", "--format=%H %ct", "--end-of-options", f"{FETCHED}^{{commit}}")
        found = _COMMIT_LINE.fullmatch(shown.text)
        if shown.code != 0 or found is None:
            raise SourceError(f"{ref.text!r} does not name a commit", where=self.where)
        if int(found[2]) > _LATEST_TIME:
            raise SourceError(f"the commit {found[1]} has an impossible date", where=self.where)
        return found[1], int(found[2])

    def _explained(self, failure: str, ref: Ref) -> FedbakeError:
        limits = self._repository.settings.limits
        return explain_fetch(failure, where=self.where, ref=ref, had_login=self._login is not None, limits=limits)

    def _show(self, line: str) -> None:
        """Pass on what the server tells its users, within bounds and without control characters."""
        if line.startswith("remote: ") and self._shown < _MAX_REMOTE_LINES and printable(line.removeprefix("remote: ")):
            self._shown += 1
            self._report(printable(line))
