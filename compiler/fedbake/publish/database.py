"""The outbox's SQLite file, and the memory that takes its place when it cannot be used."""

import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Self

from fedbake.errors import WorkerError

COLUMNS = "id, run, state, channel, host, port, project, topic, body, created"
Statement = tuple[str, Sequence[object]]

_BUSY_SECONDS = 5.0
_VERSION = 1
_SCHEMA: tuple[Statement, ...] = (
    (
        """CREATE TABLE IF NOT EXISTS notices (
             sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, run TEXT NOT NULL,
             state TEXT NOT NULL, channel TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL,
             project TEXT NOT NULL, topic TEXT, body TEXT NOT NULL, created REAL NOT NULL)""",
        (),
    ),
    ("CREATE INDEX IF NOT EXISTS by_address ON notices (channel, host, port, state, sequence)", ()),
    (f"PRAGMA user_version = {_VERSION}", ()),
)
INSERT = f"INSERT OR REPLACE INTO notices ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608


class Database:
    """The table of notices, for any thread.

    Attributes:
        locks: the folder for locks between the processes that use the file; ``None`` when this is in memory.
    """

    def __init__(self, connection: sqlite3.Connection, locks: Path | None) -> None:
        self.locks = locks
        self._connection = connection
        self._mutex = threading.RLock()
        self._run: str | None = None
        self._report: Callable[[str], None] | None = None

    @classmethod
    def at(cls, path: Path) -> Self:
        """The file.

        Raises:
            WorkerError: it cannot be used; every method raises this too.
        """
        try:
            return cls(_opened(path), _lock_folder(path))
        except (OSError, sqlite3.Error) as error:
            raise _unusable(error, str(path)) from None

    @classmethod
    def surviving(cls, path: Path, run: str, report: Callable[[str], None]) -> Self:
        """The file while it can be used, and from the first error on memory, with the notices of one run.

        Args:
            run: the run whose notices are kept.
            report: takes a line when that happens.
        """
        try:
            database = cls(_opened(path), _lock_folder(path))
        except (OSError, sqlite3.Error) as error:
            report(_without_file(error))
            return cls(_in_memory(), None)
        database._run = run
        database._report = report
        return database

    def read(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """The rows a query finds."""
        with self._mutex:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as error:
                self.broken(error)
                return self._connection.execute(query, values).fetchall()

    def write(self, *statements: Statement) -> int:
        """Do all of it or nothing; returns how many rows the last statement changed."""
        with self._mutex:
            try:
                return _transaction(self._connection, statements)
            except sqlite3.Error as error:
                self.broken(error)
                return _transaction(self._connection, statements)

    def broken(self, error: Exception) -> None:
        """Go on in memory, if there is somebody to whom this can be said.

        Raises:
            WorkerError: there is not.
        """
        with self._mutex:
            if self._report is None or self.locks is None:
                raise _unusable(error, None) from None
            own: list[tuple[Any, ...]] = []
            with suppress(sqlite3.Error):
                query = f"SELECT {COLUMNS} FROM notices WHERE run = ? ORDER BY sequence"  # noqa: S608
                own = self._connection.execute(query, (self._run,)).fetchall()
            self.close()
            self._connection = _in_memory()
            self.locks = None
            _transaction(self._connection, [(INSERT, row) for row in own])
            self._report(_without_file(error))

    def close(self) -> None:
        """Close it; nothing can be read or written any more."""
        with self._mutex, suppress(sqlite3.Error):
            self._connection.close()


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
            _transaction(database, _SCHEMA)
    except BaseException:
        database.close()
        raise
    return database


def _in_memory() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _transaction(database, _SCHEMA)
    return database


def _transaction(database: sqlite3.Connection, statements: Sequence[Statement]) -> int:
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


def _lock_folder(path: Path) -> Path:
    return path.with_suffix(".locks")


def _without_file(error: Exception) -> str:
    return f"the outbox cannot be used ({error}): notifications that cannot be delivered are lost when this run ends"


def _unusable(error: Exception, where: str | None) -> WorkerError:
    return WorkerError(f"the outbox cannot be used: {error}", where=where, hint="see FEDBAKE_STATE_DIR")
