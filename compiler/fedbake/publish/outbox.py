"""The outbox: what is to be sent is written here first, and is taken out when it has arrived.

One SQLite file for all builders of a worker. It survives the end of any of them, ``kill -9`` included. Messages to one
address leave in the order they were put in, one process at a time (`Outbox.turn`), so none is sent by two at once.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Self

from fedbake.publish.database import INSERT, Database
from fedbake.publish.flock import HeldLock
from fedbake.publish.notice import Address, Channel, Notice

KEPT_SECONDS = 7 * 24 * 3600
"""How long a message waits for somebody to hear it."""

KEPT_NOTICES = 10_000
"""How many messages wait for the manager, and how many for the observer; then the oldest is given up."""

_NOTICE = "id, project, channel, host, port, topic, body, created"


class _State(StrEnum):
    """What becomes of a message.

    The last three are of a builder's parting word, which there is one of from its start to its end: should the builder
    die, the next one finds it.
    """

    DUE = "due"
    SAID = "said"
    """Said, and kept back until the builder has finished."""

    UNSAID = "unsaid"
    """To be sent if the builder dies without a word."""

    ENTRUSTED = "entrusted"
    """The same, and the broker has it as the builder's last will: it will publish it itself."""


class Outbox:
    """The outbox as one builder, or the command that looks at it, sees it.

    Whatever happens to a builder's disk, this goes on: from the first error on it keeps the builder's messages in
    memory, and says so once.
    """

    def __init__(self, database: Database, run: str, report: Callable[[str], None] | None) -> None:
        self._database = database
        self._run = run
        self._report = report
        self._life: HeldLock | None = None
        self._has_given_up = False

    @classmethod
    def at(cls, path: Path) -> Self:
        """The outbox in a file, for looking at it.

        Raises:
            WorkerError: it cannot be used; every method raises this too.
        """
        return cls(Database.at(path), "", None)

    @classmethod
    def for_builder(cls, path: Path, run: str, report: Callable[[str], None]) -> Self:
        """The outbox of a builder, in memory if the file cannot be used.

        Args:
            run: an id of its own for this run of a builder.
            report: takes a line for the builder's log.
        """
        outbox = cls(Database.surviving(path, run, report), run, report)
        # Whoever can take this lock knows that the builder has ended.
        outbox._life = outbox._lock(f"run-{run}", HeldLock.make)
        return outbox

    @property
    def is_kept(self) -> bool:
        """Whether what is in it survives this process."""
        return self._database.locks is not None

    def put(self, *notices: Notice) -> None:
        """Put messages at the end."""
        self._database.write(*((INSERT, _row(notice, self._run, _State.DUE)) for notice in notices))
        for channel in {notice.address.channel for notice in notices}:
            self._give_up(
                "channel = ? AND sequence <= (SELECT sequence FROM notices WHERE channel = ? AND state = ?"
                " ORDER BY sequence DESC LIMIT 1 OFFSET ?)",
                (channel, channel, _State.DUE, KEPT_NOTICES),
            )

    def fear(self, notice: Notice) -> None:
        """Make this the parting word: what is sent if the builder dies before it says another one."""
        self._part_with(notice, _State.UNSAID)

    def say(self, notice: Notice) -> None:
        """Make this the parting word: it is sent when the builder has finished, or has died."""
        self._part_with(notice, _State.SAID)

    def entrusted(self, to_broker: bool) -> None:
        """Note whether the broker has the unsaid parting word as a last will."""
        state, before = (_State.ENTRUSTED, _State.UNSAID) if to_broker else (_State.UNSAID, _State.ENTRUSTED)
        self._database.write(("UPDATE notices SET state = ? WHERE run = ? AND state = ?", (state, self._run, before)))

    def part(self) -> None:
        """The builder has finished: its parting word may go, if it said one."""
        self._database.write(
            ("UPDATE notices SET state = ? WHERE run = ? AND state = ?", (_State.DUE, self._run, _State.SAID)),
            ("DELETE FROM notices WHERE run = ? AND state != ?", (self._run, _State.DUE)),
        )

    def next(self, address: Address) -> Notice | None:
        """The first message that is to go to an address, whosever it is."""
        where = "channel = ? AND host = ? AND port = ? AND state = ? ORDER BY sequence LIMIT 1"
        found = self._notices(where, (address.channel, address.host, address.port, _State.DUE))
        return found[0] if found else None

    def has_before(self, notice: Notice) -> bool:
        """Whether messages of the same project wait that were put in before this one."""
        where = "project = ? AND channel = ? AND state = ? AND sequence < (SELECT sequence FROM notices WHERE id = ?)"
        values = (notice.project, notice.address.channel, _State.DUE, notice.id)
        return bool(self._notices(f"{where} LIMIT 1", values))

    def remove(self, notice: Notice) -> None:
        """A message has arrived."""
        self._database.write(("DELETE FROM notices WHERE id = ?", (notice.id,)))

    def waiting(self) -> list[Notice]:
        """Everything that was said and has not arrived, in order."""
        return self._notices("state IN (?, ?) ORDER BY sequence", (_State.DUE, _State.SAID))

    def owed(self, channel: Channel) -> int:
        """How many messages of this builder wait for an audience."""
        query = "SELECT count(*) FROM notices WHERE run = ? AND channel = ? AND state IN (?, ?)"
        ((number,),) = self._database.read(query, (self._run, channel, _State.DUE, _State.SAID))
        return int(number)

    @contextmanager
    def turn(self, address: Address) -> Iterator[bool]:
        """Whether this process is the one that sends to an address while the block lasts."""
        name = sha256(str(address).encode()).hexdigest()[:32]
        held = self._lock(f"to-{name}")
        if held is None and self.is_kept:
            yield False
            return
        with held or nullcontext():
            yield True

    def tidy(self, now: float | None = None) -> list[Notice]:
        """Take over what builders left that were killed, and give up what is too old.

        Args:
            now: seconds since 1970.

        Returns:
            the parting words that go out because nobody else will say them.
        """
        oldest = (time.time() if now is None else now) - KEPT_SECONDS
        self._give_up("created < ?", (oldest,))
        return [notice for run in self._others() for notice in self._take_over(run)]

    def close(self, *, for_good: bool = True) -> None:
        """The builder has ended.

        Args:
            for_good: close the file as well: no thread uses it any more.
        """
        if for_good:
            self._database.close()
        if self._life is not None:
            self._life.remove()
            self._life = None

    def _part_with(self, notice: Notice, state: _State) -> None:
        self._database.write(
            ("DELETE FROM notices WHERE run = ? AND state != ?", (self._run, _State.DUE)),
            (INSERT, _row(notice, self._run, state)),
        )

    def _others(self) -> set[str]:
        """Builders that left a parting word or a lock."""
        query = "SELECT DISTINCT run FROM notices WHERE state != ?"
        runs = {run for (run,) in self._database.read(query, (_State.DUE,))}
        if self._database.locks is not None:
            runs.update(path.name.removeprefix("run-") for path in self._database.locks.glob("run-*"))
        return runs - {self._run}

    def _take_over(self, run: str) -> list[Notice]:
        life = self._lock(f"run-{run}")
        if life is None:
            return []
        try:
            left = self._notices("run = ? AND state IN (?, ?)", (run, _State.SAID, _State.UNSAID))
            self._database.write(
                ("DELETE FROM notices WHERE run = ? AND state != ?", (run, _State.DUE)),
                # At the end: what the builder said before waits already.
                *((INSERT, _row(notice, run, _State.DUE)) for notice in left),
            )
        finally:
            life.remove()
        return left

    def _give_up(self, where: str, values: Sequence[object]) -> None:
        deleted = self._database.write((f"DELETE FROM notices WHERE state = ? AND {where}", (_State.DUE, *values)))  # noqa: S608
        if deleted and not self._has_given_up and self._report is not None:
            self._has_given_up = True
            limits = f"older than {KEPT_SECONDS // 86400} days, or more than {KEPT_NOTICES}"
            self._report(f"notifications that nobody could be told are given up from now on: they are {limits}")

    def _notices(self, where: str, values: Sequence[object]) -> list[Notice]:
        rows = self._database.read(f"SELECT {_NOTICE} FROM notices WHERE {where}", values)  # noqa: S608
        return [
            Notice(identity, project, Address(Channel(channel), host, port), topic, body, created)
            for identity, project, channel, host, port, topic, body, created in rows
        ]

    def _lock(self, name: str, take: Callable[[Path], HeldLock | None] = HeldLock.take) -> HeldLock | None:
        """A lock between processes; ``None`` if another has it, or there is no file to share."""
        if self._database.locks is None:
            return None
        try:
            return take(self._database.locks / name)
        except OSError as error:
            self._database.broken(error)
            return None


def _row(notice: Notice, run: str, state: _State) -> tuple[object, ...]:
    address = notice.address
    where = (address.channel, address.host, address.port)
    return (notice.id, run, state, *where, notice.project, notice.topic, notice.body, notice.created)
