"""Makes the helpers beside this file importable from every folder of tests; shares tests among processes (`-n 2`)."""

import signal

import pytest
from xdist import is_xdist_worker
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# They bake on the one engine of this machine, use ports that are fixed, or stop what they started ...
_OF_THE_MACHINE = (
    *("tests/e2e/", "tests/faults/"),
    *(f"tests/attacks/test_{name}_attacks.py" for name in ("bake", "flops")),
)
# ... but for these: most only plan, and the federations, which take longest, share neither names nor ports.
_ANYWHERE = tuple(
    f"tests/e2e/test_{name}.py"
    for name in ("broken_repositories", "determinism", "full_federation", "git_transports", "installed")
)


def pytest_configure() -> None:
    """Let programs be interrupted: what a shell starts in the background ignores SIGINT, and so do all it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that all processes end at about the same time."""
    if is_xdist_worker(session):
        items.sort(key=lambda item: (not _needs_the_machine(item.nodeid), not item.nodeid.startswith(_OF_THE_MACHINE)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return _Shared(config, log)


class _Shared(LoadFileScheduling):
    """Gives each process whole files, as their tests share what takes long to make, and one all of the machine's."""

    def _split_scope(self, nodeid: str) -> str:
        return "the machine" if _needs_the_machine(nodeid) else super()._split_scope(nodeid)


def _needs_the_machine(nodeid: str) -> bool:
    return nodeid.startswith(_OF_THE_MACHINE) and not nodeid.startswith(_ANYWHERE)
