"""Collations of the program: registering, errors, exceptions. What they do in queries, `tests/sql` compares."""

import sqlite3
import unittest

from comparison import Comparison, same


def by_length(a: str, b: str) -> int:
    return (len(a) > len(b)) - (len(a) < len(b))


class Collations(Comparison):
    @same
    def test_registering(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        for arguments in [
            ("length", by_length),
            ("LENGTH", by_length),
            ("länge", by_length),
            ("länge", None),
            ("never there", None),
            ("length", 5),
            ("nul\0", by_length),
        ]:
            notes.call(connection.create_collation, *arguments)
        notes.call(lambda: connection.execute("select 'aa' < 'b' collate Length").fetchall())
        connection.close()
        notes.call(connection.create_collation, "length", by_length)

    @unittest.skipUnless(sqlite3.sqlite_version_info[:2] == (3, 40), "later versions take the other side's")
    @same
    def test_the_collation_of_a_list_of_one_value(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (plain, folded collate nocase)")
        connection.execute("insert into t values ('a', 'a')")
        for left in ["'a'", "plain", "folded", "folded collate binary"]:
            for right in ["'A'", "'A' collate nocase", "'A' collate binary", "'A' collate nocase, 'b'"]:
                notes.call(connection.execute(f"select {left} in ({right}) from t").fetchall)

    @same
    def test_what_a_callback_returns(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        for result in [5, -5, 0, True, 2**70, -(2**70), 1.5, "text", None, object()]:
            connection.create_collation("gives", lambda a, b, result=result: result)
            notes.call(lambda: connection.execute("select 'a' < 'b' collate gives, 'a' = 'b'").fetchall())

    @same
    def test_statements_know_when_a_collation_goes_or_changes(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.create_collation("way", by_length)
        connection.executescript("create table t(a text collate way, b); create index i on t(a)")
        connection.executemany("insert into t values(?, ?)", [("bb", 1), ("a", 2), ("ccc", 3)])
        ordered = "select a from t order by +a"
        notes.call(lambda: connection.execute(ordered).fetchall())
        connection.create_collation("way", lambda a, b: by_length(b, a))
        notes.call(lambda: connection.execute(ordered).fetchall())
        connection.create_collation("way", None)
        for statement in [
            ordered,
            "insert into t values('d', 4)",
            "update t set b = 5",
            "update t set a = 5",
            "delete from t where b = 7",
            "select a from t where a = 'a'",
            "select distinct a from t",
            "select max(a) from t",
            "select a, b from t where b < 3 order by b",
            "select upper(a) from t where b = 1",
            "create table u(a collate way)",
            "create index j on t(b)",
            "create index k on t(b collate way)",
            "alter table t add column c",
            "alter table t add column d collate way",
            "select 'a' collate way",
        ]:
            notes.call(lambda statement=statement: connection.execute(statement).fetchall())

    @same
    def test_what_a_callback_raises_is_raised(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t(a, b)")
        connection.executemany("insert into t values(?, ?)", [(letter, letter * 2) for letter in "abcdefgh"])

        def raises(a, b):
            if "d" in (a, b):
                raise ZeroDivisionError("from the callback")
            return (a > b) - (a < b)

        connection.create_collation("raises", raises)
        for query in [
            "select a from t order by a collate raises",
            "select count(*) from t group by a collate raises",
        ]:
            notes.call(lambda query=query: connection.execute(query).fetchall())
        notes.call(lambda: connection.execute("select count(*) from t").fetchall())

    @same
    def test_a_row_that_could_not_be_compared_is_not_inserted(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.create_collation("raises", lambda a, b: 1 // 0)
        connection.execute("create table t(a unique collate raises)")
        connection.execute("insert into t values('a')")
        notes.call(connection.execute, "insert into t values('b')")
        connection.create_collation("raises", None)
        notes.call(lambda: connection.execute("select a from t").fetchall())


if __name__ == "__main__":
    unittest.main()
