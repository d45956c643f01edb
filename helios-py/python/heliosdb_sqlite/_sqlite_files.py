"""SQLite's own files: in from them, and out to them.

Both ways need the standard module. What is made stands beside the file under another name until it is complete and
counted, and then takes its place in one step.
"""

import contextlib
import os
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

from ._exceptions import DatabaseError, NotSupportedError, OperationalError
from ._native import Connection, connect

_HEADER = b"SQLite format 3\0"
_ROWS_AT_ONCE = 10_000

Progress = Callable[[str, int], object]


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


def _batches(cursor: Any) -> Iterator[list[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        yield rows


def _copy_table(source: Any, target: Connection, table: str, progress: Progress) -> int:
    """Copies the rows of a table with their rowids, and gives their number."""
    info = source.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall()
    # Generated columns are computed again.
    columns = [row[1] for row in info if row[6] == 0]
    has_own_key = any(row[5] for row in info)
    names = [_quoted(column) for column in columns]
    if not has_own_key and "rowid" not in (column.lower() for column in columns):
        names.insert(0, "rowid")
    cursor = source.execute(f"SELECT {', '.join(names)} FROM {_quoted(table)}")
    places = ", ".join("?" * len(names))
    insert = f"INSERT INTO {_quoted(table)} ({', '.join(names)}) VALUES ({places})"
    count = 0
    for rows in _batches(cursor):
        target.executemany(insert, rows)
        count += len(rows)
        progress(table, count)
    return count


def _copy_everything(source: Any, target: Connection, progress: Progress) -> None:
    schema = source.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql NOT NULL ORDER BY rowid"
    ).fetchall()
    tables = [(name, sql) for kind, name, sql in schema if kind == "table"]
    target.execute("PRAGMA foreign_keys = OFF")
    target.execute("BEGIN")
    for name, sql in tables:
        if not name.startswith("sqlite_"):
            target.execute(sql)
            count = _copy_table(source, target, name, progress)
            (stored,) = target.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()
            if stored != count:
                raise DatabaseError(f"of {count} rows of {name}, {stored} have arrived")
    if any(name == "sqlite_sequence" for name, _ in tables):
        target.execute("DELETE FROM sqlite_sequence")
        rows = source.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
        target.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", rows)
    for kind in ("index", "view", "trigger"):
        for found, _, sql in schema:
            if found == kind:
                target.execute(sql)
    for pragma in ("user_version", "application_id"):
        (value,) = source.execute(f"PRAGMA {pragma}").fetchone()
        target.execute(f"PRAGMA {pragma} = {int(value)}")
    target.execute("COMMIT")


def _ignore(table: str, rows: int) -> None:
    """Progress that nobody asked for."""


def import_file(
    path: str | os.PathLike[str], *, progress: Progress = _ignore, **arguments: Any
) -> pathlib.Path:
    """Turns a file of SQLite into one of helios, in place; SQLite's stays beside it as `NAME.sqlite-backup`.

    While it works, nobody else can write to the file. `arguments` are those of `connect`. Gives the name of the backup.
    """
    standard = _standard()
    original = pathlib.Path(path)
    fresh = original.with_name(original.name + ".helios-new")
    backup = original.with_name(original.name + ".sqlite-backup")
    for name in (fresh, backup):
        if name.exists():
            raise OperationalError(f"{name} is in the way")
    # Without the URI it would be made if somebody removed it meanwhile.
    source = standard.connect(original.absolute().as_uri() + "?mode=rw", uri=True, isolation_level=None)
    try:
        source.execute("PRAGMA journal_mode = DELETE").fetchone()
        source.execute("BEGIN EXCLUSIVE")
        try:
            with contextlib.closing(connect(fresh, isolation_level=None, **arguments)) as target:
                _copy_everything(source, target, progress)
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
    with contextlib.closing(connect(database, isolation_level=None, **arguments)) as source:
        written = standard.connect(fresh, isolation_level=None)
        try:
            source.execute("BEGIN")
            _copy_everything(source, written, progress)
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
