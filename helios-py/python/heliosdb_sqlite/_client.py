"""Connections to servers of helios: `connect("postgresql://user:password@host:port/database")`.

They have the interface of embedded connections. A statement's rows are fetched when it is executed. What needs the
engine in this process raises `NotSupportedError`.
"""

from __future__ import annotations

import functools
import re
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NoReturn

from . import _dump, _native
from ._exceptions import NotSupportedError, OperationalError, ProgrammingError
from ._wire import VECTOR, Answer, Place, Wire, encoded

_BATCH = 500
_LEVELS = ("", "DEFERRED", "IMMEDIATE", "EXCLUSIVE")

# What in a text may be a parameter, and what must not be taken for one.
_PARTS = re.compile(
    r"""--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]"""
    r"""|[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*|(\?\d*|[:@$#][\w$\x80-\U0010ffff]+(?:::\w+)*)""",
    re.DOTALL,
)
_CHANGES = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(insert|update|delete|replace)\b", re.IGNORECASE | re.DOTALL
)


def _parameters(sql: str) -> list[str | None]:
    """The names of a statement's parameters, in their order; None for those without one."""
    names: list[str | None] = []
    for found in _PARTS.finditer(sql):
        name = found.group(1)
        if name is None:
            continue
        if name == "?":
            names.append(None)
        elif name[0] == "?":
            number = int(name[1:])
            names.extend([None] * (number - len(names)))
            names[number - 1] = name
        elif name not in names:
            names.append(name)
    return [name and name[1:] for name in names]


def _value(value: Any, position: int) -> bytes:
    """A parameter as it is sent."""
    if type(value) not in (int, float, str, bytes, type(None)):
        value = _native.adapt(value, _native.PrepareProtocol, value)
    if isinstance(value, int):
        value = int(value)
        if not -(2**63) <= value < 2**63:
            message = "Python int too large to convert to SQLite INTEGER"
            raise OverflowError(message)
    elif isinstance(value, float):
        value = None if value != value else float(value)
    elif isinstance(value, str):
        value = str(value)
    elif isinstance(value, (list, tuple)) and all(isinstance(part, (int, float)) for part in value):
        # A vector.
        value = "[" + ",".join(repr(float(part)) for part in value) + "]"
    elif value is not None:
        try:
            value = bytes(memoryview(value))
        except TypeError:
            message = f"Error binding parameter {position}: type '{type(value).__name__}' is not supported"
            raise ProgrammingError(message) from None
    return encoded(value)


def _bound(names: list[str | None], given: Any) -> list[bytes]:
    """One row of parameters."""
    if isinstance(given, Mapping):
        values = []
        for position, name in enumerate(names, 1):
            if name is None:
                message = (
                    f"Binding {position} has no name, but you supplied a dictionary (which has only names)."
                )
                raise ProgrammingError(message)
            try:
                values.append(given[name])
            except LookupError:
                message = f"You did not supply a value for binding parameter :{name}."
                raise ProgrammingError(message) from None
    else:
        if not hasattr(given, "__getitem__"):
            message = "parameters are of unsupported type"
            raise ProgrammingError(message)
        values = [given[at] for at in range(len(given))]
        if len(values) != len(names):
            message = (
                f"Incorrect number of bindings supplied. The current statement uses {len(names)}, "
                f"and there are {len(values)} supplied."
            )
            raise ProgrammingError(message)
    return [_value(value, position) for position, value in enumerate(values, 1)]


class RemoteCursor(_native.Cursor):
    """A cursor of a connection to a server."""

    def __init__(self, connection: RemoteConnection, /) -> None:
        self._connection = connection
        self._description: Any = None
        self._rows: Iterator[Any] = iter(())
        self._rowcount = -1
        self._lastrowid: int | None = None
        self._is_closed = False
        self._arraysize = 1
        self._row_factory = connection.row_factory

    @property
    def connection(self) -> RemoteConnection:
        return self._connection

    @property
    def description(self) -> Any:
        return self._description

    @property
    def rowcount(self) -> int:
        return self._rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._lastrowid

    @property
    def arraysize(self) -> int:
        return self._arraysize

    @arraysize.setter
    def arraysize(self, size: int) -> None:
        self._arraysize = size

    @property
    def row_factory(self) -> Any:
        return self._row_factory

    @row_factory.setter
    def row_factory(self, factory: Any) -> None:
        self._row_factory = factory

    def _check(self) -> Wire:
        if self._is_closed:
            message = "Cannot operate on a closed cursor."
            raise ProgrammingError(message)
        return self._connection._open()

    def _begin(self, sql: str) -> bool:
        """Forget the last statement, and begin a transaction where one is due; whether rows will be changed."""
        wire = self._check()
        if not isinstance(sql, str):
            message = f"execute() argument 1 must be str, not {type(sql).__name__}"
            raise TypeError(message)
        self._description, self._rows, self._rowcount = None, iter(()), -1
        changes = _CHANGES.match(sql) is not None
        if changes and not wire.in_transaction:
            self._connection._begin_implicitly()
        return changes

    def execute(self, sql: str, parameters: Any = (), /) -> RemoteCursor:
        wire = self._check()
        values = _bound(_parameters(sql), parameters) if isinstance(sql, str) else []
        changes = self._begin(sql)
        answer = wire.run(sql, values)
        if answer.columns is not None:
            self._description = tuple((name, *[None] * 6) for name, _ in answer.columns)
            self._rows = iter(self._connection._made(answer))
        self._rowcount = answer.changes if changes else -1
        if answer.lastrowid is not None:
            self._lastrowid = answer.lastrowid
        return self

    def executemany(self, sql: str, seq_of_parameters: Iterable[Any], /) -> RemoteCursor:
        wire = self._check()
        if isinstance(sql, str) and _CHANGES.match(sql) is None:
            message = "executemany() can only execute DML statements."
            raise ProgrammingError(message)
        self._begin(sql)
        names = _parameters(sql)
        batch: list[list[bytes]] = []
        count = 0
        try:
            for row in seq_of_parameters:
                batch.append(_bound(names, row))
                if len(batch) == _BATCH:
                    full, batch = batch, []
                    count += wire.run_many(sql, full)
        finally:
            # What came before a row that is wrong is done.
            if batch:
                count += wire.run_many(sql, batch)
        self._rowcount = count
        return self

    def executescript(self, sql_script: str, /) -> RemoteCursor:
        wire = self._check()
        if not isinstance(sql_script, str):
            message = f"executescript() argument must be str, not {type(sql_script).__name__}"
            raise TypeError(message)
        if wire.in_transaction and self._connection.autocommit == -1:
            wire.script("COMMIT")
        wire.script(sql_script)
        return self

    def batch_insert(self, table: str, columns: Iterable[str], rows: Iterable[Any]) -> int:
        """Insert rows into some columns of a table, all or none; how many there were."""
        quoted = ['"' + name.replace('"', '""') + '"' for name in columns]
        if not quoted:
            message = "batch_insert() needs the names of columns"
            raise ProgrammingError(message)
        places = ", ".join("?" * len(quoted))
        name = table.replace('"', '""')
        sql = f'INSERT INTO "{name}" ({", ".join(quoted)}) VALUES ({places})'
        self._begin(sql)
        wire = self._check()
        wire.script("SAVEPOINT batch_insert")
        try:
            self.executemany(sql, rows)
        except BaseException:
            if wire.in_transaction:
                wire.script("ROLLBACK TO batch_insert; RELEASE batch_insert")
            raise
        wire.script("RELEASE batch_insert")
        return self._rowcount

    def fetchone(self) -> Any:
        self._check()
        row = next(self._rows, None)
        if row is None:
            return None
        return row if self._row_factory is None else self._row_factory(self, row)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        size = self.arraysize if size is None else size
        rows: list[Any] = []
        while len(rows) != size and (row := self.fetchone()) is not None:
            rows.append(row)
        self._check()
        return rows

    def fetchall(self) -> list[Any]:
        return self.fetchmany(-1)

    def fetchsets(self) -> NoReturn:
        _refuse("Cursor.fetchsets")

    def __iter__(self) -> RemoteCursor:
        self._check()
        return self

    def __next__(self) -> Any:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    def close(self) -> None:
        self._connection._check_thread()
        self._is_closed = True
        self._rows = iter(())

    def setinputsizes(self, sizes: object, /) -> None:
        """Nothing, as the standard module does."""

    def setoutputsize(self, size: object, column: object = None, /) -> None:
        """Nothing, as the standard module does."""


class RemoteConnection(_native.Connection):
    """A connection to a server."""

    def __init__(
        self,
        place: Place,
        timeout: float,
        isolation_level: str | None,
        check_same_thread: bool,
        autocommit: bool | int,
        as_of: Any,
    ) -> None:
        self._check_level(isolation_level)
        self._isolation_level = isolation_level
        self._autocommit = autocommit
        self._thread = threading.get_ident() if check_same_thread else None
        self._row_factory: Any = None
        self._text_factory: Callable[[bytes], Any] = str
        self._is_closed = False
        self._wire = Wire(place, {"lock_timeout": str(max(1, int(timeout * 1000)))})
        if as_of is not None:
            self._wire.run(f"PRAGMA as_of = '{as_of}'", [])
        if autocommit is False:
            self._wire.script("BEGIN")

    def _check_thread(self) -> None:
        here = threading.get_ident()
        if self._thread not in (None, here):
            message = (
                "SQLite objects created in a thread can only be used in that same thread. The object was created "
                f"in thread id {self._thread} and this is thread id {here}."
            )
            raise ProgrammingError(message)

    def _open(self) -> Wire:
        self._check_thread()
        if self._is_closed:
            message = "Cannot operate on a closed database."
            raise ProgrammingError(message)
        return self._wire

    @staticmethod
    def _check_level(level: str | None) -> None:
        if level is not None and not isinstance(level, str):
            message = "isolation_level must be str or None"
            raise TypeError(message)
        if level is not None and level.upper() not in _LEVELS:
            message = "isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or 'EXCLUSIVE'"
            raise ValueError(message)

    def _begin_implicitly(self) -> None:
        if self._autocommit == -1 and self._isolation_level is not None:
            self._wire.script(f"BEGIN {self._isolation_level}")

    def _made(self, answer: Answer) -> Iterator[tuple[Any, ...]]:
        """Rows with texts as the text factory makes them."""
        factory, columns = self._text_factory, answer.columns or []
        vectors = [kind == VECTOR for _, kind in columns]

        def made(position: int, value: Any) -> Any:
            if type(value) is tuple:
                if factory is not str:
                    return factory(value[0])
                try:
                    return value[0].decode()
                except UnicodeDecodeError:
                    shown = value[0].decode(errors="replace")
                    name = columns[position][0]
                    message = f"Could not decode to UTF-8 column '{name}' with text '{shown}'"
                    raise OperationalError(message) from None
            if vectors[position] and type(value) is bytes:
                return list(struct.unpack(f"<{len(value) // 4}f", value))
            return value

        for row in answer.rows:
            yield tuple(made(position, value) for position, value in enumerate(row))

    @property
    def isolation_level(self) -> Any:
        self._open()
        return None if self._isolation_level is None else self._isolation_level.upper()

    @isolation_level.setter
    def isolation_level(self, level: Any) -> None:
        self._check_level(level)
        if level is None and self._autocommit == -1:
            self.commit()
        self._isolation_level = level

    @property
    def autocommit(self) -> Any:
        self._open()
        return self._autocommit

    @autocommit.setter
    def autocommit(self, autocommit: Any) -> None:
        wire = self._open()
        if autocommit is True and wire.in_transaction:
            wire.script("COMMIT")
        elif autocommit is False and not wire.in_transaction:
            wire.script("BEGIN")
        self._autocommit = autocommit

    @property
    def in_transaction(self) -> bool:
        return self._open().in_transaction

    @property
    def total_changes(self) -> int:
        return self._open().total_changes

    @property
    def row_factory(self) -> Any:
        return self._row_factory

    @row_factory.setter
    def row_factory(self, factory: Any) -> None:
        self._row_factory = factory

    @property
    def text_factory(self) -> Any:
        return self._text_factory

    @text_factory.setter
    def text_factory(self, factory: Any) -> None:
        self._text_factory = factory

    def cursor(self, factory: Any = RemoteCursor) -> Any:
        self._open()
        cursor = factory(self)
        if not isinstance(cursor, RemoteCursor):
            message = f"factory must return a cursor of a connection to a server, not {type(cursor).__name__}"
            raise TypeError(message)
        return cursor

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        return self.cursor().executemany(sql, parameters)

    def executescript(self, sql_script: str, /) -> Any:
        return self.cursor().executescript(sql_script)

    def _end(self, word: str) -> None:
        wire = self._open()
        if self._autocommit is False:
            wire.script(f"{word}; BEGIN")
        elif self._autocommit == -1 and wire.in_transaction:
            wire.script(word)

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self._end("ROLLBACK")

    def close(self) -> None:
        self._check_thread()
        if not self._is_closed:
            self._is_closed = True
            self._wire.close()

    def interrupt(self) -> None:
        if self._is_closed:
            message = "Cannot operate on a closed database."
            raise ProgrammingError(message)
        self._wire.cancel()

    def iterdump(self, *, filter: str | None = None) -> Any:  # noqa: A002
        self._open()
        return _dump.iterdump(self, filter=filter)

    def __enter__(self) -> RemoteConnection:
        self._open()
        return self

    def __exit__(self, kind: object, value: object, traceback: object, /) -> Literal[False]:
        if self._autocommit is not True:
            if kind is None and value is None and traceback is None:
                try:
                    self.commit()
                except BaseException:
                    if self._wire.in_transaction:
                        self.rollback()
                    raise
            else:
                self.rollback()
        return False

    def __call__(self, *_: object) -> NoReturn:
        _refuse("calling a connection")

    def __del__(self) -> None:
        wire = getattr(self, "_wire", None)
        if wire is not None:
            wire.close()


def _refuse(what: str) -> NoReturn:
    message = f"{what} needs the database in this process, and this connection is to a server"
    raise NotSupportedError(message)


def _refused(name: str, attribute: Any) -> Any:
    @functools.wraps(attribute)
    def refuse(self: RemoteConnection, *_: object, **__: object) -> NoReturn:
        self._open()
        _refuse(f"Connection.{name}")

    return refuse


# All that is not said above.
for _name, _attribute in vars(_native.Connection).items():
    if (
        _name not in vars(RemoteConnection)
        and not isinstance(_attribute, type)
        and not _name.startswith("__")
    ):
        _refusal = _refused(_name, _attribute)
        setattr(RemoteConnection, _name, _refusal if callable(_attribute) else property(_refusal, _refusal))


def connect(
    database: Any,
    timeout: float = 5.0,
    detect_types: int = 0,
    isolation_level: str | None = "",
    check_same_thread: bool = True,
    factory: Any = None,
    cached_statements: int = 128,
    uri: bool = False,
    *,
    autocommit: bool | int = -1,
    branch: str = "main",
    as_of: Any = None,
    heliosdb_mode: str = "auto",
    **others: Any,
) -> RemoteConnection:
    """Connect to the server that an address names."""
    url = database.decode() if isinstance(database, bytes) else str(database)
    if heliosdb_mode not in ("auto", "server"):
        message = f"heliosdb_mode={heliosdb_mode!r} opens a database, and {url.split('@')[-1]!r} is a server"
        raise ProgrammingError(message)
    unusable = [name for name, value in others.items() if value not in (None, False)]
    if detect_types:
        unusable.append("detect_types")
    if factory is not None:
        unusable.append("factory")
    if unusable:
        message = f"{', '.join(unusable)}: a connection to a server does not take this"
        raise NotSupportedError(message)
    place = Place.of(url)
    if branch != "main":
        place.database = f"{place.database}@{branch}"
    return RemoteConnection(place, timeout, isolation_level, check_same_thread, autocommit, as_of)
