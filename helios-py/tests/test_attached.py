"""Attached databases, as the methods of a connection see them."""

import tempfile
import unittest

import heliosdb_sqlite
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

    @same
    def test_what_was_serialized_takes_a_schema(self, sqlite, notes):
        connection, source = attached(sqlite), sqlite.connect(":memory:")
        source.executescript("create table fresh (a); insert into fresh values (1)")
        notes(connection.execute("select count(*) from other.sqlite_master").fetchone()[0] > 0)
        connection.deserialize(source.serialize(), name="other")
        notes(connection.execute("select name from other.sqlite_master").fetchall())
        connection.execute("insert into other.fresh select a + 1 from fresh")
        connection.commit()
        notes(connection.execute("select a from fresh").fetchall())
        notes(source.execute("select a from fresh").fetchall())
        notes([row[1] for row in connection.execute("pragma database_list")])
        connection.deserialize(source.serialize(), name="OTHER")
        notes(connection.execute("select a from other.fresh").fetchall())
        connection.close()
        source.close()

    def test_what_is_opened_for_reading_is_not_written(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("first", "second"):
                made = heliosdb_sqlite.connect(f"{folder}/{name}.db")
                made.execute("create table t (a)")
                made.close()
            for first, second in (("ro", "rw"), ("rw", "ro"), ("ro", "ro")):
                connection = heliosdb_sqlite.connect(f"file:{folder}/first.db?mode={first}", uri=True)
                connection.execute("attach ? as other", (f"file:{folder}/second.db?mode={second}",))
                with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "readonly database"):
                    connection.execute("insert into other.t values (1)")
                self.assertEqual(connection.execute("select * from other.t").fetchall(), [])
                connection.close()

    def test_other_names_take_nothing(self):
        connection = heliosdb_sqlite.connect(":memory:")
        self.addCleanup(connection.close)
        for name in ("nope", "temp"):
            with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, f"unable to deserialize '{name}'"):
                connection.deserialize(connection.serialize(), name=name)


if __name__ == "__main__":
    unittest.main()
