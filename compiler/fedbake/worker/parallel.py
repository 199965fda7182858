"""Running a few long jobs at the same time, in threads that do not outlive the program."""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def run_all(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """Run all jobs at once and return their results in order.

    The first exception of any job is raised at once, and so is Ctrl-C: the threads are daemons, so nothing waits for
    the other jobs, and programs they started with ``setpriv --pdeathsig`` end together with this one.
    """
    done: queue.SimpleQueue[tuple[int, T | None, BaseException | None]] = queue.SimpleQueue()

    def work(number: int, job: Callable[[], T]) -> None:
        try:
            done.put((number, job(), None))
        except BaseException as error:  # handed to the caller, who raises it
            done.put((number, None, error))

    for number, job in enumerate(jobs):
        threading.Thread(target=work, args=(number, job), daemon=True).start()
    results: dict[int, T] = {}
    for _ in jobs:
        number, result, error = done.get()
        if error is not None:
            raise error
        results[number] = result  # type: ignore[assignment]  # a job without an exception has a result
    return [results[number] for number in range(len(jobs))]
