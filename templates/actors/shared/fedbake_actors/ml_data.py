"""The learner's data: fetched from the Arrow Flight server on its node (FLOps contract, "Data server")."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fedbake_actors.errors import ActorError
from fedbake_actors.retry import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable

# One call of the server; data is streamed, so that this bounds its silence, not its work.
_CALL_SECONDS = 60


class DataError(ActorError):
    """The data server has nothing for a learner, or cannot be understood."""


@dataclass(frozen=True)
class DataSource:
    """Where a learner's data is.

    Attributes:
        address: ``host:port`` of the data server.
        tags: the project's data tags; datasets of any of them are fetched.
        window: seconds for which a server that does not answer is tried again.
        write: takes a line of log.
    """

    address: str
    tags: tuple[str, ...]
    window: float
    write: Callable[[str], None]


_sources: list[tuple[DataSource, Path]] = []


@contextmanager
def provided(source: DataSource) -> Iterator[None]:
    """Let ``load`` fetch from a source; the repository's code calls it without arguments.

    What is fetched is kept in files for as long as the block lasts, or a dataset that was made of them.
    """
    with tempfile.TemporaryDirectory(prefix="fedbake-data-") as folder:
        provision = (source, Path(folder))
        _sources.append(provision)
        try:
            yield
        finally:
            _sources.remove(provision)


def load() -> Any:
    """Everything the data server has for this learner's tags, as one ``datasets.Dataset`` in Arrow format.

    The tables are kept in files and mapped into memory, so that they may be larger than it. What their schema says
    about features, such as images, survives.

    Raises:
        DataError: nobody provides data here, the server has none for the tags, or its tables do not go together.
    """
    if not _sources:
        raise DataError("there is no data here: only a learner has some, once it calls ModelManager.set_model_data()")
    source, folder = _sources[-1]
    if not source.tags:
        raise DataError("this learner was started without data tags, so there is no data to fetch")
    return _joined(_fetched(source, Path(tempfile.mkdtemp(dir=folder))), source)


def _fetched(source: DataSource, folder: Path) -> list[Path]:
    """One file for each dataset of the server; everything is asked for anew until the server has answered."""
    import pyarrow.flight

    backoff = Backoff(source.window)
    while True:
        try:
            with pyarrow.flight.connect(f"grpc://{source.address}") as client:
                return _download(client, source, folder)
        except (pyarrow.flight.FlightUnavailableError, pyarrow.flight.FlightTimedOutError):
            source.write(f"waiting for the data server at {source.address}")
            if not backoff.wait():
                message = f"no data server answered at {source.address} for {source.window:.0f} seconds"
                raise DataError(message) from None
        except pyarrow.ArrowException as error:
            raise DataError(f"the data server at {source.address} failed: {_first_line(error)}") from error


def _download(client: Any, source: DataSource, folder: Path) -> list[Path]:
    import pyarrow
    import pyarrow.flight

    criteria = json.dumps({"data_tags": list(source.tags)}).encode()
    options = pyarrow.flight.FlightCallOptions(timeout=_CALL_SECONDS)
    files = []
    for number, flight in enumerate(client.list_flights(criteria, options)):
        # The address a flight advertises is the server's own 0.0.0.0: its ticket is redeemed on this connection.
        reader = client.do_get(flight.endpoints[0].ticket)
        path = folder / f"{number}.arrow"
        with pyarrow.OSFile(str(path), "wb") as sink, pyarrow.ipc.new_stream(sink, reader.schema) as writer:
            for chunk in reader:
                writer.write_batch(chunk.data)
        files.append(path)
    return files


def _joined(files: list[Path], source: DataSource) -> Any:
    import datasets

    tags = ", ".join(source.tags)
    if not files:
        raise DataError(f"the data server at {source.address} has no data for the tags {tags}")
    try:
        found = datasets.concatenate_datasets([datasets.Dataset.from_file(str(path)) for path in files])
    except ValueError as error:
        raise DataError(f"the data for the tags {tags} has tables that do not go together: {error}") from error
    source.write(f"data for the tags {tags}: {len(found)} examples from {len(files)} tables")
    return found.with_format("arrow")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
