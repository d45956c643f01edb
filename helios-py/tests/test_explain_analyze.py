"""EXPLAIN ANALYZE: the operations of a query with the rows that they gave."""

import unittest

import heliosdb_sqlite


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
        self.assertEqual(names, ["id", "parent", "detail", "loops", "rows", "ms"])
        return cursor.fetchall()

    def given(self, sql, *parameters):
        """The rows that each operation gave."""
        return {detail: rows for _, _, detail, _, rows, _ in self.analyze(sql, *parameters)}

    def test_rows_are_counted_at_every_operation(self):
        rows = self.analyze("select a, count(*) from t where a < ? group by a order by 2 limit 2", 5)
        by_detail = {row[2]: row for row in rows}
        self.assertEqual(by_detail["SCAN t"][4], 1000)
        self.assertEqual(by_detail["Limit"][4], 2)
        self.assertEqual([row[0] for row in rows], list(range(1, len(rows) + 1)))
        self.assertEqual(rows[0][1], 0)
        for row in rows[1:]:
            self.assertLess(row[1], row[0])
        for _, _, _, loops, _, milliseconds in rows:
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
            [row[1:] for row in lines], [(0, "QUERY 1", None, None, None), (0, "QUERY 2", None, None, None)]
        )

    def test_a_statement_that_is_run_again_counts_anew(self):
        sql = "select * from t where id <= ?"
        for limit in (10, 3, 0):
            self.assertEqual(self.analyze(sql, limit)[0][4], limit)
        self.connection.execute("insert into t (id, a) values (-1, 1)")
        self.assertEqual(self.analyze(sql, 3)[0][4], 4)

    def test_errors(self):
        with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "EXPLAIN ANALYZE is of queries"):
            self.connection.execute("explain analyze delete from t")
        with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "no such table: nowhere"):
            self.connection.execute("explain analyze select * from nowhere")
        with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "integer overflow"):
            self.connection.execute("explain analyze select sum(9223372036854775807) from t").fetchall()
        self.assertEqual(self.connection.execute("select count(*) from t").fetchone(), (1000,))

    def test_the_statement_analyze_is_explained_as_in_sqlite(self):
        self.assertEqual(len(self.connection.execute("explain analyze t").description), 8)
        self.assertEqual(len(self.connection.execute("explain analyze").description), 8)


if __name__ == "__main__":
    unittest.main()
