"""`Connection.iterdump`: the database as SQL, with the text that the standard module gives."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._native import Connection, Cursor


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _inserts(cursor: Cursor, table: str) -> Iterator[str]:
    columns = [str(row[1]) for row in cursor.execute(f"PRAGMA table_info({_quoted(table)})").fetchall()]
    values = ",".join(f"'||quote({_quoted(column)})||'" for column in columns)
    target = _quoted(table).replace("'", "''")
    for row in cursor.execute(f"SELECT 'INSERT INTO {target} VALUES({values})' FROM {_quoted(table)};"):
        yield f"{row[0]};"


def iterdump(connection: Connection, *, filter: str | None = None) -> Iterator[str]:  # noqa: A002
    """The statements that make the database anew: tables with their rows by name, then everything else. With a
    filter, only what has a name like it.
    """
    cursor = connection.cursor()
    cursor.row_factory = None
    if sys.version_info >= (3, 13) and cursor.execute("PRAGMA foreign_key_check").fetchall():
        yield "PRAGMA foreign_keys=OFF;"
    yield "BEGIN TRANSACTION;"

    condition, values = (' AND "name" LIKE ?', [filter]) if filter else ("", [])
    sequences = []
    tables = cursor.execute(
        'SELECT "name", "sql" FROM "sqlite_master" '
        f'WHERE "sql" NOT NULL AND "type" == \'table\'{condition} ORDER BY "name"',
        values,
    )
    for name, sql in tables.fetchall():
        if name == "sqlite_sequence":
            rows = cursor.execute('SELECT * FROM "sqlite_sequence";').fetchall()
            sequences = ['DELETE FROM "sqlite_sequence";']
            sequences += [f"INSERT INTO \"sqlite_sequence\" VALUES('{row[0]}',{row[1]});" for row in rows]
        elif name == "sqlite_stat1":
            yield 'ANALYZE "sqlite_master";'
            yield from _inserts(cursor, name)
        elif not name.startswith("sqlite_"):
            yield f"{sql};"
            yield from _inserts(cursor, name)

    others = cursor.execute(
        'SELECT "sql" FROM "sqlite_master" '
        f"WHERE \"sql\" NOT NULL AND \"type\" IN ('index', 'trigger', 'view'){condition}",
        values,
    )
    for (sql,) in others.fetchall():
        yield f"{sql};"

    yield from sequences
    yield "COMMIT;"
