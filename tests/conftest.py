"""Makes the helpers beside this file importable from every folder of tests; shares tests among processes (`-n 2`)."""

import pytest
from xdist import is_xdist_worker
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# They use the one engine and registry of this machine, ports that are fixed, or stop what they started.
_OF_THE_MACHINE = ("tests/e2e/", "tests/faults/")


def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """What must not be shared comes first: it takes longest, and what is left is shared while it runs."""
    if is_xdist_worker(session):
        items.sort(key=lambda item: not item.nodeid.startswith(_OF_THE_MACHINE))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return _ByFile(config, log)


class _ByFile(LoadFileScheduling):
    """Gives whole files to a process, so that what a file's tests share is made once; all of the machine's to one."""

    def _split_scope(self, nodeid: str) -> str:
        return _OF_THE_MACHINE[0] if nodeid.startswith(_OF_THE_MACHINE) else super()._split_scope(nodeid)
