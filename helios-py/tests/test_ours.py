"""What `sqlite3` does not have: drivers, settings, branches, the past, copies."""

import contextlib
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import heliosdb_sqlite as helios


class InAFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path = self.folder / "a.db"

    def connect(self, **keywords):
        connection = helios.connect(self.path, **keywords)
        self.addCleanup(connection.close)
        return connection


class Files(InAFolder):
    def test_a_file_may_be_open_for_reading_and_for_writing(self):
        self.connect().close()
        reader = helios.connect(f"file:{self.path}?mode=ro", uri=True)
        self.addCleanup(reader.close)
        writer = self.connect()
        writer.execute("create table t (a)")
        self.assertEqual(reader.execute("select name from sqlite_schema").fetchall(), [("t",)])
        with self.assertRaisesRegex(helios.OperationalError, "attempt to write a readonly database"):
            reader.execute("create table u (a)")
        with self.assertRaisesRegex(helios.OperationalError, "attempt to write a readonly database"):
            helios.connect(f"file:{self.path}?mode=ro", uri=True, enable_time_travel=True)

    def test_backends_have_names(self):
        self.assertLessEqual({"redb", "memory"}, set(helios.backends()))
        for name in helios.backends():
            with contextlib.closing(helios.connect(":memory:", backend=name)) as connection:
                self.assertEqual(connection.execute("select 1").fetchone(), (1,))
        with self.assertRaisesRegex(helios.OperationalError, "no_such_driver"):
            helios.connect(self.path, backend="no_such_driver")
        self.assertFalse(self.path.exists())

    def test_one_file_is_left_after_the_last_close(self):
        one, two = helios.connect(self.path), helios.connect(self.path)
        one.execute("create table t (a)")
        one.close()
        two.close()
        self.assertEqual(os.listdir(self.folder), ["a.db"])

    def test_an_empty_file_is_a_new_database(self):
        self.path.touch()
        self.connect().execute("create table t (a)")

    def test_foreign_files_are_told_apart_and_left_alone(self):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.execute("create table t (a)")
            connection.commit()
        before = self.path.read_bytes()
        with self.assertRaises(helios.DatabaseError):
            helios.connect(self.path)
        self.assertEqual(self.path.read_bytes(), before)
        self.path.write_bytes(b"anything but a database" * 1000)
        with self.assertRaisesRegex(helios.DatabaseError, "file is not a database"):
            helios.connect(self.path)

    def test_an_embedded_database_belongs_to_one_process(self):
        program = (
            "import sys, heliosdb_sqlite as helios\n"
            "try: print(helios.connect(sys.argv[1], timeout=0.01, heliosdb_mode=sys.argv[2]).total_changes)\n"
            "except helios.OperationalError as error: print(error)\n"
        )

        def other(mode):
            command = [sys.executable, "-c", program, str(self.path), mode]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

        with contextlib.closing(helios.connect(self.path)) as shared:
            shared.execute("create table t (a)")
            self.assertEqual(other("auto"), "0")
        with contextlib.closing(helios.connect(self.path, heliosdb_mode="embedded")):
            for mode in ("auto", "embedded"):
                self.assertEqual(other(mode), f"database is locked (held by process {os.getpid()})")
        self.assertEqual(other("embedded"), "0")

    def test_config_is_a_tree_or_a_file(self):
        connection = self.connect(config={"storage": {"backend": "redb", "redb": {"processes": "one"}}})
        connection.execute("create table t (a)")
        connection.close()
        toml = self.folder / "helios.toml"
        toml.write_text('[storage]\nbackend = "redb"\nredb = { processes = "one" }\n')
        self.assertEqual(self.connect(config=toml).execute("select count(*) from t").fetchone(), (0,))
        toml.write_text("[storage]\nno_such_key = 1\n")
        for config, words in [
            ({"storage": {"no_such_key": 1}}, "no_such_key"),
            ({"no_such_table": {"x": 1}}, "no_such_table"),
            (toml, "no_such_key"),
            (self.folder / "missing.toml", "missing.toml"),
        ]:
            with self.subTest(config=config), self.assertRaisesRegex(helios.OperationalError, words):
                helios.connect(self.folder / "other.db", config=config)
        for config in ({1: 2}, {"storage": {"backend": object()}}, 5):
            with self.subTest(config=config), self.assertRaises(TypeError):
                helios.connect(self.folder / "other.db", config=config)

    def test_unknown_arguments_are_refused(self):
        for keywords in ({"backends": "redb"}, {"branches": "main"}, {"time_travel": True}):
            with self.subTest(**keywords), self.assertRaises(TypeError):
                helios.connect(":memory:", **keywords)
        # Ours have no place among the arguments by position.
        with self.assertRaises(TypeError):
            helios.connect(":memory:", 5.0, 0, "", True, helios.Connection, 128, False, "redb")


class Branches(InAFolder):
    def setUp(self):
        super().setUp()
        self.main = self.connect()
        self.main.executescript(
            "create table t (id integer primary key, a); insert into t values (1, 'one'), (2, 'two')"
        )

    def test_a_branch_goes_its_own_way(self):
        self.main.create_branch("experiment")
        branch = self.connect(branch="experiment")
        branch.execute("update t set a = 'changed' where id = 1")
        branch.execute("insert into t values (3, 'three')")
        branch.execute("create table new (x)")
        branch.commit()
        self.main.execute("delete from t where id = 2")
        self.main.commit()
        self.assertEqual(self.main.execute("select * from t").fetchall(), [(1, "one")])
        self.assertEqual(
            branch.execute("select * from t").fetchall(), [(1, "changed"), (2, "two"), (3, "three")]
        )
        with self.assertRaisesRegex(helios.OperationalError, "no such table: new"):
            self.main.execute("select * from new")

    def test_branches_of_branches(self):
        self.main.create_branch("child")
        self.main.create_branch("grandchild", "child")
        self.connect(branch="grandchild").execute("select * from t")
        child = self.connect(branch="child")
        child.create_branch("other")
        self.assertEqual(self.connect(branch="other").execute("select count(*) from t").fetchone(), (2,))

    def test_what_is_known_of_branches(self):
        made = self.main.create_branch("child")
        self.assertEqual((made.name, made.parent, made.commits, made.is_active), ("child", "main", 0, False))
        self.assertIsNone(made.merged_at)
        self.assertIsNotNone(made.created_at.tzinfo)
        self.assertLess(made.divergence_point, made.created_at)
        child = self.connect(branch="child")
        child.execute("insert into t values (3, ?)", ("x" * 100_000,))
        child.commit()
        known = child.get_branch_info("child")
        self.assertEqual((known.commits, known.is_active), (1, True))
        self.assertTrue(0.09 < known.size_mb < 1, known.size_mb)
        self.assertTrue(0 <= known.age_days < 1)
        child.close()
        self.assertFalse(self.main.get_branch_info("child").is_active)
        self.main.create_branch("grandchild", "child")
        names = [(branch.name, branch.parent) for branch in self.main.list_branches()]
        self.assertEqual(names, [("main", None), ("child", "main"), ("grandchild", "child")])
        self.assertTrue(self.main.get_branch_info("main").is_active)
        with self.assertRaisesRegex(helios.OperationalError, "no such branch: nobody"):
            self.main.get_branch_info("nobody")

    def test_names_that_are_wrong(self):
        with self.assertRaisesRegex(helios.OperationalError, "no such branch: nowhere"):
            self.connect(branch="nowhere")
        with self.assertRaisesRegex(helios.OperationalError, "no such branch: nowhere"):
            self.main.create_branch("child", "nowhere")
        self.main.create_branch("taken")
        for name in ("taken", "main", "", "a b"):
            with self.subTest(name=name), self.assertRaises(helios.OperationalError):
                self.main.create_branch(name)

    def test_a_branch_is_made_of_what_is_committed(self):
        self.main.execute("insert into t values (3, 'three')")
        self.main.create_branch("experiment")
        self.assertEqual(self.connect(branch="experiment").execute("select count(*) from t").fetchone(), (2,))


class Past(InAFolder):
    def history(self, connection):
        """Changes a row, and gives a moment before the change."""
        sql = "select strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')"
        connection.execute("create table t (a)")
        connection.execute("insert into t values (1)")
        connection.commit()
        (created,) = connection.execute(sql).fetchone()
        moment = created
        while moment == created:
            (moment,) = connection.execute(sql).fetchone()
        later = moment
        while later == moment:
            (later,) = connection.execute(sql).fetchone()
        connection.execute("update t set a = 2")
        connection.commit()
        return moment

    def test_the_past_can_be_read(self):
        connection = self.connect(enable_time_travel=True)
        moment = self.history(connection)
        past = connection.execute("select a from t as of timestamp ?", (moment,)).fetchall()
        self.assertEqual((past, connection.execute("select a from t").fetchall()), ([(1,)], [(2,)]))
        connection.close()
        # It stays on.
        connection = self.connect()
        past = connection.execute("select a from t as of timestamp ?", (moment,)).fetchall()
        self.assertEqual(past, [(1,)])

    def test_without_history_there_is_an_error(self):
        connection = self.connect()
        moment = self.history(connection)
        with self.assertRaisesRegex(helios.OperationalError, "table t keeps no history"):
            connection.execute("select * from t as of timestamp ?", (moment,)).fetchall()


class Copies(InAFolder):
    def test_everything_is_copied(self):
        source = self.connect(enable_time_travel=True)
        source.executescript("create table t (a); insert into t values (1)")
        source.create_branch("child")
        child = self.connect(branch="child")
        child.execute("insert into t values (2)")
        child.commit()
        copy_path = self.folder / "copy.db"
        copy = helios.connect(copy_path)
        copy.executescript("create table gone (a); insert into gone values (1)")
        steps = []
        source.backup(copy, pages=1, progress=lambda *step: steps.append(step))
        self.assertEqual(steps[-1][:2], (helios.SQLITE_DONE, 0))
        self.assertEqual([step[1] for step in steps], list(range(len(steps) - 1, -1, -1)))
        self.assertEqual(copy.execute("select * from t").fetchall(), [(1,)])
        with self.assertRaisesRegex(helios.OperationalError, "no such table: gone"):
            copy.execute("select * from gone")
        copy.execute("insert into t values (10)")
        copy.execute("create table new (a)")
        copy.commit()
        copy.close()
        with contextlib.closing(helios.connect(copy_path, branch="child")) as copy:
            self.assertEqual(copy.execute("select * from t").fetchall(), [(1,), (2,)])
        self.assertEqual(source.execute("select * from t").fetchall(), [(1,)])

    def test_history_and_users_are_copied(self):
        source = self.connect(enable_time_travel=True)
        source.executescript("create table t (a); insert into t values (1)")
        server = helios.start_server(self.path, port=0, auth_method="password", users={"ada": "lace"})
        server.stop()
        source.executescript("update t set a = 2")
        copies = [self.folder / "backup.db", self.folder / "bytes.db"]
        for path in copies:
            with contextlib.closing(helios.connect(path)) as copy:
                if path.name == "backup.db":
                    source.backup(copy)
                else:
                    memory = helios.connect(":memory:")
                    memory.deserialize(source.serialize())
                    memory.backup(copy)
                versions = copy.execute("select a from t for system_time all").fetchall()
                self.assertEqual(versions, [(1,), (2,)])
            with helios.start_server(path, port=0, auth_method="password") as server:
                url = f"127.0.0.1:{server.port}/{path.stem}"
                with contextlib.closing(helios.connect(f"postgresql://ada:lace@{url}")) as client:
                    self.assertEqual(client.execute("select a from t").fetchall(), [(2,)])
                with self.assertRaisesRegex(helios.OperationalError, "password authentication failed"):
                    helios.connect(f"postgresql://ada:other@{url}")

    def test_dumps_and_vacuum_have_the_present_of_the_branch(self):
        main = self.connect(enable_time_travel=True)
        main.executescript("create table t (a); insert into t values (1); create branch side")
        side = self.connect(branch="side")
        side.executescript("insert into t values (2); update t set a = a + 10")
        side.execute("vacuum into ?", (str(self.folder / "copy.db"),))
        with contextlib.closing(helios.connect(self.folder / "copy.db")) as copy:
            self.assertEqual(copy.execute("select a from t").fetchall(), [(11,), (12,)])
            self.assertEqual([branch.name for branch in copy.list_branches()], ["main"])
        with contextlib.closing(helios.connect(":memory:")) as copy:
            copy.executescript("".join(side.iterdump()))
            self.assertEqual(copy.execute("select a from t").fetchall(), [(11,), (12,)])

    def test_a_copy_reaches_other_connections_of_the_target(self):
        source = helios.connect(":memory:")
        source.executescript("create table t (a); insert into t values (1)")
        one, two = self.connect(), self.connect()
        one.executescript("create table t (b, c); insert into t values (2, 3)")
        self.assertEqual(two.execute("select * from t").fetchall(), [(2, 3)])
        source.backup(one)
        for connection in (one, two):
            cursor = connection.execute("select * from t")
            self.assertEqual((cursor.fetchall(), cursor.description[0][0]), ([(1,)], "a"))

    def test_a_busy_target_is_left_alone(self):
        source = helios.connect(":memory:")
        one, two = self.connect(), self.connect()
        one.execute("create table t (a)")
        two.execute("insert into t values (1)")
        with self.assertRaisesRegex(helios.OperationalError, "database is locked"):
            source.backup(one, sleep=0)
        two.commit()
        self.assertEqual(one.execute("select * from t").fetchall(), [(1,)])

    def test_a_copy_into_a_database_of_the_standard_module(self):
        source = helios.connect(":memory:")
        source.executescript(
            "create table t (a, b); create index i on t (a); insert into t values (1, 'x'), (2, null)"
        )
        target = sqlite3.connect(self.folder / "standard.db")
        self.addCleanup(target.close)
        target.execute("create table gone (a)")
        steps = []
        source.backup(target, progress=lambda *step: steps.append(step))
        self.assertEqual(target.execute("select * from t").fetchall(), [(1, "x"), (2, None)])
        self.assertEqual(target.execute("select name from sqlite_master").fetchall(), [("t",), ("i",)])
        self.assertEqual(steps[-1][1], 0)

    def test_serialized_databases(self):
        source = self.connect()
        source.executescript("create table t (a); insert into t values (1)")
        source.create_branch("child")
        data = source.serialize()
        memory = helios.connect(":memory:")
        memory.create_function("f", 0, lambda: 5)
        memory.deserialize(data)
        self.assertEqual(memory.execute("select *, f() from t").fetchall(), [(1, 5)])
        # A file is left behind as it is.
        source.execute("insert into t values (2)")
        source.commit()
        source.deserialize(data)
        source.execute("delete from t")
        source.commit()
        self.assertEqual(self.connect().execute("select * from t").fetchall(), [(1,), (2,)])

    def test_damaged_copies_are_refused(self):
        connection = helios.connect(":memory:")
        connection.executescript("create table t (a); insert into t values (1)")
        data = connection.serialize()
        for position in range(0, len(data), 7):
            damaged = bytearray(data)
            damaged[position] ^= 1
            with self.subTest(position=position), self.assertRaises(helios.DatabaseError):
                connection.deserialize(damaged)
        for length in range(0, len(data), 11):
            with self.subTest(length=length), self.assertRaises(helios.DatabaseError):
                connection.deserialize(data[:length])
        self.assertEqual(connection.execute("select * from t").fetchall(), [(1,)])


class Concurrent(InAFolder):
    def test_who_was_overtaken_is_told_so_and_may_begin_again(self):
        one, other = (self.connect(isolation_level=None) for _ in range(2))
        one.executescript("create table t (a); insert into t values (1)")
        for connection in (one, other):
            connection.execute("begin concurrent")
            connection.execute("update t set a = a + 1")
        one.execute("commit")
        with self.assertRaisesRegex(helios.OperationalError, "database is locked") as refused:
            other.execute("commit")
        self.assertEqual(refused.exception.sqlite_errorname, "SQLITE_BUSY_SNAPSHOT")
        self.assertFalse(other.in_transaction)
        other.execute("update t set a = a + 1")
        self.assertEqual(one.execute("select a from t").fetchall(), [(3,)])


class Autocommit(unittest.TestCase):
    """The attribute of Python 3.12."""

    def test_values(self):
        connection = helios.connect(":memory:")
        self.assertEqual(connection.autocommit, helios.LEGACY_TRANSACTION_CONTROL)
        for value in (True, False, helios.LEGACY_TRANSACTION_CONTROL):
            connection.autocommit = value
            self.assertIs(type(connection.autocommit), type(value))
            self.assertEqual(connection.autocommit, value)
        for value in (None, 5, "x"):
            with self.subTest(value=value), self.assertRaises(ValueError):
                connection.autocommit = value
            with self.subTest(value=value), self.assertRaises(ValueError):
                helios.connect(":memory:", autocommit=value if value is not None else 7)

    def test_on(self):
        connection = helios.connect(":memory:", autocommit=True)
        connection.execute("create table t (a)")
        connection.execute("insert into t values (1)")
        self.assertFalse(connection.in_transaction)
        connection.rollback()
        self.assertEqual(connection.execute("select * from t").fetchall(), [(1,)])

    def test_off(self):
        connection = helios.connect(":memory:", autocommit=False)
        self.assertTrue(connection.in_transaction)
        connection.execute("create table t (a)")
        connection.commit()
        self.assertTrue(connection.in_transaction)
        connection.execute("insert into t values (1)")
        connection.rollback()
        self.assertEqual(connection.execute("select * from t").fetchall(), [])
        connection.executescript("insert into t values (2)")
        self.assertTrue(connection.in_transaction)
        connection.rollback()
        self.assertEqual(connection.execute("select * from t").fetchall(), [])


if __name__ == "__main__":
    unittest.main()
