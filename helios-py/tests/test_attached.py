"""Attached databases, as the methods of a connection see them."""

import unittest

from comparison import Comparison, same


def attached(sqlite):
    """A connection with a table in another schema."""
    connection = sqlite.connect(":memory:", isolation_level=None)
    connection.execute("attach ':memory:' as other")
    connection.execute("create table other.t (a, b)")
    connection.execute("insert into other.t values ('first', x'0102')")
    return connection


class Attached(Comparison):
    @same
    def test_blobs(self, sqlite, notes):
        connection = attached(sqlite)
        with connection.blobopen("t", "b", 1, name="other") as blob:
            notes(blob.read())
            blob.seek(0)
            blob.write(b"\x05")
        notes(connection.execute("select b from other.t").fetchall())
        for table, name in [("t", "main"), ("t", "nope"), ("nope", "other")]:
            notes.call(connection.blobopen, table, "b", 1, name=name)

    @same
    def test_backups(self, sqlite, notes):
        connection = attached(sqlite)
        for name in ["other", "main", "temp", "nope"]:
            copy = sqlite.connect(":memory:")
            notes.call(connection.backup, copy, name=name)
            notes(copy.execute("select name from sqlite_master").fetchall())

    @same
    def test_a_backup_begins_anew_when_something_is_written(self, sqlite, notes):
        connection = sqlite.connect(":memory:", isolation_level=None)
        connection.execute("create table t (a)")
        remaining = []

        def progress(status, left, total):
            if not remaining:
                connection.execute("insert into t values (5)")
            remaining.append((status, left, total))

        copy = sqlite.connect(":memory:")
        connection.backup(copy, pages=1, progress=progress)
        notes(remaining)
        notes(copy.execute("select a from t").fetchall())

    @same
    def test_serialized(self, sqlite, notes):
        connection = attached(sqlite)
        for name in ["other", "nope"]:
            notes.call(lambda name=name: len(connection.serialize(name=name)) > 0)


if __name__ == "__main__":
    unittest.main()
