"""Network bridges for engines beside the machine's own.

An engine told to use no bridge at all removes ``docker0`` when it starts, which belongs to the machine's engine; one
told to use another bridge expects to find it. So each further engine gets a bridge of its own (linux/sockios.h).
"""

import fcntl
import hashlib
import socket
import struct
from pathlib import Path

from fedbake.errors import WorkerError

STANDARD_BRIDGE = "docker0"
"""The bridge an engine makes by itself."""

_ADD_BRIDGE = 0x89A0
_DELETE_BRIDGE = 0x89A1
_SET_FLAGS = 0x8914
_INTERFACES = Path("/sys/class/net")


def bridge_name(folder: Path) -> str:
    """A name for the bridge of an engine in this folder; the kernel allows 15 bytes."""
    return f"fb-{hashlib.sha256(str(folder).encode()).hexdigest()[:10]}"


def add_bridge(name: str) -> None:
    """Make a bridge unless it is there.

    Raises:
        WorkerError: the kernel refuses.
    """
    if not (_INTERFACES / name).exists():
        _control(_ADD_BRIDGE, name, name.encode() + b"\0")


def remove_bridge(name: str) -> None:
    """Take down and remove a bridge when it is there.

    Raises:
        WorkerError: the kernel refuses.
    """
    if (_INTERFACES / name).exists():
        # struct ifreq with no flag set: a bridge that is up cannot be removed.
        _control(_SET_FLAGS, name, struct.pack("16sh22x", name.encode(), 0))
        _control(_DELETE_BRIDGE, name, name.encode() + b"\0")


def _control(request: int, name: str, argument: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        try:
            fcntl.ioctl(control, request, argument)
        except OSError as error:
            message = f"the kernel refuses the network bridge {name}: {error.strerror}"
            raise WorkerError(message, hint="network bridges take root") from error
