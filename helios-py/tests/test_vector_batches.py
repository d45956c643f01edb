"""Batches of queries among vectors: one pass for several gives what each alone would."""

import tempfile
import unittest
from pathlib import Path
from typing import Any

import heliosdb_sqlite as helios
import numpy as np

NEAR = "SELECT id, vector_distance(v, ?, '{}') AS d FROM t {} ORDER BY d {} LIMIT {}"


class VectorBatches(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "vectors.db")
        self.connection = helios.connect(self.path, enable_vector_search=True)
        self.addCleanup(self.connection.close)
        self.random = np.random.default_rng(29)
        self.connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v VECTOR(3), kind INT)")
        # Many rows are as far away as others, some have no vector, some no angle.
        vectors: list[Any] = [*self.random.integers(-2, 3, (5000, 3)), *[None] * 20]
        self.connection.executemany(
            "INSERT INTO t (v, kind) VALUES (?, ?)", [(v, i % 5) for i, v in enumerate(vectors)]
        )
        self.connection.commit()

    def queries(self, count: int) -> list[np.ndarray]:
        return list(self.random.integers(-2, 3, (count, 3)).astype("f4"))

    def check(self, sql: str, sets: list[tuple[Any, ...]]) -> list[list[Any]]:
        each = [self.connection.execute(sql, parameters).fetchall() for parameters in sets]
        self.assertEqual(self.connection.executemany(sql, sets).fetchsets(), each, sql)
        return each

    def test_a_batch_gives_what_each_query_gives(self) -> None:
        for metric in ["cosine", "euclidean", "manhattan", "dot"]:
            for nulls in ["", "NULLS LAST"]:
                self.check(NEAR.format(metric, "", nulls, 12), [(query,) for query in self.queries(40)])

    def test_each_set_has_its_own_condition_count_and_metric(self) -> None:
        sql = NEAR.format("euclidean", "WHERE kind = ? AND v IS NOT NULL", "", "?")
        sets = [(query, kind % 7, kind % 4) for kind, query in enumerate(self.queries(40))]
        found = self.check(sql, sets)
        self.assertEqual([len(rows) for rows in found], [(n % 4) * (n % 7 < 5) for n in range(40)])
        sql = "SELECT id FROM t WHERE v IS NOT NULL ORDER BY vector_distance(v, ?, ?) LIMIT 3 OFFSET ?"
        metrics = ["l1", "l2", "dot", None]
        self.check(sql, [(query, metrics[n % 4], n % 3) for n, query in enumerate(self.queries(9))])
        self.check("SELECT id FROM t ORDER BY v <-> ? LIMIT -1", [(query,) for query in self.queries(3)])

    def test_more_sets_than_are_bound_together(self) -> None:
        self.check(NEAR.format("l1", "WHERE kind < 2", "", 2), [(query,) for query in self.queries(270)])

    def test_parts_that_a_batch_may_not_do_early(self) -> None:
        sets = [(query,) for query in self.queries(5)]
        inner = "WHERE kind = (SELECT max(kind) FROM t)"
        self.check(NEAR.format("l2", inner, "", 3), sets)
        asked: list[int] = []

        def is_wanted(kind: int) -> bool:
            asked.append(kind)
            return kind == len(asked) % 2

        self.connection.create_function("is_wanted", 1, is_wanted)
        sql = NEAR.format("l2", "WHERE is_wanted(kind)", "", 3)
        each = [self.connection.execute(sql, parameters).fetchall() for parameters in sets]
        before, asked[:] = asked[:], []
        self.assertEqual(self.connection.executemany(sql, sets).fetchsets(), each)
        self.assertEqual(asked, before)

    def test_own_writes_branches_and_the_past_are_seen(self) -> None:
        sets = [(query,) for query in self.queries(6)]
        sql = NEAR.format("l2", "", "NULLS LAST", 4)
        before = self.check(sql, sets)
        self.connection.execute("CREATE BRANCH other")
        self.connection.execute("INSERT INTO t (id, v) SELECT -rowid, v FROM t WHERE kind = 1")
        inside = self.check(sql, sets)
        self.assertNotEqual(inside, before)
        self.connection.rollback()
        self.assertEqual(self.check(sql, sets), before)
        with helios.connect(self.path, enable_vector_search=True, branch="other") as branch:
            branch.execute("DELETE FROM t WHERE kind < 4")
            branch.commit()
            each = [branch.execute(sql, parameters).fetchall() for parameters in sets]
            self.assertEqual(branch.executemany(sql, sets).fetchsets(), each)
            self.assertNotEqual(each, before)

    def test_what_a_query_of_the_batch_changes_counts_for_the_next(self) -> None:
        query = self.queries(1)[0]

        def takes(number: int) -> int:
            self.connection.execute("DELETE FROM t WHERE id = ?", (number,))
            return number

        self.connection.create_function("takes", 1, takes)
        sql = "SELECT takes(id) FROM t WHERE v IS NOT NULL ORDER BY vector_distance(v, ?, 'l2') LIMIT 1"
        found = self.connection.executemany(sql, [(query,)] * 10).fetchall()
        self.assertEqual(len({*found}), 10)

    def test_a_set_that_fails_fails_the_batch(self) -> None:
        sql = NEAR.format("l2", "", "", 1)
        for wrong in [[1, 2], "no vector"]:
            with self.subTest(wrong), self.assertRaises(helios.DatabaseError) as alone:
                self.connection.execute(sql, (wrong,))
            with self.assertRaises(helios.DatabaseError) as batch:
                self.connection.executemany(sql, [([1, 2, 3],), (wrong,), ([1, 2, 3],)])
            self.assertEqual(str(batch.exception), str(alone.exception))
        self.assertEqual(len(self.connection.executemany(sql, [([1, 2, 3],)]).fetchall()), 1)


if __name__ == "__main__":
    unittest.main()
