"""Functions of the program that use the connection which is calling them, while it reads and while it writes."""

import threading
import unittest

import heliosdb_sqlite
from comparison import Comparison, same

SCHEMA = """
    create table t (a integer primary key, b unique);
    insert into t values (1, 10), (2, 20), (3, 30);
    create table log (x);
    create table u (a, b);
    create table n (id integer primary key autoincrement, name unique, parent)
"""

# What a function does.
INNER = {
    "reads the table": "select count(*) from t",
    "reads another": "select count(*) from log",
    "inserts": "insert into log values (7)",
    "inserts into the other": "insert into u values (7, 8)",
    "updates": "update log set x = x + 1",
    "deletes all": "delete from u",
    "creates": "create table if not exists made (a)",
    "creates an index": "create index if not exists i on log (x)",
    "alters": "alter table log add column y",
    "drops": "drop table log",
    "begins": "begin",
    "commits": "commit",
    "sets a savepoint": "savepoint s",
    "releases": "release s",
    "rolls back to": "rollback to s",
    "asks a pragma": "pragma table_info(t)",
    "sets a pragma": "pragma user_version = 5",
    "vacuums": "vacuum",
    "attaches": "attach ':memory:' as q",
    "fails": "insert into t values (1, 1)",
}

# What calls it.
OUTER = {
    "select": "select a, f(a) from t",
    "insert": "insert into u values (1, f(1))",
    "insert select": "insert into u select a, f(a) from t",
    "insert with a key": "insert into t values (50, f(50))",
    "insert that fails": "insert into t values (1, f(50))",
    "update": "update t set b = f(a)",
    "update of nothing": "update log set x = f(1)",
    "delete": "delete from t where a = f(a) / 1000 and a = 3",
    "returning": "insert into u values (1, f(1)), (2, f(2)) returning a, b",
    "many": None,
}

# SQLite counts deleted rows as gone before it looks at the next.
NOT_ALIKE = {("delete", "reads the table")}


def outcome(function, module):
    """What a call gives, or the class, the words and the code of what it raises."""
    try:
        return function()
    except module.Error as error:
        return (type(error).__name__, str(error), error.sqlite_errorname)


class Matrix(Comparison):
    def run_case(self, module, notes, isolation_level, outer, inner):
        connection = module.connect(":memory:", isolation_level=isolation_level)
        connection.executescript(SCHEMA)

        def use(a):
            def execute():
                cursor = connection.execute(INNER[inner])
                return (cursor.fetchall(), cursor.rowcount)

            notes(outcome(execute, module))
            notes((connection.in_transaction, connection.total_changes))
            return a * 1000

        def run():
            if OUTER[outer] is None:
                cursor = connection.executemany("insert into u values (?, f(?))", [(1, 1), (2, 2)])
            else:
                cursor = connection.execute(OUTER[outer])
            return (cursor.fetchall(), cursor.rowcount, cursor.lastrowid)

        connection.create_function("f", 1, use)
        notes(outcome(run, module))
        notes((connection.in_transaction, connection.total_changes))
        for table in ("t", "log", "u", "pragma_user_version"):
            notes(outcome(connection.execute(f"select * from {table}").fetchall, module))
        notes(connection.execute("select name from sqlite_schema order by name").fetchall())
        notes(connection.execute("pragma integrity_check").fetchall())
        connection.rollback()
        notes(connection.execute("select * from u").fetchall())

    def test_all(self):
        for isolation_level in (None, ""):
            for outer in OUTER:
                for inner in INNER:
                    if (outer, inner) in NOT_ALIKE:
                        continue
                    with self.subTest(isolation_level=isolation_level, outer=outer, inner=inner):
                        self.compare(
                            lambda module, notes, case=(isolation_level, outer, inner): self.run_case(
                                module, notes, *case
                            )
                        )


class Nested(Comparison):
    @same
    def test_rows_of_the_same_table(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript(SCHEMA)

        def node(name, parent):
            """The number of a name, which gets one if it has none."""
            found = connection.execute("select id from n where name = ?", (name,)).fetchone()
            if found is None:
                above = name.rpartition("/")[0]
                cursor = connection.execute(
                    "insert into n (name, parent) values (?, case when ? then node(?, '') end)",
                    (name, bool(above), above),
                )
                return cursor.lastrowid
            return found[0]

        connection.create_function("node", 2, node)
        connection.execute("insert into u values (node('a/b/c', ''), 1)")
        connection.executemany("insert into u values (node(?, ''), 2)", [("a/b",), ("a/x",), ("y",)])
        notes(connection.execute("select * from n order by id").fetchall())
        notes(connection.execute("select * from u").fetchall())
        notes(connection.execute("pragma integrity_check").fetchall())

    @same
    def test_triggers_and_checks(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript(SCHEMA)

        def known(a):
            return connection.execute("select count(*) from t where a = ?", (a,)).fetchone()[0]

        def log(a):
            connection.execute("insert into log values (?)", (a,))

        connection.create_function("known", 1, known)
        connection.create_function("log", 1, log)
        connection.executescript(
            """create table child (a check (known(a)), b);
            create trigger told after insert on child begin select log(new.a); end;
            create trigger changed after update on child begin select log(old.b + new.b); end"""
        )
        connection.execute("insert into child values (1, 5)")
        notes.call(connection.execute, "insert into child values (9, 5)")
        connection.execute("insert into child select a, b from t")
        connection.execute("update child set b = b + 1 where a < 3")
        for table in ("child", "log"):
            notes(connection.execute(f"select * from {table}").fetchall())
        notes(connection.total_changes)

    @same
    def test_what_a_failed_statement_takes_with_it(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript(SCHEMA)

        def log(a):
            connection.execute("insert into log values (?)", (a,))
            return a

        connection.create_function("log", 1, log)
        for sql in [
            "insert into t values (9, log(90)), (9, log(91))",
            "insert into t select a + 8, log(b) from t union all select 9, log(100)",
            "update t set b = log(5)",
        ]:
            notes.call(connection.execute, sql)
            notes(connection.execute("select * from t").fetchall())
            notes(connection.execute("select * from log").fetchall())
            notes(connection.in_transaction)

    @same
    def test_scripts_and_aggregates(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript(SCHEMA)

        class Sum:
            def __init__(self):
                self.sum = connection.execute("select count(*) from log").fetchone()[0]

            def step(self, a):
                connection.execute("insert into log values (?)", (a,))
                self.sum += a

            def finalize(self):
                return self.sum + connection.execute("select count(*) from log").fetchone()[0]

        connection.create_aggregate("added", 1, Sum)
        notes(connection.execute("select added(b) from t").fetchall())
        connection.executescript(
            "insert into u select 1, added(a) from t; update u set b = b + 1; select added(1)"
        )
        notes(connection.execute("select * from u").fetchall())
        notes(connection.execute("select * from log").fetchall())
        notes(connection.total_changes)

    @same
    def test_a_trace_callback_that_runs_statements(self, sqlite, notes):
        connection = sqlite.connect(":memory:", isolation_level=None)
        connection.executescript(SCHEMA)
        told = []

        def trace(sql):
            if not told or told[-1] != "in":
                told.append("in")
                connection.execute("insert into log values (?)", (sql,))
                told.append(connection.execute("select count(*) from log").fetchone())

        connection.set_trace_callback(trace)
        connection.execute("insert into u values (1, 2)")
        connection.execute("select * from u").fetchall()
        connection.set_trace_callback(None)
        notes(told)
        notes(connection.execute("select * from log").fetchall())

    @same
    def test_rows_that_a_function_leaves_open(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript(SCHEMA)
        cursors = []

        def opens():
            cursors.append(connection.execute("select a from t"))
            return cursors[-1].fetchone()[0]

        connection.create_function("opens", 0, opens)
        connection.execute("insert into u values (opens(), opens())")
        notes([cursor.fetchall() for cursor in cursors])
        notes(connection.execute("select * from u").fetchall())

    @same
    def test_full_text(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript(SCHEMA + "; create virtual table texts using fts5 (body)")

        def found(word):
            return connection.execute("select count(*) from texts (?)", (word,)).fetchone()[0]

        connection.create_function("found", 1, found)
        connection.execute("insert into texts values ('one'), ('one two')")
        connection.execute("insert into u values (found('one'), found('two'))")
        connection.execute("insert into texts select 'one ' || found('one') from t")
        notes(connection.execute("select * from u").fetchall())
        notes(connection.execute("select * from texts").fetchall())


class OurOwn(unittest.TestCase):
    def setUp(self):
        self.connection = heliosdb_sqlite.connect(":memory:", check_same_thread=False)
        self.connection.executescript(SCHEMA)

    def test_an_update_looks_at_its_rows_before_it_changes_them(self):
        seen = []

        def total(a):
            seen.append(self.connection.execute("select sum(b) from t").fetchone()[0])
            self.connection.execute("update t set b = b + 1 where a = 3")
            return a

        self.connection.create_function("total", 1, total)
        self.connection.execute("update t set b = total(a) where a < 3")
        self.assertEqual(seen, [60, 61])
        self.assertEqual(self.connection.execute("select * from t").fetchall(), [(1, 1), (2, 2), (3, 32)])
        self.assertEqual(self.connection.execute("pragma integrity_check").fetchall(), [("ok",)])

    def test_rows_that_are_gone_when_their_turn_comes(self):
        def drop(a):
            self.connection.execute("delete from t where a = 2")
            return a

        self.connection.create_function("gone", 1, drop)
        self.assertEqual(self.connection.execute("update t set b = gone(a)").rowcount, 2)
        self.assertEqual(self.connection.execute("select * from t").fetchall(), [(1, 1), (3, 3)])
        self.assertEqual(self.connection.execute("pragma integrity_check").fetchall(), [("ok",)])

    def test_a_row_that_a_check_changes_is_an_error(self):
        depth = []

        def changes(a):
            if not depth:
                depth.append(a)
                self.connection.execute("update c set b = b + 1")
                depth.clear()
            return 1

        self.connection.create_function("changes", 1, changes)
        self.connection.execute("create table c (a, b unique, check (changes(a)))")
        self.connection.execute("insert into c values (1, 1)")
        with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "database table is locked"):
            self.connection.execute("update c set a = 5")
        self.assertEqual(self.connection.execute("select * from c").fetchall(), [(1, 1)])
        self.connection.create_function("changes", 1, lambda a: 1)
        self.assertEqual(self.connection.execute("pragma integrity_check").fetchall(), [("ok",)])

    def test_definitions_of_what_is_written_are_refused(self):
        refused = []

        def define(a):
            for sql in ("create index i on t (b)", "alter table t add column c", "drop table log"):
                try:
                    self.connection.execute(sql)
                except heliosdb_sqlite.OperationalError as error:
                    refused.append(str(error))
            return a

        self.connection.create_function("define", 1, define)
        self.connection.execute("insert into t values (9, define(1))")
        self.assertEqual(refused, ["database table is locked"] * 3)

    def test_a_rollback_ends_the_statement(self):
        self.connection.create_function("back", 1, lambda a: self.connection.rollback())
        self.connection.execute("insert into log values (1)")
        with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "abort due to ROLLBACK"):
            self.connection.execute("insert into u values (1, back(1))")
        self.assertFalse(self.connection.in_transaction)
        self.assertEqual(
            self.connection.execute("select * from log union all select a from u").fetchall(), []
        )

    def test_where_the_connection_cannot_be_used(self):
        seen = []

        def use(*_):
            try:
                self.connection.execute("select 1")
            except heliosdb_sqlite.ProgrammingError as error:
                seen.append(str(error))
            return 0

        message = "The connection is running the statement that made this call."
        self.connection.create_function("use", 0, use)
        for begin in (
            lambda: self.connection.create_collation("c", use),
            lambda: self.connection.set_progress_handler(use, 1),
            lambda: self.connection.set_authorizer(use),
            None,
        ):
            seen.clear()
            if begin is None:
                self.connection.execute("create table made as select use()")
            else:
                begin()
                self.connection.execute(
                    "select a from t order by a || 'x' collate c" if begin else ""
                ).fetchall()
                self.connection.set_progress_handler(None, 1)
                self.connection.set_authorizer(None)
            self.assertEqual(set(seen), {message})

    def test_another_thread_waits(self):
        inside, order = threading.Event(), []

        def slow(a):
            inside.set()
            thread.join(0.05)
            order.append(self.connection.execute("select count(*) from log").fetchone()[0])
            return a

        def other():
            inside.wait(20)
            self.connection.execute("insert into log values (1)")
            order.append("other")

        self.connection.create_function("slow", 1, slow)
        thread = threading.Thread(target=other)
        thread.start()
        self.connection.execute("insert into u values (1, slow(1))")
        thread.join(20)
        self.assertEqual(order, [0, "other"])


if __name__ == "__main__":
    unittest.main()
