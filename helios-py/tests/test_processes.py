"""Several processes on one file: forked in all states, spawned, in pools."""

import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import traceback
import unittest
import warnings

import heliosdb_sqlite


def in_child(work) -> str:
    """What `work` gives in a forked child, as text; `raised …` if it raises."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            try:
                result = str(work())
            except BaseException as error:
                result = f"raised {type(error).__name__}: {error}"
            os.write(writing, result.encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        result = pipe.read()
    status = os.waitpid(child, 0)[1]
    return result if status == 0 else f"status {status}"


def insert_one(path, number):
    """A process's share of the work."""
    connection = heliosdb_sqlite.connect(path, timeout=120, isolation_level="IMMEDIATE")
    with connection:
        connection.execute("insert into t values (?, 'pool')", (number,))
        connection.execute("update counter set n = n + 1")
    found = connection.execute("select count(*) from t where a = ?", (number,)).fetchone()
    connection.close()
    return found[0]


class Processes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "a.db")
        self.connection = self.connect()
        self.connection.execute("create table t (a, b)")
        self.connection.execute("create table counter (n)")
        self.connection.execute("insert into counter values (0)")
        self.connection.executemany("insert into t values (?, 'row')", ((n,) for n in range(10_000)))
        self.connection.commit()
        self.addCleanup(self.connection.close)

    def connect(self, **arguments):
        return heliosdb_sqlite.connect(self.path, timeout=60, **arguments)

    def count(self):
        return self.connection.execute("select count(*) from t").fetchone()[0]


class Fork(Processes):
    def test_a_child_goes_on_with_the_connection(self):
        self.connection.create_function("twice", 1, lambda value: 2 * value)
        self.connection.row_factory = heliosdb_sqlite.Row
        self.connection.execute("pragma foreign_keys = on")
        self.connection.execute("select count(*) from t").fetchone()

        def work():
            with self.connection:
                self.connection.execute("insert into t values (twice(21), 'child')")
            row = self.connection.execute("select a from t where b = 'child'").fetchone()
            return row["a"], self.connection.execute("pragma foreign_keys").fetchone()[0], self.count()

        self.assertEqual(in_child(work), "(42, 1, 10001)")
        self.assertEqual(self.count(), 10_001)
        with self.connection:
            self.connection.execute("insert into t values (1, 'parent')")
        self.assertEqual(self.count(), 10_002)

    def test_an_open_transaction_is_the_parents(self):
        self.connection.execute("insert into t values (1, 'uncommitted')")

        def work():
            return self.connection.in_transaction, self.count(), self.connection.commit()

        self.assertEqual(in_child(work), "(False, 10000, None)")
        self.assertTrue(self.connection.in_transaction)
        self.connection.commit()
        self.assertEqual(in_child(self.count), "10001")

    def test_a_transaction_of_the_parent_does_not_go_with_the_child(self):
        self.connection.execute("insert into t values (1, 'uncommitted')")
        self.assertEqual(in_child(self.connection.close), "None")
        self.assertEqual(in_child(lambda: None), "None")
        self.connection.commit()
        self.assertEqual(self.count(), 10_001)

    def test_a_child_that_waits_for_the_parents_turn_is_told_so(self):
        self.connection.execute("insert into t values (1, 'uncommitted')")

        def work():
            connection = heliosdb_sqlite.connect(self.path, timeout=0)
            return connection.execute("insert into t values (2, 'child')")

        self.assertEqual(in_child(work), "raised OperationalError: database is locked")
        self.connection.rollback()

    def test_rows_on_their_way_are_the_parents(self):
        cursor = self.connection.execute("select a from t")
        next(cursor)

        def work():
            with contextlib.suppress(heliosdb_sqlite.InterfaceError):
                return len(list(cursor)) and "the rows are cut short"
            return cursor.execute("select count(*) from t").fetchone()[0]

        self.assertEqual(in_child(work), "10000")
        self.assertEqual(len(cursor.fetchall()), 9_999)

    def test_memory_is_copied(self):
        connection = heliosdb_sqlite.connect(":memory:")
        connection.execute("create table t (a)")
        connection.execute("insert into t values (1)")

        def work():
            connection.execute("insert into t values (2)")
            connection.commit()
            return connection.execute("select count(*) from t").fetchone()[0]

        self.assertEqual(in_child(work), "2")
        self.assertEqual(connection.execute("select count(*) from t").fetchone(), (1,))
        connection.rollback()
        self.assertEqual(connection.execute("select count(*) from t").fetchone(), (0,))

    def test_attached_files_go_along(self):
        other = os.path.join(os.path.dirname(self.path), "other.db")
        for connection in (self.connection, heliosdb_sqlite.connect(":memory:")):
            connection.execute("attach ? as other", (other,))
            connection.execute("create table if not exists other.o (a)")
            connection.execute("create temp table kept as select 1")

            def work(connection=connection):
                with connection:
                    connection.execute("insert into other.o values (1)")
                return connection.execute("select count(*) from kept").fetchone()[0]

            before = connection.execute("select count(*) from other.o").fetchone()[0]
            self.assertEqual(in_child(work), "1")
            self.assertEqual(connection.execute("select count(*) from other.o").fetchone(), (before + 1,))

    def test_without_autocommit_there_is_a_transaction_in_the_child(self):
        connection = self.connect(autocommit=False)

        def work():
            connection.execute("insert into t values (1, 'child')")
            return connection.in_transaction, connection.commit()

        self.assertEqual(in_child(work), "(True, None)")
        connection.rollback()
        self.assertEqual(connection.execute("select count(*) from t").fetchone(), (10_001,))

    def test_children_of_children(self):
        def child():
            self.count()
            return in_child(self.count)

        self.assertEqual(in_child(child), "10000")
        self.assertEqual(self.count(), 10_000)

    def test_many_children_write_with_the_parents_connection(self):
        # As a server does that loads the program once and then forks its workers.
        children = []
        for worker in range(4):
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    for number in range(25):
                        with self.connection:
                            self.connection.execute("begin immediate")
                            self.connection.execute(
                                "insert into t values (?, ?)", (number, f"worker {worker}")
                            )
                            self.connection.execute("update counter set n = n + 1")
                    status = 0
                except BaseException:
                    traceback.print_exc()
                os._exit(status)
            children.append(child)
        self.assertEqual([os.waitpid(child, 0)[1] for child in children], [0] * 4)
        self.assertEqual(self.connection.execute("select n from counter").fetchone(), (100,))
        self.assertEqual(self.count(), 10_100)

    def test_children_that_are_forked_while_threads_open_and_write(self):
        # The child has none of those threads: what they were holding at the fork, nobody gives back in it.
        stop = threading.Event()
        paths = [f"{self.path}-{number}" for number in range(2)]

        def write(path):
            while not stop.is_set():
                with contextlib.closing(heliosdb_sqlite.connect(path, timeout=60)) as connection, connection:
                    connection.execute("create table if not exists t (a)")
                    connection.execute("insert into t values (1)")

        def work(path):
            signal.alarm(60)
            with contextlib.closing(heliosdb_sqlite.connect(path, timeout=60)) as connection, connection:
                connection.execute("create table if not exists t (a)")
                return connection.execute("insert into t values (2)").rowcount

        threads = [threading.Thread(target=write, args=(path,)) for path in paths * 2]
        for thread in threads:
            thread.start()
        try:
            for number in range(30):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)
                    self.assertEqual(in_child(lambda path=paths[number % 2]: work(path)), "1")
        finally:
            stop.set()
            for thread in threads:
                thread.join(120)

    def test_a_killed_child_holds_nothing(self):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self.connection.execute("begin immediate")
            self.connection.execute("insert into t values (1, 'lost')")
            os.write(writing, b"x")
            signal.pause()
            os._exit(1)
        self.assertEqual(os.read(reading, 1), b"x")
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with self.connection:
            self.connection.execute("insert into t values (1, 'kept')")
        self.assertEqual(self.count(), 10_001)
        os.close(reading)
        os.close(writing)

    def test_a_closed_connection_stays_closed(self):
        self.connection.close()
        work = lambda: self.connection.execute("select 1")  # noqa: E731
        self.assertEqual(in_child(work), "raised ProgrammingError: Cannot operate on a closed database.")


class Pools(Processes):
    def test_pools(self):
        number = 0
        for method in ("fork", "spawn", "forkserver"):
            context = multiprocessing.get_context(method)
            with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
                tasks = [pool.submit(insert_one, self.path, 20_000 + number + n) for n in range(10)]
                self.assertEqual([task.result(120) for task in tasks], [1] * 10)
            number += 10
            self.assertEqual(self.connection.execute("select n from counter").fetchone(), (number,))
        with multiprocessing.get_context("fork").Pool(2) as pool:
            given = [(self.path, 30_000 + n) for n in range(10)]
            self.assertEqual(pool.starmap(insert_one, given), [1] * 10)

    def test_another_program(self):
        program = (
            "import sys, heliosdb_sqlite as s; c = s.connect(sys.argv[1]);"
            "c.execute(\"insert into t values (1, 'other')\"); c.commit()"
        )
        with self.connection:
            self.count()
        subprocess.run([sys.executable, "-c", program, self.path], check=True)
        self.assertEqual(self.count(), 10_001)

    def test_sqlite3_forks_the_same_way(self):
        # What is claimed of connections in children, sqlite3 does, too.
        path = f"{self.path}.sqlite"
        connection = sqlite3.connect(path)
        connection.execute("create table t (a)")
        connection.commit()

        def work():
            with connection:
                connection.execute("insert into t values (1)")
            return connection.execute("select count(*) from t").fetchone()[0]

        self.assertEqual(in_child(work), "1")
        self.assertEqual(connection.execute("select count(*) from t").fetchone(), (1,))
        connection.close()


class Signals(Processes):
    def setUp(self):
        super().setUp()
        self.connection.execute("create table pair (a, b)")
        self.connection.execute("insert into pair values (0, 0)")
        self.connection.commit()

    def ring(self, handler):
        """A signal every millisecond."""
        before = signal.signal(signal.SIGALRM, handler)
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)

    def step(self):
        self.connection.execute("update pair set a = a + 1")
        self.connection.execute("update pair set b = b + 1")
        self.connection.execute("select sum(a), max(b) from t").fetchone()
        self.connection.commit()

    def test_handlers_run_while_it_works(self):
        rings = []
        self.ring(lambda *_: rings.append(1))
        steps = 0
        while steps < 100 or len(rings) < 50:
            self.step()
            steps += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.assertEqual(self.connection.execute("select * from pair").fetchone(), (steps, steps))

    def test_the_keyboard_interrupts_between_statements(self):
        """An exception of a handler comes when a call returns; what was committed stays, the rest is rolled back."""

        def interrupt(*_):
            if self.is_working:
                raise KeyboardInterrupt

        self.is_working = False
        self.ring(interrupt)
        done = interrupted = 0
        while interrupted < 30:
            try:
                self.is_working = True
                self.step()
                self.is_working = False
                done += 1
            except KeyboardInterrupt:
                self.is_working = False
                interrupted += 1
                self.connection.rollback()
            a, b = self.connection.execute("select * from pair").fetchone()
            self.assertEqual(a, b)
            self.assertTrue(done <= a <= done + interrupted, (done, a, interrupted))
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.assertEqual(self.connection.execute("pragma integrity_check").fetchone(), ("ok",))


if __name__ == "__main__":
    unittest.main()
