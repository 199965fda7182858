"""A data server over a folder of parquet files, for the rehearsal inside of a learner image."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.flight
import pyarrow.parquet


class _Samples(pyarrow.flight.FlightServerBase):  # type: ignore[misc]
    """Serves every file of the folder, whatever tags are asked for."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(f"grpc://127.0.0.1:{port}")
        self._folder = folder

    def list_flights(self, context: object, criteria: bytes) -> Iterator[pyarrow.flight.FlightInfo]:  # noqa: ARG002
        """One flight for each file."""
        for path in sorted(self._folder.glob("*.parquet")):
            endpoint = pyarrow.flight.FlightEndpoint(path.name.encode(), [])
            descriptor = pyarrow.flight.FlightDescriptor.for_path(path.name)
            yield pyarrow.flight.FlightInfo(pyarrow.parquet.read_schema(path), descriptor, [endpoint], -1, -1)

    def do_get(self, context: object, ticket: pyarrow.flight.Ticket) -> pyarrow.flight.RecordBatchStream:  # noqa: ARG002
        """One file as a stream."""
        return pyarrow.flight.RecordBatchStream(pyarrow.parquet.read_table(self._folder / ticket.ticket.decode()))


if __name__ == "__main__":
    _Samples(Path(sys.argv[1]), int(sys.argv[2])).serve()
