"""Opening and closing connections, and what they say of themselves."""

import contextlib
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import heliosdb_sqlite
from comparison import Comparison, same


class Connect(Comparison):
    @same
    def test_arguments(self, sqlite, notes):
        for arguments, keywords in [
            ((":memory:",), {}),
            ((b":memory:",), {}),
            ((":memory:", 1.5, 3, "IMMEDIATE", False), {}),
            ((), {"database": ":memory:", "timeout": 1, "cached_statements": 0}),
            ((":memory:",), {"isolation_level": "exclusive"}),
            ((":memory:",), {"isolation_level": None}),
            ((":memory:",), {"isolation_level": "immediatE"}),
            ((":memory:",), {"isolation_level": "no such level"}),
            ((":memory:",), {"isolation_level": 5}),
            ((":memory:",), {"isolation_level": "DEFERRED\0"}),
            ((":memory:",), {"detect_types": 100}),
        ]:
            with self.subTest(arguments=arguments, **keywords):
                connection = notes.call(sqlite.connect, *arguments, **keywords)
                if connection is not None:
                    notes(connection.isolation_level)
                    notes(connection.execute("select 1").fetchall())
                    connection.close()

    def test_wrong_arguments_are_type_errors(self):
        for module in (sqlite3, heliosdb_sqlite):
            for arguments, keywords in [
                ((), {}),
                ((5,), {}),
                ((None,), {}),
                ((":memory:",), {"no_such_argument": 1}),
                ((":memory:",), {"timeout": "x"}),
                ((":memory:",), {"cached_statements": 1.5}),
                ((":memory:",), {"database": ":memory:"}),
                ((":memory:", 1, 2, "", True, module.Connection, 10, False, 9), {}),
            ]:
                with self.subTest(module=module.__name__, arguments=arguments, **keywords):
                    self.assertRaises(TypeError, module.connect, *arguments, **keywords)

    @same
    def test_files(self, sqlite, notes):
        with tempfile.TemporaryDirectory() as folder:
            for path in [
                os.path.join(folder, "text.db"),
                os.fsencode(os.path.join(folder, "bytes.db")),
                pathlib.Path(folder, "path.db"),
                pathlib.Path(folder, "with space ä%20?#.db"),
            ]:
                with contextlib.closing(sqlite.connect(path)) as connection:
                    connection.execute("create table t (a)")
                    connection.execute("insert into t values (1)")
                    connection.commit()
                with contextlib.closing(sqlite.connect(path)) as connection:
                    notes(connection.execute("select a from t").fetchall())
                notes(os.path.exists(path))
            notes(sorted(os.listdir(folder)))
            notes.call(sqlite.connect, os.path.join(folder, "nul\0.db"))
            notes.call(sqlite.connect, folder)
            notes.call(sqlite.connect, os.path.join(folder, "no", "such", "folder.db"))

    @same
    def test_uris(self, sqlite, notes):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a b.db")
            missing = pathlib.Path(folder, "missing.db").as_uri()
            with contextlib.closing(sqlite.connect(path.as_uri(), uri=True)) as connection:
                connection.execute("create table t (a)")
            queries = ["?mode=ro", "?mode=rw", "?mode=rwc", "", "?mode=ro&cache=private"]
            queries += ["?immutable=1", "?immutable=0", "?vfs=unix-none", "?nolock=1"]
            for query in queries:
                with contextlib.closing(sqlite.connect(path.as_uri() + query, uri=True)) as connection:
                    notes.call(lambda c=connection: c.execute("select count(*) from t").fetchall())
                    notes.call(lambda c=connection: c.execute("insert into t values (1)").rowcount)
                    connection.commit()
            notes.call(sqlite.connect, missing + "?mode=ro", uri=True)
            notes.call(sqlite.connect, missing + "?mode=rw", uri=True)
            notes(os.path.exists(pathlib.Path(folder, "missing.db")))
            notes.call(sqlite.connect, path.as_uri() + "?mode=nonsense", uri=True)
            notes.call(sqlite.connect, path.as_uri() + "?vfs=nonsense", uri=True)
            shared = [sqlite.connect("file:/shared?vfs=memdb", uri=True) for _ in range(2)]
            shared[0].execute("create table t (a)")
            notes(shared[1].execute("select name from sqlite_schema").fetchall())
            for connection in shared:
                connection.close()
            with contextlib.closing(sqlite.connect("file:x?mode=memory", uri=True)) as connection:
                notes(connection.execute("select 1").fetchall())
            notes(sorted(os.listdir(folder)))

    @same
    def test_a_memory_database_is_shared_by_name_if_asked_for(self, sqlite, notes):
        one = sqlite.connect("file:shared?mode=memory&cache=shared", uri=True)
        two = sqlite.connect("file:shared?mode=memory&cache=shared", uri=True)
        one.execute("create table t (a)")
        one.execute("insert into t values (5)")
        one.commit()
        notes(two.execute("select a from t").fetchall())
        one.close()
        two.close()
        again = sqlite.connect("file:shared?mode=memory&cache=shared", uri=True)
        notes.call(again.execute, "select a from t")
        again.close()

    @same
    def test_a_database_in_memory_is_its_own(self, sqlite, notes):
        one, two = sqlite.connect(":memory:"), sqlite.connect(":memory:")
        one.execute("create table t (a)")
        notes.call(two.execute, "select * from t")

    @same
    def test_factories(self, sqlite, notes):
        class Own(sqlite.Connection):
            def __init__(self, *arguments, **keywords):
                super().__init__(*arguments, **keywords)
                self.greeting = "hello"

            def cursor(self, factory=None):
                notes("cursor() was called")
                return super().cursor(factory or sqlite.Cursor)

        connection = sqlite.connect(":memory:", factory=Own)
        notes((type(connection) is Own, connection.greeting))
        notes(connection.execute("select 1").fetchall())
        notes(connection.executescript("create table t (a)") is not None)
        connection.executemany("insert into t values (?)", [(1,)])

        class NotCalled(sqlite.Connection):
            def __init__(self, name):
                pass

        broken = NotCalled(":memory:")
        for use in (broken.cursor, broken.commit, broken.close, lambda: broken.in_transaction):
            notes.call(use)


class Closed(Comparison):
    @same
    def test_a_closed_connection_does_nothing(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        cursor = connection.execute("select 1 union select 2")
        connection.close()
        connection.close()
        for use in [
            connection.cursor,
            connection.commit,
            connection.rollback,
            connection.interrupt,
            lambda: connection.execute("select 1"),
            lambda: connection.executemany("insert into t values (?)", []),
            lambda: connection.executescript("select 1"),
            lambda: connection.in_transaction,
            lambda: connection.total_changes,
            lambda: connection.isolation_level,
            lambda: connection.create_function("f", 0, int),
            lambda: list(connection.iterdump()),
            lambda: connection.__enter__(),
            lambda: cursor.execute("select 1"),
            cursor.fetchone,
            cursor.fetchmany,
            cursor.fetchall,
            cursor.close,
            lambda: next(cursor),
            lambda: cursor.description,
        ]:
            notes.call(use)

    @same
    def test_a_closed_cursor_does_nothing(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        cursor = connection.execute("select 1")
        cursor.close()
        cursor.close()
        for use in [
            lambda: cursor.execute("select 1"),
            lambda: cursor.executemany("select 1", []),
            lambda: cursor.executescript("select 1"),
            cursor.fetchone,
            cursor.fetchmany,
            cursor.fetchall,
            lambda: next(cursor),
            lambda: cursor.connection is connection,
            lambda: cursor.rowcount,
        ]:
            notes.call(use)

    def test_what_was_not_committed_is_gone(self):
        for module in (sqlite3, heliosdb_sqlite):
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "a.db")
                connection = module.connect(path)
                connection.execute("create table t (a)")
                connection.execute("insert into t values (1)")
                connection.close()
                with contextlib.closing(module.connect(path)) as connection:
                    self.assertEqual(connection.execute("select count(*) from t").fetchone(), (0,))

    def test_a_program_may_end_without_closing_anything(self):
        program = (
            "import heliosdb_sqlite as sqlite\n"
            "connection = sqlite.connect(':memory:', check_same_thread=False)\n"
            "connection.create_function('f', 0, lambda: connection)\n"
            "cursor = connection.execute('select 1 union select 2')\n"
        )
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", program], capture_output=True, text=True, check=False
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
