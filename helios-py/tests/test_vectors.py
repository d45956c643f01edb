"""Vectors between Python and the database."""

import array
import math
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import heliosdb_sqlite as helios
import numpy as np


class Vectors(unittest.TestCase):
    def setUp(self) -> None:
        self.connection = helios.connect(":memory:")
        self.addCleanup(self.connection.close)
        self.connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v VECTOR(3), note TEXT)")

    def stored(self, value: Any) -> Any:
        row = self.connection.execute("INSERT INTO t (v) VALUES (?) RETURNING v", (value,)).fetchone()
        return row[0]

    def test_every_form_is_the_same_vector(self) -> None:
        numbers = [1, 2, 3]
        forms: list[Any] = [numbers, tuple(numbers), "[1, 2, 3]", [1.0, np.float32(2), True + 2]]
        forms += [array.array(code, numbers) for code in "fdbhilq"]
        kinds = ["f2", "f4", "f8", ">f4", ">f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]
        forms += [np.array(numbers, kind) for kind in kinds if kind != "u1"]
        forms += [np.array([1, 0, 2, 0, 3, 0], "f4")[::2], np.array([3, 2, 1.0])[::-1]]
        packed = np.array(numbers, "<f4").tobytes()
        forms += [packed, bytearray(packed), memoryview(packed)]
        for form in forms:
            with self.subTest(repr(form)):
                self.assertEqual(self.stored(form), [1.0, 2.0, 3.0])
        self.assertIsNone(self.stored(None))

    def test_what_is_no_vector_of_the_dimension_is_refused(self) -> None:
        cases: list[tuple[Any, str]] = [
            ([1, 2], "t.v: expected 3 dimensions, got 2"),
            (np.zeros(4), "t.v: expected 3 dimensions, got 4"),
            ([], "t.v: expected 3 dimensions, got 0"),
            ([1, 2, math.nan], "t.v: an element is not finite"),
            (np.array([1, 2, math.inf]), "t.v: an element is not finite"),
            ([1, 2, 1e300], "t.v: an element is not finite"),
            (np.zeros((1, 3)), "a vector is an array of one axis, not 2"),
            ("[1, 2", "t.v: the text is no list of numbers like [1, 2, 3]"),
        ]
        for value, message in cases:
            with self.subTest(repr(value)), self.assertRaises(sqlite3.DataError) as caught:
                self.stored(value)
            self.assertEqual(str(caught.exception), message)
        with self.assertRaisesRegex(helios.ProgrammingError, "parameter 1: type 'list' is not supported"):
            self.stored(["a", "b", "c"])

    def test_lists_bind_elsewhere_only_with_vector_search(self) -> None:
        with self.assertRaisesRegex(helios.ProgrammingError, "parameter 1: type 'list' is not supported"):
            self.connection.execute("INSERT INTO t (note) VALUES (?)", ([1, 2],))
        with self.assertRaisesRegex(helios.ProgrammingError, "can only execute DML"):
            self.connection.executemany("SELECT ?", [(1,)])
        array_of_doubles = np.array([1.0])
        plain = self.connection.execute("SELECT ?", (array_of_doubles,)).fetchone()
        self.assertEqual(plain, (array_of_doubles.tobytes(),))
        with helios.connect(":memory:", enable_vector_search=True) as searching:
            found = searching.execute("SELECT hex(?), x FROM (SELECT ? AS x)", ([1], 2)).fetchone()
            self.assertEqual(found, ("0000803F", 2))

    def test_an_adapter_comes_first(self) -> None:
        class Embedding:
            def __conform__(self, protocol: object) -> str | None:
                return "[4, 5, 6]" if protocol is helios.PrepareProtocol else None

        self.assertEqual(self.stored(Embedding()), [4.0, 5.0, 6.0])

    def test_vectors_come_as_lists_or_as_the_factory_makes_them(self) -> None:
        self.connection.executemany("INSERT INTO t (v) VALUES (?)", np.eye(3, dtype="f4").reshape(3, 1, 3))
        queries = [
            "SELECT v FROM t",
            "SELECT e FROM (SELECT v AS e FROM t)",
            "SELECT coalesce(NULL, v) FROM t",
            "SELECT (SELECT v FROM t AS u WHERE u.id = t.id) FROM t",
            "SELECT vector_add(v, ?) FROM t",
            "SELECT v FROM t GROUP BY v ORDER BY 1 DESC",
            "SELECT vector_avg(v) FROM t GROUP BY id",
            "WITH all_of AS (SELECT v FROM t UNION ALL SELECT v FROM t WHERE 0) SELECT v FROM all_of",
        ]
        for query in queries:
            parameters = [[0, 0, 0]] if "?" in query else []
            with self.subTest(query):
                found = self.connection.execute(query, parameters).fetchall()
                self.assertEqual(sorted(found), [([0.0, 0.0, 1.0],), ([0.0, 1.0, 0.0],), ([1.0, 0.0, 0.0],)])
        self.assertIs(self.connection.vector_factory, list)
        self.connection.vector_factory = np.asarray
        cursor = self.connection.execute("SELECT v, NULL, id FROM t")
        vector, nothing, number = cursor.fetchone()
        self.assertEqual(
            (vector.dtype, vector.tolist(), nothing, number), (np.float32, [1.0, 0.0, 0.0], None, 1)
        )
        self.assertFalse(vector.flags.owndata, "it is a view of what came out of the database")
        self.assertEqual([row[0].tolist() for row in cursor.fetchall()], np.eye(3)[1:].tolist())
        self.connection.vector_factory = list

    def test_a_converter_of_the_declared_type_comes_first(self) -> None:
        helios.register_converter("VECTOR", lambda packed: np.frombuffer(packed, "<f4").sum())
        connection = helios.connect(":memory:", detect_types=helios.PARSE_DECLTYPES)
        self.addCleanup(connection.close)
        connection.execute("CREATE TABLE t (v VECTOR(2))")
        connection.execute("INSERT INTO t VALUES (?)", ([1, 2],))
        self.assertEqual(connection.execute("SELECT v FROM t").fetchone(), (3.0,))

    def test_batches_of_queries_keep_their_sets_apart(self) -> None:
        connection = helios.connect(":memory:", enable_vector_search=True)
        self.addCleanup(connection.close)
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v VECTOR(2))")
        connection.executemany(
            "INSERT INTO t (v) VALUES (?)", [(vector,) for vector in np.random.rand(5000, 2)]
        )
        near = "SELECT id FROM t WHERE v <-> ? < ? ORDER BY id"
        sets = [([0, 0], 2), ([9, 9], 1), (np.ones(2), 0.5), ((0.5, 0.5), 0.1)]
        each = [connection.execute(near, parameters).fetchall() for parameters in sets]
        self.assertEqual(len(each[0]), 5000)
        cursor = connection.executemany(near, iter(sets))
        self.assertEqual(cursor.description[0][0], "id")
        self.assertEqual(cursor.fetchall(), [row for rows in each for row in rows])
        self.assertEqual(connection.executemany(near, sets).fetchsets(), each)
        cursor = connection.executemany(near, sets)
        first = cursor.fetchmany(4999)
        self.assertEqual(cursor.fetchsets(), [each[0][4999:], *each[1:]])
        self.assertEqual(first, each[0][:4999])
        self.assertEqual(cursor.fetchall(), [])
        self.assertEqual(connection.executemany(near, []).fetchsets(), [])
        self.assertEqual(connection.execute("SELECT 1").fetchsets(), [[(1,)]])
        with self.assertRaises(helios.DataError):
            connection.executemany(near, [([0, 0], 2), ([0], 2)])
        self.assertEqual(cursor.execute("SELECT 2").fetchall(), [(2,)])

    def test_rows_before_one_that_is_refused_stay(self) -> None:
        with self.assertRaises(helios.DataError):
            self.connection.executemany("INSERT INTO t (v) VALUES (?)", [([1, 2, 3],), ([1],), ([4, 5, 6],)])
        self.assertEqual(self.connection.execute("SELECT v FROM t").fetchall(), [([1.0, 2.0, 3.0],)])

    def test_exact_search_is_that_of_numpy(self) -> None:
        random = np.random.default_rng(11)
        vectors = random.standard_normal((3000, 3), "f4")
        self.connection.executemany(
            "INSERT INTO t (v, note) VALUES (?, ?)", [(v, str(i % 7)) for i, v in enumerate(vectors)]
        )
        for metric in ["cosine", "euclidean", "manhattan", "dot"]:
            for note in [None, "3"]:
                query = random.standard_normal(3, "f4")
                wide, to = vectors.astype("f8"), query.astype("f8")
                distances = {
                    "cosine": 1 - wide @ to / np.linalg.norm(wide, axis=1) / np.linalg.norm(to),
                    "euclidean": np.linalg.norm(wide - to, axis=1),
                    "manhattan": np.abs(wide - to).sum(axis=1),
                    "dot": -(wide @ to),
                }[metric]
                if note is not None:
                    distances[np.arange(len(vectors)) % 7 != int(note)] = math.inf
                where = "? IS NULL OR note = ?"
                sql = f"SELECT id - 1, vector_distance(v, ?, ?) AS d FROM t WHERE {where} ORDER BY d LIMIT 20"
                found = self.connection.execute(sql, (query, metric, note, note)).fetchall()
                self.assertEqual(len(found), 20)
                wanted = np.sort(distances)[:20]
                np.testing.assert_allclose([distance for _, distance in found], wanted, rtol=1e-5, atol=1e-6)
                np.testing.assert_allclose(
                    distances[[place for place, _ in found]], wanted, rtol=1e-5, atol=1e-6
                )

    def test_vectors_survive_every_way_of_copying(self) -> None:
        self.connection.executemany("INSERT INTO t (v) VALUES (?)", [([1, 2, 3],), (None,), (np.ones(3),)])
        self.connection.commit()
        expected = self.connection.execute("SELECT * FROM t").fetchall()
        with helios.connect(":memory:") as copy:
            copy.executescript("\n".join(self.connection.iterdump()))
            self.assertEqual(copy.execute("SELECT * FROM t").fetchall(), expected)
            with self.assertRaises(helios.DataError):
                copy.execute("INSERT INTO t (v) VALUES ('[1]')")
        with tempfile.TemporaryDirectory() as folder:
            with helios.connect(Path(folder) / "copy.db") as target:
                self.connection.backup(target)
                self.assertEqual(target.execute("SELECT * FROM t").fetchall(), expected)
            target.close()
            self.connection.execute("VACUUM INTO ?", (str(Path(folder) / "vacuumed.db"),))
            with helios.connect(Path(folder) / "vacuumed.db") as target:
                self.assertEqual(target.execute("SELECT * FROM t").fetchall(), expected)
            target.close()
        with helios.connect(":memory:") as copy:
            copy.deserialize(self.connection.serialize())
            self.assertEqual(copy.execute("SELECT * FROM t").fetchall(), expected)


OTHER = """
import sys
import heliosdb_sqlite, numpy
connection = heliosdb_sqlite.connect(sys.argv[1], timeout=60)
vectors = numpy.random.default_rng(int(sys.argv[2])).standard_normal((700, 16), "f4")
with connection:
    connection.executemany("INSERT INTO t (kind, v) VALUES (?, ?)", ((1, vector) for vector in vectors))
with connection:
    connection.execute("DELETE FROM t WHERE id % 3 = ?", (int(sys.argv[2]) % 3,))
found = connection.execute("SELECT id FROM t INDEXED BY near ORDER BY v <-> ? LIMIT 5", (vectors[0],)).fetchall()
print(found)
"""


class Indexes(unittest.TestCase):
    """Searches by an index beside exact ones."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = f"{folder.name}/vectors.db"
        self.random = np.random.default_rng(5)
        self.connection = self.connect()
        self.connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, kind INT, v VECTOR(16))")
        self.insert(3000)

    def connect(self) -> helios.Connection:
        connection = helios.connect(self.path, timeout=60)
        self.addCleanup(connection.close)
        return connection

    def insert(self, count: int) -> None:
        vectors = self.random.standard_normal((count, 16), "f4")
        rows = ((number % 10, vector) for number, vector in enumerate(vectors))
        with self.connection:
            self.connection.executemany("INSERT INTO t (kind, v) VALUES (?, ?)", rows)

    def recall(self, where: str = "", times: int = 20) -> float:
        """The part of the ten nearest that the index finds; what it finds is in order, and as many."""
        hit = wanted = 0
        for query in self.random.standard_normal((times, 16), "f4"):
            sql = "SELECT id, v <-> ? AS d FROM t {} " + where + " ORDER BY d LIMIT 10"
            exact = self.connection.execute(sql.format("NOT INDEXED"), (query,)).fetchall()
            found = self.connection.execute(sql.format("INDEXED BY near"), (query,)).fetchall()
            self.assertEqual(len(found), len(exact))
            self.assertEqual(found, sorted(found, key=lambda row: row[1]))
            hit += len({*exact} & {*found})
            wanted += len(exact)
        return hit / wanted

    def create(self, using: str = "hnsw") -> None:
        self.connection.execute(f"CREATE INDEX near ON t USING {using} (v) WITH (metric = 'euclidean')")

    def test_filters_deletions_and_updates_lose_little(self) -> None:
        self.create()
        self.assertGreaterEqual(self.recall(), 0.95)
        for where in ["WHERE kind = 3", "WHERE id % 100 = 7", "WHERE id % 1000 = 7", "WHERE id < 5"]:
            with self.subTest(where):
                self.assertGreaterEqual(self.recall(where), 0.95)
        with self.connection:
            self.connection.execute("DELETE FROM t WHERE id % 2 = 0")
            self.connection.executemany(
                "UPDATE t SET v = ? WHERE id = ?",
                ((self.random.standard_normal(16), number) for number in range(1, 3000, 4)),
            )
        self.assertGreaterEqual(self.recall(), 0.95)
        self.assertGreaterEqual(self.recall("WHERE kind = 4"), 0.95)
        self.assertEqual(self.connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def test_joins_and_groups_find_what_they_find_without_the_index(self) -> None:
        self.create("flat")
        self.connection.executescript(
            "CREATE TABLE kinds (kind INTEGER PRIMARY KEY, name TEXT);"
            "INSERT INTO kinds VALUES (2, 'two'), (3, 'three'), (5, 'five')"
        )
        query = self.random.standard_normal(16)
        for sql in (
            "SELECT id, name, v <-> ?1 AS d FROM t {} JOIN kinds USING (kind) ORDER BY d LIMIT 40",
            "SELECT id, v <-> ?1 AS d FROM t {} WHERE kind IN (SELECT kind FROM kinds) ORDER BY d LIMIT 40",
            "SELECT kind, count(*) FROM (SELECT kind FROM t {} ORDER BY v <-> ?1 LIMIT 300) GROUP BY kind",
        ):
            exact = self.connection.execute(sql.format("NOT INDEXED"), (query,)).fetchall()
            self.assertEqual(self.connection.execute(sql.format(""), (query,)).fetchall(), exact)
            self.assertGreaterEqual(len(exact), 10)

    def test_the_usual_kind_of_index_is_a_setting(self) -> None:
        for kind in ("hnsw", "flat"):
            with helios.connect(":memory:", config={"vector": {"index": kind}}) as connection:
                connection.execute("CREATE TABLE t (v VECTOR(2))")
                connection.execute("CREATE INDEX near ON t USING vector (v)")
                (sql,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'near'").fetchone()
                self.assertEqual(sql, f"CREATE INDEX near ON t USING {kind} (v)")

    def test_a_flat_index_is_exact(self) -> None:
        self.create("flat")
        self.assertEqual(self.recall(), 1.0)
        self.assertEqual(self.recall("WHERE kind = 3"), 1.0)

    def test_graphs_grow_and_are_read_again(self) -> None:
        self.create()
        for _ in range(3):
            self.insert(1000)
        self.connection.close()
        self.connection = self.connect()
        self.assertGreaterEqual(self.recall(), 0.95)
        self.connection.execute("REINDEX near")
        self.assertGreaterEqual(self.recall(), 0.95)

    def test_two_processes_write_and_search(self) -> None:
        self.create()
        for seed in (1, 2, 3):
            command = [sys.executable, "-c", OTHER, self.path, str(seed)]
            child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            self.insert(700)
            self.assertGreaterEqual(self.recall(times=5), 0.95)
            output, _ = child.communicate(timeout=120)
            self.assertEqual(child.returncode, 0)
            self.assertEqual(output.count(","), 9)
            self.assertGreaterEqual(self.recall(times=5), 0.95)
        self.assertEqual(self.connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def test_dumps_and_copies_have_the_index(self) -> None:
        self.create()
        script = "\n".join(self.connection.iterdump())
        self.assertIn("CREATE INDEX near ON t USING hnsw (v) WITH (metric = 'euclidean');", script)
        copies = [helios.connect(":memory:") for _ in range(2)]
        copies[0].executescript(script)
        self.connection.backup(copies[1])
        query = self.random.standard_normal(16)
        sql = "SELECT id FROM t INDEXED BY near ORDER BY v <-> ? LIMIT 10"
        expected = self.connection.execute(sql.replace("INDEXED BY near", "NOT INDEXED"), (query,)).fetchall()
        for copy in copies:
            found = copy.execute(sql, (query,)).fetchall()
            self.assertGreaterEqual(len({*found} & {*expected}), 9)
            copy.close()

    def test_an_effort_finds_more(self) -> None:
        self.connection.execute(
            "CREATE INDEX near ON t USING hnsw (v) WITH (metric = 'l2', m = 4, ef_construction = 8)"
        )
        self.connection.execute("PRAGMA vector_ef_search = 10")
        little = self.recall(times=40)
        self.connection.execute("PRAGMA vector_ef_search = 2000")
        self.assertGreater(self.recall(times=40), little)


if __name__ == "__main__":
    unittest.main()
