"""The sentences with which a repository over a limit is refused; the numbers are `fedbake.settings.Limits`."""

from fedbake.errors import SourceError
from fedbake.settings import Limits

_HINT = "keep data and models out of the repository, in an artifact store or in Git LFS"


class Budget:
    """Counts what a repository declares, and refuses it before anything over a limit is read."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._files = 0
        self._bytes = 0

    def take(self, path: str, size: int) -> None:
        """Count one path of ``size`` bytes.

        Raises:
            SourceError: the file, the number of files or their sum is over its limit.
        """
        self._files += 1
        self._bytes += size
        if self._files > self._limits.files:
            raise SourceError(f"the repository has more than {self._limits.files:,} files", hint=_HINT)
        if size > self._limits.file_bytes:
            raise SourceError(
                f"a file has {megabytes(size)}, and at most {megabytes(self._limits.file_bytes)} are read",
                where=path,
                hint=_HINT,
            )
        if self._bytes > self._limits.total_bytes:
            raise too_large(self._limits)


def too_large(limits: Limits) -> SourceError:
    """The whole repository is over its limit."""
    return SourceError(f"the repository has more than {megabytes(limits.total_bytes)} of content", hint=_HINT)


def megabytes(size: int) -> str:
    """A size for people, in megabytes of 2^20 bytes."""
    return f"{size / 2**20:,.1f} MiB"
