"""A learner node's data server, as the FLOps contract describes it: Arrow Flight over a folder of parquet files.

FLOps' own server is not published as a package; this one is written from the contract's section "Data server" and keeps
to it: criteria are JSON with ``data_tags``, a file belongs to the tag before its first dot, and the advertised location
is unusable. Run by an interpreter that has pyarrow: ``python data_server.py FOLDER HOST PORT``.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.flight
import pyarrow.parquet


class DataServer(pyarrow.flight.FlightServerBase):
    """Serves the parquet files of a folder."""

    def __init__(self, folder: Path, host: str, port: int) -> None:
        super().__init__(f"grpc://{host}:{port}")
        self._folder = folder

    def list_flights(self, context: object, criteria: bytes) -> Iterator[pyarrow.flight.FlightInfo]:
        """The datasets of any of the tags."""
        tags = json.loads(criteria)["data_tags"]
        for path in sorted(self._folder.glob("*.parquet")):
            if path.name.partition(".")[0] in tags:
                yield self._info(path)

    def do_get(self, context: object, ticket: pyarrow.flight.Ticket) -> pyarrow.flight.RecordBatchStream:
        """One dataset as a stream."""
        table = pyarrow.parquet.read_table(self._folder / Path(ticket.ticket.decode()).name)
        return pyarrow.flight.RecordBatchStream(table)

    def do_put(self, context: object, descriptor: object, reader: object, writer: object) -> None:
        """Keep a dataset under the name its descriptor gives."""
        name = Path(descriptor.path[0].decode()).name
        pyarrow.parquet.write_table(reader.read_all(), self._folder / name)

    def _info(self, path: Path) -> pyarrow.flight.FlightInfo:
        endpoint = pyarrow.flight.FlightEndpoint(path.name.encode(), ["grpc://0.0.0.0:11027"])
        descriptor = pyarrow.flight.FlightDescriptor.for_path(path.name)
        table = pyarrow.parquet.ParquetFile(path)
        rows = table.metadata.num_rows
        return pyarrow.flight.FlightInfo(table.schema_arrow, descriptor, [endpoint], rows, path.stat().st_size)


if __name__ == "__main__":
    server = DataServer(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
    print("ready", flush=True)
    server.serve()
