"""connection_pool: bounds, waiting, what a borrower meets, lost connections, threads and forks."""

import collections
import gc
import multiprocessing
import os
import sqlite3
import tempfile
import threading
import unittest

import heliosdb_sqlite
from heliosdb_sqlite import connection_pool


class Pools(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "pooled.db")

    def pool(self, **arguments):
        pool = connection_pool.create(self.path, **arguments)
        self.addCleanup(pool.close)
        return pool

    def counts(self, pool):
        status = pool.status()
        return status.checked_out, status.checked_in, status.overflow


class Bounds(Pools):
    def test_none_is_opened_before_it_is_needed_and_the_first_are_kept(self):
        pool = self.pool(pool_size=2, max_overflow=1, timeout=0)
        self.assertFalse(os.path.exists(self.path))
        self.assertEqual(self.counts(pool), (0, 0, 0))
        taken = [pool.acquire() for _ in range(3)]
        self.assertEqual(self.counts(pool), (3, 0, 1))
        self.assertEqual(len(set(map(id, taken))), 3)
        for connection in taken:
            pool.release(connection)
        self.assertEqual(self.counts(pool), (0, 2, 0))
        with pool.connection():
            self.assertEqual(self.counts(pool), (1, 1, 0))

    def test_who_finds_all_of_them_out_gets_an_error_that_names_who_has_them(self):
        pool = self.pool(pool_size=1, max_overflow=0, timeout=0)
        taken = pool.acquire()
        with self.assertRaises(connection_pool.PoolTimeoutError) as caught:
            pool.acquire()
        self.assertIsInstance(caught.exception, TimeoutError)
        self.assertIsInstance(caught.exception, sqlite3.OperationalError)
        self.assertIn(
            "pool limit of size 1 overflow 0 reached, connection timed out, timeout 0.00",
            str(caught.exception),
        )
        self.assertIn(f"by {threading.current_thread().name} at {__file__}:", str(caught.exception))
        self.assertIn("this thread has 1 of them", str(caught.exception))
        pool.release(taken)
        pool.release(pool.acquire())

    def test_a_long_wait_is_told_once(self):
        pool = self.pool(pool_size=1, max_overflow=0, timeout=30)
        seconds = iter(range(0, 100, 2))
        pool._clock = lambda: next(seconds)
        taken = pool.acquire()
        with self.assertLogs("heliosdb_sqlite.connection_pool", "WARNING") as logs:
            self.assertRaises(connection_pool.PoolTimeoutError, pool.acquire)
        self.assertEqual(len(logs.output), 1)
        self.assertIn("was taken by", logs.output[0])
        pool.release(taken)

    def test_no_limits(self):
        for arguments in ({"pool_size": 0, "max_overflow": 0}, {"pool_size": 1, "max_overflow": -1}):
            pool = self.pool(timeout=0, **arguments)
            taken = [pool.acquire() for _ in range(20)]
            for connection in taken:
                pool.release(connection)
            self.assertEqual(self.counts(pool), (0, 1 if arguments["pool_size"] else 20, 0))

    def test_the_old_ones_are_replaced_when_they_are_taken(self):
        pool = self.pool(recycle=60)
        now = 0.0
        pool._clock = lambda: now

        def changes():
            """Changes of this connection up to now, and one more."""
            with pool.connection() as connection:
                connection.execute("create table if not exists t (a)")
                connection.execute("insert into t values (1)")
                return connection.total_changes

        self.assertEqual([changes(), changes()], [1, 2])
        first = pool.acquire()
        now = 100.0
        self.assertEqual(first.execute("select count(*) from t").fetchone(), (2,))
        pool.release(first)
        self.assertEqual(changes(), 1)
        now = 159.0
        self.assertEqual(changes(), 2)
        now = 160.0
        self.assertEqual(changes(), 1)

    def test_bad_arguments(self):
        for arguments, error in (
            ({"pool_size": -1}, ValueError),
            ({"pool_size": 1.5}, TypeError),
            ({"pool_size": True}, TypeError),
            ({"max_overflow": -2}, ValueError),
            ({"timeout": -1}, ValueError),
            ({"timeout": "long"}, TypeError),
            ({"recycle": -2}, ValueError),
            ({"recycle": float("nan")}, ValueError),
            ({"check_same_thread": True}, ValueError),
            ({"pool_sise": 3}, TypeError),
        ):
            with self.subTest(arguments=arguments):
                self.assertRaises(error, connection_pool.create, self.path, **arguments)

    def test_an_error_of_opening_takes_no_place(self):
        pool = self.pool(pool_size=1, max_overflow=0, timeout=0, branch="nowhere")
        for _ in range(3):
            with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "no such branch: nowhere"):
                pool.acquire()

    def test_a_closed_pool_gives_none_and_closes_what_comes_back(self):
        pool = self.pool(pool_size=2)
        kept, taken = pool.acquire(), pool.acquire()
        pool.release(kept)
        pool.close()
        self.assertRaises(heliosdb_sqlite.ProgrammingError, kept.execute, "select 1")
        self.assertEqual(taken.execute("select 1").fetchone(), (1,))
        self.assertRaisesRegex(heliosdb_sqlite.ProgrammingError, "closed pool", pool.acquire)
        pool.release(taken)
        self.assertRaises(heliosdb_sqlite.ProgrammingError, taken.execute, "select 1")
        pool.close()

    def test_what_is_not_out_cannot_come_back(self):
        pool = self.pool()
        with pool.connection() as connection:
            pass
        stranger = heliosdb_sqlite.connect(self.path)
        self.addCleanup(stranger.close)
        for wrong in (connection, stranger):
            with self.assertRaisesRegex(heliosdb_sqlite.ProgrammingError, "not out of this pool"):
                pool.release(wrong)

    def test_lost_connections_make_room(self):
        pool = self.pool(pool_size=1, max_overflow=0, timeout=60)

        def lose():
            pool.acquire().execute("create table if not exists t (a)")

        threads = [threading.Thread(target=lose) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        gc.collect()
        with pool.connection() as connection:
            self.assertEqual(connection.execute("select count(*) from t").fetchone(), (0,))
        self.assertEqual(self.counts(pool), (0, 1, 0))


class Clean(Pools):
    def test_the_end_of_a_block_commits_and_an_exception_rolls_back(self):
        for arguments in ({}, {"isolation_level": None}, {"autocommit": False}, {"autocommit": True}):
            with self.subTest(**arguments), connection_pool.create(":memory:", **arguments) as pool:
                begin = arguments.get("isolation_level", "") is None or arguments.get("autocommit") is True
                with pool.connection() as connection:
                    connection.execute("create table t (a)")
                with pool.connection() as connection:
                    if begin:
                        connection.execute("begin")
                    connection.execute("insert into t values (1)")
                with self.assertRaises(ZeroDivisionError), pool.connection() as connection:
                    if begin:
                        connection.execute("begin")
                    connection.execute("insert into t values (2)")
                    raise ZeroDivisionError
                with pool.connection() as connection:
                    self.assertEqual(connection.execute("select a from t").fetchall(), [(1,)])

    def test_a_commit_that_fails_is_rolled_back(self):
        pool = self.pool(pool_size=1, max_overflow=0, timeout=0)
        with pool.connection() as connection:
            connection.execute("create table p (a primary key)")
            connection.execute("create table c (a references p deferrable initially deferred)")
        with self.assertRaises(heliosdb_sqlite.IntegrityError), pool.connection() as connection:
            connection.execute("pragma foreign_keys = on")
            connection.execute("insert into c values (1)")
        with pool.connection() as connection:
            self.assertFalse(connection.in_transaction)
            self.assertEqual(connection.execute("select count(*) from c").fetchone(), (0,))

    def test_a_returned_transaction_is_undone_and_its_turn_passed_on(self):
        pool = self.pool(pool_size=1)
        with pool.connection() as connection:
            connection.execute("create table t (a)")
        connection = pool.acquire()
        connection.execute("insert into t values (1)")
        pool.release(connection)
        other = heliosdb_sqlite.connect(self.path, timeout=0)
        other.execute("insert into t values (2)")
        other.commit()
        self.assertEqual(other.execute("select a from t").fetchall(), [(2,)])
        other.close()

    def test_attributes_are_set_back(self):
        pool = self.pool(pool_size=1, isolation_level="IMMEDIATE")
        with pool.connection() as connection:
            connection.row_factory = heliosdb_sqlite.Row
            connection.text_factory = bytes
            connection.vector_factory = tuple
            connection.isolation_level = None
        self.assertEqual(self.counts(pool), (0, 1, 0))
        with pool.connection() as connection:
            self.assertEqual(connection.execute("select 'a'").fetchall(), [("a",)])
            self.assertEqual(connection.isolation_level, "IMMEDIATE")
            self.assertEqual(connection.vector_factory, list)
            connection.autocommit = True
        with pool.connection() as connection:
            self.assertEqual(connection.autocommit, heliosdb_sqlite.LEGACY_TRANSACTION_CONTROL)

    def test_what_was_set_otherwise_is_gone(self):
        changes = {
            "pragma": lambda c: c.execute("pragma foreign_keys = on"),
            "remembered": lambda c: c.execute("pragma legacy_alter_table = on"),
            "timeout": lambda c: c.execute("pragma busy_timeout = 1"),
            "attached": lambda c: c.execute("attach ':memory:' as other"),
            "temporary": lambda c: c.execute("create temp table t (a)"),
            "temporary view": lambda c: c.execute("create temp view v as select 1"),
            "function": lambda c: c.create_function("f", 0, lambda: 1),
            "aggregate": lambda c: c.create_aggregate("g", 1, collections.Counter),
            "collation": lambda c: c.create_collation("c", lambda a, b: 0),
            "authorizer": lambda c: c.set_authorizer(lambda *_: heliosdb_sqlite.SQLITE_OK),
            "trace": lambda c: c.set_trace_callback(lambda _: None),
            "progress": lambda c: c.set_progress_handler(lambda: 0, 1000),
            "limit": lambda c: c.setlimit(heliosdb_sqlite.SQLITE_LIMIT_COLUMN, 10),
            "closed": lambda c: c.close(),
        }
        for name, change in changes.items():
            with self.subTest(name):
                pool = self.pool(pool_size=1, max_overflow=0, timeout=0)
                with pool.connection() as connection:
                    change(connection)
                self.assertEqual(self.counts(pool), (0, 0, 0))
                with pool.connection() as connection:
                    self.assertEqual(connection.execute("pragma foreign_keys").fetchone(), (0,))

    def test_what_the_class_of_the_connections_sets_stays(self):
        class Own(heliosdb_sqlite.Connection):
            def __init__(self, *arguments, **keywords):
                super().__init__(*arguments, **keywords)
                self.row_factory = heliosdb_sqlite.Row
                self.execute("pragma foreign_keys = on")
                self.create_function("twice", 1, lambda value: value * 2)
                self.kept = []

        pool = self.pool(pool_size=1, factory=Own)
        for _ in range(3):
            with pool.connection() as connection:
                self.assertIsInstance(connection, Own)
                self.assertEqual(connection.execute("select twice(2) as a").fetchone()["a"], 4)
                connection.row_factory = None
                connection.kept.append(1)
        self.assertEqual(self.counts(pool), (0, 1, 0))
        self.assertEqual(pool.acquire().kept, [1, 1, 1])

    def test_what_was_given_back_is_closed_for_whoever_has_it(self):
        pool = self.pool(pool_size=1, max_overflow=0)
        query = "select value from generate_series(1, 50000)"
        with pool.connection() as old:
            cursor = old.execute(query)
            self.assertEqual(cursor.fetchone(), (1,))
        with pool.connection() as connection:
            again = connection.execute(query)
            for use in (
                cursor.fetchall,
                lambda: cursor.execute("select 1"),
                lambda: old.execute("select 1"),
                old.commit,
                old.rollback,
                old.interrupt,
                lambda: old.in_transaction,
            ):
                self.assertRaisesRegex(heliosdb_sqlite.ProgrammingError, "closed database", use)
            old.close()
            self.assertEqual(len(again.fetchall()), 50000)
        self.assertEqual(self.counts(pool), (0, 1, 0))

    def test_memory_is_one_database(self):
        with connection_pool.create(":memory:") as pool, connection_pool.create(":memory:") as another:
            with pool.connection() as one:
                one.execute("create table t (a)")
            with pool.connection() as one, pool.connection() as two:
                self.assertIsNot(one, two)
                self.assertEqual(two.execute("select * from t").fetchall(), [])
            with another.connection() as other:
                self.assertRaises(heliosdb_sqlite.OperationalError, other.execute, "select * from t")
        for uri in ("file::memory:", "file:a?mode=memory", "file:a?vfs=memdb"):
            with self.assertRaisesRegex(ValueError, "add cache=shared"):
                connection_pool.create(uri, uri=True)


class Threads(Pools):
    def test_many_threads(self):
        """Transfers between accounts by 64 threads, of which some fail, lose the connection or leave it dirty."""
        pool = self.pool(pool_size=3, max_overflow=2, timeout=60)
        with pool.connection() as connection:
            connection.execute("create table accounts (id integer primary key, money int)")
            connection.executemany("insert into accounts (money) values (?)", [(100,)] * 8)
        out, most, failures = set(), [0], []
        lock = threading.Lock()

        def transfer(number, connection):
            with lock:
                assert id(connection) not in out, "two threads have one connection"
                out.add(id(connection))
                most[0] = max(most[0], len(out))
            try:
                assert not connection.in_transaction
                assert connection.row_factory is None
                assert connection.execute("pragma foreign_keys").fetchone() == (0,)
                amount = number % 7 + 1
                one, two = number % 8 + 1, (number * 3 + 1) % 8 + 1
                connection.execute("update accounts set money = money - ? where id = ?", (amount, one))
                if number % 5 == 0:
                    connection.row_factory = heliosdb_sqlite.Row
                    raise ZeroDivisionError
                if number % 11 == 0:
                    connection.execute("pragma foreign_keys = on")
                connection.execute("update accounts set money = money + ? where id = ?", (amount, two))
            finally:
                with lock:
                    out.discard(id(connection))

        def work(first):
            try:
                for number in range(first, first + 10):
                    if number % 13 == 0:
                        # Nobody gives this one back.
                        transfer(5 * number, pool.acquire()) if number % 2 else None
                        continue
                    with pool.connection() as connection:
                        transfer(number, connection)
            except ZeroDivisionError:
                pass
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(first,)) for first in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        self.assertEqual(failures, [])
        self.assertFalse(any(thread.is_alive() for thread in threads))
        self.assertLessEqual(most[0], 5)
        gc.collect()
        status = pool.status()
        self.assertEqual((status.checked_out, status.waiting), (0, 0))
        with pool.connection() as connection:
            self.assertEqual(connection.execute("select sum(money) from accounts").fetchone(), (800,))

    def test_who_waits_gets_what_comes_back(self):
        pool = self.pool(pool_size=1, max_overflow=0, timeout=60)
        taken = pool.acquire()
        got = []
        thread = threading.Thread(target=lambda: got.append(pool.acquire()))
        thread.start()
        while pool.status().waiting == 0:
            pass
        pool.release(taken)
        thread.join(60)
        self.assertEqual(got[0].execute("select 1").fetchone(), (1,))

    def test_who_opens_slowly_stops_nobody_else(self):
        first, go_on = threading.Event(), threading.Event()

        class Slow(heliosdb_sqlite.Connection):
            def __init__(self, *arguments, **keywords):
                super().__init__(*arguments, **keywords)
                if not first.is_set():
                    first.set()
                    go_on.wait(60)

        pool = self.pool(pool_size=1, max_overflow=1, timeout=0, factory=Slow)
        thread = threading.Thread(target=lambda: pool.release(pool.acquire()))
        thread.start()
        self.assertTrue(first.wait(60))
        taken = pool.acquire()
        self.assertEqual(taken.execute("select 1").fetchone(), (1,))
        # The one that is being opened has its place.
        self.assertRaises(connection_pool.PoolTimeoutError, pool.acquire)
        pool.release(taken)
        go_on.set()
        thread.join(60)
        self.assertEqual(self.counts(pool), (0, 1, 0))

    def test_who_cannot_open_leaves_the_place_to_who_waits(self):
        opening, fails = threading.Event(), threading.Event()

        class Failing(heliosdb_sqlite.Connection):
            def __init__(self, *arguments, **keywords):
                if not opening.is_set():
                    opening.set()
                    fails.wait(60)
                    raise heliosdb_sqlite.OperationalError("no")
                super().__init__(*arguments, **keywords)

        pool = self.pool(pool_size=1, max_overflow=0, timeout=60, factory=Failing)
        errors, got = [], []

        def fail():
            try:
                pool.acquire()
            except heliosdb_sqlite.OperationalError as error:
                errors.append(str(error))

        threads = [threading.Thread(target=fail), threading.Thread(target=lambda: got.append(pool.acquire()))]
        threads[0].start()
        self.assertTrue(opening.wait(60))
        threads[1].start()
        while pool.status().waiting == 0:
            pass
        fails.set()
        for thread in threads:
            thread.join(60)
        self.assertEqual(errors, ["no"])
        self.assertEqual(got[0].execute("select 1").fetchone(), (1,))
        self.assertEqual(self.counts(pool), (1, 0, 0))

    def test_all_who_wait_are_served_one_after_the_other(self):
        pool = self.pool(pool_size=2, max_overflow=0, timeout=60)
        taken = [pool.acquire(), pool.acquire()]
        served, lock = [], threading.Lock()

        def borrow(number):
            with pool.connection() as connection, lock:
                served.append((number, connection.execute("select ?", (number,)).fetchone()))

        threads = [threading.Thread(target=borrow, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        while pool.status().waiting < 8:
            pass
        for connection in taken:
            pool.release(connection)
        for thread in threads:
            thread.join(60)
        self.assertEqual(sorted(served), [(number, (number,)) for number in range(8)])
        self.assertEqual(self.counts(pool), (0, 2, 0))

    def test_closing_wakes_who_waits(self):
        pool = self.pool(pool_size=1, max_overflow=0, timeout=60)
        taken = pool.acquire()
        errors = []

        def wait():
            try:
                pool.acquire()
            except heliosdb_sqlite.ProgrammingError as error:
                errors.append(str(error))

        thread = threading.Thread(target=wait)
        thread.start()
        while pool.status().waiting == 0:
            pass
        pool.close()
        thread.join(60)
        self.assertEqual(errors, ["Cannot operate on a closed pool."])
        pool.release(taken)

    def test_a_wait_that_is_interrupted_leaves_the_pool_whole(self):
        pool = self.pool(pool_size=1, max_overflow=0, timeout=60)
        taken = pool.acquire()
        wait, pool._changed.wait = pool._changed.wait, lambda _: (_ for _ in ()).throw(KeyboardInterrupt)
        self.assertRaises(KeyboardInterrupt, pool.acquire)
        pool._changed.wait = wait
        self.assertEqual(pool.status().waiting, 0)
        pool.release(taken)
        pool.release(pool.acquire())


def use_in_child(pool, held, answers):
    """In a child: what the parent had out goes back and is closed; the pool gives connections of the child."""
    pool.release(held)
    with pool.connection() as connection:
        connection.execute("insert into t values ('child')")
    answers.put(pool.status().checked_in)


@unittest.skipUnless(hasattr(os, "fork"), "there is no fork")
class Forks(Pools):
    def test_a_child_has_connections_of_its_own(self):
        pool = self.pool(pool_size=2)
        with pool.connection() as connection:
            connection.execute("create table t (a)")
        held = pool.acquire()
        held.execute("insert into t values ('parent')")
        held.commit()
        context = multiprocessing.get_context("fork")
        answers = context.Queue()
        child = context.Process(target=use_in_child, args=(pool, held, answers))
        child.start()
        self.assertEqual(answers.get(timeout=60), 1)
        child.join(60)
        self.assertEqual(child.exitcode, 0)
        self.assertEqual(held.execute("select a from t order by a").fetchall(), [("child",), ("parent",)])
        pool.release(held)
        self.assertEqual(self.counts(pool), (0, 1, 0))


if __name__ == "__main__":
    unittest.main()
