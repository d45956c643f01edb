"""Branches and the past through the Python module, on a file."""

import pathlib
import tempfile
import unittest
from datetime import datetime

import heliosdb_sqlite


class BranchesAndThePast(unittest.TestCase):
    """A file with one table and its history."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name, "a.db")
        self.connection = self.connect(enable_time_travel=True)
        self.connection.execute("CREATE TABLE account (name TEXT PRIMARY KEY, balance INTEGER)")
        self.connection.executemany("INSERT INTO account VALUES (?, ?)", [("Ada", 70), ("Grace", 30)])
        self.connection.commit()

    def connect(self, **arguments: object) -> heliosdb_sqlite.Connection:
        connection = heliosdb_sqlite.connect(self.path, **arguments)
        self.addCleanup(connection.close)
        return connection

    def names(self, connection: heliosdb_sqlite.Connection, time: str = "", *parameters: object) -> list[str]:
        rows = connection.execute(f"SELECT name FROM account {time} ORDER BY name", parameters)
        return [name for (name,) in rows]

    def test_a_branch_goes_its_own_way(self) -> None:
        self.connection.create_branch("experiment")
        branch = self.connect(branch="experiment")
        branch.execute("DELETE FROM account WHERE name = 'Ada'")
        branch.commit()
        self.connection.execute("INSERT INTO account VALUES ('Edsger', 1)")
        self.connection.commit()
        self.assertEqual(self.names(branch), ["Grace"])
        self.assertEqual(self.names(self.connection), ["Ada", "Edsger", "Grace"])

    def test_a_branch_that_does_not_exist_is_refused(self) -> None:
        with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "no such branch: none"):
            self.connect(branch="none")

    def test_the_past_is_as_it_was(self) -> None:
        before = datetime.now().isoformat()
        self.connection.execute("DELETE FROM account WHERE name = 'Ada'")
        self.connection.commit()
        self.assertEqual(self.names(self.connection), ["Grace"])
        self.assertEqual(self.names(self.connection, "AS OF TIMESTAMP ?", before), ["Ada", "Grace"])

    def test_before_a_table_existed_it_has_no_rows(self) -> None:
        self.assertEqual(self.names(self.connection, "AS OF TIMESTAMP ?", "2020-01-01"), [])

    def test_the_past_of_a_table_without_history_is_refused(self) -> None:
        connection = heliosdb_sqlite.connect(":memory:")
        self.addCleanup(connection.close)
        connection.execute("CREATE TABLE t (a)")
        now = datetime.now().isoformat()
        with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "keeps no history"):
            connection.execute("SELECT * FROM t AS OF TIMESTAMP ?", (now,))


if __name__ == "__main__":
    unittest.main()
