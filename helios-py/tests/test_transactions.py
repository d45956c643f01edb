"""Transactions: when they begin and end by themselves, and what other connections see."""

import contextlib
import os
import tempfile
import unittest

from comparison import Comparison, same


class Control(Comparison):
    @same
    def test_levels(self, sqlite, notes):
        for level in ("", "DEFERRED", "IMMEDIATE", "EXCLUSIVE", None):
            connection = sqlite.connect(":memory:", isolation_level=level)
            notes((connection.isolation_level, connection.in_transaction))
            for sql in [
                "create table t (a)",
                "insert into t values (1)",
                "select * from t",
                "update t set a = 2",
                "create table u (a)",
                "delete from t",
                "with x as (select 1) insert into t select * from x",
                "replace into t values (1)",
                "/* comment */ insert into t values (2)",
                "savepoint s",
                "release s",
                "pragma user_version",
                "insert into t values (3) returning a",
            ]:
                connection.execute(sql).fetchall()
                notes((sql, connection.in_transaction))
            connection.commit()
            notes(connection.in_transaction)
            connection.execute("insert into t values (9)")
            connection.rollback()
            notes((connection.in_transaction, connection.execute("select count(*) from t").fetchone()))

    @same
    def test_setting_levels(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (a)")
        for level in ("IMMEDIATE", "exclusive", "", None, "nonsense", 5, "DEFERRED"):
            notes.call(setattr, connection, "isolation_level", level)
            notes(connection.isolation_level)
        notes.call(delattr, connection, "isolation_level")
        connection.execute("insert into t values (1)")
        notes(connection.in_transaction)
        connection.isolation_level = None
        notes(connection.in_transaction)
        connection.execute("begin")
        notes(connection.in_transaction)
        connection.execute("rollback")
        notes(connection.execute("select count(*) from t").fetchone())

    @same
    def test_commit_and_rollback_without_a_transaction(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        notes((connection.commit(), connection.rollback()))
        notes.call(connection.execute, "commit")
        notes.call(connection.execute, "rollback")
        connection.execute("begin")
        notes.call(connection.execute, "begin")
        notes.call(connection.execute, "savepoint a")
        notes.call(connection.execute, "release b")
        notes.call(connection.execute, "rollback to b")

    @same
    def test_blocks(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (a unique)")
        with connection as entered:
            notes(entered is connection)
            connection.execute("insert into t values (1)")
        notes(connection.in_transaction)
        with contextlib.suppress(ZeroDivisionError), connection:
            connection.execute("insert into t values (2)")
            raise ZeroDivisionError
        notes((connection.in_transaction, connection.execute("select * from t").fetchall()))
        with contextlib.suppress(sqlite.IntegrityError), connection:
            connection.execute("insert into t values (3)")
            connection.execute("insert into t values (1)")
        notes((connection.in_transaction, connection.execute("select * from t").fetchall()))

    @same
    def test_failed_statements_undo_themselves_only(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (a unique)")
        connection.execute("insert into t values (1)")
        for sql in [
            "insert into t values (5), (6), (1), (7)",
            "insert or fail into t values (8), (1), (9)",
            "insert or ignore into t values (10), (1), (11)",
            "insert or rollback into t values (12), (1)",
        ]:
            cursor = connection.cursor()
            notes.call(cursor.execute, sql)
            notes((cursor.rowcount, connection.in_transaction, connection.total_changes))
            notes.call(lambda: connection.execute("select a from t order by a").fetchall())

    @same
    def test_savepoints(self, sqlite, notes):
        connection = sqlite.connect(":memory:", isolation_level=None)
        connection.execute("create table t (a)")
        for sql in [
            "savepoint one",
            "insert into t values (1)",
            "savepoint two",
            "insert into t values (2)",
            "rollback to two",
            "insert into t values (3)",
            "release two",
            "release one",
        ]:
            connection.execute(sql)
            notes((sql, connection.in_transaction, connection.execute("select a from t").fetchall()))

    @same
    def test_statements_of_a_rolled_back_transaction(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (a)")
        connection.executemany("insert into t values (?)", [(n,) for n in range(5)])
        connection.commit()
        cursor = connection.execute("select a from t")
        notes(cursor.fetchone())
        connection.execute("insert into t values (10)")
        connection.rollback()
        notes(cursor.fetchone())


class Journal(Comparison):
    @same
    def test_the_mode_is_told_as_it_was_set(self, sqlite, notes):
        with tempfile.TemporaryDirectory() as folder:
            for place in (os.path.join(folder, "a.db"), ":memory:"):
                connection = sqlite.connect(place, isolation_level=None)
                connection.execute("create table t (a)")
                for mode in (
                    "",
                    "= truncate",
                    "= nonsense",
                    "= wal",
                    "",
                    "= memory",
                    "= WAL",
                    "= off",
                    "= delete",
                    "= wal",
                ):
                    notes(connection.execute(f"pragma journal_mode {mode}").fetchall())
                connection.execute("begin immediate")
                notes.call(connection.execute, "pragma journal_mode = persist")
                connection.execute("rollback")
                other = sqlite.connect(place)
                notes(other.execute("pragma journal_mode").fetchall())
                other.close()
                connection.close()


class Connections(Comparison):
    @same
    def test_others_see_what_is_committed(self, sqlite, notes):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.db")
            with (
                contextlib.closing(sqlite.connect(path)) as one,
                contextlib.closing(sqlite.connect(path)) as two,
            ):
                one.execute("create table t (a)")
                one.execute("insert into t values (1)")
                notes(two.execute("select count(*) from t").fetchone())
                one.commit()
                notes(two.execute("select count(*) from t").fetchone())
                one.execute("drop table t")
                one.commit()
                notes.call(two.execute, "select * from t")

    @same
    def test_writers_take_turns(self, sqlite, notes):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.db")
            one, two = sqlite.connect(path, timeout=0), sqlite.connect(path, timeout=0)
            with contextlib.closing(one), contextlib.closing(two):
                one.execute("create table t (a)")
                one.execute("insert into t values (1)")
                notes.call(two.execute, "create table u (a)")
                notes(two.in_transaction)
                notes.call(two.execute, "begin immediate")
                one.commit()
                notes.call(two.execute, "insert into t values (2)")
                notes.call(one.execute, "insert into t values (3)")
                two.rollback()
                notes(one.execute("select count(*) from t").fetchone())


if __name__ == "__main__":
    unittest.main()
