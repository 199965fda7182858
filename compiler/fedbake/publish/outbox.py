"""The outbox: what is to be sent is written here first, and is taken out when it has arrived.

One SQLite file for all builders of a worker. It survives the end of any of them, ``kill -9`` included. Messages to one
address leave in the order they were put in, one process at a time (`Outbox.turn`), so none is sent by two at once.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from fedbake.errors import WorkerError
from fedbake.publish.flock import HeldLock
from fedbake.publish.notice import Address, Channel, Notice

KEPT_SECONDS = 7 * 24 * 3600
"""How long a message waits for somebody to hear it."""

KEPT_NOTICES = 10_000
"""How many messages wait for the manager, and how many for the observer; then the oldest is given up."""

_BUSY_SECONDS = 5.0
_VERSION = 1
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS notices (
         sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, run TEXT NOT NULL, state TEXT NOT NULL,
         channel TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL,
         project TEXT NOT NULL, topic TEXT, body TEXT NOT NULL, created REAL NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS by_address ON notices (channel, host, port, state, sequence)",
    f"PRAGMA user_version = {_VERSION}",
)
_COLUMNS = "id, run, state, channel, host, port, project, topic, body, created"
_INSERT = f"INSERT OR REPLACE INTO notices ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_NOTICE = "id, project, channel, host, port, topic, body, created"
_UNUSABLE = (OSError, sqlite3.Error)

_Statement = tuple[str, Sequence[object]]


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

    def __init__(self, database: sqlite3.Connection, run: str, locks: Path | None) -> None:
        self._database = database
        self._run = run
        self._locks = locks
        self._life: HeldLock | None = None
        self._report: Callable[[str], None] | None = None
        self._mutex = threading.RLock()
        self._has_given_up = False

    @classmethod
    def at(cls, path: Path) -> Self:
        """The outbox in a file, for looking at it.

        Raises:
            WorkerError: it cannot be used; every method raises this too.
        """
        try:
            return cls(_opened(path), "", _lock_folder(path))
        except _UNUSABLE as error:
            raise _unusable(error, path) from None

    @classmethod
    def for_builder(cls, path: Path, run: str, report: Callable[[str], None]) -> Self:
        """The outbox of a builder, in memory if the file cannot be used.

        Args:
            run: an id of its own for this run of a builder.
            report: takes a line for the builder's log.
        """
        try:
            outbox = cls(_opened(path), run, _lock_folder(path))
        except _UNUSABLE as error:
            outbox = cls(_in_memory(), run, None)
            report(_without_file(error))
            return outbox
        outbox._report = report
        try:
            # Whoever can take this lock knows that the builder has ended.
            outbox._life = HeldLock.take(_lock_folder(path) / f"run-{run}")
        except OSError as error:
            outbox._go_on_in_memory(error)
        return outbox

    @property
    def is_kept(self) -> bool:
        """Whether what is in it survives this process."""
        return self._locks is not None

    def put(self, *notices: Notice) -> None:
        """Put messages at the end."""
        self._write(*((_INSERT, _row(notice, self._run, _State.DUE)) for notice in notices))
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
        self._write(("UPDATE notices SET state = ? WHERE run = ? AND state = ?", (state, self._run, before)))

    def part(self) -> None:
        """The builder has finished: its parting word may go, if it said one."""
        self._write(
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
        self._write(("DELETE FROM notices WHERE id = ?", (notice.id,)))

    def waiting(self) -> list[Notice]:
        """Everything that was said and has not arrived, in order."""
        return self._notices("state IN (?, ?) ORDER BY sequence", (_State.DUE, _State.SAID))

    def owed(self, channel: Channel) -> int:
        """How many messages of this builder wait for an audience."""
        where = "run = ? AND channel = ? AND state IN (?, ?)"
        return len(self._notices(where, (self._run, channel, _State.DUE, _State.SAID)))

    @contextmanager
    def turn(self, address: Address) -> Iterator[bool]:
        """Whether this process is the one that sends to an address while the block lasts."""
        held: HeldLock | nullcontext[None] | None = nullcontext()
        if self._locks is not None:
            name = sha256(str(address).encode()).hexdigest()[:32]
            try:
                held = HeldLock.take(self._locks / f"to-{name}")
            except OSError as error:
                self._broken(error)
        if held is None:
            yield False
            return
        with held:
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
        with self._mutex:
            if for_good:
                with suppress(sqlite3.Error):
                    self._database.close()
            if self._life is not None:
                self._life.remove()
                self._life = None

    def _part_with(self, notice: Notice, state: _State) -> None:
        self._write(
            ("DELETE FROM notices WHERE run = ? AND state != ?", (self._run, _State.DUE)),
            (_INSERT, _row(notice, self._run, state)),
        )

    def _others(self) -> set[str]:
        """Builders that left a parting word or a lock."""
        query = "SELECT DISTINCT run FROM notices WHERE state != ?"
        runs = {run for (run,) in self._read(query, (_State.DUE,))}
        if self._locks is not None:
            runs.update(path.name.removeprefix("run-") for path in self._locks.glob("run-*"))
        return runs - {self._run}

    def _take_over(self, run: str) -> list[Notice]:
        if self._locks is None:
            return []
        try:
            life = HeldLock.take(self._locks / f"run-{run}")
        except OSError as error:
            self._broken(error)
            return []
        if life is None:
            return []
        try:
            left = self._notices("run = ? AND state IN (?, ?)", (run, _State.SAID, _State.UNSAID))
            self._write(
                ("DELETE FROM notices WHERE run = ? AND state != ?", (run, _State.DUE)),
                # At the end: what the builder said before waits already.
                *((_INSERT, _row(notice, run, _State.DUE)) for notice in left),
            )
        finally:
            life.remove()
        return left

    def _give_up(self, where: str, values: Sequence[object]) -> None:
        deleted = self._write((f"DELETE FROM notices WHERE state = ? AND {where}", (_State.DUE, *values)))  # noqa: S608
        if deleted and not self._has_given_up and self._report is not None:
            self._has_given_up = True
            limits = f"older than {KEPT_SECONDS // 86400} days, or more than {KEPT_NOTICES}"
            self._report(f"notifications that nobody could be told are given up from now on: they are {limits}")

    def _notices(self, where: str, values: Sequence[object]) -> list[Notice]:
        rows = self._read(f"SELECT {_NOTICE} FROM notices WHERE {where}", values)  # noqa: S608
        return [
            Notice(identity, project, Address(Channel(channel), host, port), topic, body, created)
            for identity, project, channel, host, port, topic, body, created in rows
        ]

    def _read(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._mutex:
            try:
                return self._database.execute(query, values).fetchall()
            except sqlite3.Error as error:
                self._broken(error)
                return self._database.execute(query, values).fetchall()

    def _write(self, *statements: _Statement) -> int:
        """Do all of it or nothing; returns how many rows the last statement changed."""
        with self._mutex:
            try:
                return _transaction(self._database, statements)
            except sqlite3.Error as error:
                self._broken(error)
                return _transaction(self._database, statements)

    def _broken(self, error: Exception) -> None:
        """Go on without the file.

        Raises:
            WorkerError: this is not a builder's outbox, or it is in memory already.
        """
        with self._mutex:
            if self._report is None or self._locks is None:
                raise _unusable(error, None) from None
            self._go_on_in_memory(error)

    def _go_on_in_memory(self, error: Exception) -> None:
        own: list[tuple[object, ...]] = []
        with suppress(sqlite3.Error):
            query = f"SELECT {_COLUMNS} FROM notices WHERE run = ? ORDER BY sequence"  # noqa: S608
            own = self._database.execute(query, (self._run,)).fetchall()
        with suppress(sqlite3.Error):
            self._database.close()
        self._database = _in_memory()
        self._locks = None
        _transaction(self._database, [(_INSERT, row) for row in own])
        if self._report is not None:
            self._report(_without_file(error))


def _opened(path: Path) -> sqlite3.Connection:
    """The database in a file, made where it is not there.

    Raises:
        OSError, sqlite3.Error: it cannot be used.
    """
    _lock_folder(path).mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # Written with the next checkpoint, not with every message: a builder's disk is busy, and a process that is
        # killed loses nothing by it.
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        ((version,),) = database.execute("PRAGMA user_version")
        if version not in {0, _VERSION}:
            raise sqlite3.DatabaseError("another release of fedbake wrote it")
        if version == 0:
            _transaction(database, [(statement, ()) for statement in _SCHEMA])
    except BaseException:
        database.close()
        raise
    return database


def _in_memory() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _transaction(database, [(statement, ()) for statement in _SCHEMA])
    return database


def _transaction(database: sqlite3.Connection, statements: Sequence[_Statement]) -> int:
    changed = 0
    with closing(database.cursor()) as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        try:
            for statement, values in statements:
                changed = cursor.execute(statement, values).rowcount
            cursor.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                cursor.execute("ROLLBACK")
            raise
    return changed


def _row(notice: Notice, run: str, state: _State) -> tuple[object, ...]:
    address = notice.address
    where = (address.channel, address.host, address.port)
    return (notice.id, run, state, *where, notice.project, notice.topic, notice.body, notice.created)


def _lock_folder(path: Path) -> Path:
    return path.with_suffix(".locks")


def _without_file(error: Exception) -> str:
    return f"the outbox cannot be used ({error}): notifications that cannot be delivered are lost when this run ends"


def _unusable(error: Exception, path: Path | None) -> WorkerError:
    where = str(path) if path is not None else None
    return WorkerError(f"the outbox cannot be used: {error}", where=where, hint="see FEDBAKE_STATE_DIR")
