"""Ports of tests belong to one test process at a time, and never to a connection."""

import subprocess
import sys
from pathlib import Path

from ports import free_port

TESTS = Path(__file__).parents[1]
# Both begin to look at the same place.
TAKE = """
import random, sys
from ports import free_port
random.seed(7)
print(*(free_port() for _ in range(50)), flush=True)
sys.stdin.read()
"""


def test_two_processes_at_a_time_are_never_given_the_same_port() -> None:
    argv = [sys.executable, "-c", TAKE]
    with subprocess.Popen(argv, cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        taken = one.stdout.readline().split()
        other = subprocess.run(argv, cwd=TESTS, input="", capture_output=True, text=True, check=True)
        one.communicate()
    assert len({*taken, *other.stdout.split()}) == 100


def test_no_connection_is_ever_given_such_a_port() -> None:
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    assert all(not low <= free_port() <= high for _ in range(20))
