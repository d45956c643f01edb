"""What statements take: `helios_stat_statements`, and the log of slow ones."""

import logging
import os
import tempfile
import unittest

import heliosdb_sqlite

LOGGER = "heliosdb_sqlite.slow_queries"


class CountedStatements(unittest.TestCase):
    def setUp(self):
        self.connection = heliosdb_sqlite.connect(":memory:", isolation_level=None)
        self.addCleanup(self.connection.close)
        self.connection.execute("create table t (id integer primary key, a text)")

    def counted(self, connection=None):
        rows = (connection or self.connection).execute(
            "select query, calls, failures, rows from helios_stat_statements where query not like '%helios_stat%'"
        )
        return {query: numbers for query, *numbers in rows}

    def test_nothing_is_counted_unless_it_is_wanted(self):
        self.connection.execute("select * from t").fetchall()
        self.assertEqual(self.counted(), {})
        self.assertEqual(self.connection.execute("pragma count_statements").fetchone(), (0,))
        self.connection.execute("pragma count_statements = on")
        self.assertEqual(self.connection.execute("pragma count_statements").fetchone(), (1,))
        self.connection.execute("select * from t").fetchall()
        self.connection.execute("pragma count_statements = off")
        self.connection.execute("select * from t").fetchall()
        self.assertEqual(self.counted()["select * from t"], [1, 0, 0])

    def test_calls_rows_and_failures(self):
        execute = self.connection.execute
        execute("pragma count_statements = on")
        for number in range(5):
            execute("insert into t values (?, 'x')", (number,))
        execute("insert into t values (5, 'it''s')")
        execute("insert into t  values (6, /* six */ '')")
        with self.assertRaises(heliosdb_sqlite.IntegrityError):
            execute("insert into t values (6, 'again')")
        self.connection.executemany("insert into t (a) values (?)", [("many",)] * 20)
        execute("select * from t where id > 1").fetchall()
        execute("select * from t where id > 20").fetchall()
        execute("update t set a = upper(a) where id < 3")
        execute("delete from t where id = 0 returning id").fetchall()
        counted = self.counted()
        self.assertEqual(counted["insert into t values (?, ?)"], [8, 1, 7])
        self.assertEqual(counted["insert into t (a) values (?)"], [20, 0, 20])
        self.assertEqual(counted["select * from t where id > ?"], [2, 0, 25 + 6])
        self.assertEqual(counted["update t set a = upper(a) where id < ?"], [1, 0, 3])
        self.assertEqual(counted["delete from t where id = ? returning id"], [1, 0, 1])
        execute("pragma count_statements = off")
        execute("pragma forget_statements")
        self.assertEqual(self.counted(), {})

    def test_an_execution_ends_when_its_cursor_goes_on(self):
        self.connection.executemany("insert into t values (?, '')", [(number,) for number in range(9)])
        self.connection.execute("pragma count_statements = on")
        cursor = self.connection.execute("select a from t order by id")
        cursor.fetchone()
        self.assertNotIn("select a from t order by id", self.counted())
        cursor.execute("select 1")
        self.assertEqual(self.counted()["select a from t order by id"][:2], [1, 0])

    def test_times_are_told_together(self):
        self.connection.execute("pragma count_statements = on")
        slow = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select sum(i) from n"
        for _ in range(3):
            self.connection.execute(slow).fetchall()
        total, mean, least, most, deviation = self.connection.execute(
            "select total_exec_time, mean_exec_time, min_exec_time, max_exec_time, stddev_exec_time "
            "from helios_stat_statements where query like 'with recursive%'"
        ).fetchone()
        self.assertGreater(least, 0)
        self.assertLessEqual(least, mean)
        self.assertLessEqual(mean, most)
        self.assertAlmostEqual(total, 3 * mean)
        self.assertLessEqual(deviation, most - least)
        first = self.connection.execute("select query from helios_stat_statements").fetchone()
        self.assertTrue(first[0].startswith("with recursive"), first)

    def test_all_connections_of_a_database_see_what_each_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "shop.db")
            config = {"monitor": {"count_statements": True}}
            counting = heliosdb_sqlite.connect(path, config=config)
            other = heliosdb_sqlite.connect(path)
            self.addCleanup(other.close)
            self.addCleanup(counting.close)
            counting.execute("create table t (a)")
            counting.execute("select * from t").fetchall()
            other.execute("select * from t").fetchall()
            self.assertEqual(self.counted(other)["select * from t"], [1, 0, 0])
            self.assertEqual(self.counted(), {})


class SlowStatements(unittest.TestCase):
    def setUp(self):
        self.connection = heliosdb_sqlite.connect(":memory:", isolation_level=None)
        self.addCleanup(self.connection.close)

    def test_what_is_slow_is_logged_without_its_values(self):
        self.assertEqual(self.connection.execute("pragma slow_query_ms").fetchone(), (-1,))
        self.assertEqual(self.connection.execute("pragma slow_query_ms = 0").fetchone(), (0,))
        with self.assertLogs(LOGGER, logging.WARNING) as logs:
            self.connection.execute("create table t (a)")
            self.connection.execute("insert into t values ('secret'), (?)", ("hidden",))
            self.connection.execute("select a from t").fetchall()
            with self.assertRaises(heliosdb_sqlite.OperationalError):
                self.connection.execute(
                    "select sum(a + 9223372036854775807) over () + abs(-9223372036854775808) from t"
                )
        messages = [record.getMessage() for record in logs.records]
        self.assertEqual(len(messages), 4)
        self.assertRegex(
            messages[1], r"^\d+\.\d{3} ms, 2 rows, on main: insert into t values \(\?\), \(\?\)$"
        )
        self.assertRegex(messages[2], r"ms, 2 rows, on main: select a from t$")
        self.assertRegex(messages[3], r"ms, 0 rows, failed, on main: select sum")
        self.assertFalse([text for text in messages if "secret" in text or "hidden" in text])

    def test_what_is_fast_is_not(self):
        self.connection.execute("pragma slow_query_ms = 60000")
        with self.assertLogs(LOGGER) as logs:
            logging.getLogger(LOGGER).warning("the only one")
            self.connection.execute("select 1").fetchall()
            self.connection.execute("pragma slow_query_ms = -1")
            self.connection.execute("select 1").fetchall()
        self.assertEqual(len(logs.records), 1)

    def test_a_handler_cannot_use_the_connection_and_its_errors_stop_nothing(self):
        errors = []

        class Handler(logging.Handler):
            def emit(handler, record):
                try:
                    self.connection.execute("select 1")
                except heliosdb_sqlite.ProgrammingError as error:
                    errors.append(error)

        logger, handler = logging.getLogger(LOGGER), Handler()
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        self.addCleanup(setattr, logger, "propagate", logger.propagate)
        logger.propagate = False
        self.connection.execute("pragma slow_query_ms = 0")
        self.assertEqual(self.connection.execute("select 2").fetchall(), [(2,)])
        self.assertTrue(errors)

    def test_the_configuration_sets_it(self):
        config = {"monitor": {"slow_query_ms": 250}}
        connection = heliosdb_sqlite.connect(":memory:", config=config)
        self.addCleanup(connection.close)
        self.assertEqual(connection.execute("pragma slow_query_ms").fetchone(), (250,))


if __name__ == "__main__":
    unittest.main()
