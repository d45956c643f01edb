"""TPC-H at a small scale: the 22 queries on `sqlite3` and on ours, over the same rows.

The rows and queries are those of `benches/tpch`, where the same is measured at a larger scale.
"""

import importlib.util
import pathlib
import sqlite3
import unittest

import heliosdb_sqlite

SCALE = 0.002
PATH = pathlib.Path(__file__).parents[2] / "benches" / "tpch" / "tpch.py"


def loaded_generator():
    """The module `tpch`, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("tpch", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Tpch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpch = loaded_generator()
        cls.connections = [module.connect(":memory:") for module in (sqlite3, heliosdb_sqlite)]
        for connection in cls.connections:
            for statement in cls.tpch.DDL:
                connection.execute(statement)
        for table, rows in cls.tpch.generate(SCALE):
            for connection in cls.connections:
                connection.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)
        for connection in cls.connections:
            connection.commit()

    @classmethod
    def tearDownClass(cls):
        for connection in cls.connections:
            connection.close()

    def test_answers_are_those_of_sqlite(self):
        for step in ("without indexes", "with indexes", "analyzed"):
            for connection in self.connections:
                for statement in {"with indexes": self.tpch.INDEXES, "analyzed": ["ANALYZE"]}.get(step, ()):
                    connection.execute(statement)
            for number, query in enumerate(self.tpch.queries(SCALE), start=1):
                with self.subTest(step, query=number):
                    theirs, ours = (connection.execute(query).fetchall() for connection in self.connections)
                    self.compare(theirs, ours)

    def compare(self, theirs, ours):
        """Rows are equal in their order; sums of floats nearly, for they are added in another order."""
        self.assertEqual(len(theirs), len(ours))
        for their_row, our_row in zip(theirs, ours, strict=True):
            for their, our in zip(their_row, our_row, strict=True):
                self.assertIs(type(their), type(our))
                if isinstance(their, float):
                    self.assertAlmostEqual(their, our, delta=1e-9 * abs(their))
                else:
                    self.assertEqual(their, our)

    def test_every_query_has_rows_at_some_scale(self):
        # A query without rows would compare nothing: of 22 at most a few are empty at this scale.
        found = [bool(self.connections[0].execute(query).fetchall()) for query in self.tpch.queries(SCALE)]
        self.assertGreaterEqual(sum(found), 18)


if __name__ == "__main__":
    unittest.main()
