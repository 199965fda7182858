"""A learner's node: its data, and the data server (``data_server.py``) that runs beside it as a real process."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SERVER = Path(__file__).with_name("data_server.py")
_READY = "ready\n"


@contextmanager
def serving(python: Path, folder: Path, port: int) -> Iterator[str]:
    """Serve a folder of parquet files until the block ends; the address, as ``host:port``.

    Args:
        python: an interpreter that has pyarrow.
        folder: files named ``<tag>.<anything>.parquet``.
    """
    argv = [str(python), str(_SERVER), str(folder), "127.0.0.1", str(port)]
    environment = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=environment, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == _READY
            yield f"127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGKILL)
