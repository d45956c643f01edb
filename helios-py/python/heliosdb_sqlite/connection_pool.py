"""A pool of connections to one database, for programs of many threads.

    pool = connection_pool.create("app.db", pool_size=20)
    with pool.connection() as connection:
        connection.execute(...)

At most `pool_size + max_overflow` connections are out at a time, as with SQLAlchemy's QueuePool. One that comes back is
rolled back and gets the factories and the transaction control it had when it was opened; where more was set (pragmas,
functions, attached databases, temporary tables), it is closed, and another is opened when it is needed. So nobody
meets what somebody else left behind. Each borrower gets an object of its own: one that was given back is closed for
whoever still has it. A connection that is lost (a thread ended and nobody returned it) makes room for another as soon
as Python has freed it.
"""

from __future__ import annotations

import itertools
import logging
import os
import re
import sys
import threading
import time
import types
import urllib.parse
import weakref
from collections import deque
from dataclasses import dataclass
from typing import Any

from ._exceptions import Error, OperationalError, ProgrammingError
from ._native import Connection, connect

__all__ = ["Pool", "PoolStatus", "PoolTimeoutError", "create"]

_LOG = logging.getLogger("heliosdb_sqlite.connection_pool")
# What a borrower may set on a connection, and what it is set back to.
_ATTRIBUTES = ("row_factory", "text_factory", "vector_factory", "isolation_level", "autocommit")
# Seconds between two looks, while waiting, for connections that were lost.
_LOOK = 0.1
# Seconds of waiting, and of a connection being out, after which a warning says who holds the connections.
_WARN_AFTER = 1.0

_numbers = itertools.count()
_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


class PoolTimeoutError(OperationalError, TimeoutError):
    """All connections of a pool were out for as long as one was waited for."""


@dataclass(frozen=True)
class PoolStatus:
    """Of a pool, how many connections are where."""

    pool_size: int
    """So many are kept; 0 if there is no limit."""
    max_overflow: int
    """So many more may be out; -1 if there is no limit."""
    checked_out: int
    checked_in: int
    """Open, and waiting for somebody to take them."""
    overflow: int
    """So many are open beyond `pool_size`."""
    waiting: int
    """Threads that wait for one."""


@dataclass
class _Entry:
    """What the pool knows of an open connection."""

    opened: float
    configuration: object
    attributes: tuple[object, ...]


@dataclass
class _Lease:
    """Who has a connection."""

    entry: _Entry
    reference: weakref.ref[Connection]
    since: float
    thread: threading.Thread
    place: str


def create(
    database: Any,
    pool_size: int = 5,
    max_overflow: int = 10,
    timeout: float = 30,
    recycle: float = -1,
    **connect_arguments: Any,
) -> Pool:
    """Make a pool of connections to a database.

    The first `pool_size` connections are kept (0: all); `max_overflow` more may be out (-1: any number) and are closed
    when they come back. None is opened before it is needed. Who finds all of them out waits for up to `timeout`
    seconds. A connection older than `recycle` seconds is replaced when it is taken; -1 keeps them. What else is given
    goes to `connect`. `:memory:` is one database for all connections of the pool.
    """
    return Pool(database, pool_size, max_overflow, timeout, recycle, connect_arguments)


class Pool:
    """Connections that threads borrow; see `create`."""

    def __init__(
        self,
        database: Any,
        pool_size: int,
        max_overflow: int,
        timeout: float,
        recycle: float,
        connect_arguments: dict[str, Any],
    ) -> None:
        self._size = _whole("pool_size", pool_size, 0)
        self._overflow = _whole("max_overflow", max_overflow, -1)
        self._timeout = _seconds("timeout", timeout, 0)
        self._recycle = _seconds("recycle", recycle, -1)
        if connect_arguments.get("check_same_thread"):
            raise ValueError(
                "the connections of a pool are used by many threads: check_same_thread must be False"
            )
        self._arguments = connect_arguments | {"check_same_thread": False}
        known = re.findall(r"\w+(?==)", getattr(connect, "__text_signature__", ""))
        for name in connect_arguments:
            if name not in known and "factory" not in connect_arguments:
                raise TypeError(f"create() got an unexpected keyword argument '{name}'")
        self._database = database
        self._clock = time.monotonic
        self._changed = threading.Condition()
        self._idle: deque[tuple[Connection, _Entry]] = deque()
        self._out: dict[int, _Lease] = {}
        # Leases of connections that were freed; only appended to where the lock is not held.
        self._lost: deque[_Lease] = deque()
        # Connections that are being opened or cleaned.
        self._moving = 0
        self._waiting = 0
        self._has_warned = False
        self._is_closed = False
        # In a forked child: what the forking thread had out.
        self._inherited: list[_Lease] = []
        self._anchor = self._share_memory()
        _pools.add(self)

    def connection(self) -> _Borrowed:
        """A connection for a `with` block: commits at its end, rolls back if it raises, and gives it back."""
        return _Borrowed(self)

    def acquire(self) -> Connection:
        """Take a connection, to be given back with `release`."""
        start = self._clock()
        while True:
            with self._changed:
                if self._is_closed:
                    raise ProgrammingError("Cannot operate on a closed pool.")
                self._forget_lost()
                too_old = None
                if self._idle:
                    connection, entry = self._idle.popleft()
                    if self._recycle < 0 or self._clock() - entry.opened < self._recycle:
                        return self._hand_out(connection, entry)
                    too_old = connection
                elif not self._has_room():
                    self._wait(start)
                    continue
                self._has_warned = False
                self._moving += 1
            return self._replace(too_old)

    def release(self, connection: Connection) -> None:
        """Give a connection back."""
        with self._changed:
            lease = self._out.get(id(connection))
            if lease is None or lease.reference() is not connection:
                if any(inherited.reference() is connection for inherited in self._inherited):
                    connection.close()
                    return
                raise ProgrammingError("The connection is not out of this pool.")
            del self._out[id(connection)]
            self._moving += 1
        clean = None
        try:
            clean = _clean(connection, lease.entry)
        finally:
            with self._changed:
                self._moving -= 1
                is_wanted = not self._is_closed and (not self._size or len(self._idle) < self._size)
                if clean is not None and is_wanted:
                    self._idle.append((clean, lease.entry))
                self._changed.notify()
            if clean is None:
                connection.close()
            elif not is_wanted:
                clean.close()

    def status(self) -> PoolStatus:
        """How many connections are where."""
        with self._changed:
            self._forget_lost()
            opened = self._opened()
            return PoolStatus(
                pool_size=self._size,
                max_overflow=self._overflow,
                checked_out=len(self._out),
                checked_in=len(self._idle),
                overflow=max(0, opened - self._size) if self._size else 0,
                waiting=self._waiting,
            )

    def close(self) -> None:
        """Close the connections that are in; those that are out close when they come back. Nobody gets any more."""
        with self._changed:
            self._is_closed = True
            idle, self._idle = self._idle, deque()
            anchor, self._anchor = self._anchor, None
            self._changed.notify_all()
        for connection, _ in idle:
            connection.close()
        if anchor is not None:
            anchor.close()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _share_memory(self) -> Connection | None:
        """Names a database in memory, so that all connections find it; the one that is returned keeps it alive."""
        if self._database in (":memory:", ""):
            self._database = f"file:connection-pool-{os.getpid()}-{next(_numbers)}?mode=memory&cache=shared"
            self._arguments["uri"] = True
        elif not self._arguments.get("uri") or not _is_in_memory(self._database):
            return None
        return self._open()[0]

    def _open(self) -> tuple[Connection, _Entry]:
        connection = connect(self._database, **self._arguments)
        attributes = tuple(getattr(connection, name) for name in _ATTRIBUTES)
        return connection, _Entry(self._clock(), connection._configuration(), attributes)

    def _replace(self, too_old: Connection | None) -> Connection:
        """Opens a connection in the place that was taken for it."""
        try:
            if too_old is not None:
                too_old.close()
            connection, entry = self._open()
        except BaseException:
            with self._changed:
                self._moving -= 1
                self._changed.notify()
            raise
        with self._changed:
            self._moving -= 1
            return self._hand_out(connection, entry)

    def _hand_out(self, connection: Connection, entry: _Entry) -> Connection:
        lost = self._lost
        key = id(connection)
        reference = weakref.ref(connection, lambda _: lost.append(lease))
        lease = _Lease(entry, reference, self._clock(), threading.current_thread(), _caller())
        self._out[key] = lease
        return connection

    def _forget_lost(self) -> None:
        while self._lost:
            lost = self._lost.popleft()
            for key, lease in self._out.items():
                if lease is lost:
                    del self._out[key]
                    break

    def _opened(self) -> int:
        return len(self._out) + len(self._idle) + self._moving

    def _has_room(self) -> bool:
        return not self._size or self._overflow < 0 or self._opened() < self._size + self._overflow

    def _wait(self, start: float) -> None:
        """Waits, with the lock, until something may have changed."""
        waited = self._clock() - start
        if waited >= self._timeout:
            raise PoolTimeoutError(
                f"pool limit of size {self._size} overflow {self._overflow} reached, "
                f"connection timed out, timeout {self._timeout:.2f}{self._holders()}"
            )
        oldest = min((lease.since for lease in self._out.values()), default=self._clock())
        is_stuck = min(waited, self._clock() - oldest) >= _WARN_AFTER
        if is_stuck and not self._has_warned:
            self._has_warned = True
            _LOG.warning("a thread waits for a connection to %s%s", self._database, self._holders())
        self._waiting += 1
        try:
            self._changed.wait(min(self._timeout - waited, _LOOK))
        except BaseException:
            # Whoever was to be woken for what came back is another one.
            self._changed.notify()
            raise
        finally:
            self._waiting -= 1

    def _holders(self) -> str:
        """Who has the connections, for a message."""
        if not self._out:
            return ""
        oldest = min(self._out.values(), key=lambda lease: lease.since)
        age = self._clock() - oldest.since
        own = sum(lease.thread is threading.current_thread() for lease in self._out.values())
        text = (
            f"; the one that is out longest, {age:.1f} s, was taken by {oldest.thread.name} at {oldest.place}"
        )
        return text + (f"; this thread has {own} of them" if own else "")

    def _go_on_in_child(self) -> None:
        """In a forked child, where no other thread goes on: connections are the parent's."""
        self._changed = threading.Condition()
        self._inherited = [*self._inherited, *self._out.values()]
        self._idle, self._out, self._lost = deque(), {}, deque()
        self._moving = self._waiting = 0


class _Borrowed:
    """A connection of a pool in a `with` block."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._connection: Connection | None = None

    def __enter__(self) -> Connection:
        if self._connection is not None:
            raise ProgrammingError("The connection is out already; ask the pool for another one.")
        self._connection = self._pool.acquire()
        return self._connection

    def __exit__(
        self,
        type: type[BaseException] | None,  # noqa: A002
        value: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            raise ProgrammingError("The connection is not out.")
        try:
            if type is None and not _is_closed(connection):
                _commit(connection)
        finally:
            self._pool.release(connection)


def _commit(connection: Connection) -> None:
    connection.commit()
    # There, `commit` does nothing, and the program began it by itself.
    if connection.autocommit is True and connection.in_transaction:
        connection.execute("COMMIT")


def _is_closed(connection: Connection) -> bool:
    try:
        return connection.total_changes < 0
    except ProgrammingError:
        return True


def _clean(connection: Connection, entry: _Entry) -> Connection | None:
    """The connection for the next one, as it was when it was opened. None if that cannot be had."""
    if _is_closed(connection):
        return None
    try:
        clean = connection._hand_on()
        for name, value in zip(_ATTRIBUTES, entry.attributes):
            if getattr(clean, name) is not value:
                setattr(clean, name, value)
        if clean._configuration() == entry.configuration:
            return clean
        clean.close()
    except Error:
        _LOG.exception("a connection that came back is closed")
    return None


def _caller() -> str:
    """Where the program asked for the connection."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return "?" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _is_in_memory(uri: Any) -> bool:
    """Whether a URI names a database in memory that connections share. One that they do not share is an error."""
    if not isinstance(uri, str) or not uri.startswith("file:"):
        return False
    parts = urllib.parse.urlsplit(uri)
    options = dict(urllib.parse.parse_qsl(parts.query))
    is_named = options.get("vfs") == "memdb" and parts.path.startswith("/")
    is_memory = parts.path == ":memory:" or options.get("mode") == "memory" or options.get("vfs") == "memdb"
    if is_memory and not is_named and options.get("cache") != "shared":
        raise ValueError(f"each connection to {uri} would have a database of its own; add cache=shared")
    return is_memory


def _whole(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be int, not {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, not {value}")
    return value


def _seconds(name: str, value: float, least: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number of seconds, not {type(value).__name__}")
    if (value != -1 and not value >= 0) or value < least:
        raise ValueError(f"{name} must be 0 or more seconds{', or -1' if least < 0 else ''}, not {value}")
    return float(value)


def _go_on_in_child() -> None:
    for pool in _pools:
        pool._go_on_in_child()


os.register_at_fork(after_in_child=_go_on_in_child)
