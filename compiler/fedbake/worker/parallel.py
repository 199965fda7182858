"""Running a few long jobs at the same time, each in a process of its own.

Threads would not do: Ctrl-C reaches only a program's main thread, and the programs the jobs started would run on. Here
each job has a main thread of its own, is interrupted once, and gets the time to clean up.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from fedbake.errors import FedbakeError

T = TypeVar("T")
Report = Callable[[str], None]
_CLEANUP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Line:
    text: str


@dataclass(frozen=True, slots=True)
class _Result(Generic[T]):
    value: T


def run_all(jobs: Sequence[Callable[[Report], T]], report: Report) -> list[T]:
    """Run all jobs at once and return their results in order.

    Args:
        jobs: functions of modules (or `functools.partial` of them): they are sent to other processes.
        report: called with each line any job reports.

    Raises:
        FedbakeError: the first one a job raised; the others are interrupted.
        KeyboardInterrupt: the user interrupted; every job was interrupted and has ended.
        RuntimeError: a job's process ended without an answer, which is a defect.
    """
    # A fresh interpreter: forking a process that has threads is not safe.
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe(duplex=False) for _ in jobs]
    workers = [context.Process(target=_work, args=(job, pipe[1])) for job, pipe in zip(jobs, pipes, strict=True)]
    try:
        for worker in workers:
            worker.start()
        for _, sender in pipes:
            sender.close()
        return _collect([receiver for receiver, _ in pipes], report)
    finally:
        _end(workers)


def _work(job: Callable[[Report], Any], sender: "Connection[Any, Any]") -> None:
    """What a job's process does. In a session of its own, a terminal's Ctrl-C reaches it only through its parent."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_interrupt_when_alone, daemon=True).start()
    # When the parent has gone there is nobody left to tell.
    with suppress(KeyboardInterrupt, BrokenPipeError):
        try:
            sender.send(_Result(job(lambda text: sender.send(_Line(text)))))
        except FedbakeError as error:
            sender.send(error)


def _interrupt_when_alone() -> None:
    """Wait for the parent to end, however it does, and interrupt the job then."""
    parent = multiprocessing.parent_process()
    main = threading.main_thread().ident
    if parent is not None and main is not None:
        wait([parent.sentinel])
        signal.pthread_kill(main, signal.SIGINT)


def _collect(receivers: "list[Connection[Any, Any]]", report: Report) -> list[Any]:
    results: dict[int, Any] = {}
    while len(results) < len(receivers):
        pending = {number: one for number, one in enumerate(receivers) if number not in results}
        ready = wait(pending.values())
        for number, receiver in pending.items():
            if receiver in ready:
                message = _receive(receiver)
                if isinstance(message, _Line):
                    report(message.text)
                else:
                    results[number] = message.value
    return [results[number] for number in range(len(receivers))]


def _receive(receiver: "Connection[Any, Any]") -> _Line | _Result[Any]:
    try:
        message: _Line | _Result[Any] | FedbakeError = receiver.recv()
    except EOFError:
        raise RuntimeError("a job ended without an answer") from None
    if isinstance(message, FedbakeError):
        raise message
    return message


def _end(workers: Sequence[multiprocessing.process.BaseProcess]) -> None:
    started = [worker for worker in workers if worker.pid is not None]
    for worker in started:
        if worker.is_alive() and worker.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGINT)
    for worker in started:
        worker.join(_CLEANUP_SECONDS)
        if worker.is_alive():
            worker.kill()
            worker.join()
