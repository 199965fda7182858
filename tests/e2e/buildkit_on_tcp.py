"""A BuildKit that listens on TCP: the one inside of the machine's engine, whose interface buildx passes on.

Sites run ``buildkitd`` for this; for a client the two are the same, a gRPC service at an address.
"""

import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_CHUNK = 65_536
_PASS_ON = ["docker", "buildx", "--builder=default", "dial-stdio", "--progress=plain"]


class _Connection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with subprocess.Popen(
            _PASS_ON, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        ) as buildkit:
            assert buildkit.stdin is not None
            assert buildkit.stdout is not None
            threading.Thread(target=self._send, args=(buildkit,), daemon=True).start()
            with suppress(OSError):
                while part := buildkit.stdout.read(_CHUNK):
                    self.request.sendall(part)
            buildkit.terminate()

    def _send(self, buildkit: "subprocess.Popen[bytes]") -> None:
        assert buildkit.stdin is not None
        with suppress(OSError), buildkit.stdin:
            while part := self.request.recv(_CHUNK):
                buildkit.stdin.write(part)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def buildkit_on_tcp() -> Iterator[str]:
    """Its address, ``tcp://127.0.0.1:PORT``."""
    with _Server(("127.0.0.1", 0), _Connection) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
