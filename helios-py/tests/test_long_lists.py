"""executemany of long lists, whose rows are written beside taking them, leaves what the standard module leaves."""

import datetime
import sqlite3
import threading
import unittest

import heliosdb_sqlite

ROWS = 9_000
CREATE = "create table seen (id integer primary key, what, place text)"
INSERT = "insert into seen values (?, ?, ?)"


class Whale(list):
    """A row of a class of its own."""


class Adapted:
    """A value that becomes one of SQLite's when it is asked."""

    def __conform__(self, protocol):
        return "adapted"


def rows():
    return [(number, number / 7 if number % 3 else None, f"bay {number}") for number in range(ROWS)]


def with_row(position, row):
    changed = rows()
    changed[position] = row
    return changed


# Places of a list for a row that is not like the others, and such rows, by what is odd about them.
PLACES = (0, 1, 2047, 2048, 4095, 4096, 4097, ROWS - 1)
ODD_ROWS = {
    "the same key": (5, "again", "x"),
    "too few values": (1_000_000, 1),
    "too many values": (1_000_000, 1, "x", 2),
    "a number without end": (1_000_000, 2**70, "x"),
    "half a letter": (1_000_000, 1, "\ud800"),
    "an unknown class": (1_000_000, object(), "x"),
    "no row": 7,
    "a text as a row": "abc",
    "a list": [1_000_000, b"bytes", "x"],
    "a row of a class of its own": Whale([1_000_000, 1.5, "x"]),
    "a value that adapts": (1_000_000, Adapted(), "x"),
    "a day": (1_000_000, datetime.date(2020, 2, 3), "x"),
    "bytes that can change": (1_000_000, bytearray(b"abc"), "x"),
    "no number": (1_000_000, float("nan"), "x"),
}


def outcome(module, list_of_rows, insert=INSERT):
    """What a list leaves: the error, the counts, and the rows."""
    connection = module.connect(":memory:")
    connection.execute(CREATE)
    cursor = connection.cursor()
    error = None
    try:
        cursor.executemany(insert, list_of_rows)
    except Exception as exception:
        error = (type(exception).__name__, str(exception))
    total = connection.total_changes
    left = connection.execute("select *, typeof(what) from seen").fetchall()
    last = connection.execute("select last_insert_rowid()").fetchone()
    in_transaction = connection.in_transaction
    connection.close()
    return error, None if error else cursor.rowcount, total, last, in_transaction, left


class LongLists(unittest.TestCase):
    maxDiff = 2000

    def assert_same(self, list_of_rows, insert=INSERT):
        ours, theirs = (outcome(module, list_of_rows, insert) for module in (heliosdb_sqlite, sqlite3))
        self.assertEqual(ours[:-1], theirs[:-1])
        self.assertTrue(ours[-1] == theirs[-1], "the rows are the same")

    def test_what_is_plain(self):
        self.assert_same(rows())
        self.assert_same(tuple(map(list, rows())))
        self.assert_same(rows()[: 2 * 2048])
        self.assert_same(rows(), "insert or ignore into seen select ? % 5000, ?, ?")

    def test_one_row_that_is_not_like_the_others(self):
        for name, row in ODD_ROWS.items():
            for position in PLACES:
                with self.subTest(name, position=position):
                    self.assert_same(with_row(position, row))

    def test_statements_that_only_change_rows(self):
        def changed(module):
            connection = module.connect(":memory:")
            connection.execute(CREATE)
            connection.executemany(INSERT, rows())
            cursor = connection.executemany(
                "update seen set what = ? where id = ?", [(number, 2 * number) for number in range(ROWS)]
            )
            found = cursor.rowcount, connection.total_changes
            connection.executemany(
                "delete from seen where id = ?", [(number,) for number in range(0, ROWS, 3)]
            )
            return found, connection.execute("select * from seen").fetchall()

        self.assertEqual(changed(heliosdb_sqlite), changed(sqlite3))

    def test_an_adapter_sees_the_rows_before(self):
        connection = heliosdb_sqlite.connect(":memory:")
        self.addCleanup(connection.close)
        connection.execute(CREATE)
        counts = []

        class Counting:
            def __conform__(self, protocol):
                counts.append(connection.execute("select count(*) from seen").fetchone()[0])
                return "counted"

        connection.executemany(INSERT, with_row(5000, (5000, Counting(), "x")))
        self.assertGreaterEqual(counts[0], 4096)
        self.assertEqual(connection.execute("select count(*) from seen").fetchone(), (ROWS,))

    def test_a_function_of_the_program_is_called_in_this_thread(self):
        connection = heliosdb_sqlite.connect(":memory:")
        self.addCleanup(connection.close)
        connection.execute(CREATE)
        threads = set()

        def same(value):
            threads.add(threading.get_ident())
            return value

        connection.create_function("same", 1, same)
        connection.executemany("insert into seen values (?, same(?), ?)", rows())
        self.assertEqual(threads, {threading.get_ident()})

    def test_watchers_are_called_in_this_thread(self):
        connection = heliosdb_sqlite.connect(":memory:")
        self.addCleanup(connection.close)
        connection.execute(CREATE)
        threads = set()
        connection.set_progress_handler(lambda: threads.add(threading.get_ident()), 1)
        connection.executemany(INSERT, rows())
        connection.set_progress_handler(None, 1)
        told = []
        connection.set_trace_callback(lambda text: told.append(threading.get_ident()))
        connection.executemany("insert into seen (what) values (?)", [(number,) for number in range(ROWS)])
        self.assertEqual((threads, set(told), len(told)), ({threading.get_ident()}, threads, ROWS))

    def test_other_threads_wait_for_their_turn(self):
        connection = heliosdb_sqlite.connect(":memory:", check_same_thread=False)
        self.addCleanup(connection.close)
        connection.execute(CREATE)
        counts, ended = [], threading.Event()

        def count():
            while not ended.is_set():
                counts.append(connection.execute("select count(*) from seen").fetchone()[0])

        counter = threading.Thread(target=count)
        counter.start()
        try:
            for start in range(0, 5 * ROWS, ROWS):
                connection.executemany(
                    INSERT, [(start + number, what, place) for number, what, place in rows()]
                )
        finally:
            ended.set()
            counter.join()
        self.assertEqual(connection.execute("select count(*) from seen").fetchone(), (5 * ROWS,))
        self.assertTrue(all(before <= after for before, after in zip(counts, counts[1:])))

    def test_all_or_none_of_a_batch(self):
        connection = heliosdb_sqlite.connect(":memory:")
        self.addCleanup(connection.close)
        connection.execute(CREATE)
        names = ["id", "what", "place"]
        for name in ("the same key", "too few values", "half a letter", "an unknown class"):
            with self.subTest(name), self.assertRaises((heliosdb_sqlite.Error, UnicodeEncodeError)):
                connection.cursor().batch_insert("seen", names, with_row(8000, ODD_ROWS[name]))
            self.assertEqual(connection.execute("select count(*) from seen").fetchone(), (0,))
        self.assertEqual(connection.cursor().batch_insert("seen", names, rows()), ROWS)


if __name__ == "__main__":
    unittest.main()
