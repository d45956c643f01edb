"""Corner cases of the interface, beside the standard module."""

import pickle
import sqlite3
import sys
import tempfile
import unittest
from pathlib import Path

from comparison import Comparison, same


def shown(text: str) -> str:
    """A text in which classes of the module have one name."""
    return text.replace("heliosdb_sqlite.", "sqlite3.")


def needs(minor: int):
    """A case whose answers the standard module gives from this version of Python on."""
    return unittest.skipIf(sys.version_info < (3, minor), f"Python before 3.{minor} answers otherwise")


class CornerCases(Comparison):
    @same
    def test_sizes_of_fetchmany(self, sqlite, notes):
        cursor = sqlite.connect(":memory:").cursor()
        for size in (0, -1, 1, 2, 2**31, "x", None, 1.0):
            cursor.execute("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3")
            notes.call(cursor.fetchmany, size)
            if size != 2**31:
                notes.call(setattr, cursor, "arraysize", size)
            notes(cursor.arraysize)

    @needs(11)
    @same
    def test_executemany_with_returning(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("CREATE TABLE t (a)")
        cursor = connection.cursor()
        cursor.executemany("INSERT INTO t VALUES (?) RETURNING a, a + 1 AS b", [(1,), (2,)])
        notes([cursor.rowcount, cursor.description, cursor.fetchall()])
        notes(connection.execute("SELECT * FROM t").fetchall())
        cursor.executemany("INSERT INTO t VALUES (?)", [(3,), (4,)])
        notes([cursor.rowcount, cursor.description])

    @same
    def test_converters_of_columns_that_queries_show(self, sqlite, notes):
        sqlite.register_converter("corner", lambda text: ["converted", text])
        connection = sqlite.connect(":memory:", detect_types=sqlite.PARSE_DECLTYPES)
        connection.execute("CREATE TABLE t (a corner, b corner(10))")
        connection.execute("INSERT INTO t VALUES (1, 2)")
        for query in [
            "SELECT (SELECT a), (SELECT (SELECT b)) FROM t",
            "SELECT (SELECT t.a FROM t AS u) FROM t",
            "SELECT (SELECT a FROM t), (SELECT a + 1 FROM t), (SELECT max(a) FROM t)",
            "SELECT x FROM (SELECT (SELECT a) AS x FROM t)",
            "WITH c AS (SELECT (SELECT b) AS x FROM t) SELECT x, x || '' FROM c",
            "INSERT INTO t VALUES (3, 4) RETURNING a, (SELECT a), (SELECT b FROM t LIMIT 1), b + 0",
        ]:
            notes.call(connection.execute(query).fetchall)

    @same
    def test_modes_of_a_uri_never_allow_more(self, sqlite, notes):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.db"
            connection = sqlite.connect(path)
            connection.execute("CREATE TABLE t (a)")
            connection.close()
            for options in ("mode=ro&mode=ro", "mode=rwc&mode=rw", "mode=rw&mode=ro", "mode=rw&mode=memory"):
                sqlite.connect(f"file:{path}?{options}", uri=True).close()
            for options in ("mode=ro&mode=rw", "mode=ro&mode=rwc", "mode=rw&mode=rwc"):
                with self.assertRaises(sqlite.OperationalError) as caught:
                    sqlite.connect(f"file:{path}?{options}", uri=True)
                notes(str(caught.exception))

    @same
    def test_a_file_that_cannot_be_attached_is_named(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        notes.call(connection.execute, "ATTACH '/no/such/folder/file' AS other")

    @needs(11)
    @same
    def test_objects_whose_class_did_not_initialise_them(self, sqlite, notes):
        class Connection(sqlite.Connection):
            def __init__(self, *_):
                pass

        class Cursor(sqlite.Cursor):
            def __init__(self, *_):
                pass

        connection = Connection(":memory:")
        for name in ("in_transaction", "total_changes", "isolation_level", "row_factory", "text_factory"):
            notes.call(getattr, connection, name)
        notes.call(connection.backup, connection)
        cursor = Cursor(sqlite.connect(":memory:"))
        for name in ("description", "rowcount", "lastrowid", "arraysize", "connection", "row_factory"):
            notes.call(getattr, cursor, name)

    @same
    def test_a_row_factory_can_be_deleted(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.row_factory = sqlite.Row
        del connection.row_factory
        notes(connection.row_factory)
        # Until there is one again, the standard module crashes.
        connection.row_factory = None
        notes(connection.execute("SELECT 1").fetchall())

    @needs(11)
    @same
    def test_errors_of_backups(self, sqlite, notes):
        source, target = sqlite.connect(":memory:"), sqlite.connect(":memory:")
        for given in (None, 5, source):
            with self.assertRaises((TypeError, ValueError)) as caught:
                source.backup(given)
            notes(shown(str(caught.exception)))
        target.execute("CREATE TABLE t (a)")
        target.execute("INSERT INTO t VALUES (1)")
        notes.call(source.backup, target)

    @needs(11)
    @same
    def test_arguments_of_the_wrong_kind(self, sqlite, notes):
        for statement in (b"SELECT 1;", None, 5):
            notes.call(sqlite.complete_statement, statement)
        for connection in (None, 5):
            with self.assertRaises(TypeError) as caught:
                sqlite.Cursor(connection)
            notes(shown(str(caught.exception)))

    @needs(11)
    @same
    def test_arguments_of_blobs(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (x'0001020304')")
        for row in ("1", None, 1.0, 2**70, -(2**70)):
            notes.call(connection.blobopen, "t", "a", row)
        blob = connection.blobopen("t", "a", 1)
        for length in ("x", None, 1.5, 2, -1):
            notes.call(blob.read, length)
        for data in ("x", None, 5):
            notes.call(blob.write, data)
        with self.assertRaises(TypeError) as caught:
            pickle.dumps(blob)
        notes(shown(str(caught.exception)))
        # At its end nothing is read, also of a blob that has expired.
        connection.execute("UPDATE t SET a = x'05'")
        notes.call(blob.read)
        notes.call(blob.seek, 0)
        notes.call(blob.read)

    @needs(11)
    @same
    def test_two_blobs_of_one_value(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (x'0001020304')")
        one, two = connection.blobopen("t", "a", 1), connection.blobopen("t", "a", 1)
        for writes, reads, data in [(one, two, b"ab"), (two, one, b"cd"), (two, one, b"ef")]:
            writes.seek(1)
            writes.write(data)
            reads.seek(0)
            notes.call(reads.read)
        two.close()
        one.seek(0)
        one.write(b"gh")
        connection.execute("UPDATE t SET a = x'05'")
        one.seek(0)
        notes.call(one.read)

    @same
    def test_a_database_that_takes_the_place_of_an_open_one(self, sqlite, notes):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.db"
            for closes_early in (True, False):
                lost = sqlite.connect(path)
                lost.execute("CREATE TABLE t (a)")
                lost.commit()
                path.unlink()
                connection = sqlite.connect(path)
                connection.execute("CREATE TABLE t (a)")
                if closes_early:
                    lost.close()
                else:
                    notes.call(lost.execute("SELECT * FROM t").fetchall)
                connection.execute("INSERT INTO t VALUES (1)")
                notes.call(connection.commit)
                lost.close()
                connection.execute("INSERT INTO t VALUES (2)")
                notes.call(connection.commit)
                connection.close()
                connection = sqlite.connect(path)
                notes.call(connection.execute("SELECT * FROM t").fetchall)
                connection.close()
                path.unlink()

    @same
    def test_what_a_function_rolls_back_ends_at_once(self, sqlite, notes):
        for undo in ("ROLLBACK", "ROLLBACK TO before"):
            connection = sqlite.connect(":memory:", isolation_level=None)
            connection.execute("CREATE TABLE t (a)")
            connection.executemany("INSERT INTO t VALUES (?)", [(value,) for value in range(6)])
            asked = []

            def function(value, connection=connection, undo=undo, asked=asked):
                asked.append(value)
                if value == 2:
                    notes.call(lambda: connection.execute(undo).fetchall())
                return value + 10

            connection.create_function("f", 1, function)
            connection.execute("BEGIN")
            connection.execute("SAVEPOINT before")
            connection.execute("INSERT INTO t VALUES (99)")
            notes.call(connection.execute, "UPDATE t SET a = f(a)")
            notes((asked, connection.in_transaction))
            notes(connection.execute("SELECT a FROM t").fetchall())

    @same
    def test_an_authorizer_hears_of_what_is_explained(self, sqlite, notes):
        connection = sqlite.connect(":memory:", isolation_level=None)
        connection.executescript(
            """CREATE TABLE t (a INTEGER PRIMARY KEY, b); CREATE TABLE log (c); CREATE VIEW v AS SELECT b FROM t;
            CREATE INDEX i ON t (b);
            CREATE TRIGGER fills AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.b); END;
            CREATE TRIGGER instead INSTEAD OF DELETE ON v BEGIN DELETE FROM t; END;"""
        )
        for statement in (
            *("INSERT INTO t VALUES (1, 2)", "REPLACE INTO t VALUES (1, 2)", "SELECT b FROM v"),
            *("CREATE TABLE u (x)", "CREATE TEMP TABLE u (x)", "CREATE TABLE u AS SELECT b FROM t"),
            *("CREATE VIEW w AS SELECT 1", "CREATE TRIGGER u AFTER DELETE ON t BEGIN SELECT 1; END"),
            *(
                "DROP TABLE t",
                "DROP VIEW v",
                "DROP INDEX i",
                "DROP TRIGGER fills",
                "DROP TABLE IF EXISTS none",
            ),
            *("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "RELEASE s", "PRAGMA user_version = 5", "VACUUM"),
            *(
                "ATTACH ':memory:' AS other",
                "DETACH other",
                "REINDEX",
                "CREATE VIRTUAL TABLE f USING fts5(x)",
            ),
        ):
            for explain in ("EXPLAIN ", "EXPLAIN QUERY PLAN "):
                asked = set()

                def ask(action, *arguments, asked=asked):
                    # How SQLite changes its own tables is its own.
                    if not str(arguments[0]).startswith("sqlite_"):
                        asked.add((action, *arguments))
                    return sqlite.SQLITE_OK

                connection.set_authorizer(ask)
                connection.execute(explain + statement).fetchall()
                notes((statement, sorted(asked, key=str)))
        connection.set_authorizer(None)
        steps = connection.execute("EXPLAIN VACUUM").fetchall()
        notes([step[2] for step in steps if step[1] == "Vacuum"])
        connection.set_authorizer(lambda *_: sqlite.SQLITE_DENY)
        notes.call(connection.execute, "EXPLAIN DROP TABLE t")

    @same
    def test_a_progress_handler_is_called_after_a_slow_function(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        has_run = []
        connection.create_function("slow", 0, lambda: has_run.append(1))
        connection.set_progress_handler(lambda: bool(has_run), 1)
        notes.call(lambda: connection.execute("SELECT slow()").fetchall())
        notes(len(has_run))
        connection.set_progress_handler(None, 1)
        notes.call(lambda: connection.execute("SELECT slow()").fetchall())

    @same
    def test_full_text_search_for_what_a_function_gives(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript(
            """CREATE TABLE t (a); INSERT INTO t VALUES ('dog');
            CREATE VIRTUAL TABLE five USING fts5(x); INSERT INTO five VALUES ('a dog'), ('a cat');
            CREATE VIRTUAL TABLE four USING fts4(x); INSERT INTO four VALUES ('a dog'), ('a cat');"""
        )
        for deterministic in (False, True):
            asked = []
            connection.create_function(
                "f", 1, lambda text: asked.append(1) or text, deterministic=deterministic
            )
            for query in (
                *(
                    "SELECT x FROM five WHERE five MATCH f('dog')",
                    "SELECT x FROM four WHERE four MATCH f('cat')",
                ),
                *(
                    "SELECT x FROM five WHERE x MATCH f('dog') || ''",
                    "SELECT x FROM five WHERE five = f('dog')",
                ),
                "SELECT a FROM t WHERE rowid IN (SELECT rowid FROM five WHERE five MATCH f(:word))",
                "SELECT x FROM t, five WHERE five MATCH f(a) ORDER BY rank",
                "SELECT x FROM five WHERE rowid = f(2)",
                "SELECT x FROM five WHERE five MATCH CASE WHEN random() THEN 'dog' ELSE 'dog' END",
            ):
                parameters = {"word": "dog"} if ":word" in query else ()
                notes.call(lambda query=query, given=parameters: connection.execute(query, given).fetchall())

    @same
    def test_features_that_programs_look_for(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        options = {option for (option,) in connection.execute("PRAGMA compile_options")}
        for name in ("FTS3", "FTS4", "FTS5", "RTREE", "MATH_FUNCTIONS", "DBSTAT_VTAB", "UPDATE_DELETE_LIMIT"):
            # Other libraries lack some of them.
            if sqlite is sqlite3 and f"ENABLE_{name}" not in options:
                options.add(f"ENABLE_{name}")
            notes((name, f"ENABLE_{name}" in options))
        used = "SELECT sqlite_compileoption_used(?)"
        for name in ("THREADSAFE", "SQLITE_THREADSAFE=1", "nothing", "MAX_COLUMN=2000"):
            notes.call(connection.execute(used, (name,)).fetchone)

    @same
    def test_many_parameters(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        values = list(range(40_000))
        query = f"SELECT count(*) FROM (SELECT 1 WHERE 39999 IN ({','.join('?' * len(values))}))"
        most = 250_000
        if hasattr(connection, "getlimit"):
            most = connection.getlimit(sqlite.SQLITE_LIMIT_VARIABLE_NUMBER)
        if most >= len(values):
            notes.call(connection.execute(query, values).fetchall)
        notes("asked")

    @needs(11)
    @same
    def test_parameters_that_have_no_place(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("CREATE TABLE t (a)")
        for sql in (
            "CREATE TABLE u (a CHECK (a > ?))",
            "CREATE TABLE u (a DEFAULT (?))",
            "CREATE TABLE u (a, b AS (a + :x))",
            "CREATE TABLE u AS SELECT ? AS a",
            "CREATE VIEW v AS SELECT ?",
            "CREATE INDEX i ON t (a) WHERE a > ?",
            "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT :x; END",
            "ALTER TABLE t ADD COLUMN b CHECK (b > ?)",
            "SELECT 1",
            "",
            " -- nothing",
        ):
            for given in ((), (1,), {"x": 1}, (1, 2)):
                notes.call(lambda sql=sql, given=given: connection.execute(sql, given).fetchall())
            notes.call(connection.execute, sql)

    @same
    def test_numbers_for_yes_and_no(self, sqlite, notes):
        for number in (1, True, 0, False):
            notes.call(sqlite.enable_callback_tracebacks, number)

    @same
    def test_memory_that_is_only_read(self, sqlite, notes):
        for name in ("file::memory:?mode=ro", "file:?mode=ro", "file::memory:?mode=rw"):
            connection = sqlite.connect(name, uri=True)
            notes.call(lambda connection=connection: connection.execute("SELECT 1").fetchall())
            notes.call(lambda connection=connection: connection.execute("CREATE TABLE t (a)").fetchall())
            connection.close()


if __name__ == "__main__":
    unittest.main()
