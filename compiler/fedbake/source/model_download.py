"""The files of a model brought into the spool: several at a time, counted as they arrive, all or nothing."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from fedbake.errors import FedbakeError, SourceError
from fedbake.settings import Limits
from fedbake.source.limits import MODEL, megabytes, too_large
from fedbake.source.mlflow_client import MlflowClient
from fedbake.source.model_artifacts import ArtifactStore, ListedFile
from fedbake.source.spool import CHUNK, Spool, Stored, no_room

_CONNECTIONS = 4
_IN_MEMORY = 1 << 20
_REPORT_SECONDS = 2.0


def download_files(
    client: MlflowClient,
    store: ArtifactStore,
    files: Sequence[ListedFile],
    spool: Spool,
    limits: Limits,
    report: Callable[[str], None],
) -> list[Stored]:
    """Copy every file into the spool; gives where each one lies, in order.

    Raises:
        SourceError: a file has another size than the server listed, or a limit is passed.
        TransientError: the server failed or broke off too often.
    """
    progress = _Progress(files, limits, report)
    download = _Download(client, store, spool, limits, progress)
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        try:
            return list(pool.map(download.fetch, files))
        except _GivenUpError as given_up:
            raise progress.failure or given_up from None
        finally:
            progress.give_up(None)
            pool.shutdown(cancel_futures=True)


class _GivenUpError(Exception):
    """Another file failed, so that this one is of no use."""


class _Progress:
    """What has arrived so far in all threads together, and the first failure."""

    def __init__(self, files: Sequence[ListedFile], limits: Limits, report: Callable[[str], None]) -> None:
        self._limits = limits
        self._report = report
        self._total = sum(file.size or 0 for file in files)
        self._lock = threading.Lock()
        self._given_up = threading.Event()
        self._bytes = 0
        self._reported = time.monotonic()
        self.failure: FedbakeError | None = None

    def give_up(self, failure: FedbakeError | None) -> None:
        """Let every thread end with the next bytes it gets."""
        with self._lock:
            self.failure = self.failure or failure
            self._given_up.set()

    def arrived(self, size: int) -> None:
        """Count bytes.

        Raises:
            SourceError: there are more of them than a model may have.
        """
        if self._given_up.is_set():
            raise _GivenUpError
        with self._lock:
            self._bytes += size
            if self._bytes > self._limits.total_bytes:
                raise too_large(self._limits, MODEL)
            if time.monotonic() - self._reported >= _REPORT_SECONDS:
                self._reported = time.monotonic()
                self._report(f"received {megabytes(self._bytes)} of {megabytes(self._total)}")

    def lost(self, size: int) -> None:
        """Count bytes no longer: they will come again."""
        with self._lock:
            self._bytes -= size


class _Download:
    """Brings single files; used by several threads."""

    def __init__(
        self, client: MlflowClient, store: ArtifactStore, spool: Spool, limits: Limits, progress: _Progress
    ) -> None:
        self._client = client
        self._store = store
        self._spool = spool
        self._limits = limits
        self._progress = progress
        self._spool_lock = threading.Lock()

    def fetch(self, file: ListedFile) -> Stored:
        """Bring one file. It goes into the spool when it is complete, since a connection may break at any byte."""
        parameters = {**self._store.fixed, self._store.file: file.source}
        self._progress.arrived(0)
        try:
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as part:
                self._client.download(self._store.files, parameters, lambda chunks: self._receive(file, chunks, part))
                part.seek(0)
                with self._spool_lock:
                    return self._spool.store(iter(lambda: part.read(CHUNK), b""))
        except FedbakeError as error:
            where = error.where if error.where != self._client.where else f"{file.path} at {self._client.where}"
            failure = type(error)(error.message, where=where, hint=error.hint)
            self._progress.give_up(failure)
            raise failure from None

    def _receive(self, file: ListedFile, chunks: Iterator[bytes], part: IO[bytes]) -> None:
        """Take the bytes of one file, from the first one on."""
        part.seek(0)
        part.truncate()
        size = 0
        try:
            for chunk in chunks:
                size += len(chunk)
                self._progress.arrived(len(chunk))
                self._check_size(file, size)
                _write(part, chunk)
            if file.size not in (None, size):
                raise _other_size(file)
        except BaseException:
            self._progress.lost(size)
            raise

    def _check_size(self, file: ListedFile, size: int) -> None:
        if file.size is not None and size > file.size:
            raise _other_size(file)
        if size > self._limits.file_bytes:
            message = f"a file has more than {megabytes(self._limits.file_bytes)}"
            raise SourceError(message, where=file.path, hint=MODEL.over_limit)


def _write(part: IO[bytes], chunk: bytes) -> None:
    try:
        part.write(chunk)
    except OSError as error:
        raise no_room(error) from None


def _other_size(file: ListedFile) -> SourceError:
    return SourceError(
        f"the tracking server sends a file of another size than the {file.size} bytes it lists",
        where=file.path,
        hint="log the model again if this stays so; something may have been writing to it",
    )
