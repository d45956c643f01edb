"""SQLite's own files: in from them, and out to them.

Both ways need the standard module. What is made stands beside the file under another name until it is complete and
checked, and then takes its place in one step: each table has as many rows as where it comes from, and the checksum of
its rows, read back, is the same.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import pathlib
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ._exceptions import DatabaseError, NotSupportedError, OperationalError
from ._native import Connection, connect
from ._virtual import Texts, is_virtual, stored_columns, texts_of

_HEADER = b"SQLite format 3\0"
_ROWS_AT_ONCE = 10_000

# Called with a table, how many rows have been copied of all tables, and how many there are.
Progress = Callable[[str, int, int], object]
Row = tuple[Any, ...]


def _text(stored: bytes) -> str | bytearray:
    """A text as it is read here: what is not UTF-8 is a bytearray, as nothing else is."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return bytearray(stored)


def is_sqlite_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as SQLite's files do."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        return file.read(len(_HEADER)) == _HEADER
    return False


def _standard() -> Any:
    try:
        import _sqlite3
    except ImportError:
        raise NotSupportedError("this Python has no sqlite3 to read or write SQLite's files with") from None
    return _sqlite3


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _checksum(rows: Iterable[Row]) -> int:
    """A sum over rows, whatever their order. The sign of zero does not count: SQLite's REAL columns do not keep it."""
    total = 0
    for row in rows:
        plain = [value + 0.0 if value.__class__ is float else value for value in row]
        total += zlib.crc32(marshal.dumps(plain, 2))
    return total


class _Table:
    """A table that is copied, with the names of what is copied of it."""

    def __init__(self, connection: Any, schema: str, name: str) -> None:
        """Ask the connection that has it."""
        self.name = name
        info = connection.execute(f"PRAGMA {schema}.table_xinfo({_quoted(name)})").fetchall()
        # Generated columns are computed again.
        self.columns = [_quoted(column) for column in stored_columns(info)]
        taken = {row[1].lower() for row in info}
        rowid = next((alias for alias in ("rowid", "_rowid_", "oid") if alias not in taken), None)
        keys = [row for row in info if row[5]]
        is_column = len(keys) == 1 and keys[0][2].upper() == "INTEGER"
        if rowid is not None and not is_column:
            # A table WITHOUT ROWID has none.
            with contextlib.suppress(connection.Error):
                connection.execute(f"SELECT {rowid} FROM {schema}.{_quoted(name)} LIMIT 0").close()
                self.columns.insert(0, rowid)

    def batches(self, connection: Any, schema: str) -> Iterator[list[Row]]:
        """The rows, some at a time."""
        # Neither the type of a column nor its name says how the program wants to have it converted.
        values = (f"+{column} AS c{number}" for number, column in enumerate(self.columns))
        cursor = connection.execute(f"SELECT {', '.join(values)} FROM {schema}.{_quoted(self.name)}")
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield rows

    def insert(self, target: Any, rows: list[Row]) -> None:
        """Adds rows."""
        into = f"INSERT INTO {_quoted(self.name)} ({', '.join(self.columns)}) VALUES"
        if not any(isinstance(value, bytearray) for row in rows for value in row):
            target.executemany(f"{into} ({', '.join('?' * len(self.columns))})", rows)
            return
        for row in rows:
            places = ("CAST(? AS TEXT)" if isinstance(value, bytearray) else "?" for value in row)
            target.execute(f"{into} ({', '.join(places)})", row)


class _Copy:
    """A copy on its way: what a connection has under the name of a schema goes into an empty database of another."""

    def __init__(self, source: Any, schema: str, target: Any, progress: Progress) -> None:
        """Either connection may be of the standard module."""
        self.source, self.name, self.target, self.progress = source, schema, target, progress
        self.schema = _quoted(schema)

    def run(self) -> None:
        """Copies everything in one transaction of the target."""
        connections = (self.source, self.target)
        factories = [(connection.text_factory, connection.row_factory) for connection in connections]
        for connection in connections:
            connection.text_factory, connection.row_factory = _text, None
        try:
            self._everything()
        finally:
            for connection, kept in zip(connections, factories):
                connection.text_factory, connection.row_factory = kept

    def _ask(self, sql: str) -> list[Row]:
        rows: list[Row] = self.source.execute(sql).fetchall()
        return rows

    def _everything(self) -> None:
        attached = {row[1].lower() for row in self._ask("PRAGMA database_list")}
        if self.name.lower() not in attached | {"temp"}:
            raise OperationalError(f"unknown database {self.name}")
        definitions = self._ask(
            f"SELECT type, name, sql FROM {self.schema}.sqlite_master WHERE sql NOT NULL ORDER BY rowid"
        )
        tables = {name: sql for kind, name, sql in definitions if kind == "table"}
        own = _copied(tables)
        views = [sql for kind, _, sql in definitions if kind == "view"]
        counts = {
            name: self._ask(f"SELECT count(*) FROM {self.schema}.{_quoted(name)}")[0][0] for name in own
        }
        before, total = 0, sum(counts.values())
        self.target.execute("PRAGMA foreign_keys = OFF")
        self.target.execute("BEGIN")
        for name, count in counts.items():
            if is_virtual(tables[name]):
                # Their texts may be those of views.
                while views:
                    self.target.execute(views.pop(0))
            self.target.execute(tables[name])
            self._rows(_Table(self.source, self.schema, name), before, total)
            before += count
        if "sqlite_sequence" in tables:
            self.target.execute("DELETE FROM sqlite_sequence")
            rows = self._ask(f"SELECT name, seq FROM {self.schema}.sqlite_sequence")
            self.target.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", rows)
        indexes, triggers = (
            [sql for kind, _, sql in definitions if kind == of] for of in ("index", "trigger")
        )
        for sql in [*indexes, *views, *triggers]:
            self.target.execute(sql)
        for pragma in ("user_version", "application_id"):
            ((value,),) = self._ask(f"PRAGMA {self.schema}.{pragma}")
            self.target.execute(f"PRAGMA {pragma} = {int(value)}")
        self.target.execute("COMMIT")

    def _rows(self, table: _Table, before: int, total: int) -> None:
        count = checksum = stored = stored_checksum = 0
        for rows in table.batches(self.source, self.schema):
            table.insert(self.target, rows)
            count += len(rows)
            checksum += _checksum(rows)
            self.progress(table.name, before + count, total)
        for rows in table.batches(self.target, "main"):
            stored += len(rows)
            stored_checksum += _checksum(rows)
        if stored != count:
            raise DatabaseError(f"of {count} rows of {table.name}, {stored} have arrived")
        if stored_checksum != checksum:
            raise DatabaseError(f"the rows of {table.name} have not arrived as they were")


def _copied(tables: dict[str, str]) -> list[str]:
    """The names of the tables whose rows are copied, the virtual ones last: those index texts of others."""
    virtual = [name for name, sql in tables.items() if is_virtual(sql)]
    for name in virtual:
        if texts_of(tables[name]) is Texts.NOWHERE:
            raise NotSupportedError(f"{name} keeps no texts that could be copied")
    # They make their shadow tables themselves.
    words = ["data", "idx", "content", "docsize", "config", "segments", "segdir", "stat"]
    suffixes = [*words, "rowid", "node", "parent"]
    shadows = {f"{name}_{suffix}" for name in virtual for suffix in suffixes}
    plain = [name for name in tables if name not in shadows.union(virtual)]
    return [name for name in plain if not name.startswith("sqlite_")] + virtual


def _ignore(table: str, done: int, total: int) -> None:
    """Progress that nobody asked for."""


def import_file(
    path: str | os.PathLike[str], *, progress: Progress = _ignore, **arguments: Any
) -> pathlib.Path:
    """Turns a file of SQLite into one of helios, in place; SQLite's stays beside it as `NAME.sqlite-backup`.

    While it works, nobody else can write to the file. What one that was killed has left is done away with. `arguments`
    are those of `connect`. Gives the name of the backup.
    """
    standard = _standard()
    original = pathlib.Path(path)
    fresh = original.with_name(original.name + ".helios-new")
    backup = original.with_name(original.name + ".sqlite-backup")
    if backup.exists() and not backup.samefile(original):
        raise OperationalError(f"{backup} is in the way")
    # Without the URI it would be made if somebody removed it meanwhile.
    source = standard.connect(original.absolute().as_uri() + "?mode=rw", uri=True, isolation_level=None)
    try:
        source.execute("PRAGMA journal_mode = DELETE").fetchone()
        source.execute("BEGIN EXCLUSIVE")
        # With this lock, nobody else is importing.
        for left in (backup, fresh, fresh.with_name(fresh.name + "-share")):
            left.unlink(missing_ok=True)
        try:
            with contextlib.closing(connect(fresh, isolation_level=None, **arguments)) as target:
                _Copy(source, "main", target, progress).run()
            os.link(original, backup)
            os.replace(fresh, original)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    finally:
        source.close()
    return backup


def export_file(
    database: Any, path: str | os.PathLike[str], *, progress: Progress = _ignore, **arguments: Any
) -> None:
    """Writes the present of a branch as a new file of SQLite. `arguments` are those of `connect`."""
    standard = _standard()
    target = pathlib.Path(path)
    if target.exists():
        raise OperationalError(f"{target} is in the way")
    fresh = target.with_name(target.name + ".sqlite-new")
    for left in (fresh, fresh.with_name(fresh.name + "-journal")):
        left.unlink(missing_ok=True)
    with contextlib.closing(connect(database, isolation_level=None, **arguments)) as source:
        written = standard.connect(fresh, isolation_level=None)
        try:
            source.execute("BEGIN")
            _Copy(source, "main", written, progress).run()
            source.execute("COMMIT")
            if written.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise DatabaseError("the file that was written is damaged")
        except BaseException:
            written.close()
            fresh.unlink(missing_ok=True)
            raise
        written.close()
    os.replace(fresh, target)


def import_for_connect(database: Any, **arguments: Any) -> None:
    """What `connect(..., import_sqlite=True)` does first: nothing, unless SQLite's file stands there."""
    if isinstance(database, (str, bytes, os.PathLike)):
        path = os.fsdecode(database)
        if is_sqlite_file(path):
            import_file(path, **{name: value for name, value in arguments.items() if value is not None})


def _write_present(connection: Connection, schema: str, target: Any) -> None:
    # One moment for all tables.
    begins = not connection.in_transaction
    if begins:
        connection.execute("BEGIN")
    try:
        _Copy(connection, schema, target, _ignore).run()
    finally:
        if begins:
            connection.execute("ROLLBACK")


def is_standard(connection: object) -> bool:
    """Whether this is a connection of the standard module."""
    try:
        return isinstance(connection, _standard().Connection)
    except NotSupportedError:
        return False


def copy_to_standard(
    connection: Connection, target: Any, *, pages: int, progress: Any, name: str, sleep: float
) -> None:
    """Puts the present of the connection's branch in the place of what `target` holds."""
    # A temporary database of SQLite's, which is in a file as far as it is large.
    with contextlib.closing(_standard().connect("", isolation_level=None)) as between:
        _write_present(connection, name, between)
        between.backup(target, pages=pages, progress=progress, sleep=sleep)


def serialized(contents: bytes) -> bytes:
    """The bytes of a file of SQLite as those that `serialize` gives."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "database")
        with open(path, "wb") as file:
            file.write(contents)
        with contextlib.closing(_standard().connect(path, isolation_level=None)) as source:
            source.execute("PRAGMA journal_mode = DELETE").close()
            with contextlib.closing(connect(":memory:", isolation_level=None)) as target:
                _Copy(source, "main", target, _ignore).run()
                return target.serialize()
