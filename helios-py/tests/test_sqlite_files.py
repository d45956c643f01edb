"""In from SQLite's files, out to them, and the command."""

import contextlib
import itertools
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import heliosdb_sqlite as helios
from heliosdb_sqlite import _sqlite_files as files

SCHEMA = """
    create table plain (a, b text);
    create table keyed (id integer primary key autoincrement, "odd ""name" real);
    create table pairs (a, b, primary key (a, b));
    create index i on plain (b);
    insert into plain (rowid, a, b) values (10, 1, 'one'), (20, x'00ff', 'ä'), (30, null, null);
    insert into keyed values (5, 1.5), (7, 1e300);
    delete from keyed where id = 7;
    insert into pairs values (1, 2), ('x', 'y');
    create table named (name text primary key, rowid, doubled as (rowid * 2));
    insert into named (_rowid_, name, rowid) values (7, 'seven', -0.0), (3, 'three', 1.5);
    create table compact (id integer primary key, a) without rowid;
    insert into compact values (2, 'two'), (1, cast(x'ff41' as text));
    create view first as select min(a) as "a [integer]" from plain;
    create trigger log after insert on pairs begin delete from compact; end;
    pragma user_version = 42;
"""

QUESTIONS = [
    "select rowid, * from plain order by rowid",
    "select * from keyed",
    "select * from pairs",
    "select _rowid_, * from named order by name",
    "select id, typeof(a), hex(a) from compact",
    "select * from first",
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
        with self.assertRaisesRegex(helios.DatabaseError, f"-m heliosdb_sqlite import {self.path}`"):
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

    def test_indexes_of_words_and_trees_of_boxes_go_in_and_out(self):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.executescript("""
                create virtual table words using fts5(a, b unindexed, prefix=2);
                insert into words (rowid, a, b) values (7, 'one cat', 'x'), (9, 'two dogs', 'y');
                create virtual table of_plain using fts5(b, content=plain, tokenize=porter);
                insert into of_plain(of_plain) values ('rebuild');
                create view shown as select a as number, b as body from pairs;
                create virtual table of_view using fts5(body, content=shown, content_rowid=number);
                insert into of_view(of_view) values ('rebuild');
                create virtual table mail using fts4(a, languageid=language);
                insert into mail (docid, a, language) values (3, 'one bird', 2), (5, 'a bird', 0);
                create virtual table box using rtree(id, west, east, south, north, +name, +more);
                create virtual table span using rtree_i32(id, low, high);
                insert into span values (-5, -2147483648, 2147483647);
                with recursive c(n) as (select 1 union all select n + 1 from c where n < 200)
                    insert into box select n * 3, n % 17 + 0.1, n % 17 + 1.7, -n, 1e9 - n, 'b' || n, x'00' from c;
            """)
        questions = [
            "select rowid, a, b, rank from words('ca* or dogs') order by rowid",
            "select rowid, * from of_plain('one')",
            "select rowid, * from of_view('2')",
            "select docid, a, language, offsets(mail) from mail where mail match 'bird' and language = 2",
            "select * from box where west < 5 and east > 3.1 order by id",
            "select count(*), sum(west), sum(east), sum(south), sum(north) from box",
            "select * from span where low < 0",
            "select rtreecheck('box'), rtreecheck('span')",
        ]

        def asked(module):
            with contextlib.closing(module.connect(self.path)) as connection:
                return [connection.execute(question).fetchall() for question in questions]

        before = asked(sqlite3)
        self.assertEqual(before[-1], [("ok", "ok")])
        helios.connect(self.path, import_sqlite=True).close()
        self.assertEqual(asked(helios), before)
        back = self.folder / "back.db"
        self.assertEqual(command("export", self.path, back).returncode, 0)
        os.replace(back, self.path)
        self.assertEqual(asked(sqlite3), before)

    def test_nothing_changes_if_the_import_fails(self):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.execute("create virtual table unknown using fts5(a, content='')")
            connection.commit()
        before = self.path.read_bytes()
        with self.assertRaises(helios.Error):
            helios.connect(self.path, import_sqlite=True)
        self.assertEqual((os.listdir(self.folder), self.path.read_bytes()), (["app.db"], before))

    def test_nothing_changes_if_not_all_arrives_as_it_was(self):
        insert = files._Table.insert
        changes = {
            "of 3 rows of plain, 2 have arrived": lambda rows: rows[1:],
            "the rows of plain have not arrived as they were": lambda rows: [*rows[1:], (11, 1, "One")],
        }
        for words, change in changes.items():

            def spoil(table, target, rows, change=change):
                insert(table, target, change(rows) if table.name == "plain" else rows)

            refused = self.assertRaisesRegex(helios.DatabaseError, words)
            with mock.patch.object(files._Table, "insert", spoil), refused:
                helios.connect(self.path, import_sqlite=True)
        self.assertEqual((os.listdir(self.folder), self.path.read_bytes()), (["app.db"], self.original))

    def test_progress_is_told(self):
        told = []
        with mock.patch.object(files, "_ROWS_AT_ONCE", 2):
            files.import_file(self.path, progress=lambda *what: told.append(what))
        rows = [("plain", 2, 10), ("plain", 3, 10), ("keyed", 4, 10), ("pairs", 6, 10)]
        self.assertEqual(told, [*rows, ("named", 8, 10), ("compact", 10, 10)])
        done = command("export", self.path, self.folder / "back.db")
        self.assertIn("100%  10 of 10 rows, compact\n", done.stderr)

    def killed(self, work, patches=contextlib.nullcontext):
        """Does `work` in a process that kills itself in the middle of it."""
        child = os.fork()
        if child == 0:
            try:
                with patches():
                    work()
            finally:
                os._exit(1)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), -signal.SIGKILL)

    def test_an_import_that_is_killed_is_made_again(self):
        def die(*_):
            os.kill(os.getpid(), signal.SIGKILL)

        def die_at(step):
            steps = itertools.count()
            return lambda *_: die() if next(steps) == step else None

        for step in range(5):
            self.killed(lambda step=step: files.import_file(self.path, progress=die_at(step)))
            self.assertEqual(self.path.read_bytes(), self.original)
        for name in ("link", "replace"):
            self.killed(
                lambda: files.import_file(self.path),
                lambda name=name: mock.patch.object(files.os, name, die),
            )
            self.assertEqual(self.path.read_bytes(), self.original)
        files.import_file(self.path)
        self.check_imported()
        back = self.folder / "back.db"
        for step in range(3):
            self.killed(lambda step=step: files.export_file(self.path, back, progress=die_at(step)))
            self.assertFalse(back.exists())
        files.export_file(self.path, back)
        with contextlib.closing(sqlite3.connect(back)) as connection:
            self.assertEqual(connection.execute("select count(*) from plain").fetchone(), (3,))

    def test_a_backup_is_not_overwritten(self):
        backup = self.folder / "app.db.sqlite-backup"
        backup.write_bytes(b"of the user")
        with self.assertRaisesRegex(helios.OperationalError, "is in the way"):
            files.import_file(self.path)
        self.assertEqual((backup.read_bytes(), self.path.read_bytes()), (b"of the user", self.original))

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

    def test_backups_into_the_standard_module(self):
        connection = helios.connect(self.path, import_sqlite=True, detect_types=3)
        self.addCleanup(connection.close)
        connection.row_factory, connection.text_factory = helios.Row, bytes
        connection.execute("attach ':memory:' as other")
        connection.executescript("create table other.t (a date); insert into other.t values ('never')")
        for name, questions, expected in (
            ("main", QUESTIONS, self.expected),
            ("other", ["select * from t"], [[("never",)]]),
            ("temp", ["select * from sqlite_master"], [[]]),
        ):
            with contextlib.closing(sqlite3.connect(":memory:")) as target:
                connection.backup(target, name=name)
                self.assertEqual([target.execute(sql).fetchall() for sql in questions], expected)
        self.assertEqual((connection.row_factory, connection.text_factory), (helios.Row, bytes))
        self.assertFalse(connection.in_transaction)
        unknown = self.assertRaisesRegex(helios.OperationalError, "unknown database nowhere")
        with contextlib.closing(sqlite3.connect(":memory:")) as target, unknown:
            connection.backup(target, name="nowhere")

    def test_the_bytes_of_a_file_are_taken_over(self):
        connection = helios.connect(":memory:")
        self.addCleanup(connection.close)
        connection.deserialize(self.original)
        self.assertEqual(answers(connection), self.expected)
        with self.assertRaises(sqlite3.DatabaseError):
            connection.deserialize(self.original[:1000])
        self.assertEqual(answers(connection), self.expected)

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
