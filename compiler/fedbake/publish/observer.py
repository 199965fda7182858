"""Telling the project observer, over TCP, as the FLOps contract's section "Observer TCP protocol" says.

It serves one connection at a time and reads once from each: a text of 1,024 bytes at most goes into one connection, and
its answer says that the text was read.
"""

import socket
import time

from fedbake.publish.notice import Address, Notice
from fedbake.publish.wording import OBSERVER_BYTES

_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 3.0
_ANSWER_BYTES = len("Message received: ") + OBSERVER_BYTES


def tell(address: Address, notice: Notice) -> None:
    """Send one text and wait for the answer.

    Raises:
        OSError: the observer cannot be reached, or did not answer in time.
    """
    with socket.create_connection((address.host, address.port), _CONNECT_SECONDS) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        connection.sendall(notice.body.encode())
        if not _answer(connection):
            raise ConnectionError("it did not answer")


def _answer(connection: socket.socket) -> int:
    """How many bytes were answered: all of the answer is read, for an end before it would be an error there."""
    deadline = time.monotonic() + _ANSWER_SECONDS
    received = 0
    while received < _ANSWER_BYTES:
        connection.settimeout(max(deadline - time.monotonic(), 0.01))
        try:
            part = connection.recv(_ANSWER_BYTES - received)
        except OSError:
            # Whatever came is an answer, however the connection ended.
            if received:
                break
            raise
        if not part:
            break
        received += len(part)
    return received
