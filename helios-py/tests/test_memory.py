"""What a program does again and again does not make it grow: neither its memory nor the number of Python's objects.

Each case works in a process of its own: first until everything that is kept is there, then ten times as much, which
may not need more. `HELIOS_EXTENDED` multiplies the work by twenty.
"""

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

FACTOR = 20 if os.environ.get("HELIOS_EXTENDED") else 1
# What the allocator may hold on to, in bytes.
SLACK = 24 << 20
# Objects that the measuring itself makes.
FEW = 200

PROGRAM = """
import gc, sys
import heliosdb_sqlite as sqlite

def resident():
    with open("/proc/self/statm") as status:
        return int(status.read().split()[1]) * 4096

{work}
work({count})
gc.collect()
objects, bytes_before = len(gc.get_objects()), resident()
for _ in range(10):
    work({count})
gc.collect()
print(len(gc.get_objects()) - objects, resident() - bytes_before)
"""


def stays(count: int, text: str):
    """A case from the text of a function `work(count)`."""

    def case(self):
        program = PROGRAM.format(work=textwrap.dedent(text), count=count * FACTOR)
        with tempfile.TemporaryDirectory() as folder:
            ended = subprocess.run(
                [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False
            )
        self.assertEqual(ended.returncode, 0, ended.stderr)
        objects, size = (int(word) for word in ended.stdout.split())
        self.assertLess(objects, FEW)
        self.assertLess(size, SLACK)

    return case


class Memory(unittest.TestCase):
    test_inserts_and_deletes = stays(
        5000,
        """
        connection = sqlite.connect("a.db")
        connection.execute("create table if not exists t (a integer primary key, b text)")

        def work(count):
            for n in range(count):
                connection.execute("insert into t values (?, ?)", (n, str(n)))
            connection.executemany("delete from t where a = ?", ((n,) for n in range(count)))
            connection.commit()
        """,
    )

    test_inserts_and_deletes_in_memory = stays(
        5000,
        """
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (a integer primary key, b text)")

        def work(count):
            connection.executemany("insert into t values (?, ?)", ((n, str(n)) for n in range(count)))
            connection.commit()
            for n in range(count):
                connection.execute("delete from t where a = ?", (n,))
            connection.commit()
        """,
    )

    test_connections_to_a_file_that_is_open = stays(
        500,
        """
        keeper = sqlite.connect("a.db")
        keeper.execute("create table if not exists t (a)")

        def work(count):
            for n in range(count):
                connection = sqlite.connect("a.db")
                connection.execute("select count(*) from t").fetchall()
                connection.close()
        """,
    )

    test_connections_in_memory = stays(
        300,
        """
        def work(count):
            for n in range(count):
                connection = sqlite.connect(":memory:")
                connection.create_function("f", 1, lambda value: value)
                connection.execute("create table t (a)")
                connection.execute("insert into t select f(1)")
        """,
    )

    test_connections_that_open_a_file = stays(
        30,
        """
        sqlite.connect("a.db").close()

        def work(count):
            for n in range(count):
                connection = sqlite.connect("a.db")
                connection.execute("select count(*) from sqlite_schema").fetchall()
                connection.close()
        """,
    )

    test_rows = stays(
        10_000,
        """
        connection = sqlite.connect(":memory:")
        connection.row_factory = sqlite.Row
        rows = "with recursive c (n) as (select 1 union all select n + 1 from c limit ?) select n, 'text ' || n from c"

        def work(count):
            for row in connection.execute(rows, (count,)):
                row["n"]
            connection.execute(rows, (count,)).fetchall()
        """,
    )

    test_errors = stays(
        1000,
        """
        connection = sqlite.connect(":memory:", cached_statements=10)
        connection.execute("create table t (a unique)")
        connection.execute("insert into t values (1)")
        connection.create_function("f", 0, lambda: 1 // 0)

        def work(count):
            for n in range(count):
                for sql in ("insert into t values (1)", "select f()", f"select x{n % 50}", "select 1; select 2"):
                    try:
                        connection.execute(sql)
                    except (sqlite.Error, sqlite.Warning):
                        pass
        """,
    )

    test_blobs_cursors_and_statements = stays(
        1000,
        """
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (a integer primary key, b)")
        connection.execute("insert into t values (1, zeroblob(1000))")

        def work(count):
            for n in range(count):
                with connection.blobopen("t", "b", 1) as blob:
                    blob.write(b"x")
                cursor = connection.execute(f"select {n}, * from t")
                next(cursor)
        """,
    )


FILL = """
import os
import heliosdb_sqlite as sqlite

connection = sqlite.connect("a.db")
connection.execute("create table t (a)")
connection.executemany("insert into t values (?)", ((os.urandom(4000),) for _ in range(20_000)))
connection.commit()
connection.close()
"""
COPY = """
import os
import heliosdb_sqlite as sqlite

def peak():
    with open("/proc/self/status") as status:
        (line,) = (line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1]) << 10

small = {"storage": {"cache_mb": 8}}
source, target = sqlite.connect("a.db", config=small), sqlite.connect("b.db", config=small)
before = peak()
source.backup(target)
print(peak() - before, target.execute("select sum(length(a)) from t").fetchone()[0])
"""


class Copies(unittest.TestCase):
    def test_a_backup_is_not_held_in_memory(self):
        with tempfile.TemporaryDirectory() as folder:
            for program in (FILL, COPY):
                command = [sys.executable, "-c", program]
                ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
                self.assertEqual(ended.returncode, 0, ended.stderr)
        grown, size = (int(word) for word in ended.stdout.split())
        self.assertEqual(size, 80_000_000)
        self.assertLess(grown, size * 3 // 4)


if __name__ == "__main__":
    unittest.main()
