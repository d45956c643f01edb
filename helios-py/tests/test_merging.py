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

    def test_a_query_under_way_goes_on_with_what_it_began_with(self) -> None:
        self.main.executemany(
            "INSERT INTO herb VALUES (?, NULL, 1)", [(number,) for number in range(3, 5000)]
        )
        self.main.commit()
        self.branch("side", "UPDATE herb SET grams = 100", "DELETE FROM herb WHERE id > 2000")
        cursor = self.main.execute("SELECT grams FROM herb")
        rows = [cursor.fetchone()]
        self.main.merge_branch("side")
        rows += cursor.fetchall()
        self.assertEqual((len(rows), sum(grams for (grams,) in rows)), (4999, 5 + 7 + 4997))
        merged = self.main.execute("SELECT count(*), sum(grams) FROM herb").fetchone()
        self.assertEqual(merged, (2000, 200_000))

    def test_a_branch_of_the_past_names_the_table_whose_history_does_not_reach(self) -> None:
        self.main.execute("CREATE TABLE tree (id INTEGER PRIMARY KEY)")
        moment = datetime.datetime.now(datetime.timezone.utc)
        time.sleep(0.001)
        self.main.execute("INSERT INTO herb VALUES (3, 'mint', 1)")
        self.main.commit()
        for sql in ("CREATE BRANCH back AS OF TIMESTAMP ?", None):
            with self.assertRaisesRegex(db.OperationalError, "table herb keeps no history"):
                self.main.execute(sql, (moment,)) if sql else self.main.create_branch("back", as_of=moment)
        self.assertEqual([branch.name for branch in self.main.list_branches()], ["main"])

    def test_a_branch_takes_the_same_room_whatever_is_in_the_database(self) -> None:
        def room_of_twenty(name: str) -> int:
            before = len(self.main.serialize())
            for number in range(20):
                self.main.create_branch(f"{name}{number}")
            self.assertEqual(self.main.get_branch_info(f"{name}1").size_mb, 0)
            return len(self.main.serialize()) - before

        small = room_of_twenty("one")
        rows = ((number, None, number) for number in range(3, 20_000))
        self.main.executemany("INSERT INTO herb VALUES (?, ?, ?)", rows)
        self.main.commit()
        self.assertLess(room_of_twenty("two"), small + 1000)

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

    def test_moments_are_datetimes_texts_and_numbers(self) -> None:
        time.sleep(0.001)
        moment = datetime.datetime.now(datetime.timezone.utc)
        local = moment.astimezone().replace(tzinfo=None)
        time.sleep(0.001)
        self.main.execute("DELETE FROM herb")
        self.main.commit()
        for given in (moment, local, str(moment), local.isoformat(), str(local), moment.timestamp()):
            with self.subTest(given):
                then = self.main.execute("SELECT count(*) FROM herb AS OF TIMESTAMP ?", (given,))
                self.assertEqual(then.fetchone(), (2,))

    def test_history_begins_when_it_is_switched_on(self) -> None:
        path = self.path.with_name("late.db")
        with db.connect(path) as plain:
            plain.execute("CREATE TABLE t (a)")
        plain.close()
        time.sleep(0.001)
        before = datetime.datetime.now(datetime.timezone.utc)
        time.sleep(0.001)
        connection = db.connect(path, enable_time_travel=True)
        self.addCleanup(connection.close)
        with self.assertRaisesRegex(db.OperationalError, "the history of table t begins at"):
            connection.execute("SELECT * FROM t AS OF TIMESTAMP ?", (before,))
        after = datetime.datetime.now(datetime.timezone.utc)
        time.sleep(0.001)
        connection.execute("INSERT INTO t VALUES (1)")
        connection.commit()
        then = connection.execute("SELECT * FROM t AS OF TIMESTAMP ?", (after,))
        self.assertEqual(then.fetchall(), [])

    def test_the_past_is_read_while_somebody_writes(self) -> None:
        time.sleep(0.001)
        moment = datetime.datetime.now(datetime.timezone.utc)
        time.sleep(0.001)
        self.main.execute("DELETE FROM herb")
        reader = self.connect(timeout=0)
        for sql in (
            "SELECT count(*) FROM herb AS OF TIMESTAMP ?",
            "SELECT count(*) FROM herb FOR SYSTEM_TIME FROM 0 TO ?",
        ):
            self.assertEqual(reader.execute(sql, (moment,)).fetchone(), (2,))

    def test_a_range_has_the_columns_of_today(self) -> None:
        self.main.execute("ALTER TABLE herb ADD COLUMN place TEXT DEFAULT 'garden'")
        self.main.execute("UPDATE herb SET place = 'wood' WHERE id = 1")
        self.main.commit()
        self.main.execute("ALTER TABLE herb DROP COLUMN grams")
        pairs = self.main.execute("SELECT * FROM herb FOR SYSTEM_TIME ALL WHERE id = 1").fetchall()
        self.assertEqual([row for _, row in pairs], [(1, "sage", "garden"), (1, "sage", "wood")])

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

    def test_sqls_own_dates_are_in_utc(self) -> None:
        program = (
            "import heliosdb_sqlite as db, datetime;"
            "now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None);"
            "row = db.connect(':memory:').execute(\"SELECT CURRENT_TIMESTAMP, datetime('now')\").fetchone();"
            "print([abs(datetime.datetime.fromisoformat(text) - now).seconds < 1800 for text in row])"
        )
        for zone in ("UTC", "America/New_York"):
            environment = {**os.environ, "TZ": zone}
            command = [sys.executable, "-c", program]
            printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            self.assertEqual(printed.stdout, "[True, True]\n", zone)


if __name__ == "__main__":
    unittest.main()
