"""connection_pool in the situations that SQLAlchemy's tests put its QueuePool into, in our own words.

The names in the comments are theirs. What is missing there has no counterpart here: events, dialects, asyncio,
`recreate`, `detach`, settings of what happens on return, and pools of other kinds than the one with a queue.
"""

import gc
import os
import tempfile
import threading
import unittest
import weakref

import heliosdb_sqlite
from heliosdb_sqlite import connection_pool


class Watched(heliosdb_sqlite.Connection):
    """A connection that its class knows of, and that fails to open where a test says so."""

    opened = 0
    closed = 0
    fails = False

    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        if Watched.fails:
            raise heliosdb_sqlite.OperationalError("does not open")
        Watched.opened += 1
        self.number = Watched.opened
        self.info = {}

    def close(self):
        Watched.closed += 1
        super().close()


class Cases(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "pooled.db")
        Watched.opened = Watched.closed = 0
        Watched.fails = False
        self.now = 0.0

    def pool(self, **arguments):
        pool = connection_pool.create(self.path, factory=Watched, **arguments)
        pool._clock = lambda: self.now
        self.addCleanup(pool.close)
        return pool

    def counts(self, pool):
        status = pool.status()
        return status.checked_out, status.checked_in, status.overflow

    def threads(self, count, work):
        """Starts threads that do some work; gives them, and what they raise."""
        errors = []

        def guarded(number):
            try:
                work(number)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        return threads, errors

    def wait_for(self, pool, waiting):
        while pool.status().waiting < waiting:
            pass

    def join(self, threads):
        for thread in threads:
            thread.join(60)
            self.assertFalse(thread.is_alive())


class Using(Cases):
    def test_rows_can_be_iterated(self):
        # test_cursor_iterable
        with self.pool().connection() as connection:
            connection.execute("create table t (a)")
            connection.executemany("insert into t values (?)", [(1,), (2,), (3,)])
            self.assertEqual([row for (row,) in connection.execute("select a from t")], [1, 2, 3])

    def test_nothing_is_opened_until_somebody_asks(self):
        # test_no_connect_on_recreate
        pool = self.pool(pool_size=5)
        self.assertEqual((Watched.opened, self.counts(pool)), (0, (0, 0, 0)))
        pool.close()
        self.assertEqual(Watched.opened, 0)

    def test_what_hangs_on_a_connection_stays_with_it_and_goes_with_it(self):
        # test_info, test_rec_info, test_connect_checkout_handler_always_gets_info
        pool = self.pool(pool_size=1, recycle=30)
        with pool.connection() as connection:
            connection.info["seen"] = 1
        with pool.connection() as connection:
            self.assertEqual((connection.number, connection.info), (1, {"seen": 1}))
        self.now = 31
        with pool.connection() as connection:
            self.assertEqual((connection.number, connection.info), (2, {}))
            connection.info["seen"] = 2
            connection.close()
        with pool.connection() as connection:
            self.assertEqual((connection.number, connection.info), (3, {}))

    def test_a_block_gives_back_what_it_took(self):
        # test_raw_connection_context
        pool = self.pool(pool_size=1, max_overflow=0, timeout=0)
        with pool.connection() as connection:
            self.assertEqual(self.counts(pool), (1, 0, 0))
        self.assertEqual(self.counts(pool), (0, 1, 0))
        with self.assertRaises(heliosdb_sqlite.ProgrammingError):
            connection.execute("select 1")

    def test_the_class_of_the_connections_is_asked_once_for_each(self):
        # test_connect_event, test_connect_event_fires_subsequent, test_connect_handler_not_called_for_recycled
        pool = self.pool(pool_size=2, max_overflow=0)
        for _ in range(10):
            with pool.connection(), pool.connection():
                pass
        self.assertEqual((Watched.opened, Watched.closed), (2, 0))


class Counting(Cases):
    def test_the_numbers_through_a_life(self):
        # test_queuepool_close, test_queuepool_del: given back, or lost, it counts the same
        for give_back in (True, False):
            with self.subTest(give_back=give_back):
                pool = self.pool(pool_size=3, max_overflow=-1)

                def end(held, pool=pool, give_back=give_back):
                    connection = held.pop()
                    if give_back:
                        pool.release(connection)
                    del connection
                    gc.collect()

                held = [pool.acquire()]
                self.assertEqual(self.counts(pool), (1, 0, 0))
                held += [pool.acquire(), pool.acquire()]
                self.assertEqual(self.counts(pool), (3, 0, 0))
                held += [pool.acquire(), pool.acquire(), pool.acquire()]
                self.assertEqual(self.counts(pool), (6, 0, 3))
                end(held)
                self.assertEqual(self.counts(pool)[0], 5)
                while held:
                    end(held)
                # What was lost is closed; what was given back waits, as many as are kept.
                self.assertEqual(self.counts(pool), (0, 3 if give_back else 0, 0))
                pool.close()

    def test_no_more_than_the_bound_whatever_threads_do(self):
        # test_no_overflow, test_max_overflow
        for overflow in (0, 3):
            pool = self.pool(pool_size=3, max_overflow=overflow, timeout=60)
            peak, lock, out = [0], threading.Lock(), [0]

            def work(number, pool=pool, peak=peak, lock=lock, out=out):
                for _ in range(8):
                    with pool.connection() as connection:
                        with lock:
                            out[0] += 1
                            peak[0] = max(peak[0], out[0])
                        connection.execute("select count(*) from sqlite_schema").fetchone()
                        with lock:
                            out[0] -= 1

            threads, errors = self.threads(20, work)
            self.join(threads)
            self.assertEqual(errors, [])
            self.assertLessEqual(peak[0], 3 + overflow)
            self.assertLessEqual(self.counts(pool)[1], 3)
            pool.close()

    def test_any_number_where_there_is_no_bound(self):
        # test_unlimited
        pool = self.pool(pool_size=2, max_overflow=-1, timeout=0)
        taken = [pool.acquire() for _ in range(30)]
        self.assertEqual(self.counts(pool), (30, 0, 28))
        for connection in taken:
            pool.release(connection)
        self.assertEqual(self.counts(pool), (0, 2, 0))

    def test_those_too_many_close_when_they_come_back(self):
        # test_overflow_no_gc
        pool = self.pool(pool_size=2, max_overflow=2)
        taken = [pool.acquire() for _ in range(4)]
        for connection in taken:
            pool.release(connection)
        self.assertEqual((Watched.opened, Watched.closed, self.counts(pool)), (4, 2, (0, 2, 0)))

    def test_first_in_first_out(self):
        # test_fifo
        pool = self.pool(pool_size=3)
        taken = [pool.acquire() for _ in range(3)]
        order = [taken[place].number for place in (2, 0, 1)]
        for place in (2, 0, 1):
            pool.release(taken[place])
        again = [pool.acquire() for _ in range(3)]
        self.assertEqual([connection.number for connection in again], order)

    def test_twice_is_once_too_often(self):
        # test_no_double_checkin
        pool = self.pool(pool_size=1)
        connection = pool.acquire()
        pool.release(connection)
        self.assertRaises(heliosdb_sqlite.ProgrammingError, pool.release, connection)
        self.assertEqual(self.counts(pool), (0, 1, 0))


class Waiting(Cases):
    def test_the_wait_is_as_long_as_was_said(self):
        # test_timeout, test_timeout_accessor, test_timeout_subsecond_precision
        for timeout in (0, 0.2, 5):
            pool = self.pool(pool_size=1, max_overflow=0, timeout=timeout)
            held = pool.acquire()
            looks = []
            start = self.now

            def wait(seconds, looks=looks):
                looks.append(seconds)
                self.now += seconds

            pool._changed.wait = wait
            with self.assertRaisesRegex(connection_pool.PoolTimeoutError, f"timeout {timeout:.2f}"):
                pool.acquire()
            self.assertAlmostEqual(self.now - start, timeout)
            self.assertAlmostEqual(sum(looks), timeout)
            pool.release(held)

    def test_all_who_wait_give_up_together(self):
        # test_timeout_race
        pool = self.pool(pool_size=2, max_overflow=1, timeout=30)
        held = [pool.acquire() for _ in range(3)]
        threads, errors = self.threads(12, lambda _: pool.acquire())
        self.wait_for(pool, 12)
        self.now = 31
        self.join(threads)
        self.assertEqual([type(error) for error in errors], [connection_pool.PoolTimeoutError] * 12)
        self.assertEqual((self.counts(pool), pool.status().waiting), ((3, 0, 1), 0))
        for connection in held:
            pool.release(connection)
        with pool.connection() as connection:
            self.assertEqual(connection.execute("select 1").fetchone(), (1,))

    def test_everybody_is_served_in_the_end(self):
        # test_waiters_handled: with and without overflow, so that some that come back are closed
        for size, overflow in ((3, 0), (2, 1), (1, 2)):
            pool = self.pool(pool_size=size, max_overflow=overflow, timeout=60)
            held = [pool.acquire() for _ in range(3)]
            served = []

            def borrow(number, pool=pool, served=served):
                with pool.connection():
                    served.append(number)

            threads, errors = self.threads(6, borrow)
            self.wait_for(pool, 6)
            for connection in held:
                pool.release(connection)
            self.join(threads)
            self.assertEqual((errors, sorted(served)), ([], list(range(6))))
            self.assertEqual(self.counts(pool)[0], 0)
            pool.close()

    def test_a_connection_that_comes_back_broken_makes_room_for_who_waits(self):
        # test_notify_waiters: each waits for a connection that its predecessor closes under the pool
        pool = self.pool(pool_size=1, max_overflow=0, timeout=60)
        held = pool.acquire()
        served = []

        def borrow(number):
            connection = pool.acquire()
            served.append(number)
            connection.close()
            pool.release(connection)

        threads, errors = self.threads(5, borrow)
        self.wait_for(pool, 5)
        held.close()
        pool.release(held)
        self.join(threads)
        self.assertEqual((errors, sorted(served)), ([], [0, 1, 2, 3, 4]))
        self.assertEqual((Watched.opened, self.counts(pool)), (6, (0, 0, 0)))

    def test_a_connection_that_was_lost_makes_room_for_who_waits(self):
        # test_checkin_event_gc, test_userspace_disconnectionerror_weakref_finalizer
        pool = self.pool(pool_size=1, max_overflow=0, timeout=60)
        held = [pool.acquire()]
        reference = weakref.ref(held[0])
        served = []
        threads, errors = self.threads(1, lambda _: served.append(pool.acquire()))
        self.wait_for(pool, 1)
        held.clear()
        gc.collect()
        self.assertIsNone(reference())
        self.join(threads)
        self.assertEqual((errors, len(served), self.counts(pool)), ([], 1, (1, 0, 0)))


class Opening(Cases):
    def test_one_that_fails_leaves_no_hole(self):
        # test_overflow_reset_on_failed_connect, test_connect_event_fails_invalidates
        pool = self.pool(pool_size=2, max_overflow=3, timeout=0)
        Watched.fails = True
        for _ in range(10):
            self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "does not open", pool.acquire)
        self.assertEqual(self.counts(pool), (0, 0, 0))
        Watched.fails = False
        taken = [pool.acquire() for _ in range(5)]
        self.assertEqual(self.counts(pool), (5, 0, 3))
        self.assertRaises(connection_pool.PoolTimeoutError, pool.acquire)
        for connection in taken:
            pool.release(connection)

    def test_one_that_hangs_holds_up_only_itself(self):
        # test_hanging_connect_within_overflow, test_connrec_invalidated_within_checkout_no_race
        hangs, go_on = threading.Event(), threading.Event()

        class Hanging(Watched):
            def __init__(self, *arguments, **keywords):
                if threading.current_thread() is not threading.main_thread() and not hangs.is_set():
                    hangs.set()
                    go_on.wait(60)
                    raise heliosdb_sqlite.OperationalError("took too long")
                super().__init__(*arguments, **keywords)

        pool = connection_pool.create(self.path, factory=Hanging, pool_size=2, max_overflow=1, timeout=60)
        self.addCleanup(pool.close)
        threads, errors = self.threads(1, lambda _: pool.acquire())
        self.assertTrue(hangs.wait(60))
        # The others are given, go and come meanwhile.
        for _ in range(5):
            taken = [pool.acquire(), pool.acquire()]
            for connection in taken:
                pool.release(connection)
        self.assertEqual(self.counts(pool), (0, 2, 1))
        go_on.set()
        self.join(threads)
        self.assertEqual([str(error) for error in errors], ["took too long"])
        self.assertEqual(self.counts(pool), (0, 2, 0))

    def test_the_first_of_many_threads_is_opened_once(self):
        # test_sync: each thread has one of its own, and none is opened twice for one borrower
        pool = self.pool(pool_size=20, max_overflow=0)
        barrier = threading.Barrier(20)

        def borrow(_):
            barrier.wait(60)
            with pool.connection():
                pass

        threads, errors = self.threads(20, borrow)
        self.join(threads)
        self.assertEqual(errors, [])
        self.assertLessEqual(Watched.opened, 20)
        self.assertEqual(self.counts(pool), (0, Watched.opened, 0))


class Replacing(Cases):
    def test_an_old_one_is_replaced_when_it_is_taken(self):
        # test_recycle
        pool = self.pool(pool_size=1, max_overflow=0, recycle=30)
        for age, number in ((0, 1), (29, 1), (30, 2), (59, 2), (75, 3)):
            self.now = age
            with pool.connection() as connection:
                self.assertEqual((age, connection.number), (age, number))
        self.assertEqual((Watched.opened, Watched.closed), (3, 2))

    def test_one_that_was_closed_is_young_when_it_is_replaced(self):
        # test_recycle_on_invalidate, test_recycle_on_soft_invalidate
        pool = self.pool(pool_size=1, max_overflow=0, recycle=30)
        with pool.connection() as connection:
            connection.close()
        self.now = 20
        with pool.connection() as connection:
            self.assertEqual(connection.number, 2)
        # Its age counts from when it was opened, not from when its predecessor was.
        self.now = 45
        with pool.connection() as connection:
            self.assertEqual(connection.number, 2)

    def test_a_replacement_that_does_not_open_leaves_the_place(self):
        # test_error_on_pooled_reconnect_cleanup_recycle, ..._invalidate, ..._wcheckout_event
        for closes in (False, True):
            with self.subTest(closes=closes):
                pool = self.pool(pool_size=1, max_overflow=2, recycle=30, timeout=0)
                with pool.connection() as connection:
                    if closes:
                        connection.close()
                self.now += 31
                Watched.fails = True
                for _ in range(5):
                    self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "does not open", pool.acquire)
                self.assertEqual(self.counts(pool), (0, 0, 0))
                Watched.fails = False
                taken = [pool.acquire() for _ in range(3)]
                self.assertEqual(self.counts(pool), (3, 0, 2))
                for connection in taken:
                    pool.release(connection)

    def test_many_threads_replace_what_is_old_without_a_loss(self):
        # test_recycle_pool_no_race
        pool = self.pool(pool_size=10, max_overflow=0, recycle=30, timeout=60)
        taken = [pool.acquire() for _ in range(10)]
        for connection in taken:
            pool.release(connection)
        self.now = 31
        numbers, lock, barrier = [], threading.Lock(), threading.Barrier(10)

        def borrow(_):
            with pool.connection() as connection:
                barrier.wait(60)
                with lock:
                    numbers.append(connection.number)

        threads, errors = self.threads(10, borrow)
        self.join(threads)
        self.assertEqual((errors, sorted(numbers)), ([], list(range(11, 21))))
        self.assertEqual((Watched.closed, self.counts(pool)), (10, (0, 10, 0)))

    def test_a_closed_one_does_not_come_to_anybody(self):
        # test_invalidate, test_reconnect, test_rec_close_reopen
        pool = self.pool(pool_size=1, max_overflow=0, timeout=0)
        for number in (1, 2, 3):
            with pool.connection() as connection:
                self.assertEqual(connection.number, number)
                connection.execute("select 1")
                connection.close()
            self.assertEqual(self.counts(pool), (0, 0, 0))


class Ending(Cases):
    def test_closing_closes_those_that_are_in(self):
        # test_dispose_closes_pooled, test_close
        pool = self.pool(pool_size=2, max_overflow=2)
        taken = [pool.acquire() for _ in range(4)]
        for connection in taken[:2]:
            pool.release(connection)
        self.assertEqual(Watched.closed, 0)
        pool.close()
        self.assertEqual(Watched.closed, 2)
        # Those that are out work until they come back.
        self.assertEqual(taken[3].execute("select 1").fetchone(), (1,))
        for connection in taken[2:]:
            pool.release(connection)
        self.assertEqual((Watched.closed, self.counts(pool)), (4, (0, 0, 0)))

    def test_closing_twice_is_as_good_as_once(self):
        pool = self.pool()
        with pool.connection():
            pass
        pool.close()
        pool.close()
        self.assertEqual(Watched.closed, 1)
        self.assertRaises(heliosdb_sqlite.ProgrammingError, pool.acquire)


class Returning(Cases):
    def test_what_was_begun_is_undone(self):
        # test_plain_rollback, test_custom: after each way to leave something open
        pool = self.pool(pool_size=1)
        with pool.connection() as connection:
            connection.execute("create table t (a)")
        for leave in ("insert into t values (1)", "begin", "savepoint s", "begin immediate"):
            connection = pool.acquire()
            connection.execute(leave)
            self.assertTrue(connection.in_transaction)
            pool.release(connection)
            with pool.connection() as connection:
                self.assertFalse(connection.in_transaction)
                self.assertEqual(connection.execute("select count(*) from t").fetchone(), (0,))
        self.assertEqual(Watched.opened, 1)

    def test_one_pool_in_another_borrower_s_block_is_left_alone(self):
        # test_no_rollback_from_nested_connections
        pool = self.pool(pool_size=2)
        with pool.connection() as outer:
            outer.execute("create table t (a)")
            outer.execute("insert into t values (1)")
            with pool.connection() as inner:
                self.assertIsNot(inner, outer)
                inner.execute("select 1")
            self.assertTrue(outer.in_transaction)
        with pool.connection() as connection:
            self.assertEqual(connection.execute("select a from t").fetchall(), [(1,)])


if __name__ == "__main__":
    unittest.main()
