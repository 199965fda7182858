"""A project observer as the FLOps contract describes it: one read of 1,024 bytes per connection, strict UTF-8.

FLOps' own observer is not published as a package; this one keeps to the contract's section "Observer TCP protocol".
"""

import socket
import threading
from types import TracebackType
from typing import Self


class Observer:
    """Listens on 127.0.0.1 in a thread; ``port`` is where, ``heard`` what it read, in order."""

    def __init__(self, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port), backlog=1)
        self.port: int = self._socket.getsockname()[1]
        self.heard: list[str] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                # A character that was cut ends the real observer's loop; here it fails the test that reads `heard`.
                text = connection.recv(1024).decode("utf-8")
                self.heard.append(text)
                connection.sendall(f"Message received: {text}".encode())
