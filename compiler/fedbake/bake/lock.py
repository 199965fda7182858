"""One builder per plan and worker: who comes second waits, and finds the images there."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fedbake.errors import WorkerError
from fedbake.publish.flock import HeldLock

_POLL_SECONDS = 0.05


@contextmanager
def plan_lock(folder: Path, plan_id: str, on_wait: Callable[[], None]) -> Iterator[bool]:
    """Hold the lock of a plan; gives whether another builder had it first.

    The kernel releases the lock with the process that holds it (flock(2)), however that ends, so that none is ever
    stale. Whoever held it removes its file.

    Args:
        folder: where the locks of this worker lie.
        plan_id: of the plan.
        on_wait: called once when another builder has it.

    Raises:
        WorkerError: the folder cannot be written.
    """
    path = folder / f"{plan_id}.lock"
    waited = False
    while (held := _take(path)) is None:
        if not waited:
            waited = True
            on_wait()
        time.sleep(_POLL_SECONDS)
    try:
        yield waited
    finally:
        held.remove()


def _take(path: Path) -> HeldLock | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return HeldLock.take(path)
    except OSError as error:
        hint = "FEDBAKE_STATE_DIR names another folder; it needs to be writable, and on a disk that is not full"
        raise WorkerError(f"a lock cannot be made: {error.strerror}", where=str(path.parent), hint=hint) from error
