"""`Connection.iterdump`: the database as SQL, with the text that the standard module gives."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ._virtual import Texts, is_virtual, stored_columns, texts_of

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


def _texts(cursor: Cursor, table: str) -> Iterator[str]:
    """The rows of a table for full-text search, with their rowids, which others may refer to."""
    columns = stored_columns(cursor.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall())
    names = ",".join(["rowid", *map(_quoted, columns)])
    values = ",".join(f"'||quote({name})||'" for name in ["rowid", *map(_quoted, columns)])
    into = f"{_quoted(table)}({names})".replace("'", "''")
    for row in cursor.execute(f"SELECT 'INSERT INTO {into} VALUES({values})' FROM {_quoted(table)};"):
        yield f"{row[0]};"


def iterdump(connection: Connection, *, filter: str | None = None) -> Iterator[str]:  # noqa: A002
    """The statements that make the database anew: tables with their rows by name, then everything else. With a
    filter, only what has a name like it. Virtual tables make what they store in other tables themselves; what has no
    texts to be dumped comes back empty.
    """
    cursor = connection.cursor()
    cursor.row_factory = None
    if sys.version_info >= (3, 13) and cursor.execute("PRAGMA foreign_key_check").fetchall():
        yield "PRAGMA foreign_keys=OFF;"
    yield "BEGIN TRANSACTION;"

    condition, values = (' AND "name" LIKE ?', [filter]) if filter else ("", [])
    sequences, indexed = [], []
    listed = cursor.execute("PRAGMA main.table_list").fetchall()
    shadows = {row[1] for row in listed if row[2] == "shadow"}
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
        elif is_virtual(sql):
            yield f"{sql};"
            if texts_of(sql) is Texts.OWN:
                yield from _texts(cursor, name)
            elif texts_of(sql) is Texts.ELSEWHERE:
                indexed.append(f"INSERT INTO {_quoted(name)}({_quoted(name)}) VALUES('rebuild');")
        elif not name.startswith("sqlite_") and name not in shadows:
            yield f"{sql};"
            yield from _inserts(cursor, name)

    others = cursor.execute(
        'SELECT "sql" FROM "sqlite_master" '
        f"WHERE \"sql\" NOT NULL AND \"type\" IN ('index', 'trigger', 'view'){condition}",
        values,
    )
    for (sql,) in others.fetchall():
        yield f"{sql};"
    # Their texts may be those of views.
    yield from indexed

    yield from sequences
    yield "COMMIT;"
