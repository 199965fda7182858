"""Makes the helpers beside this file importable from every folder of tests; shares tests among processes (`-n 2`)."""

import pytest
from xdist import is_xdist_worker
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# They use the one engine and registry of this machine, ports that are fixed, or stop what they started ...
_OF_THE_MACHINE = ("tests/e2e/", "tests/faults/")
# ... but for these, which only plan.
_OF_NO_MACHINE = tuple(
    f"tests/e2e/test_{name}.py" for name in ("broken_repositories", "determinism", "git_transports", "installed")
)


def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """What has to stay in one process comes first: it takes longest, and the other takes on the rest meanwhile."""
    if is_xdist_worker(session):
        items.sort(key=lambda item: not _needs_the_machine(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return _Shared(config, log)


class _Shared(LoadFileScheduling):
    """Gives each process whole files, as their tests share what takes long to make, and one all of the machine's."""

    def _split_scope(self, nodeid: str) -> str:
        return "the machine" if _needs_the_machine(nodeid) else super()._split_scope(nodeid)


def _needs_the_machine(nodeid: str) -> bool:
    return nodeid.startswith(_OF_THE_MACHINE) and not nodeid.startswith(_OF_NO_MACHINE)
