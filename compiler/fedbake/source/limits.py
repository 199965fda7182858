"""The sentences with which a source over a limit is refused; the numbers are `fedbake.settings.Limits`."""

from dataclasses import dataclass

from fedbake.errors import SourceError
from fedbake.settings import Limits


@dataclass(frozen=True, slots=True)
class Subject:
    """What is read, as sentences about it say.

    Attributes:
        name: as in ``the repository has more than 50,000 files``.
        over_limit: what to do about one that is too large.
        bad_path: what to do about a path that is refused.
    """

    name: str
    over_limit: str
    bad_path: str


REPOSITORY = Subject(
    "the repository",
    "keep data and models out of the repository, in an artifact store or in Git LFS",
    "rename it in the repository",
)
MODEL = Subject(
    "the model",
    "log only what the model needs to predict; checkpoints and data belong into artifacts of their own",
    "save and log the model again with MLflow, without this file",
)


class Budget:
    """Counts what a source declares, and refuses it before anything over a limit is read."""

    def __init__(self, limits: Limits, subject: Subject = REPOSITORY) -> None:
        self._limits = limits
        self._subject = subject
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
            message = f"{self._subject.name} has more than {self._limits.files:,} files"
            raise SourceError(message, hint=self._subject.over_limit)
        if size > self._limits.file_bytes:
            raise SourceError(
                f"a file has {megabytes(size)}, and at most {megabytes(self._limits.file_bytes)} are read",
                where=path,
                hint=self._subject.over_limit,
            )
        if self._bytes > self._limits.total_bytes:
            raise too_large(self._limits, self._subject)


def too_large(limits: Limits, subject: Subject = REPOSITORY) -> SourceError:
    """The whole source is over its limit."""
    message = f"{subject.name} has more than {megabytes(limits.total_bytes)} of content"
    return SourceError(message, hint=subject.over_limit)


def megabytes(size: int) -> str:
    """A size for people, in megabytes of 2^20 bytes."""
    return f"{size / 2**20:,.1f} MiB"
