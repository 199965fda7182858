"""TCP ports for the servers of tests, which learn their port before they listen on it."""

import fcntl
import functools
import os
import random
import socket
from collections.abc import Iterator
from pathlib import Path

import platformdirs

_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST, _LAST = 10_000, 65_535


def free_port() -> int:
    """A port nobody listens on, and nobody else is given while this process lives.

    It is none of those the system gives to connections: between now and the moment the server listens, any connection
    of any program could be given it, even one that a client of the server makes to that very port.
    """
    return next(_ports())


@functools.cache
def _ports() -> Iterator[int]:
    """Free ports of this process, none of them twice."""
    return filter(_is_free, filter(_is_ours, _candidates()))


def _candidates() -> Iterator[int]:
    """The larger part of what is left and right of the ports for connections, from a random place on."""
    low, high = map(int, _EPHEMERAL.read_text(encoding="ascii").split())
    ports = max(range(_FIRST, low), range(high + 1, _LAST + 1), key=len)
    start = random.randrange(len(ports))
    yield from ports[start:]
    yield from ports[:start]


def _is_ours(port: int) -> bool:
    """Take a port for this process: a lock on one byte of a file all processes know, which ends with the process."""
    try:
        fcntl.lockf(_taken(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@functools.cache
def _taken() -> int:
    """The file, open until the process ends: closing it would give all of the process's locks away."""
    file = platformdirs.user_cache_path("fedbake-tests", ensure_exists=True) / "ports"
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
