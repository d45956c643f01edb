"""`Connection.blobopen`."""

from comparison import Comparison, same


class Blobs(Comparison):
    @same
    def test_reading_and_writing(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (a integer primary key, b blob)")
        connection.execute("insert into t values (1, zeroblob(10))")
        with connection.blobopen("t", "b", 1) as blob:
            for part in (b"abcd", b"ef", b"longer than the rest"):
                notes.call(blob.write, part)
            notes(blob.tell())
            notes.call(blob.seek, 0)
            for length in (3, 3, -1):
                notes.call(blob.read, length)
            blob[0], blob[1:3] = 65, b"BC"
            notes(blob[:])
            notes.call(blob.__delitem__, 0)
        notes(connection.execute("select b from t").fetchall())

    @same
    def test_a_row_that_changes_ends_it(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript("create table t (a integer primary key, b blob); create table other (a)")
        connection.execute("insert into t values (1, x'0102')")
        connection.execute("insert into t values (2, x'0304')")
        connection.commit()
        for change in (
            "insert into other values (1)",
            "update t set b = x'05' where a = 2",
            "update t set b = x'06' where a = 1",
        ):
            blob = connection.blobopen("t", "b", 1)
            notes.call(blob.read, 1)
            connection.execute(change)
            notes.call(blob.read, 1)
            blob.close()

    @same
    def test_what_cannot_be_opened(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript(
            "create table t (a integer primary key, indexed blob, part blob, reference blob references t, plain blob);"
            "create index i on t (indexed); create index j on t (a, part);"
            "create table w (a primary key, b blob) without rowid; create view v as select * from t;"
            "insert into t values (1, x'01', x'02', null, 1.5); insert into w values (1, x'01')"
        )
        for read_only in (False, True, 0, 5, False):
            for table, column, row in [
                ("t", "indexed", 1),
                ("t", "part", 1),
                ("t", "reference", 1),
                ("t", "plain", 1),
                ("t", "plain", 2),
                ("t", "missing", 1),
                ("w", "b", 1),
                ("v", "plain", 1),
                ("missing", "a", 1),
            ]:
                notes.call(connection.blobopen, table, column, row, readonly=read_only)
            if read_only:
                connection.execute("pragma foreign_keys = on")
