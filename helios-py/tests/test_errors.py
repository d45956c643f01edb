"""Errors: classes, words and SQLite's codes."""

import unittest

from comparison import Comparison, same

SCHEMA = """
    create table t (id integer primary key, a text not null, b integer unique, c check (c > 0));
    create table pair (a, b, primary key (a, b));
    insert into t values (1, 'x', 1, 1);
    insert into pair values (1, 2);
"""


class Errors(Comparison):
    @same
    def test_statements_that_fail(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript(SCHEMA)
        for sql in [
            "insert into t values (1, 'y', 2, 1)",
            "insert into t values (2, null, 2, 1)",
            "insert into t values (2, 'y', 1, 1)",
            "insert into t values (2, 'y', 2, 0)",
            "insert into t (a) values (1, 2)",
            "insert into t values (1)",
            "insert into t (nothing) values (1)",
            "insert into pair values (1, 2)",
            "insert into t (id, a) values ('x', 'y')",
            "update t set b = 1, id = 2 where id = 1; ",
            "update t set nothing = 1",
            "select nothing from t",
            "select t.nothing from t",
            "select * from nothing",
            "select nothing.a from t",
            "select a from t, t",
            "select nothing()",
            "select abs()",
            "select abs(1, 2)",
            "select sum(sum(id)) from t",
            "select a from t where sum(id) > 1",
            "select * from t order by 10",
            "select * from t group by nothing",
            "select 1 union select 1, 2",
            "select (select 1, 2)",
            "select 1 in (select 1, 2)",
            "select abs(-9223372036854775808)",
            "select 9223372036854775807 + sum(x) from (select 1 as x)",
            "select sum(x) from (select 9223372036854775807 as x union all select 1)",
            "select zeroblob(2000000000)",
            "select json('{')",
            "select 'x' like 'y' escape 'zz'",
            "create table t (a)",
            "create table new (a, a)",
            "create table new (a primary key, b primary key)",
            "create table sqlite_new (a)",
            "create index i on nothing (a)",
            "create index i on t (nothing)",
            "drop table nothing",
            "drop index nothing",
            "drop table sqlite_master",
            "insert into sqlite_master values (1, 2, 3, 4, 5)",
            "selec 1",
            "select 1 from",
            "select 1 +",
            "select (1",
            "select 1)",
            "select 'x",
            "select x'1'",
            "select 1 2",
            "select a from t limit 'x'",
            "rollback to nothing",
            "release nothing",
            "select 1 collate nothing",
            "select cast(1 as)",
            "commit",
        ]:
            with self.subTest(sql=sql):
                notes.call(lambda: connection.execute(sql).fetchall())

    @same
    def test_errors_of_rows_come_when_they_are_fetched(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.create_function("fails", 1, lambda n: 1 / 0 if n == 1 else n)
        notes.call(connection.execute, "select fails(1)")
        notes.call(lambda: connection.execute("select fails(2)").fetchall())

    @same
    def test_a_deep_statement(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        notes.call(connection.execute, "select " + "(" * 2000 + "1" + ")" * 2000)
        notes.call(connection.execute, "select " + "1+" * 2000 + "1")
        notes.call(lambda: connection.execute("select " + "1+" * 500 + "1").fetchall())

    @same
    def test_the_classes(self, sqlite, notes):
        names = ["Warning", "Error", "InterfaceError", "DatabaseError", "DataError", "OperationalError"]
        names += ["IntegrityError", "InternalError", "ProgrammingError", "NotSupportedError"]
        for name in names:
            parents = [other for other in names if issubclass(getattr(sqlite, name), getattr(sqlite, other))]
            notes((name, parents))
        connection = sqlite.connect(":memory:")
        try:
            connection.execute("nonsense")
        except connection.OperationalError as error:
            notes((error.sqlite_errorcode, error.sqlite_errorname, error.args))
        try:
            connection.execute("select ?", ())
        except sqlite.ProgrammingError as error:
            notes(hasattr(error, "sqlite_errorcode"))


if __name__ == "__main__":
    unittest.main()
