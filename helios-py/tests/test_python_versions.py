"""What the versions of Python do differently, compared with `sqlite3` of the one that runs."""

import gc
import re
import sqlite3
import sys
import unittest
import warnings

import heliosdb_sqlite
from comparison import Comparison, same

# The switches that cannot be changed here.
FIXED = ("ENABLE_LOAD_EXTENSION", "RESET_DATABASE")


class Warned:
    """Notes what is warned of meanwhile, where, and with which words."""

    def __init__(self, notes):
        self.notes = notes
        self.catching = warnings.catch_warnings(record=True)

    def __enter__(self):
        self.caught = self.catching.__enter__()
        warnings.simplefilter("always")

    def __exit__(self, *error):
        gc.collect()
        self.catching.__exit__(*error)
        for warning in self.caught:
            text = re.sub(
                r"<(sqlite3|heliosdb_sqlite)\.(\w+) object at 0x\w+>", r"<\2>", str(warning.message)
            )
            here = warning.filename == __file__ or issubclass(warning.category, ResourceWarning)
            self.notes((warning.category.__name__, text, here))


class Versions(Comparison):
    @same
    def test_named_placeholders_with_a_sequence(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("CREATE TABLE t (a, b)")
        with Warned(notes):
            notes(connection.execute("SELECT :a, ?, $b", (1, 2, 3)).fetchall())
            notes(connection.execute("SELECT :a, :b", [1, 2]).fetchall())
            notes(connection.execute("SELECT :a", {"a": 1}).fetchall())
            notes(connection.execute("SELECT ?, ?", (1, 2)).fetchall())
            connection.executemany("INSERT INTO t VALUES (?, @b)", [(1, 2), (3, 4)])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            notes.call(connection.execute, "SELECT :a", (1,))
        notes(connection.execute("SELECT * FROM t").fetchall())
        connection.close()

    @same
    def test_arguments_by_keyword(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        with Warned(notes):
            connection.create_function("f", 0, func=lambda: 1)
            connection.create_function(name="f", narg=0, func=lambda: 2)
            connection.create_function("f", 0, lambda: 3, deterministic=True)
            notes(connection.execute("SELECT f()").fetchall())
            connection.create_aggregate("g", 1, aggregate_class=None)
            connection.create_aggregate("g", 1, None)
            connection.set_authorizer(authorizer_callback=None)
            connection.set_progress_handler(None, n=1)
            connection.set_progress_handler(progress_handler=None, n=1)
            connection.set_trace_callback(trace_callback=None)
        connection.close()

    @same
    def test_arguments_by_position(self, sqlite, notes):
        class Own(sqlite.Connection):
            def __init__(self, name, timeout):
                super().__init__(name, timeout=timeout)

        with Warned(notes):
            sqlite.connect(":memory:", 5.0).close()
            sqlite.Connection(":memory:", 5.0, 0).close()
            notes(sqlite.connect(":memory:", timeout=5.0).close())
            Own(":memory:", 5.0).close()

    @same
    def test_connections_that_nobody_closes(self, sqlite, notes):
        class Own(sqlite.Connection):
            pass

        with Warned(notes):
            sqlite.connect(":memory:")
            sqlite.connect(":memory:").close()
            cursor = sqlite.connect(":memory:").cursor()
            notes(cursor.execute("SELECT 1").fetchall())
            del cursor
            Own.__new__(Own)
            cycle = [sqlite.connect(":memory:")]
            cycle.append(cycle)
            del cycle

    @unittest.skipIf(sys.version_info < (3, 12), "autocommit came with Python 3.12")
    @same
    def test_autocommit_is_one_of_three(self, sqlite, notes):
        for value in (None, 1, 0, "", -2, True, False, -1):
            notes.call(lambda value=value: sqlite.connect(":memory:", autocommit=value).close())

    @unittest.skipIf(sys.version_info < (3, 12), "autocommit came with Python 3.12")
    @same
    def test_closing_rolls_back_what_is_always_open(self, sqlite, notes):
        for autocommit in (False, True, -1):
            connection = sqlite.connect(":memory:", autocommit=autocommit)
            connection.set_trace_callback(notes)
            connection.execute("CREATE TABLE t (a)")
            connection.close()
            connection.close()

    @unittest.skipIf(sys.version_info < (3, 13), "filter came with Python 3.13")
    @same
    def test_a_dump_of_what_is_called_so(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript(
            "CREATE TABLE one (a INTEGER PRIMARY KEY); CREATE TABLE two (b REFERENCES one); INSERT INTO two VALUES (7);"
            "CREATE INDEX one_b ON two (b); CREATE VIEW three AS SELECT * FROM one;"
        )
        for like in (None, "", "one%", "t%", "none"):
            notes(list(connection.iterdump(filter=like)))
        connection.close()


@unittest.skipIf(sys.version_info < (3, 12), "these methods came with Python 3.12")
class Switches(Comparison):
    @same
    def test_what_they_are_at_first(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        for name in sorted(dir(sqlite3)):
            if name.startswith("SQLITE_DBCONFIG_"):
                notes((name, connection.getconfig(getattr(sqlite, name))))
        connection.close()

    @same
    def test_those_that_can_be_changed(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        names = sorted(name[16:] for name in dir(sqlite) if name.startswith("SQLITE_DBCONFIG_"))
        for name in names:
            if name in FIXED:
                continue
            number = getattr(sqlite, f"SQLITE_DBCONFIG_{name}")
            for value in (True, False, None, "yes", 0):
                connection.setconfig(number, value)
                notes((name, value, connection.getconfig(number)))
            connection.setconfig(number)
            notes((name, connection.getconfig(number)))
        for pragma in ("foreign_keys", "legacy_alter_table", "trusted_schema", "writable_schema"):
            notes(connection.execute(f"PRAGMA {pragma}").fetchall())
        for number in (-1, 0, 1001, 99999, "a"):
            notes.call(connection.getconfig, number)
            notes.call(connection.setconfig, number)
        connection.close()
        notes.call(connection.getconfig, 1002)
        notes.call(connection.setconfig, 1002)

    @same
    def test_foreign_keys_also_within_a_transaction(self, sqlite, notes):
        connection = sqlite.connect(":memory:", autocommit=False)
        connection.execute("CREATE TABLE one (a INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE two (b REFERENCES one)")
        for value in (False, True, False):
            connection.setconfig(sqlite.SQLITE_DBCONFIG_ENABLE_FKEY, value)
            notes.call(lambda: connection.execute("INSERT INTO two VALUES (1)").rowcount)
        connection.close()

    @same
    def test_without_texts_in_double_quotes(self, sqlite, notes):
        connection = sqlite.connect(":memory:", isolation_level=None)
        connection.executescript(
            """CREATE TABLE one (a CHECK (a <> "no"), b DEFAULT "usual", c AS (a || "!"));
            INSERT INTO one (a) VALUES ("yes");
            CREATE VIEW told AS SELECT "word" w FROM one; CREATE TABLE log (a, b);
            CREATE TRIGGER t AFTER DELETE ON one BEGIN INSERT INTO log VALUES (old.a, "gone"); END;"""
        )
        for switch in ("DML", "DDL"):
            connection.setconfig(getattr(sqlite, f"SQLITE_DBCONFIG_DQS_{switch}"), False)
            for sql in (
                'SELECT "word"',
                "SELECT * FROM told",
                "DELETE FROM one",
                'INSERT INTO one (a) VALUES ("x")',
                "INSERT INTO one (a) VALUES ('x')",
                "SELECT * FROM one",
                'UPDATE one SET a = "x"',
                f'CREATE TABLE checked{switch} (a CHECK (a <> "no"))',
                f'CREATE TABLE usual{switch} (a DEFAULT "no")',
                f'CREATE TABLE computed{switch} (a, b AS (a || "no"))',
                f'CREATE INDEX of_text{switch} ON log (a || "no")',
                f'CREATE INDEX of_some{switch} ON log (a) WHERE a <> "no"',
                f'CREATE VIEW of_word{switch} AS SELECT "word"',
                f"SELECT * FROM of_word{switch}",
            ):
                notes.call(lambda sql=sql: connection.execute(sql).fetchall())
        notes(connection.execute("SELECT name FROM sqlite_master").fetchall())
        connection.close()

    @same
    def test_without_views_and_triggers(self, sqlite, notes):
        connection = sqlite.connect(":memory:", isolation_level=None)
        connection.executescript(
            """CREATE TABLE one (a); CREATE TABLE log (a, b); CREATE VIEW v AS SELECT * FROM one;
            CREATE TEMP VIEW own AS SELECT 1;
            CREATE TRIGGER t AFTER INSERT ON one BEGIN INSERT INTO log VALUES (new.a, 1); END;
            CREATE TEMP TRIGGER u AFTER INSERT ON one BEGIN INSERT INTO log VALUES (new.a, 2); END;"""
        )
        for on in (True, False, True):
            connection.setconfig(sqlite.SQLITE_DBCONFIG_ENABLE_VIEW, on)
            connection.setconfig(sqlite.SQLITE_DBCONFIG_ENABLE_TRIGGER, on)
            for sql in (
                "SELECT * FROM v",
                "SELECT * FROM own",
                "INSERT INTO one VALUES (5)",
                "SELECT * FROM log",
            ):
                notes.call(lambda sql=sql: connection.execute(sql).fetchall())
        connection.close()

    def test_the_others_stay(self):
        connection = heliosdb_sqlite.connect(":memory:")
        self.addCleanup(connection.close)
        for name in FIXED:
            with self.subTest(name):
                number = getattr(heliosdb_sqlite, f"SQLITE_DBCONFIG_{name}")
                before = connection.getconfig(number)
                connection.setconfig(number, before)
                with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "Unable to set config"):
                    connection.setconfig(number, not before)
                self.assertEqual(connection.getconfig(number), before)


@unittest.skipIf(sys.version_info >= (3, 12), "with Python 3.12 they are there")
class Absent(unittest.TestCase):
    def test_what_python_does_not_have_is_not_here(self):
        for name in ("getconfig", "setconfig"):
            self.assertFalse(hasattr(heliosdb_sqlite.Connection, name), name)
        self.assertEqual([name for name in dir(heliosdb_sqlite) if "DBCONFIG" in name], [])


if __name__ == "__main__":
    unittest.main()
