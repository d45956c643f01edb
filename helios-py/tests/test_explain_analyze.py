"""EXPLAIN ANALYZE: the operations of a statement with what they did."""

import json
import sqlite3
import unittest

import heliosdb_sqlite

COLUMNS = [
    "id",
    "parent",
    "detail",
    "loops",
    "rows",
    "ms",
    "memory",
    "spilled",
    "chunks_read",
    "chunks_kept",
    "chunks_skipped",
]


class ExplainAnalyze(unittest.TestCase):
    def setUp(self):
        self.connection = heliosdb_sqlite.connect(":memory:")
        self.addCleanup(self.connection.close)
        self.connection.execute("create table t (id integer primary key, a int, b text)")
        rows = [(number % 10, f"text {number}") for number in range(1000)]
        self.connection.executemany("insert into t (a, b) values (?, ?)", rows)

    def analyze(self, sql, *parameters):
        cursor = self.connection.execute(f"explain analyze {sql}", parameters)
        names = [column[0] for column in cursor.description]
        self.assertEqual(names, COLUMNS)
        return cursor.fetchall()

    def given(self, sql, *parameters):
        """The rows that each operation gave."""
        return {row[2]: row[4] for row in self.analyze(sql, *parameters)}

    def test_rows_are_counted_at_every_operation(self):
        rows = self.analyze("select a, count(*) from t where a < ? group by a order by 2 limit 2", 5)
        by_detail = {row[2]: row for row in rows}
        self.assertEqual(by_detail["SCAN t"][4], 1000)
        self.assertEqual(by_detail["Limit"][4], 2)
        self.assertEqual([row[0] for row in rows], list(range(1, len(rows) + 1)))
        self.assertEqual(rows[0][1], 0)
        for row in rows[1:]:
            self.assertLess(row[1], row[0])
        for _, _, _, loops, _, milliseconds, *_ in rows:
            if loops is not None:
                self.assertEqual(loops, 1)
                self.assertGreaterEqual(milliseconds, 0)

    def test_an_index_and_a_join(self):
        self.connection.execute("create index by_a on t (a)")
        self.assertEqual(self.given("select * from t where a = 3")["SEARCH t USING INDEX by_a (a=?)"], 100)
        joined = self.analyze("select * from t x join t y on y.id = x.id + 1 where x.a = 3")
        self.assertEqual(max(row[4] for row in joined if row[4] is not None), 100)

    def test_queries_in_expressions_stand_below_a_line(self):
        rows = self.analyze("select (select max(id) from t where a = 2), (select count(*) from t)")
        lines = [row for row in rows if row[2].startswith("QUERY ")]
        self.assertEqual(
            [row[1:] for row in lines], [(0, f"QUERY {number}", *[None] * 8) for number in (1, 2)]
        )

    def test_a_statement_that_is_run_again_counts_anew(self):
        sql = "select * from t where id <= ?"
        for limit in (10, 3, 0):
            self.assertEqual(self.analyze(sql, limit)[0][4], limit)
        self.connection.execute("insert into t (id, a) values (-1, 1)")
        self.assertEqual(self.analyze(sql, 3)[0][4], 4)

    def test_errors(self):
        for sql, message in (
            (
                "explain (analyze) explain select 1",
                'near "explain": syntax error',
            ),
            ("explain (analyze) begin", "EXPLAIN ANALYZE is of statements that read or change rows"),
            ("explain (format json) select 1", "FORMAT JSON is of EXPLAIN ANALYZE"),
            ("explain (analyze, format xml) select 1", 'near "xml": syntax error'),
            ("explain (buffers) select 1", 'near "buffers": syntax error'),
            ("explain () select 1", 'near "\\)": syntax error'),
        ):
            with self.subTest(sql), self.assertRaisesRegex(heliosdb_sqlite.OperationalError, message):
                self.connection.execute(sql)
        with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "no such table: nowhere"):
            self.connection.execute("explain analyze select * from nowhere")
        with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "integer overflow"):
            self.connection.execute("explain analyze select sum(9223372036854775807) from t").fetchall()
        self.assertEqual(self.connection.execute("select count(*) from t").fetchone(), (1000,))

    def test_statements_that_change_rows_are_run(self):
        cases = (
            ("update t set a = a + 1 where a = ?", (3,), "UPDATE t", 100),
            ("insert into t (a, b) select a, b from t where a < ?", (2,), "INSERT INTO t", 200),
            ("delete from t where a = ? returning id", (0,), "DELETE FROM t", 200),
        )
        for sql, parameters, detail, changed in cases:
            with self.subTest(sql):
                rows = self.analyze(sql, *parameters)
                self.assertEqual(rows[0][:5], (1, 0, detail, 1, changed))
                self.assertEqual(rows[1][1], 1)
                self.assertIn("SCAN t", [row[2] for row in rows[1:]])
                self.assertTrue(self.connection.in_transaction)
        self.assertEqual(self.connection.execute("select count(*) from t").fetchone(), (1000,))
        self.connection.execute("create unique index once on t (id, a)")
        self.connection.commit()
        with self.assertRaises(heliosdb_sqlite.IntegrityError):
            self.connection.execute("explain analyze update t set id = 5")
        self.assertEqual(self.connection.execute("select count(distinct id) from t").fetchone(), (1000,))

    def test_what_sorts_and_hash_tables_take(self):
        rows = {row[2]: dict(zip(COLUMNS, row)) for row in self.analyze("select * from t order by b, a")}
        self.assertGreater(rows["Sort 2"]["memory"], 1000 * 8)
        self.assertEqual(rows["Sort 2"]["spilled"], 0)
        self.assertEqual(rows["SCAN t"]["memory"], 0)
        self.connection.close()
        # The least that an account may hold is a part of the limit, so a small limit spills.
        self.connection = heliosdb_sqlite.connect(":memory:", config={"sql": {"memory_mb": 1}})
        self.addCleanup(self.connection.close)
        self.connection.execute("create table wide (a, b)")
        self.connection.executemany(
            "insert into wide values (?, ?)", [(number * 7919 % 20000, "x" * 100) for number in range(20000)]
        )
        self.connection.commit()
        rows = {row[2]: dict(zip(COLUMNS, row)) for row in self.analyze("select * from wide order by a")}
        self.assertGreater(rows["Sort 1"]["spilled"], 1_000_000)
        self.assertLess(rows["Sort 1"]["memory"], 2_000_000)

    def test_chunks_are_read_once_and_then_kept(self):
        self.connection.commit()
        first, second = (dict(zip(COLUMNS, self.analyze("select a from t")[-1])) for _ in range(2))
        self.assertEqual(first["detail"], "SCAN t")
        self.assertGreater(first["chunks_read"], 0)
        self.assertEqual(first["chunks_kept"], 0)
        self.assertEqual(second["chunks_read"], 0)
        self.assertGreater(second["chunks_kept"], 0)

    def test_chunks_without_a_wanted_value_are_left_out(self):
        oracle = sqlite3.connect(":memory:")
        self.addCleanup(oracle.close)
        rows = [(f"2024-{number // 2000:02}", number // 500, number / 7) for number in range(20000)]
        for database in (self.connection, oracle):
            database.execute("create table log (day text, level integer, size real)")
            database.executemany("insert into log values (?, ?, ?)", rows)
            database.commit()
        self.connection.execute("select sum(level), sum(size), max(day) from log").fetchall()
        cases = (
            ("day = ?", "2024-03", True),
            ("day < ?", "2024-01", True),
            ("level >= ?", "39", True),
            ("? > level", 2, True),
            ("size between ? and 30.5", 20, True),
            ("level <> ?", 3, False),
            ("day > ? collate nocase", "2024-08", False),
            ("level is ?", 7, False),
            ("abs(level) = ?", 7, False),
        )
        for condition, value, skips in cases:
            with self.subTest(condition):
                given = self.analyze(f"select * from log where {condition}", value)[-1]
                line = dict(zip(COLUMNS, given))
                self.assertEqual(line["detail"], "SCAN log")
                self.assertEqual(line["chunks_read"], 0)
                self.assertEqual(line["chunks_skipped"] > 0, skips)
                found = self.connection.execute(f"select * from log where {condition}", (value,)).fetchall()
                expected = oracle.execute(f"select * from log where {condition}", (value,)).fetchall()
                self.assertEqual(found, expected)
                self.assertTrue(found)
        skipped = self.analyze("update log set size = 0 where level = 20")[-1]
        self.assertEqual(dict(zip(COLUMNS, skipped))["detail"], "SCAN log")
        self.assertEqual(
            self.connection.execute("select count(*) from log where size = 0").fetchone(), (501,)
        )

    def test_as_json(self):
        sql = "select a, count(*) from t where b <> 'it''s \"so\"' group by a"
        cursor = self.connection.execute(f"explain (analyze, format json) {sql}")
        self.assertEqual([column[0] for column in cursor.description], ["QUERY PLAN"])
        ((text,),) = cursor.fetchall()
        (explained,) = json.loads(text)
        operation, found = explained["Plans"][0], []
        while True:
            found.append((operation["Node"], operation["Actual Rows"]))
            if "Plans" not in operation:
                break
            (operation,) = operation["Plans"]
        rows = self.analyze(sql)
        self.assertEqual(found, [(row[2], row[4]) for row in rows if row[4] is not None])
        self.assertEqual(
            self.connection.execute(f"explain (analyze, format text) {sql}").fetchall()[0][2], rows[0][2]
        )
        changed = self.connection.execute("explain (format json, analyze) delete from t where id < 11")
        (explained,) = json.loads(changed.fetchone()[0])
        self.assertEqual(explained["Plans"][0]["Node"], "DELETE FROM t")
        self.assertEqual(explained["Plans"][0]["Actual Rows"], 10)

    def test_the_statement_analyze_is_explained_as_in_sqlite(self):
        self.assertEqual(len(self.connection.execute("explain analyze t").description), 8)
        self.assertEqual(len(self.connection.execute("explain analyze").description), 8)


if __name__ == "__main__":
    unittest.main()
