"""Connections, cursors, blobs and functions go in any order, anywhere and at any time: no crash, no hang.

Each program runs in a process of its own, once with `sqlite3` and once with the module, and has to end well.
"""

import subprocess
import sys
import tempfile
import textwrap
import unittest

HEAD = """
import gc, os, sys, threading, weakref
import {module} as sqlite

def filled(path=":memory:"):
    connection = sqlite.connect(path, check_same_thread=False)
    connection.execute("create table if not exists t (a, b)")
    connection.executemany("insert into t values (?, ?)", ((n, bytes(10)) for n in range(3000)))
    connection.commit()
    return connection
"""


def program(text: str, modules=("sqlite3", "heliosdb_sqlite")):
    """A case from a program that runs on both modules and prints the same."""

    def case(self):
        printed = []
        for module in modules:
            with tempfile.TemporaryDirectory() as folder:
                ended = subprocess.run(
                    [
                        sys.executable,
                        "-X",
                        "faulthandler",
                        "-c",
                        HEAD.format(module=module) + textwrap.dedent(text),
                    ],
                    cwd=folder,
                    capture_output=True,
                    text=True,
                    timeout=120,
                    check=False,
                )
            self.assertEqual(ended.returncode, 0, f"{module}: {ended.stderr}")
            self.assertNotIn("panicked", ended.stderr)
            printed.append(ended.stdout)
        self.assertTrue(printed[0], "the program prints nothing")
        self.assertEqual(printed[-1], printed[0])

    return case


class Order(unittest.TestCase):
    test_a_cursor_outlives_its_connection = program("""
        connection = filled()
        cursor = connection.execute("select * from t")
        print(next(cursor))
        del connection
        gc.collect()
        print(next(cursor), len(cursor.fetchall()))
    """)

    test_a_closed_connection_leaves_cursors_and_blobs = program("""
        connection = filled("a.db")
        cursor = connection.execute("select * from t")
        next(cursor)
        blob = connection.blobopen("t", "b", 1)
        connection.close()
        for use in (cursor.fetchone, cursor.fetchall, blob.read, lambda: blob.seek(0), cursor.close, blob.close):
            try:
                print(use())
            except sqlite.Error as error:
                print(type(error).__name__, error)
        del blob, cursor, connection
        gc.collect()
    """)

    test_all_orders = program("""
        import itertools
        for order in itertools.permutations(range(5)):
            connection = filled()
            connection.create_function("f", 1, lambda value: value)
            cursor = connection.execute("select f(a) from t")
            next(cursor)
            other = connection.cursor()
            blob = connection.blobopen("t", "b", 1)
            row = sqlite.Row(connection.execute("select 1 as x"), (1,))
            things = [connection, cursor, other, blob, row]
            del connection, cursor, other, blob, row
            for place in order:
                things[place] = None
                gc.collect(0)
        print("done")
    """)

    test_a_connection_goes_with_callables_that_lead_to_it = program("""
        class Connection(sqlite.Connection):
            pass

        def hang(method, *more):
            connection = sqlite.connect(":memory:", factory=Connection)
            getattr(connection, method)(lambda *given: 0 if connection else 0, *more)
            connection.execute("select 1").fetchall()
            return weakref.ref(connection)

        seen = [hang("set_authorizer"), hang("set_trace_callback"), hang("set_progress_handler", 1)]
        gc.collect()
        print([reference() for reference in seen])
    """)

    test_cycles = program("""
        class Connection(sqlite.Connection):
            pass

        class Cursor(sqlite.Cursor):
            pass

        seen = []
        for _ in range(50):
            connection = sqlite.connect(":memory:", factory=Connection)
            connection.create_function("f", 0, lambda: id(connection) and 1)
            cursor = connection.cursor(Cursor)
            cursor.execute("select f() union select 2")
            cursor.connection_again = connection
            connection.cursor_again = cursor
            connection.row_factory = lambda cursor, row: (connection, row)
            connection.set_trace_callback(lambda text: connection)
            seen.append(weakref.ref(cursor))
        del connection, cursor
        gc.collect()
        gc.collect()
        print(sum(reference() is not None for reference in seen) < 50)
    """)


class Exit(unittest.TestCase):
    test_everything_open_at_exit = program("""
        connection = filled("a.db")
        connection.create_function("f", 1, lambda value: value)
        cursor = connection.execute("select f(a) from t")
        next(cursor)
        blob = connection.blobopen("t", "b", 1)
        connection.execute("insert into t values (1, 2)")
        print("end")
    """)

    test_use_while_the_interpreter_ends = program("""
        import atexit
        connection = filled("a.db")
        cursor = connection.execute("select a from t")

        class Late:
            def __del__(self):
                try:
                    cursor.fetchone()
                    connection.close()
                except BaseException:
                    pass

        late = Late()
        sys.late = Late()
        atexit.register(lambda: print(connection.execute("select count(*) from t").fetchone()))
    """)

    test_a_daemon_thread_that_works_on = program("""
        started = threading.Event()

        def work():
            connection = filled("a.db")
            connection.create_function("f", 1, lambda value: value)
            started.set()
            while True:
                connection.execute("select sum(f(a)) from t").fetchall()
                connection.execute("insert into t values (1, 2)")
                connection.commit()

        threading.Thread(target=work, daemon=True).start()
        started.wait()
        print("end")
    """)

    test_os_exit_in_a_transaction = program("""
        connection = filled("a.db")
        connection.execute("insert into t values (1, 2)")
        print("end", flush=True)
        os._exit(0)
    """)


class Elsewhere(unittest.TestCase):
    test_other_threads_drop_what_is_running = program("""
        for _ in range(30):
            connection = filled()
            cursors = [connection.execute("select a from t") for _ in range(4)]
            for cursor in cursors:
                next(cursor)
            drop = lambda place: cursors.__setitem__(place, None)
            threads = [threading.Thread(target=drop, args=(place,)) for place in range(4)]
            for thread in threads:
                thread.start()
            del cursor
            print(connection.execute("select count(*) from t").fetchone())
            for thread in threads:
                thread.join()
    """)

    test_closing_while_another_thread_runs = program(
        """
        for _ in range(20):
            connection = filled()
            started = threading.Event()

            def work():
                try:
                    for n in range(10_000):
                        started.set()
                        connection.execute("select count(*) from t").fetchone()
                except sqlite.ProgrammingError:
                    pass

            thread = threading.Thread(target=work)
            thread.start()
            started.wait()
            connection.close()
            thread.join()
        print("done")
        """,
        # sqlite3 crashes here.
        modules=["heliosdb_sqlite"],
    )

    test_a_forked_child_drops_everything = program(
        """
        connection = filled("a.db")
        cursor = connection.execute("select a from t")
        next(cursor)
        blob = connection.blobopen("t", "b", 1)
        connection.execute("insert into t values (1, 2)")
        child = os.fork()
        if child == 0:
            del cursor, blob, connection
            gc.collect()
            os._exit(0)
        print(os.waitpid(child, 0)[1])
        blob.close()
        connection.commit()
        print(connection.execute("select count(*) from t").fetchone(), len(cursor.fetchall()))
        """,
        # A child of sqlite3 takes the journal away from its parent.
        modules=["heliosdb_sqlite"],
    )


class Inside(unittest.TestCase):
    test_iteration_that_drops_its_connection = program("""
        connection = filled()
        seen = 0
        for row in connection.execute("select a from t"):
            connection = None
            seen += 1
        print(seen)
    """)

    test_functions_that_drop_and_raise = program("""
        class Loud:
            def __del__(self):
                raise ValueError("in __del__")

        sys.unraisablehook = lambda what: None
        connection = filled()

        def function(value):
            loud = Loud()
            if value == 2000:
                raise KeyError(value)
            return value

        connection.create_function("f", 1, function)
        for _ in range(3):
            cursor = connection.execute("select f(a) from t")
            try:
                print(len(cursor.fetchall()))
            except sqlite.OperationalError as error:
                print(error)
        connection.create_function("f", 1, None)
        try:
            connection.execute("select f(1)")
        except sqlite.OperationalError as error:
            print(error)
    """)

    test_rows_factories_that_drop_the_cursor = program("""
        connection = filled()
        holder = {}

        def factory(cursor, row):
            holder.pop("cursor", None)
            gc.collect(0)
            return row

        connection.row_factory = factory
        holder["cursor"] = connection.execute("select a from t limit 3")
        print(holder["cursor"].fetchall())

        class Aggregate:
            def __init__(self):
                self.cursor = None

            def step(self, value):
                holder.clear()

            def finalize(self):
                return 7

        connection.create_aggregate("g", 1, Aggregate)
        print(connection.execute("select g(a) from t").fetchall())
    """)


if __name__ == "__main__":
    unittest.main()
