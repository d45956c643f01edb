"""Functions of the program in SQL, and what it is told of statements."""

import gc
import sqlite3
import sys
import threading
import unittest
import weakref

import heliosdb_sqlite
from comparison import Comparison, same


class Functions(Comparison):
    @same
    def test_arguments_and_results(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.create_function("given", -1, lambda *values: repr(values))
        notes(connection.execute("select given(1, 1.5, 'ä', x'00ff', null), given()").fetchall())
        for result in [
            None,
            5,
            True,
            1.5,
            float("nan"),
            "ä",
            "a\0b",
            b"bytes",
            bytearray(b"x"),
            2**63,
            object(),
            "\ud800",
        ]:
            connection.create_function("gives", 0, lambda result=result: result)
            notes.call(lambda: connection.execute("select gives(), typeof(gives())").fetchall())

    @same
    def test_registering(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        for arguments, keywords in [
            (("f", 1, abs), {}),
            ((), {"name": "g", "narg": 1, "func": abs, "deterministic": True}),
            (("h", 127, abs), {}),
            (("h", 128, abs), {}),
            (("h", -2, abs), {}),
            (("h" * 256, 1, abs), {}),
            (("not callable", 1, 5), {}),
            (("f", 1, None), {}),
            (("never there", 1, None), {}),
        ]:
            notes.call(connection.create_function, *arguments, **keywords)
        notes.call(lambda: connection.execute("select g(-5)").fetchall())
        notes.call(lambda: connection.execute("select f(-5)").fetchall())
        notes.call(lambda: connection.execute('select "not callable"(1)').fetchall())
        notes.call(lambda: connection.execute("select h(1)").fetchall())

    @same
    def test_overloads(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.create_function("f", 1, lambda a: "one")
        connection.create_function("f", -1, lambda *a: "any")
        connection.create_function("F", 2, lambda a, b: "two")
        connection.create_function("upper", 1, lambda a: "hidden")
        connection.create_aggregate("max", 1, None)
        for sql in (
            "f()",
            "f(1)",
            "f(1, 2)",
            "f(1, 2, 3)",
            "upper('a')",
            "lower('A')",
            "max(1)",
            "max(1, 2)",
        ):
            notes.call(lambda: connection.execute(f"select {sql}").fetchall())

    @same
    def test_in_all_places(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.create_function("double", 1, lambda n: n * 2, deterministic=True)
        connection.create_function("regexp", 2, lambda pattern, text: pattern in text)
        connection.executescript(
            "create table t (a, b check (double(b) < 100)); insert into t values (1, 2), (3, 4)"
        )
        for sql in [
            "select double(a) from t where double(a) > 2 order by double(-a)",
            "select double(sum(a)), count(*) from t group by double(a) having double(a) > 1",
            "update t set a = double(a)",
            "select * from t",
            "insert into t values (1, 50)",
            "delete from t where double(b) = 8 returning double(a)",
            "select 'abc' regexp 'b', 'abc' regexp 'd'",
            "select (select double(x.a)) from t as x",
            "select double(?1)",
        ]:
            parameters = (4,) if "?" in sql else ()
            notes.call(lambda: connection.execute(sql, parameters).fetchall())

    @same
    def test_aggregates(self, sqlite, notes):
        class Join:
            def __init__(self):
                self.parts = []

            def step(self, *parts):
                self.parts += parts

            def finalize(self):
                return ",".join(map(str, self.parts))

        connection = sqlite.connect(":memory:")
        connection.executescript("create table t (g, a); insert into t values (1, 2), (1, 3), (2, 5), (2, 5)")
        notes.call(connection.create_aggregate, "together", -1, Join)
        for sql in [
            "select together(a) from t",
            "select together(a, g) from t group by g",
            "select together(distinct a) from t group by g",
            "select together(a) filter (where a > 2) from t",
            "select together() from t",
            "select together(a) from t where 0",
            "select together(a) from t group by a having together(a) > '3'",
            "select together(together(a)) from t",
            "select a from t where together(a)",
        ]:
            notes.call(lambda: connection.execute(sql).fetchall())

    def test_exceptions_are_shown_if_asked_for(self):
        for module in (sqlite3, heliosdb_sqlite):
            shown = []
            hook, sys.unraisablehook = sys.unraisablehook, lambda what: shown.append(what.exc_type)
            connection = module.connect(":memory:")
            connection.create_function("fails", 0, lambda: 1 / 0)
            try:
                for enabled in (True, False):
                    module.enable_callback_tracebacks(enabled)
                    with self.assertRaises(module.OperationalError):
                        connection.execute("select fails()").fetchall()
            finally:
                sys.unraisablehook = hook
            self.assertEqual(shown, [ZeroDivisionError])

    @same
    def test_the_calling_connection_can_be_used_inside(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript(
            "create table t (a); insert into t values (1), (2), (3); create table log (a)"
        )

        def square(a):
            return connection.execute("select a * a from t where a = ?", (a,)).fetchone()[0]

        def factorial(n):
            return 1 if n < 2 else n * connection.execute("select factorial(?)", (n - 1,)).fetchone()[0]

        def logged(a):
            connection.execute("insert into log values (?)", (a,))
            return connection.total_changes

        def committed():
            connection.commit()
            return connection.in_transaction

        class Sum:
            def __init__(self):
                self.sum = 0

            def step(self, a):
                self.sum += square(a)

            def finalize(self):
                return connection.execute("select ?", (self.sum,)).fetchone()[0]

        for function, count in [(square, 1), (factorial, 1), (logged, 1), (committed, 0)]:
            connection.create_function(function.__name__, count, function)
        connection.create_aggregate("squares", 1, Sum)
        for sql in [
            "select a, square(a) from t where square(a) > 1",
            "select factorial(5)",
            "select squares(a) from t",
            "select a, logged(a) from t order by a",
            "select a from log",
            "select committed()",
        ]:
            notes.call(lambda: connection.execute(sql).fetchall())
            notes(connection.in_transaction)

    @same
    def test_the_calling_cursor_cannot_be_used_inside(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        cursor = connection.cursor()

        def inside():
            notes.call(cursor.execute, "select 1")
            return 1

        connection.create_function("inside", 0, inside)
        notes.call(lambda: cursor.execute("select inside()").fetchall())

    @same
    def test_each_row_has_its_call(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript("create table t (a); insert into t values (1), (2), (3), (4)")

        def seen(a):
            notes(a)
            return 1 // (3 - a)

        connection.create_function("seen", 1, seen)
        for sql in ["select a, seen(a) from t", "select a from t where seen(a)", "select abs(a) from t"]:
            cursor = connection.execute(sql)
            for _ in range(3):
                notes.call(cursor.fetchone)

    @same
    def test_rows_before_an_error_are_given(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript("create table t (a, b)")
        connection.executemany(
            "insert into t values (?, ?)", [(1, "{}"), (2, "{}"), (-(2**63), "{}"), (4, "{")]
        )
        for sql in ["select abs(a) from t", "select a from t where abs(+a) > 0 limit 4"]:
            cursor = connection.execute(sql)
            for _ in range(4):
                notes.call(cursor.fetchone)

    def test_the_calling_connection_cannot_be_closed_inside(self):
        connection = heliosdb_sqlite.connect(":memory:")
        connection.create_function("inside", 0, connection.close)
        with self.assertRaises(heliosdb_sqlite.OperationalError):
            connection.execute("select inside()")
        self.assertEqual(connection.execute("select 2").fetchall(), [(2,)])

    @same
    def test_what_a_trace_callback_can_ask(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (a)")
        connection.set_trace_callback(
            lambda sql: notes((sql, connection.in_transaction, connection.total_changes))
        )
        connection.execute("insert into t values (1)")
        connection.execute("insert into t values (2)")
        connection.commit()

    def test_another_connection_can_be_used_inside(self):
        one, two = heliosdb_sqlite.connect(":memory:"), heliosdb_sqlite.connect(":memory:")
        two.execute("create table t (a)")
        one.create_function(
            "store", 1, lambda value: two.execute("insert into t values (?)", (value,)).rowcount
        )
        self.assertEqual(one.execute("select store(5)").fetchall(), [(1,)])
        self.assertEqual(two.execute("select a from t").fetchall(), [(5,)])

    def test_other_threads_go_on_while_a_function_waits(self):
        connection = heliosdb_sqlite.connect(":memory:", check_same_thread=False)
        inside, free = threading.Event(), threading.Event()

        def waits():
            inside.set()
            return free.wait(20)

        connection.create_function("waits", 0, waits)
        results = []
        threads = [
            threading.Thread(target=lambda: results.append(connection.execute("select waits()").fetchall())),
            threading.Thread(target=lambda: inside.wait(20) and results.append("ran")),
        ]
        for thread in threads:
            thread.start()
        self.assertTrue(inside.wait(20))
        threads[1].join(20)
        self.assertEqual(results, ["ran"])
        free.set()
        threads[0].join(20)
        self.assertEqual(results, ["ran", [(1,)]])

    def test_functions_go_with_their_connection(self):
        class Callable:
            def __call__(self):
                return 1

        function = Callable()
        gone = weakref.ref(function)
        connection = heliosdb_sqlite.connect(":memory:")
        connection.create_function("f", 0, function)
        del function
        self.assertIsNotNone(gone())
        connection.close()
        gc.collect()
        self.assertIsNone(gone())


class Told(Comparison):
    @same
    def test_trace(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        told = []
        connection.set_trace_callback(told.append)
        connection.execute("create table t (a, b)")
        connection.execute("insert into t values (?, :x)", (1, "it's"))
        connection.executemany("insert into t values (?, ?)", [(1.5, None), (b"\x01", 2**40)])
        connection.execute("  select * from t where a = ?1 and b = ?1 ; -- more", (5,)).fetchall()
        connection.commit()
        connection.executescript("select 1; select 2 ;\n-- c\nselect 3")
        connection.rollback()
        with connection:
            connection.execute("delete from t")
        for sql in ("nonsense", "select * from nothing"):
            notes.call(connection.execute, sql)
        notes(told)
        connection.set_trace_callback(None)
        connection.execute("select 4")
        notes(len(told))

    @same
    def test_progress(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (a)")
        connection.executemany("insert into t values (?)", [(n,) for n in range(5000)])
        calls = []
        connection.set_progress_handler(lambda: calls.append(1), 1)
        connection.execute("select count(*) from t a").fetchall()
        notes(bool(calls))
        # What takes less than n instructions calls nobody; what takes many does.
        calls.clear()
        connection.set_progress_handler(lambda: calls.append(1), 100)
        connection.execute("create table few (a, b)")
        for number in range(3):
            connection.execute("insert into few values (?, 'x')", (number,))
            connection.commit()
            calls_of_few = len(calls)
        connection.execute("select * from few where a = 1").fetchall()
        connection.execute("update few set b = 'y' where a = 2")
        connection.commit()
        notes(len(calls) - calls_of_few)
        connection.execute("select sum(a + 1) from t a").fetchall()
        notes(len(calls) > calls_of_few)
        connection.set_progress_handler(lambda: 1, 100)
        notes.call(
            lambda: connection.execute("select count(*) from t a, t b where a.a + b.a = -1").fetchall()
        )
        connection.set_progress_handler(None, 100)
        notes.call(lambda: connection.execute("select count(*) from t").fetchall())

    @same
    def test_interrupt(self, sqlite, notes):
        connection = sqlite.connect(":memory:", check_same_thread=False)
        connection.execute("create table t (a)")
        connection.executemany("insert into t values (?)", [(n,) for n in range(10_000)])
        notes(connection.interrupt())
        notes.call(lambda: connection.execute("select count(*) from t").fetchone())
        begun = threading.Event()
        connection.create_function("begun", 0, lambda: begun.set())

        def stop():
            begun.wait(20)
            connection.interrupt()

        thread = threading.Thread(target=stop)
        thread.start()
        sql = "select begun(), (select count(*) from t a, t b where a.a + b.a + b.a = -1)"
        notes.call(lambda: connection.execute(sql).fetchall())
        thread.join(20)
        notes.call(lambda: connection.execute("select count(*) from t").fetchone())

    @same
    def test_limits(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        for name in sorted(name for name in dir(sqlite) if name.startswith("SQLITE_LIMIT_")):
            # Distributions build SQLite with other numbers of parameters than its default.
            if name != "SQLITE_LIMIT_VARIABLE_NUMBER":
                notes((name, connection.getlimit(getattr(sqlite, name))))
        notes.call(connection.getlimit, 100)
        notes.call(connection.setlimit, -1, 5)
        for category, limit, sql, parameters in [
            (sqlite.SQLITE_LIMIT_SQL_LENGTH, 20, "select 1", ()),
            (sqlite.SQLITE_LIMIT_SQL_LENGTH, 20, "select 'more than twenty bytes'", ()),
            (sqlite.SQLITE_LIMIT_VARIABLE_NUMBER, 2, "select ?, ?", (1, 2)),
            (sqlite.SQLITE_LIMIT_VARIABLE_NUMBER, 2, "select ?, ?, ?", (1, 2, 3)),
            (sqlite.SQLITE_LIMIT_VARIABLE_NUMBER, 2, "select ?3, ?2, ?1", (1, 2, 3)),
            (sqlite.SQLITE_LIMIT_FUNCTION_ARG, 2, "select max(1, 2)", ()),
            (sqlite.SQLITE_LIMIT_FUNCTION_ARG, 2, "select max(1, 2, 3)", ()),
            (sqlite.SQLITE_LIMIT_COLUMN, 2, "select 1, 2", ()),
            (sqlite.SQLITE_LIMIT_COLUMN, 2, "select 1, 2, 3", ()),
            (sqlite.SQLITE_LIMIT_LENGTH, 100, "select length(?)", ("x" * 100,)),
            (sqlite.SQLITE_LIMIT_LENGTH, 100, "select length(?)", ("x" * 101,)),
        ]:
            with self.subTest(sql=sql, limit=limit):
                before = connection.setlimit(category, limit)
                notes((connection.getlimit(category), connection.setlimit(category, -5)))
                notes.call(lambda: connection.execute(sql, parameters).fetchall())
                connection.setlimit(category, 2**31 - 1)
                notes(connection.getlimit(category) == before)


if __name__ == "__main__":
    unittest.main()
