"""Branches that are compared, merged and deleted, and ranges of time, through the Python module, on a file."""

import datetime
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import heliosdb_sqlite as db


class OnAFile(unittest.TestCase):
    """A file with one table."""

    time_travel = False

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name, "a.db")
        self.main = self.connect(enable_time_travel=self.time_travel)
        self.main.execute("CREATE TABLE herb (id INTEGER PRIMARY KEY, name TEXT UNIQUE, grams INTEGER)")
        self.main.executemany("INSERT INTO herb VALUES (?, ?, ?)", [(1, "sage", 5), (2, "thyme", 7)])
        self.main.commit()

    def connect(self, **arguments: object) -> db.Connection:
        connection = db.connect(self.path, **arguments)
        self.addCleanup(connection.close)
        return connection

    def branch(self, name: str, *statements: str) -> db.Connection:
        self.main.create_branch(name)
        connection = self.connect(branch=name)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        return connection


class Merging(OnAFile):
    """What `merge_branch`, `compare_branches` and `delete_branch` do."""

    def test_a_merge_tells_what_it_did(self) -> None:
        self.branch("side", "INSERT INTO herb VALUES (3, 'mint', 1)", "DELETE FROM herb WHERE id = 1")
        result = self.main.merge_branch("side")
        self.assertEqual((result.rows_added, result.rows_removed, result.rows_changed), (1, 1, 0))
        self.assertIsInstance(result.commit, datetime.datetime)
        self.assertEqual(self.main.execute("SELECT id FROM herb").fetchall(), [(2,), (3,)])
        info = self.main.get_branch_info("side")
        self.assertEqual((info.parent, info.commits, info.merged_at), ("main", 1, result.commit))
        self.assertIsNone(self.main.merge_branch("side").commit)

    def test_conflicts_are_listed_and_can_be_decided(self) -> None:
        self.branch("side", "UPDATE herb SET grams = 6 WHERE id = 1")
        self.main.execute("UPDATE herb SET grams = 4 WHERE id = 1")
        self.main.commit()
        with self.assertRaises(db.MergeConflictError) as caught:
            self.main.merge_branch("side")
        self.assertIsInstance(caught.exception, db.IntegrityError)
        (conflict,) = caught.exception.conflicts
        self.assertEqual((conflict.table, conflict.key, conflict.columns), ("herb", 1, ("grams",)))
        sides = (conflict.base, conflict.ours, conflict.theirs)
        self.assertEqual(sides, ((1, "sage", 5), (1, "sage", 4), (1, "sage", 6)))
        self.assertEqual(caught.exception.violations, [])
        self.main.merge_branch("side", on_conflict="theirs")
        self.assertEqual(self.main.execute("SELECT grams FROM herb WHERE id = 1").fetchone(), (6,))
        with self.assertRaises(ValueError):
            self.main.merge_branch("side", on_conflict="mine")

    def test_violations_are_listed(self) -> None:
        self.branch("side", "INSERT INTO herb VALUES (8, 'mint', 1)")
        self.main.execute("INSERT INTO herb VALUES (9, 'mint', 2)")
        self.main.commit()
        with self.assertRaises(db.MergeConflictError) as caught:
            self.main.merge_branch("side")
        (violation,) = caught.exception.violations
        self.assertEqual((violation.table, violation.key), ("herb", 8))
        self.assertEqual(violation.message, "UNIQUE constraint failed: herb.name")

    def test_a_merge_leaves_an_open_transaction_alone(self) -> None:
        self.branch("side", "DELETE FROM herb")
        self.main.execute("INSERT INTO herb VALUES (3, 'mint', 1)")
        with self.assertRaisesRegex(db.OperationalError, "cannot merge from within a transaction"):
            self.main.merge_branch("side")
        self.main.rollback()
        self.assertEqual(self.main.merge_branch("side").rows_removed, 2)

    def test_a_merge_can_go_elsewhere(self) -> None:
        self.branch("one", "UPDATE herb SET grams = 9 WHERE id = 1")
        two = self.branch("two", "UPDATE herb SET grams = 8 WHERE id = 2")
        self.main.merge_branch("one", into="two")
        self.assertEqual(two.execute("SELECT grams FROM herb").fetchall(), [(9,), (8,)])

    def test_differences_are_rows(self) -> None:
        self.branch(
            "side", "INSERT INTO herb VALUES (3, 'mint', 1)", "UPDATE herb SET grams = 1 WHERE id = 2"
        )
        difference = self.main.compare_branches("main", "side")
        self.assertEqual((difference.tables_modified, difference.total_row_changes), (["herb"], 2))
        self.assertEqual(difference.tables["herb"], db.TableDiff(1, 0, 1, False))
        rows = [("changed", 2, (2, "thyme", 7), (2, "thyme", 1)), ("added", 3, None, (3, "mint", 1))]
        self.assertEqual(list(difference.rows("herb")), rows)

    def test_a_deleted_branch_is_gone_for_its_connections(self) -> None:
        side = self.branch("side")
        side.execute("INSERT INTO herb VALUES (3, 'mint', 1)")
        self.main.delete_branch("side")
        for call in (
            lambda: side.execute("SELECT 1 FROM herb"),
            side.commit,
            lambda: self.connect(branch="side"),
        ):
            with self.assertRaisesRegex(db.OperationalError, "no such branch: side"):
                call()
        side.rollback()
        side.close()
        self.assertEqual([branch.name for branch in self.main.list_branches()], ["main"])


class Ranges(OnAFile):
    """What a table was, through Python."""

    time_travel = True

    def test_ranges_give_pairs_of_time_and_row(self) -> None:
        self.main.execute("UPDATE herb SET grams = 6 WHERE id = 1")
        self.main.commit()
        cursor = self.main.execute("SELECT * FROM herb WHERE id = 1 FOR SYSTEM_TIME ALL")
        self.assertEqual([name for name, *_ in cursor.description], ["system_time", "row"])
        pairs = cursor.fetchall()
        self.assertEqual([row for _, row in pairs], [(1, "sage", 5), (1, "sage", 6)])
        at = self.main.execute("SELECT grams FROM herb AS OF TIMESTAMP ? WHERE id = 1", (pairs[0][0],))
        self.assertEqual(at.fetchone(), (5,))
        self.main.row_factory = db.Row
        ((_, row),) = self.main.execute("SELECT * FROM herb WHERE id = 2 FOR SYSTEM_TIME ALL")
        self.assertEqual((row["name"], row.keys()), ("thyme", ["id", "name", "grams"]))

    def test_a_connection_can_be_at_a_moment(self) -> None:
        before = datetime.datetime.now(datetime.timezone.utc)
        time.sleep(0.001)
        self.main.execute("DELETE FROM herb")
        self.main.commit()
        then = self.connect(as_of=before)
        self.assertEqual(then.execute("SELECT count(*) FROM herb").fetchone(), (2,))
        with self.assertRaisesRegex(db.OperationalError, "readonly"):
            then.execute("DELETE FROM herb")
        self.main.create_branch("back", as_of=before)
        back = self.connect(branch="back")
        self.assertEqual(back.execute("SELECT count(*) FROM herb").fetchone(), (2,))

    def test_local_time_is_that_of_the_process(self) -> None:
        self.main.close()
        program = (
            "import heliosdb_sqlite as db, datetime, sys;"
            "c = db.connect(sys.argv[1], enable_time_travel=True);"
            "then = datetime.datetime.now().isoformat();"
            "c.execute('DELETE FROM herb WHERE id = (SELECT min(id) FROM herb)'); c.commit();"
            "n, = c.execute('SELECT count(*) FROM herb').fetchone();"
            "m, = c.execute(f\"SELECT count(*) FROM herb AS OF TIMESTAMP '{then}'\").fetchone();"
            "print(m - n)"
        )
        for zone in ("UTC", "America/New_York"):
            environment = {**os.environ, "TZ": zone}
            command = [sys.executable, "-c", program, str(self.path)]
            printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            self.assertEqual(printed.stdout, "1\n", zone)


if __name__ == "__main__":
    unittest.main()
