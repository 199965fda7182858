"""What one builder tells the manager and the project observer, from its start to its last word."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from fedbake.names import project_id
from fedbake.publish.audience import Audience
from fedbake.publish.delivery import Courier, ManagerLine, ObserverLine
from fedbake.publish.notice import (
    Address,
    Channel,
    Notice,
    Status,
    Subject,
    failure,
    timings_text,
    to_manager,
    to_observer,
)
from fedbake.publish.outbox import Outbox
from fedbake.worker.waiting import wait_until

WITHOUT_A_WORD = "the builder ended without a word: it was killed, or its machine failed"
"""What the manager hears of a builder that could not say it itself."""

OBSERVER_SECONDS = 5.0
MANAGER_SECONDS = 10.0
"""How long the end of a builder waits for the observer to hear the rest, and then for the manager."""

_SETTLE_SECONDS = 2.0
_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class _Wires:
    """What is open while a builder runs."""

    outbox: Outbox
    line: ManagerLine
    manager: Courier
    observer: Courier


class Notifications:
    """Tells the manager and the observer how a builder goes, while its block lasts.

    Nothing here waits for a broker or an observer, and nothing they do raises. Each message is put into the outbox and
    delivered in the background; leaving the block waits a bounded time for what is left, the observer's first, the
    manager's last word last. What is not delivered then stays for the next builder. While the block lasts, the broker
    has a last will: a builder that is killed is reported as failed.
    """

    def __init__(
        self, project: str, subject: str, audience: Audience | None, outbox: Path, report: Callable[[str], None]
    ) -> None:
        """Prepare; nothing is opened before the block is entered.

        Args:
            project: the FLOps project's id.
            subject: which builder speaks: `Subject` has the two there are.
            audience: who is told; ``None`` when notifications are switched off.
            outbox: the file of the worker's outbox.
            report: takes a line for the builder's own log, from any thread.

        Raises:
            UsageError: the project's id is none.
            ValueError: there is no such subject.
        """
        self._project = project_id(project)
        self._subject = Subject(subject)
        self._path = outbox
        self._report = report
        self._wires: _Wires | None = None
        self._audience = audience

    def started(self) -> None:
        """The builder has begun; for the manager."""
        self._tell_manager(lambda to: to_manager(to, self._project, self._subject, Status.STARTED, {}))

    def tell(self, text: str) -> None:
        """Something a user waits for; for the observer."""
        if self._audience is not None and self._wires is not None:
            address = _observer_of(self._audience)
            self._wires.outbox.put(*to_observer(address, self._project, text))
            self._wires.observer.wake()

    def failed(self, message: str) -> None:
        """The builder failed, and why: for both, as the last word."""
        self.tell(message)
        self._last_word(lambda to: failure(to, self._project, self._subject, message))

    def success(self, timings: Mapping[str, float]) -> None:
        """Everything is finished: for both, as the last word.

        Args:
            timings: seconds by the contract's keys, in its order.
        """
        texts = timings_text(timings)
        seconds = {name: round(value, 3) for name, value in timings.items()}
        self.tell(json.dumps(texts))
        self._last_word(lambda to: to_manager(to, self._project, self._subject, Status.SUCCESS, texts, seconds=seconds))

    def __enter__(self) -> Self:
        if self._audience is not None:
            self._wires = self._open(self._audience)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._wires is None:
            return
        if kind is not None and self._wires.line.word is None:
            self.failed(WITHOUT_A_WORD)
        try:
            self._finish(self._wires)
        finally:
            self._close(self._wires)
            self._wires = None

    def _open(self, audience: Audience) -> _Wires:
        outbox = Outbox.for_builder(self._path, uuid.uuid4().hex, self._report)
        for notice in outbox.tidy():
            self._report(f"an earlier builder of project {notice.project} was killed; the manager is told now")
        address = _manager_of(audience)
        will = failure(address, self._project, self._subject, WITHOUT_A_WORD)
        outbox.fear(will)
        line = ManagerLine(address, outbox)
        line.fear = will
        manager = Courier(outbox, address, line, self._report)
        line.on_lost = manager.wake
        to_whom = _observer_of(audience)
        observer = Courier(outbox, to_whom, ObserverLine(to_whom), self._report)
        manager.start()
        observer.start()
        return _Wires(outbox, line, manager, observer)

    def _tell_manager(self, notice_to: Callable[[Address], Notice]) -> None:
        if self._audience is not None and self._wires is not None:
            self._wires.outbox.put(notice_to(_manager_of(self._audience)))
            self._wires.manager.wake()

    def _last_word(self, notice_to: Callable[[Address], Notice]) -> None:
        """Keep it until the block is left; from now on it is the last will, too."""
        if self._audience is not None and self._wires is not None:
            notice = notice_to(_manager_of(self._audience))
            self._wires.outbox.say(notice)
            self._wires.line.word = notice
            self._wires.manager.wake()

    def _finish(self, wires: _Wires) -> None:
        outbox = wires.outbox
        wires.observer.hurry()
        wait_until(lambda: not outbox.owed(Channel.OBSERVER), OBSERVER_SECONDS, _POLL_SECONDS)
        # Another process may deliver the last word: before it can, no broker may have a will that says otherwise.
        wires.manager.hurry()
        wait_until(lambda: wires.line.is_settled, _SETTLE_SECONDS, _POLL_SECONDS)
        outbox.part()
        wires.manager.hurry()
        wait_until(lambda: not outbox.owed(Channel.MANAGER), MANAGER_SECONDS, _POLL_SECONDS)

    def _close(self, wires: _Wires) -> None:
        wires.outbox.part()
        wires.observer.stop()
        wires.manager.stop()
        have_stopped = [wires.manager.has_stopped(_STOP_SECONDS), wires.observer.has_stopped(_POLL_SECONDS)]
        left = wires.outbox.owed(Channel.OBSERVER) + wires.outbox.owed(Channel.MANAGER)
        if left and wires.outbox.is_kept:
            self._report(f"{left} notifications were not delivered; the next builder of this worker sends them first")
        elif left:
            self._report(f"{left} notifications were not delivered and are lost")
        wires.outbox.close(for_good=all(have_stopped))


def _manager_of(audience: Audience) -> Address:
    return Address(Channel.MANAGER, audience.mqtt_host, audience.mqtt_port)


def _observer_of(audience: Audience) -> Address:
    return Address(Channel.OBSERVER, audience.observer_host, audience.observer_port)
