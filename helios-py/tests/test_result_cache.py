"""connect(enable_cache=True): results that are given again, and never when they are stale."""

import multiprocessing
import os
import random
import tempfile
import time
import unittest

import heliosdb_sqlite


class Kept(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "cached.db")
        self.connection = self.open(enable_cache=True)
        self.connection.execute("create table t (id integer primary key, a)")
        self.connection.executemany("insert into t (a) values (?)", [(number,) for number in range(100)])
        self.connection.commit()

    def open(self, **arguments):
        connection = heliosdb_sqlite.connect(self.path, **arguments)
        self.addCleanup(connection.close)
        return connection

    def uses(self, sql, parameters=(), connection=None):
        """How many hits and misses a query makes."""
        connection = connection or self.connection
        before = connection.get_cache_stats()
        connection.execute(sql, parameters).fetchall()
        after = connection.get_cache_stats()
        return after.cache_hits - before.cache_hits, after.cache_misses - before.cache_misses

    def test_the_second_time_is_a_hit(self):
        query = "select a, count(*) from t where a > ? group by a"
        first = self.connection.execute(query, (50,)).fetchall()
        self.assertEqual(self.connection.execute(query, (50,)).fetchall(), first)
        stats = self.connection.get_cache_stats()
        self.assertEqual(
            (stats.cache_hits, stats.cache_misses, stats.hit_rate, stats.entries), (1, 1, 0.5, 1)
        )
        self.assertTrue(0 < stats.size_mb < 1)
        self.assertEqual(self.uses(query, (51,)), (0, 1))
        self.assertEqual(self.uses(query, (50.0,)), (0, 1))
        self.assertEqual(self.uses(query, ("50",)), (0, 1))
        # Another connection finds it, too; one that did not ask for it neither looks nor keeps.
        self.assertEqual(self.uses(query, (50,), self.open(enable_cache=True)), (1, 0))
        other = self.open()
        self.assertEqual(self.uses(query, (50,), other), (0, 0))
        self.assertEqual(other.get_cache_stats().hit_rate, 0)

    def test_a_commit_to_a_table_drops_what_was_read_from_it(self):
        self.connection.execute("create table other (a)")
        query = "select count(*) from t"
        self.assertEqual(self.uses(query), (0, 1))
        self.connection.execute("insert into other values (1)")
        self.connection.commit()
        self.assertEqual(self.uses(query), (1, 0))
        with self.open() as writer:
            writer.execute("insert into t (a) values (1)")
        self.assertEqual(self.uses(query), (0, 1))
        self.assertEqual(self.connection.execute(query).fetchone(), (101,))

    def test_rows_half_read_are_not_kept(self):
        cursor = self.connection.execute("select value.a from t, t as value order by 1")
        cursor.fetchone()
        cursor.close()
        self.assertEqual(self.connection.get_cache_stats().entries, 0)

    def test_what_may_be_another_answer_is_not_kept(self):
        self.connection.create_function("f", 1, lambda value: value, deterministic=True)
        for query in (
            "select a, random() from t",
            "select a from t where a < datetime('now')",
            "select a, current_timestamp from t",
            "select changes(), a from t",
            "select last_insert_rowid(), a from t",
            "select f(a) from t",
            "select 1",
            "pragma table_info(t)",
            "select * from pragma_table_info('t')",
        ):
            with self.subTest(query):
                self.assertEqual(self.uses(query), (0, 0))
                self.assertEqual(self.uses(query), (0, 0))

    def test_own_changes_are_seen(self):
        query = "select max(a) from t"
        self.assertEqual(self.connection.execute(query).fetchone(), (99,))
        self.connection.execute("update t set a = 1000 where id = 1")
        self.assertEqual(self.connection.execute(query).fetchone(), (1000,))
        self.connection.rollback()
        self.assertEqual(self.connection.execute(query).fetchone(), (99,))

    def test_rows_are_made_as_each_connection_wants_them(self):
        query = "select a as x, 'text' as y from t where id = 1"
        self.assertEqual(self.connection.execute(query).fetchall(), [(0, "text")])
        self.connection.row_factory = heliosdb_sqlite.Row
        self.connection.text_factory = bytes
        row = self.connection.execute(query).fetchone()
        self.assertEqual((row["x"], row["y"]), (0, b"text"))
        self.assertEqual(self.connection.get_cache_stats().cache_hits, 1)

    def test_branches_do_not_mix(self):
        self.connection.create_branch("side")
        side = self.open(branch="side", enable_cache=True)
        query = "select count(*) from t"
        self.assertEqual(self.uses(query), (0, 1))
        self.assertEqual(self.uses(query, connection=side), (0, 1))
        side.execute("delete from t")
        side.commit()
        self.assertEqual(self.uses(query), (1, 0))
        self.assertEqual(side.execute(query).fetchone(), (0,))

    def begin_history(self):
        """From now on there is a past; gives its first moment."""
        self.open(enable_time_travel=True).close()
        self.connection.execute("update t set a = a where id = 1")
        self.connection.commit()
        return time.time()

    def test_the_past_is_kept_by_its_moments(self):
        execute = self.connection.execute
        first = self.begin_history()
        query = "select count(*) from t as of timestamp ?"
        self.assertEqual(self.uses(query, (first,)), (0, 1))
        execute("delete from t where id > 40")
        self.connection.commit()
        second = time.time()
        # What is committed later changes nothing of it, and another moment is another result.
        self.assertEqual(self.uses(query, (first,)), (1, 0))
        self.assertEqual(self.uses(query, (second,)), (0, 1))
        self.assertEqual(execute(query, (first,)).fetchone(), (100,))
        self.assertEqual(execute(query, (second,)).fetchone(), (40,))
        # Beside a table as it is now, it goes with that.
        both = "select (select count(*) from t as of timestamp ?), count(*) from t"
        self.assertEqual(self.uses(both, (first,)), (0, 1))
        self.assertEqual(self.uses(both, (first,)), (1, 0))
        with self.connection:
            execute("delete from t where id > 30")
        self.assertEqual(execute(both, (first,)).fetchone(), (100, 30))
        # In a transaction the past is what it is.
        execute("delete from t")
        self.assertEqual(self.uses(query, (first,)), (1, 0))
        self.connection.rollback()
        # A connection of a moment asks for nothing else.
        past = self.open(as_of=time.time(), enable_cache=True)
        self.assertEqual(self.uses("select count(*) from t", connection=past), (0, 1))
        with self.connection:
            execute("delete from t")
        self.assertEqual(self.uses("select count(*) from t", connection=past), (1, 0))
        self.assertEqual(past.execute("select count(*) from t").fetchone(), (30,))

    def test_moments_that_are_not_fixed_are_not_kept(self):
        self.begin_history()
        for moment in ("datetime('now')", "'2999-01-01'", "strftime('%s', 'now') + 1000"):
            with self.subTest(moment):
                query = f"select count(*) from t as of timestamp {moment}"
                self.assertEqual(self.uses(query), (0, 0))
                self.assertEqual(self.uses(query), (0, 0))

    def test_what_history_does_not_reach_any_more_is_not_given(self):
        first = self.begin_history()
        query = "select count(*) from t as of timestamp ?"
        self.assertEqual(self.uses(query, (first,)), (0, 1))
        self.connection.execute("delete from t")
        self.connection.commit()
        self.connection.execute("delete history from t")
        with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "the history of table t begins at"):
            self.connection.execute(query, (first,))

    def test_a_backup_that_takes_the_place_of_everything_has_its_own_past(self):
        self.begin_history()
        source = heliosdb_sqlite.connect(":memory:", enable_time_travel=True)
        self.addCleanup(source.close)
        source.execute("create table t (id integer primary key, a)")
        source.commit()
        # Both have been there at that moment.
        moment = time.time()
        query = f"select count(*) from t as of timestamp {moment!r}"
        self.assertEqual(self.connection.execute(query).fetchone(), (100,))
        self.assertEqual(self.uses(query), (1, 0))
        source.backup(self.connection)
        self.assertEqual(self.connection.execute(query).fetchone(), (0,))

    def test_arguments(self):
        for wrong, error in (
            ("64", TypeError),
            (True, TypeError),
            (-1, ValueError),
            (float("nan"), ValueError),
        ):
            self.assertRaises(
                error, heliosdb_sqlite.connect, ":memory:", enable_cache=True, cache_size_mb=wrong
            )
        small = heliosdb_sqlite.connect(":memory:", enable_cache=True, cache_size_mb=0.001)
        small.execute("create table t (a)")
        small.execute("insert into t values (zeroblob(5000))")
        small.commit()
        self.assertEqual(self.uses("select * from t", connection=small), (0, 1))
        self.assertEqual(small.get_cache_stats().entries, 0)
        by_config = heliosdb_sqlite.connect(":memory:", config={"cache": {"enabled": True, "size_mb": 1}})
        by_config.execute("create table t (a)")
        by_config.commit()
        self.assertEqual(self.uses("select * from t", connection=by_config), (0, 1))
        self.assertEqual(self.uses("select * from t", connection=by_config), (1, 0))
        off = heliosdb_sqlite.connect(":memory:", config={"cache": {"enabled": True}}, enable_cache=False)
        off.execute("create table t (a)")
        self.assertEqual(self.uses("select * from t", connection=off), (0, 0))
        for connection in (small, by_config, off):
            connection.close()


def write_when_told(path, orders, answers):
    """In a process of its own: runs what it is told."""
    connection = heliosdb_sqlite.connect(path, isolation_level=None, enable_cache=True)
    for sql in iter(orders.get, None):
        answers.put(rows_or_error(connection, sql))
    connection.close()


def rows_or_error(connection, sql):
    """What a query gives, or why it does not."""
    try:
        return connection.execute(sql).fetchall()
    except heliosdb_sqlite.OperationalError as error:
        # How far history reaches is told to the microsecond of the looking.
        return str(error).split(" begins at")[0]


class Processes(unittest.TestCase):
    def test_commits_of_other_processes_are_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "shared.db")
            kept = heliosdb_sqlite.connect(path, isolation_level=None, enable_cache=True)
            plain = heliosdb_sqlite.connect(path, isolation_level=None)
            kept.execute("create table t (id integer primary key, a)")
            kept.execute("create table u (id integer primary key, a)")
            context = multiprocessing.get_context("spawn")
            orders, answers = context.Queue(), context.Queue()
            child = context.Process(target=write_when_told, args=(path, orders, answers))
            child.start()
            numbers = random.Random(7)
            queries = [
                "select count(*), max(a) from t",
                "select * from u",
                "select * from t join u using (id)",
            ]
            for _ in range(300):
                table = numbers.choice("tu")
                number = numbers.randrange(20)
                sql = numbers.choice(
                    [
                        f"insert or replace into {table} values ({number}, {numbers.randrange(99)})",
                        f"delete from {table} where id = {number}",
                        *queries,
                    ]
                )
                here = numbers.random() < 0.4
                if here:
                    kept.execute(sql).fetchall()
                else:
                    orders.put(sql)
                    answers.get(timeout=60)
                query = numbers.choice(queries)
                fresh = plain.execute(query).fetchall()
                self.assertEqual(kept.execute(query).fetchall(), fresh)
                orders.put(query)
                self.assertEqual(answers.get(timeout=60), fresh)
            orders.put(None)
            child.join(60)
            self.assertGreater(kept.get_cache_stats().cache_hits, 20)
            kept.close()
            plain.close()

    def test_moments_are_the_same_for_all_processes(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "shared.db")
            kept = heliosdb_sqlite.connect(
                path, isolation_level=None, enable_cache=True, enable_time_travel=True
            )
            plain = heliosdb_sqlite.connect(path, isolation_level=None)
            kept.execute("create table t (id integer primary key, a)")
            context = multiprocessing.get_context("spawn")
            orders, answers = context.Queue(), context.Queue()
            child = context.Process(target=write_when_told, args=(path, orders, answers))
            child.start()
            numbers = random.Random(11)
            moments = []
            forgotten = 0
            for step in range(200):
                sql = f"insert or replace into t values ({numbers.randrange(20)}, {numbers.randrange(99)})"
                if step % 67 == 66:
                    sql = "delete history from t"
                if numbers.random() < 0.4:
                    kept.execute(sql)
                else:
                    orders.put(sql)
                    answers.get(timeout=60)
                moments.append(time.time())
                # Of the same moments again and again, old ones among them.
                for moment in [numbers.choice(moments[-3:]), numbers.choice(moments[::10])]:
                    query = f"select count(*), sum(a) from t as of timestamp {moment!r}"
                    fresh = rows_or_error(plain, query)
                    forgotten += isinstance(fresh, str)
                    self.assertEqual(rows_or_error(kept, query), fresh)
                    orders.put(query)
                    self.assertEqual(answers.get(timeout=60), fresh)
            orders.put(None)
            child.join(60)
            self.assertGreater(kept.get_cache_stats().cache_hits, 20)
            self.assertGreater(forgotten, 5)
            kept.close()
            plain.close()


if __name__ == "__main__":
    unittest.main()
