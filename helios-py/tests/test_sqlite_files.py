"""In from SQLite's files, out to them, and the command."""

import contextlib
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import heliosdb_sqlite as helios

SCHEMA = """
    create table plain (a, b text);
    create table keyed (id integer primary key autoincrement, "odd ""name" real);
    create table pairs (a, b, primary key (a, b));
    create index i on plain (b);
    insert into plain (rowid, a, b) values (10, 1, 'one'), (20, x'00ff', 'ä'), (30, null, null);
    insert into keyed values (5, 1.5), (7, 1e300);
    delete from keyed where id = 7;
    insert into pairs values (1, 2), ('x', 'y');
    pragma user_version = 42;
"""

QUESTIONS = [
    "select rowid, * from plain order by rowid",
    "select * from keyed",
    "select * from pairs",
    "select name, seq from sqlite_sequence",
    "select type, name, sql from sqlite_master where sql not null order by name",
    "pragma user_version",
]


def answers(connection):
    return [connection.execute(question).fetchall() for question in QUESTIONS]


def command(*arguments, **keywords):
    return subprocess.run(
        [sys.executable, "-m", "heliosdb_sqlite", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **keywords,
    )


class SQLiteFiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path = self.folder / "app.db"
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(SCHEMA)
            self.expected = answers(connection)
        self.original = self.path.read_bytes()

    def check_imported(self):
        with contextlib.closing(helios.connect(self.path)) as connection:
            self.assertEqual(answers(connection), self.expected)
            connection.execute('insert into keyed ("odd ""name") values (1)')
            self.assertEqual(connection.execute("select max(id) from keyed").fetchone(), (8,))
        self.assertEqual(sorted(os.listdir(self.folder)), ["app.db", "app.db.sqlite-backup"])
        self.assertEqual((self.folder / "app.db.sqlite-backup").read_bytes(), self.original)

    def test_connect_imports_if_it_is_told_to(self):
        with self.assertRaises(helios.DatabaseError):
            helios.connect(self.path)
        self.assertEqual(self.path.read_bytes(), self.original)
        helios.connect(self.path, import_sqlite=True).close()
        self.check_imported()
        # The second time there is nothing to do.
        helios.connect(self.path, import_sqlite=True).close()
        helios.connect(":memory:", import_sqlite=True).close()
        self.check_imported()

    def test_the_command_imports(self):
        done = command("import", self.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("app.db.sqlite-backup", done.stdout)
        self.check_imported()
        self.assertEqual(command("import", self.path).returncode, 1)

    def test_nothing_changes_if_the_import_fails(self):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.execute("create virtual table unknown using fts4(a)")
            connection.commit()
        before = self.path.read_bytes()
        with self.assertRaises(helios.Error):
            helios.connect(self.path, import_sqlite=True)
        self.assertEqual((os.listdir(self.folder), self.path.read_bytes()), (["app.db"], before))

    def test_nothing_changes_while_another_program_writes(self):
        with contextlib.closing(sqlite3.connect(self.path)) as other:
            other.execute("begin immediate")
            done = command("import", self.path)
            self.assertEqual((done.returncode, "locked" in done.stderr), (1, True), done.stderr)
        self.assertEqual((os.listdir(self.folder), self.path.read_bytes()), (["app.db"], self.original))

    def test_there_and_back(self):
        helios.connect(self.path, import_sqlite=True).close()
        target = self.folder / "back.db"
        done = command("export", self.path, target)
        self.assertEqual(done.returncode, 0, done.stderr)
        with contextlib.closing(sqlite3.connect(target)) as connection:
            self.assertEqual(answers(connection), self.expected)
        self.assertEqual(command("export", self.path, target).returncode, 1)

    def test_the_shell(self):
        done = command(":memory:", "select 1 as a, 'x' union select 2, null")
        self.assertEqual((done.returncode, done.stdout), (0, "(1, 'x')\n(2, None)\n"), done.stderr)
        done = command(":memory:", "nonsense")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, 'OperationalError (SQLITE_ERROR): near "nonsense": syntax error\n')
        entered = (
            "create table t (a);\ninsert into t\nvalues (5);\nselect * from t;\n.version\n.nothing\n.quit\n"
        )
        done = command(input=entered)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("(5,)", done.stdout)
        self.assertIn(helios.sqlite_version, done.stdout)
        self.assertIn("unknown command .nothing", done.stderr)


if __name__ == "__main__":
    unittest.main()
