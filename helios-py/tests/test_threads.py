"""Connections in several threads."""

import os
import sqlite3
import tempfile
import threading
import unittest

import heliosdb_sqlite


def in_another_thread(work):
    """What `work` gives or raises in a thread of its own."""
    result = []

    def run():
        try:
            result.append(work())
        except BaseException as error:
            result.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return result[0]


class Threads(unittest.TestCase):
    def test_a_connection_belongs_to_its_thread(self):
        for module in (sqlite3, heliosdb_sqlite):
            connection = module.connect(":memory:")
            cursor = connection.execute("select 1")
            for use in (
                connection.cursor,
                connection.commit,
                connection.rollback,
                connection.close,
                lambda: connection.execute("select 1"),
                lambda: connection.create_function("f", 0, int),
                cursor.fetchone,
                cursor.close,
                lambda: cursor.execute("select 1"),
            ):
                error = in_another_thread(use)
                self.assertIsInstance(error, module.ProgrammingError)
                words = "SQLite objects created in a thread can only be used in that same thread."
                self.assertTrue(str(error).startswith(words), str(error))
        # The standard module has forgotten the row since Python 3.12.
        self.assertEqual(cursor.fetchone(), (1,))

    def test_a_copy_goes_into_a_connection_of_another_thread(self):
        for module in (sqlite3, heliosdb_sqlite):
            target = module.connect(":memory:")

            def copy(module=module, target=target):
                source = module.connect(":memory:")
                source.execute("create table t as select 1 as a")
                return source.backup(target)

            self.assertIsNone(in_another_thread(copy))
            self.assertEqual(target.execute("select a from t").fetchall(), [(1,)])

    def test_unless_it_is_said_otherwise(self):
        connection = heliosdb_sqlite.connect(":memory:", check_same_thread=False)
        connection.execute("create table t (a)")

        def insert(thread):
            for n in range(200):
                connection.execute("insert into t values (?)", (thread * 1000 + n,))

        threads = [threading.Thread(target=insert, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(
            connection.execute("select count(*), count(distinct a) from t").fetchone(), (800, 800)
        )

    def test_interrupt_may_come_from_anywhere(self):
        connection = heliosdb_sqlite.connect(":memory:")
        self.assertIsNone(in_another_thread(connection.interrupt))

    def test_connections_to_one_file_lose_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.db")
            first = heliosdb_sqlite.connect(path)
            first.execute("create table counter (n)")
            first.execute("insert into counter values (0)")
            first.commit()

            def count():
                connection = heliosdb_sqlite.connect(path, timeout=60, isolation_level="IMMEDIATE")
                for _ in range(25):
                    with connection:
                        connection.execute("update counter set n = n + 1")
                connection.close()

            threads = [threading.Thread(target=count) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
            self.assertEqual(first.execute("select n from counter").fetchone(), (100,))
            first.close()

    def test_a_cursor_may_be_dropped_in_another_thread(self):
        connection = heliosdb_sqlite.connect(":memory:")
        cursors = [connection.execute("select 1 union select 2") for _ in range(3)]
        in_another_thread(cursors.clear)
        self.assertEqual(connection.execute("select 3").fetchall(), [(3,)])

    def test_what_is_said_to_be_there_is_found(self):
        # Whoever did not make the table, or did not put the row in, was told that it is there already.
        with tempfile.TemporaryDirectory() as folder:
            barrier = threading.Barrier(4)

            def look():
                for number in range(20):
                    path = os.path.join(folder, f"{number}.db")
                    barrier.wait(60)
                    connection = heliosdb_sqlite.connect(path, timeout=60, isolation_level=None)
                    connection.execute("create table if not exists t (a unique)")
                    connection.execute("insert or ignore into t values (?)", (number,))
                    found = connection.execute("select a from t").fetchall()
                    connection.close()
                    if found != [(number,)]:
                        return found
                return None

            results = []
            threads = [threading.Thread(target=lambda: results.append(look())) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
            self.assertEqual(results, [None] * 4)


if __name__ == "__main__":
    unittest.main()
