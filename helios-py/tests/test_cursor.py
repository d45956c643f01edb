"""Cursors: running statements, parameters, fetching, and what cursors say of a statement."""

import sqlite3
import unittest

import heliosdb_sqlite
from comparison import Comparison, same


def filled(sqlite, rows=5, **keywords):
    connection = sqlite.connect(":memory:", **keywords)
    connection.execute("create table t (id integer primary key, a text, b real)")
    connection.executemany(
        "insert into t values (?, ?, ?)", [(n, f"row {n}", n / 2) for n in range(1, rows + 1)]
    )
    connection.commit()
    return connection


class Parameters(Comparison):
    @same
    def test_tables_of_queries_with_parameters(self, sqlite, notes):
        connection = filled(sqlite)
        connection.execute("attach ':memory:' as other")
        for name, query, parameters in [
            ("a", "select ? as x, ?1 + id as y from t where id < ?2", (1, 4)),
            ("b", "select :n as x where :n = 5", {"n": 5}),
            ("other.c", "values (?)", ("q",)),
            ("d", "with z as (select ? as x) select * from z", (7,)),
        ]:
            notes.call(connection.execute, f"create table {name} as {query}", parameters)
            notes(connection.execute(f"select * from {name}").fetchall())
        connection.execute("create temp table e as select ? as x", ("temporary",))
        notes(connection.execute("select * from e").fetchall())
        plan = connection.execute("explain query plan create table f as select ? from t", (1,)).fetchall()
        notes([row[3] for row in plan])
        notes(connection.execute("explain query plan create table g (a)").fetchall())

    @same
    def test_styles(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        for sql, parameters in [
            ("select ?, ?", (1, 2)),
            ("select ?, ?", [1, "x"]),
            ("select ?2, ?1", (1, 2)),
            ("select ?3", (1, 2, 3)),
            ("select ?, ?5", (1, 2, 3, 4, 5)),
            ("select :a, :b", {"a": 1, "b": 2}),
            ("select :a, :a, @b, $c", {"a": 1, "b": 2, "c": 3}),
            ("select :a", {"a": 1, "unused": 2}),
            ("select :a, :b", (1, 2)),
            ("select ?", {"a": 1}),
            ("select :a", {"b": 1}),
            ("select ?", (1, 2)),
            ("select ?", ()),
            ("select 1", (1,)),
            ("select ?", 5),
            ("select ?", None),
            ("select ?", "x"),
            ("select ?, ?", "xy"),
            ("select ?", b"x"),
            ("select ?", {1}),
            ("select ?", range(1)),
            ("select :a", {}),
            ("select ?", {0: 1}),
            ("select 1", {}),
            ("select 1", ()),
        ]:
            with self.subTest(sql=sql, parameters=parameters):
                notes.call(lambda: connection.execute(sql, parameters).fetchall())

    @same
    def test_own_classes_of_parameters(self, sqlite, notes):
        class Sequence:
            def __len__(self):
                return 2

            def __getitem__(self, index):
                return ("first", "second")[index]

        class Failing(Sequence):
            def __getitem__(self, index):
                raise ZeroDivisionError("no")

        class Missing(dict):
            def __missing__(self, key):
                return f"made up for {key}"

        class Tuple(tuple):
            def __getitem__(self, index):
                return "not asked"

        connection = sqlite.connect(":memory:")
        notes.call(lambda: connection.execute("select ?, ?", Sequence()).fetchall())
        notes.call(lambda: connection.execute("select ?, ?", Failing()).fetchall())
        notes.call(lambda: connection.execute("select :a, :b", Missing(a=1)).fetchall())
        notes.call(lambda: connection.execute("select ?", Tuple((1,))).fetchall())

    @same
    def test_many(self, sqlite, notes):
        connection = filled(sqlite, 0)

        def generated():
            yield ("one",)
            yield ["two"]

        def failing():
            yield ("three",)
            raise ZeroDivisionError("no")

        for rows in [
            [("x",), ("y",)],
            generated(),
            iter([]),
            failing(),
            [("z",), ("too", "many")],
            [("z",), (object(),)],
            5,
            [5],
            [{"a": 1}],
        ]:
            cursor = connection.cursor()
            notes.call(lambda c=cursor, r=rows: c.executemany("insert into t (a) values (?)", r))
            notes((cursor.rowcount, cursor.lastrowid, cursor.description))
            notes(connection.execute("select a from t").fetchall())
            notes(connection.in_transaction)
        notes.call(connection.executemany, "insert into t (a) values (:a)", [{"a": 1}, {"a": 2}])
        notes.call(connection.executemany, "select ?", [(1,)])
        notes.call(connection.executemany, "create table u (a)", [()])
        notes.call(
            connection.executemany, "update t set b = ? where a = ?", [(1, "x"), (2, "one"), (3, "nobody")]
        )
        notes.call(connection.executemany, "delete from t where a = ?", [("x",), ("y",)])
        notes.call(connection.executemany, "insert into t (a) values (1)", [(), ()])
        notes(connection.total_changes)

    @same
    def test_rows_from_what_uses_the_connection(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (a integer primary key, b)")

        def counting():
            for _ in range(3):
                counted = connection.execute("select count(*), max(a) from t").fetchone()
                notes((counted, connection.total_changes, connection.in_transaction))
                yield (counted[0],)

        def committing():
            connection.execute("insert into t (b) values ('first')")
            yield ("second",)
            connection.commit()
            yield ("third",)
            connection.rollback()
            connection.executemany("insert into t (b) values (?)", counting())
            yield ("last",)

        def failing():
            yield ("before",)
            raise ValueError("from the generator")

        for generator in (counting, committing, failing):
            notes.call(lambda: connection.executemany("insert into t (b) values (?)", generator()).rowcount)
            notes(connection.execute("select * from t").fetchall())
            notes(connection.in_transaction)
            connection.commit()

    @same
    def test_executemany_asks_for_no_row_after_one_that_fails(self, sqlite, notes):
        tables = [
            "create table t (id integer primary key, a)",
            "create table t (id integer primary key, a not null)",
            "create table t (a unique, id int)",
            "create table t (id int, a check (a < 7))",
            "create table t (id int, a real unique)",
            "create table t (id int, a text collate nocase unique)",
            "create table t (id, a, unique (a, id), unique (id, a desc))",
            "create table t (id int, a text check (length(a) < 3 and abs(id) >= 0) unique on conflict replace)",
            "create table t (id integer primary key, a check (id < 25) unique)",
            "create table t (id int primary key, a) without rowid",
            "create table t (id integer primary key autoincrement, a)",
            "create table t (a, id as (a + 1), b)",
            "create table t (id integer primary key, a int) strict",
            "create table t (id int, a); create index i on t (a) where id > 3",
            "create table t (id int, a); create trigger r after insert on t when new.a = 6 "
            "begin select raise(abort, 'no'); end",
        ]
        many = [(number, number) for number in range(20)]
        rows = {
            "twice": [*many, (20, 3), (21, 21), (22, 22)],
            "the same again": [*many, (3, 30), (31, 31)],
            "down and up": [(30, 1), (20, 2), (40, 3), (25, 4), (40, 5), (50, 6)],
            "given and not": [(None, 1), (5, 2), (None, 3), (6, 4), (7, 5), (8, 6), (9, 10)],
            "zeros": [(1, 0.0), (2, 1), (3, -0.0), (4, 4)],
            "letters": [
                (1, "a"),
                (2, "b"),
                (3, "A"),
                (4, "c"),
                (5, "aaa"),
                (6, "z"),
                (None, "y"),
                (None, "y"),
            ],
            "numbers and texts": [
                (1, 1),
                (2, 2),
                (3, "1"),
                (4, 5),
                (5, 1.0),
                (6, 9),
                (-(2**63), 10),
                (7, 11),
            ],
            "nothing": [*many, (50, None), (51, 51)],
            "no number": [*many, ("x", 7), (60, 60)],
            "not bound": [*many, (60, object()), (61, 61)],
            "too few": [*many, (60,), (61, 61)],
        }
        statements = [
            "insert into t ({0}, {1}) values (?, ?)",
            "insert or ignore into t ({0}, {1}) values (?, ?)",
            "insert or replace into t ({0}, {1}) values (?, ?)",
            "insert or rollback into t ({0}, {1}) values (?, ?)",
            "insert into t ({0}, {1}) values (?1, abs(?2))",
            "insert into t ({0}, {1}) select ?, ? where 1",
            "insert into t ({0}, {1}) values (?, ?) on conflict do nothing",
        ]
        for schema in tables:
            for name, given in rows.items():
                for statement in statements:
                    connection = sqlite.connect(":memory:")
                    connection.executescript(schema)
                    columns = ("a", "b") if " as " in schema else ("id", "a")
                    source = iter(given)
                    notes((schema, name, statement))
                    notes.call(lambda: connection.executemany(statement.format(*columns), source).rowcount)
                    notes(list(map(repr, (row[0] for row in source))))
                    notes(connection.execute("select * from t order by 1, 2").fetchall())
                    notes(connection.in_transaction)
                    connection.close()

    @same
    def test_executemany_keeps_rows_before_one_that_cannot_be_checked(self, sqlite, notes):
        for schema in ("create table t (a check (abs(a) > 0))", "create table t (a, b as (abs(a)) stored)"):
            connection = sqlite.connect(":memory:")
            connection.execute(schema)
            rows = [(1,), (2,), (-(2**63),), (4,)]
            notes.call(connection.executemany, "insert into t (a) values (?)", rows)
            notes(connection.execute("select * from t").fetchall())
            notes(connection.total_changes)

    @same
    def test_executemany_of_changes_asks_for_no_row_after_one_that_fails(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (id integer primary key, a unique)")
        connection.executemany("insert into t values (?, ?)", ((number, number) for number in range(100)))
        for statement in ("update t set a = ? where id = ?", "delete from t where a = ? or id = abs(?)"):
            asked = []

            def rows(asked=asked):
                for pair in ((100, 1), (101, 2), (5, 3), (103, 4)):
                    asked.append(pair)
                    yield pair

            notes.call(lambda: connection.executemany(statement, rows()).rowcount)
            notes(asked)
            notes(connection.execute("select * from t where a > 95 or id < 8").fetchall())

    @same
    def test_the_rows_of_executemany_may_change_the_table_that_they_go_into(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (id integer primary key, a)")

        def rows():
            for number in range(1, 30):
                if number == 10:
                    # From here on the next rowids are taken.
                    connection.execute("insert into t values (20, 'taken')")
                if number == 15:
                    connection.execute("create table other (a)")
                yield (number, notes.call(lambda: connection.execute("select count(*) from t").fetchone()[0]))

        source = rows()
        notes.call(lambda: connection.executemany("insert into t values (?, ?)", source).rowcount)
        notes(next(source))
        notes(connection.execute("select count(*), max(id) from t").fetchone())

    @same
    def test_a_table_that_is_read_is_not_dropped(self, sqlite, notes):
        connection = sqlite.connect(":memory:", isolation_level=None)
        connection.executescript(
            "create table t (a); insert into t values (1), (2), (3);"
            "create table u (a); create index i on u (a); create view v as select 1;"
            "create trigger r after insert on u begin select 1; end; create temp table w (a);"
            "create table x (a primary key) without rowid; attach ':memory:' as other; create table other.y (a);"
        )
        readers = [
            "select * from t",
            "select * from w union all select * from t",
            "insert into t values (7), (8) returning a",
            "select 1 union all select 2",
        ]
        changes = [
            "drop table u",
            "drop table if exists nothing",
            "drop table nothing",
            "drop index i",
            "drop table x",
            "drop table w",
            "drop table other.y",
            "drop trigger r",
            "drop view v",
            "drop table sqlite_master",
            "alter table t add column b",
            "create table new (a)",
            "delete from u",
        ]
        for reader in readers:
            for change in changes:
                connection.execute("savepoint all_of_it")
                cursor = connection.execute(reader)
                notes((reader, change, cursor.fetchone()))
                notes.call(lambda: connection.execute(change).fetchall())
                cursor.fetchall()
                notes.call(lambda: connection.execute(change).fetchall())
                connection.execute("rollback to all_of_it")
                connection.execute("release all_of_it")
        # One that was read to its last row, that was closed, or that nobody has, reads nothing any more.
        cursor = connection.execute("select 1 from t limit 1")
        cursor.fetchone()
        half = connection.execute("select * from t")
        half.close()
        connection.execute("select * from t")
        notes.call(lambda: connection.execute("drop table u").fetchall())

    @same
    def test_executemany_with_parameters_for_rows_in_the_way(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (a unique, b)")
        upsert = "insert into t (a) values (?) on conflict (a) do update set a = ?, b = ? where a = ?"
        for _ in range(2):
            rows = [("x", "x", 1, "x"), ("y", "y", 2, "y"), ("z", "z", 3, "x")]
            notes.call(connection.executemany, upsert, rows)
            notes(connection.execute("select * from t").fetchall())

    @same
    def test_a_large_batch(self, sqlite, notes):
        connection = filled(sqlite, 0)
        cursor = connection.cursor()
        cursor.executemany("insert into t values (?, ?, ?)", ((n, str(n), None) for n in range(10_000)))
        notes((cursor.rowcount, cursor.lastrowid))
        notes(connection.execute("select count(*), sum(id), min(a), max(a), count(b) from t").fetchall())
        rows = ((n, "again", None) for n in (20_000, 20_001, 5))
        notes.call(cursor.executemany, "insert into t values (?, ?, ?)", rows)
        notes((cursor.rowcount, connection.execute("select count(*) from t").fetchone()))
        rows = ((n, "upsert", None) for n in range(9_000, 11_000))
        cursor.executemany("insert or replace into t values (?, ?, ?)", rows)
        notes((cursor.rowcount, connection.execute("select count(*) from t").fetchone()))


class Statements(Comparison):
    @same
    def test_texts(self, sqlite, notes):
        connection = filled(sqlite)
        for sql in [
            "",
            ";",
            "-- nothing",
            "/* nothing */",
            "select 1;",
            "select 1; -- more",
            "select 1; select 2",
            "select 1;;",
            "  \n select 1",
            "/* a */ select 1 -- b",
            "select\0 1",
            "select 1\0",
            "select 'ä€𝄞'",
            'select "no such column"',
            "select no_such_column",
            "select * from no_such_table",
            "nonsense",
            "select",
            "select (",
            "select 'unfinished",
            5,
            None,
            b"select 1",
        ]:
            with self.subTest(sql=sql):
                notes.call(lambda: connection.execute(sql).fetchall())

    @same
    def test_description(self, sqlite, notes):
        connection = filled(sqlite)
        cursor = connection.cursor()
        notes(cursor.description)
        for sql in [
            "select id, a as other, b + 1, 'x', count(*) from t",
            "select * from t where 0",
            "insert into t (a) values ('x')",
            "select id as \"a [integer]\", a 'b c' from t",
            "create table u (a)",
            "pragma table_info(t)",
            "insert into t (a) values ('x') returning id, a || 'y'",
            "delete from t where id = 100 returning *",
            "with x as (select 5 as five) select * from x",
        ]:
            cursor.execute(sql)
            notes(cursor.description)
            cursor.fetchall()
            notes(cursor.description)
        notes.call(cursor.execute, "nonsense")
        notes(cursor.description)

    @same
    def test_row_counts_and_rowids(self, sqlite, notes):
        connection = filled(sqlite)
        cursor = connection.cursor()
        notes((cursor.rowcount, cursor.lastrowid))
        for sql in [
            "select * from t",
            "insert into t (a) values ('x'), ('y')",
            "update t set b = 1 where id < 3",
            "update t set b = 1 where 0",
            "delete from t where id = 1",
            "insert or ignore into t (id) values (2)",
            "insert or replace into t (id) values (2)",
            "replace into t (id, a) values (3, 'z')",
            "create table u (a primary key)",
            "insert into t (id) values (-5)",
            "with x (n) as (select 50) insert into t (id) select n from x",
            "select 1",
            "commit",
            "delete from t",
        ]:
            with self.subTest(sql=sql):
                notes.call(lambda: cursor.execute(sql) and None)
                notes(
                    (cursor.rowcount, cursor.lastrowid, connection.total_changes, connection.in_transaction)
                )
        notes.call(lambda: cursor.execute("insert into t (id) values (1), (1)"))
        notes((cursor.rowcount, cursor.lastrowid))

    @same
    def test_rows_of_returning_are_counted_at_the_end(self, sqlite, notes):
        cursor = sqlite.connect(":memory:").execute("create table t (a)")
        for sql in (
            "insert into t values (1), (2), (3) returning a",
            "update t set a = 5 where a < 0 returning a",
            "update t set a = a + 1 returning a",
        ):
            notes.call(lambda: cursor.execute(sql).rowcount)
            while (row := cursor.fetchone()) is not None:
                notes((row, cursor.rowcount))
            notes(cursor.rowcount)

    @same
    def test_fetching(self, sqlite, notes):
        connection = filled(sqlite, 5)
        cursor = connection.cursor()
        notes((cursor.fetchone(), cursor.fetchmany(), cursor.fetchall(), list(cursor), cursor.arraysize))
        cursor.execute("select id from t order by id")
        notes(
            (
                cursor.fetchone(),
                cursor.fetchmany(2),
                cursor.fetchmany(100),
                cursor.fetchone(),
                cursor.fetchall(),
            )
        )
        cursor.execute("select id from t order by id")
        cursor.arraysize = 3
        notes((cursor.fetchmany(), cursor.fetchmany(size=1), cursor.fetchmany(0), next(cursor, None)))
        cursor.execute("select id from t order by id")
        notes((next(cursor), list(cursor), next(cursor, "end")))
        cursor.execute("select id from t order by id")
        notes(cursor.fetchmany(-1))
        notes.call(setattr, cursor, "arraysize", "x")
        notes.call(cursor.fetchmany, "x")
        notes((cursor.setinputsizes([1]), cursor.setoutputsize(1), cursor.setoutputsize(1, 2)))

    @same
    def test_cursors_see_their_own_rows(self, sqlite, notes):
        connection = filled(sqlite, 5)
        one, two = connection.cursor(), connection.cursor()
        one.execute("select id from t")
        two.execute("select id from t order by id desc")
        notes([one.fetchone(), two.fetchone(), one.fetchone(), two.fetchone()])
        one.execute("select a from t")
        notes([one.fetchone(), two.fetchone()])
        with self.subTest("a connection may commit while rows are fetched"):
            connection.commit()
            notes([one.fetchone(), two.fetchone()])

    @same
    def test_a_cursor_of_a_closed_connection_keeps_its_attributes(self, sqlite, notes):
        connection = filled(sqlite)
        cursor = connection.execute("select id from t")
        notes(cursor.connection is connection)
        connection.close()
        notes((cursor.rowcount, cursor.lastrowid, cursor.arraysize, cursor.row_factory))
        notes(cursor.description)

    @same
    def test_recursive_use(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        cursor = connection.cursor()

        def rows():
            cursor.execute("select 1")
            yield (1,)

        connection.execute("create table t (a)")
        notes.call(cursor.executemany, "insert into t values (?)", rows())

    @same
    def test_scripts(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        cursor = connection.cursor()
        for script in [
            "create table t (a); insert into t values (1); insert into t values (2)",
            "-- only a comment",
            "",
            "select * from t; nonsense; insert into t values (3)",
            "insert into t values (4); select * from no_such_table",
            "begin; insert into t values (5)",
            "insert into t values (6); commit;",
            "select 1\0; select 2",
            "create table u (a);;;",
            5,
        ]:
            with self.subTest(script=script):
                notes.call(lambda: cursor.executescript(script) is cursor)
                notes(connection.in_transaction)
                notes(connection.execute("select count(*) from t").fetchall())
        connection.execute("insert into t values (7)")
        notes(connection.in_transaction)
        connection.executescript("select 1")
        notes(connection.in_transaction)

    @same
    def test_the_cache_of_statements(self, sqlite, notes):
        for size in (0, 1, 2, 128):
            connection = sqlite.connect(":memory:", cached_statements=size)
            connection.execute("create table t (a)")
            for number in range(3):
                connection.execute("insert into t values (?)", (number,))
                notes(connection.execute("select * from t").fetchall())
            first, second = connection.execute("select a from t"), connection.execute("select a from t")
            notes((first.fetchone(), second.fetchone(), first.fetchall(), second.fetchall()))
            connection.execute("drop table t")
            notes.call(connection.execute, "select * from t")
            connection.execute("create table t (b, c)")
            notes(connection.execute("select * from t").description)


class Subclasses(Comparison):
    @same
    def test_cursor_classes(self, sqlite, notes):
        class Own(sqlite.Cursor):
            def __init__(self, connection, extra="default"):
                super().__init__(connection)
                self.extra = extra

            def fetchone(self):
                return ("own", super().fetchone())

        class NotCalled(sqlite.Cursor):
            def __init__(self, connection):
                pass

        connection = sqlite.connect(":memory:")
        cursor = connection.cursor(Own)
        notes((type(cursor) is Own, cursor.extra))
        notes((cursor.execute("select 1") is cursor, cursor.fetchone()))
        notes.call(lambda: connection.cursor(NotCalled).execute("select 1"))
        notes.call(connection.cursor, lambda c: 5)
        notes.call(connection.cursor, factory=lambda c: Own(c, "given"))
        notes.call(connection.cursor, None)
        notes.call(lambda: sqlite.Cursor(connection).execute("select 2").fetchone())

    def test_a_cursor_needs_a_connection(self):
        for module in (sqlite3, heliosdb_sqlite):
            with self.subTest(module=module.__name__):
                self.assertRaises(TypeError, module.Cursor)
                self.assertRaises(TypeError, module.Cursor, 5)


if __name__ == "__main__":
    unittest.main()
