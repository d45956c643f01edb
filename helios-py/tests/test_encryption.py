"""Encryption at rest: which keys open what, and where nothing of a user stands in plain."""

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Iterator
from pathlib import Path

import heliosdb_sqlite as helios

KEY = b"k" * 32
OTHER = b"o" * 32
REFUSED = "file is encrypted or is not a database"
MARKER = "MARKER-that-nobody-may-find"
# Deriving a key costs what a test has no time for.
CHEAP = {"encryption": {"kdf_memory_mb": 1, "kdf_passes": 1}}


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "sealed.db"

    @contextlib.contextmanager
    def opened(self, key: str | bytes | None = KEY, name: str = "sealed.db") -> Iterator[helios.Connection]:
        with contextlib.closing(
            helios.connect(self.folder / name, encryption_key=key, config=CHEAP)
        ) as connection:
            yield connection

    def make(self, key: str | bytes | None = KEY, name: str = "sealed.db") -> None:
        with self.opened(key, name) as connection:
            connection.execute(f'CREATE TABLE "{MARKER}" (a)')
            connection.execute(f'INSERT INTO "{MARKER}" VALUES (?)', (MARKER,))
            connection.commit()

    def rows(self, connection: helios.Connection) -> list[tuple[str]]:
        return connection.execute(f'SELECT a FROM "{MARKER}"').fetchall()

    def assert_opens(self, key: str | bytes | None, name: str = "sealed.db") -> None:
        with self.opened(key, name) as connection:
            self.assertEqual(self.rows(connection), [(MARKER,)])

    def assert_refused(self, key: str | bytes | None, name: str = "sealed.db") -> None:
        before = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        with self.assertRaises(helios.DatabaseError) as refused:
            helios.connect(self.folder / name, encryption_key=key, config=CHEAP)
        self.assertEqual(str(refused.exception), REFUSED)
        self.assertEqual(refused.exception.sqlite_errorname, "SQLITE_NOTADB")
        self.assertEqual(before, {path.name: path.read_bytes() for path in self.folder.iterdir()})

    def assert_nothing_plain(self) -> None:
        for path in self.folder.iterdir():
            self.assertNotIn(MARKER.encode(), path.read_bytes(), path.name)


class Keys(InFolder):
    def test_only_its_key_opens_a_database(self) -> None:
        for key in (KEY, "a passphrase", "x'" + "ab" * 32 + "'", b"bytes of any length"):
            self.make(key)
            self.assert_opens(key)
            self.assert_nothing_plain()
            for wrong in (None, OTHER, "another passphrase", b"k" * 31, "x'" + "ac" * 32 + "'"):
                self.assert_refused(wrong)
            self.path.unlink()

    def test_a_raw_key_is_the_same_as_bytes_and_as_text(self) -> None:
        self.make(bytes.fromhex("ab" * 32))
        self.assert_opens("x'" + "AB" * 32 + "'")
        self.assert_opens(bytearray.fromhex("ab" * 32))  # type: ignore[arg-type]

    def test_a_key_for_a_plain_database_is_refused(self) -> None:
        self.make(None)
        self.assert_refused(KEY)
        self.assert_opens(None)

    def test_an_open_database_asks_for_its_key_too(self) -> None:
        self.make()
        with self.opened():
            for wrong in (None, OTHER):
                with self.assertRaisesRegex(helios.DatabaseError, REFUSED):
                    helios.connect(self.path, encryption_key=wrong)
            self.assert_opens(KEY)

    def test_what_is_no_key_is_refused(self) -> None:
        for wrong in ("", b"", "x'12'", "x'" + "g" * 64 + "'"):
            with self.assertRaises(helios.OperationalError):
                helios.connect(self.path, encryption_key=wrong)
        with self.assertRaisesRegex(TypeError, "encryption_key must be str, bytes or None, not int"):
            helios.connect(self.path, encryption_key=5)  # type: ignore[arg-type]
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_an_empty_file_becomes_a_sealed_database(self) -> None:
        self.path.touch()
        self.make()
        self.assert_opens(KEY)
        self.assert_nothing_plain()
        self.assert_refused(None)

    def test_a_database_in_memory_takes_a_key(self) -> None:
        with contextlib.closing(helios.connect(":memory:", encryption_key=KEY)) as connection:
            self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,))

    def test_the_configuration_names_the_variable_and_the_cipher(self) -> None:
        config = {
            "encryption": {"key_env": "HELIOS_TEST_KEY", "cipher": "xchacha20-poly1305"} | CHEAP["encryption"]
        }
        os.environ.pop("HELIOS_TEST_KEY", None)
        with self.assertRaisesRegex(helios.OperationalError, "the variable HELIOS_TEST_KEY is not set"):
            helios.connect(self.path, config=config)
        os.environ["HELIOS_TEST_KEY"] = "of the environment"
        self.addCleanup(os.environ.pop, "HELIOS_TEST_KEY")
        helios.connect(self.path, config=config).close()
        self.assertIn(b"xchacha20-poly1305", self.path.read_bytes()[:512])
        helios.connect(self.path, encryption_key="of the environment").close()
        for wrong in ({"cipher": "rot13"}, {"ciphr": "auto"}, {"kdf_passes": 0}, {"kdf_memory_mb": 5000}):
            with self.assertRaises(helios.OperationalError):
                helios.connect(self.path, config={"encryption": wrong})

    def test_the_file_tells_its_cipher(self) -> None:
        names = [b"aes-256-gcm", b"xchacha20-poly1305"]
        for cipher, told in {
            "auto": names,
            names[0].decode(): names[:1],
            names[1].decode(): names[1:],
        }.items():
            with self.subTest(cipher):
                config = {"encryption": {"cipher": cipher} | CHEAP["encryption"]}
                helios.connect(self.path, encryption_key=KEY, config=config).close()
                head = self.path.read_bytes()[:512]
                self.assertEqual([name in head for name in told].count(True), 1)
                # Whoever asks for another one opens it with the one that it has.
                self.make()
                self.assert_opens(KEY)
                self.path.unlink()

    def test_an_argument_wins_over_the_variable(self) -> None:
        config = {"encryption": {"key_env": "HELIOS_NOT_SET"}}
        helios.connect(self.path, encryption_key=KEY, config=config).close()
        self.make()


class Rekeying(InFolder):
    def change(self, before: str | bytes | None, after: str | bytes | None, *, full: bool = False) -> None:
        self.make(before)
        with self.opened(before) as connection, self.opened(before) as other:
            connection.rekey(after, full=full)
            self.assertEqual(self.rows(connection), [(MARKER,)])
            self.assertEqual(self.rows(other), [(MARKER,)])
            other.execute(f'UPDATE "{MARKER}" SET a = a')
            other.commit()
            self.assert_opens(after)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["sealed.db"])
        self.assert_opens(after)
        if before != after:
            self.assert_refused(before)

    def test_another_key_opens_the_same_pages(self) -> None:
        self.make()
        before = self.path.read_bytes()
        with self.opened() as connection:
            connection.rekey("words")
        self.assertEqual(before[8192:], self.path.read_bytes()[8192:])
        self.assert_opens("words")
        self.assert_refused(KEY)

    def test_every_change(self) -> None:
        for before, after, full in (
            (KEY, OTHER, False),
            (KEY, OTHER, True),
            (KEY, KEY, True),
            (None, KEY, False),
            (KEY, None, False),
            (None, None, False),
        ):
            with self.subTest(before=before, after=after, full=full):
                self.change(before, after, full=full)
                self.path.unlink()

    def test_a_full_change_leaves_no_block_as_it_was(self) -> None:
        self.make()
        before = self.path.read_bytes()
        with self.opened() as connection:
            connection.rekey(KEY, full=True)
        after = self.path.read_bytes()
        blocks = {before[at : at + 4124] for at in range(16384, len(before), 4124)}
        kept = [
            at
            for at in range(16384, len(after), 4124)
            if after[at : at + 4124] in blocks and any(after[at : at + 4124])
        ]
        self.assertEqual(kept, [])

    def test_what_an_interruption_left_beside_the_file_goes(self) -> None:
        self.make()
        self.make(OTHER, "other.db")
        whole = (self.folder / "other.db").read_bytes()
        (self.folder / "other.db").unlink()
        for left in (whole, whole[: len(whole) // 2], b"", b"torn"):
            (self.folder / "sealed.db-rekey").write_bytes(left)
            self.assert_opens(KEY)
            self.assertEqual([path.name for path in self.folder.iterdir()], ["sealed.db"])

    def test_a_full_change_that_is_killed_at_any_moment(self) -> None:
        """The moments of the kills go through all the time that a change takes, from its begin to its end."""
        self.make()
        with self.opened() as connection:
            connection.executemany(f'INSERT INTO "{MARKER}" VALUES (?)', [(MARKER,)] * 2000)
            connection.commit()
        begun = time.perf_counter()
        with self.opened() as connection:
            connection.rekey(KEY, full=True)
        took = time.perf_counter() - begun
        kills = 200 if os.environ.get("HELIOS_EXTENDED", "0") != "0" else 16
        keys = [KEY, OTHER]
        for kill in range(kills):
            child = subprocess.Popen(
                [sys.executable, "-c", FULL_CHANGE, str(self.path), *(key.hex() for key in keys)],
                stdout=subprocess.PIPE,
            )
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(took * kill / kills)
            child.kill()
            is_done = b"done" in child.stdout.read()
            child.stdout.close()
            child.wait()
            self.assert_nothing_plain()
            opens = []
            for key in keys:
                with contextlib.suppress(helios.DatabaseError), self.opened(key) as connection:
                    self.assertEqual(len(self.rows(connection)), 2001)
                    self.assertEqual(connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
                    opens.append(key)
            self.assertEqual(len(opens), 1, f"keys that open it after {kill} of {kills}")
            self.assertTrue(opens == keys[1:] or not is_done, "what was told to be done is done")
            self.assertEqual([path.name for path in self.folder.iterdir()], ["sealed.db"])
            keys = opens + [key for key in keys if key not in opens]

    def test_not_within_a_transaction_or_a_query(self) -> None:
        self.make()
        with self.opened() as connection:
            connection.execute(f'INSERT INTO "{MARKER}" VALUES (1)')
            with self.assertRaisesRegex(helios.OperationalError, "from within a transaction"):
                connection.rekey(OTHER)
            connection.rollback()
            cursor = connection.execute(f'SELECT * FROM "{MARKER}" UNION ALL SELECT 1')
            cursor.fetchone()
            with self.assertRaisesRegex(helios.OperationalError, "statements in progress"):
                connection.rekey(OTHER)

    def test_branches_and_the_past_come_along(self) -> None:
        self.make()
        with contextlib.closing(
            helios.connect(self.path, encryption_key=KEY, enable_time_travel=True)
        ) as connection:
            connection.create_branch("side")
            connection.execute(f'UPDATE "{MARKER}" SET a = 1')
            connection.commit()
            connection.rekey(OTHER, full=True)
            self.assertEqual(self.rows(connection), [(1,)])
        with contextlib.closing(helios.connect(self.path, encryption_key=OTHER, branch="side")) as connection:
            self.assertEqual(self.rows(connection), [(MARKER,)])

    def test_pragmas_as_in_sqlcipher(self) -> None:
        with contextlib.closing(helios.connect(self.path)) as connection:
            self.assertEqual(connection.execute("PRAGMA key = 'words'").fetchall(), [("ok",)])
            connection.execute(f"CREATE TABLE \"{MARKER}\" AS SELECT '{MARKER}' AS a")
            self.assertEqual(connection.execute("PRAGMA key = 'words'").fetchall(), [("ok",)])
            with self.assertRaisesRegex(helios.DatabaseError, REFUSED):
                connection.execute("PRAGMA key = 'others'")
            raw = "x'" + "ab" * 32 + "'"
            self.assertEqual(connection.execute(f'PRAGMA rekey = "{raw}"').fetchall(), [("ok",)])
        self.assert_nothing_plain()
        self.assert_opens(bytes.fromhex("ab" * 32))
        with self.opened(raw) as connection:
            connection.execute("PRAGMA rekey = ''")
            with self.assertRaisesRegex(helios.DatabaseError, REFUSED):
                connection.execute("PRAGMA key = 'words'")
        self.assert_opens(None)


class Copies(InFolder):
    def test_attached_databases_have_the_key_of_the_first_or_their_own(self) -> None:
        self.make()
        with self.opened() as connection:
            connection.execute("ATTACH ? AS same", (str(self.folder / "same.db"),))
            connection.execute("ATTACH ? AS own KEY ?", (str(self.folder / "own.db"), OTHER))
            connection.execute("ATTACH ? AS plain KEY ''", (str(self.folder / "plain.db"),))
            for schema in ("same", "own"):
                connection.execute(f'CREATE TABLE {schema}."{MARKER}" AS SELECT * FROM main."{MARKER}"')
            self.assert_nothing_plain()
            connection.execute(f'CREATE TABLE plain."{MARKER}" AS SELECT * FROM main."{MARKER}"')
        self.assert_opens(KEY, "same.db")
        self.assert_opens(OTHER, "own.db")
        self.assert_opens(None, "plain.db")
        with self.opened() as connection:
            for statement in (
                "ATTACH 'own.db' AS a",
                "ATTACH 'plain.db' AS a",
                "ATTACH 'own.db' AS a KEY 'x'",
            ):
                statement = statement.replace("ATTACH '", f"ATTACH '{self.folder}/")
                with self.assertRaisesRegex(helios.DatabaseError, REFUSED):
                    connection.execute(statement)

    def test_vacuum_into_writes_under_the_same_key(self) -> None:
        self.make()
        with self.opened() as connection:
            connection.execute("VACUUM INTO ?", (str(self.folder / "copy.db"),))
        self.assert_nothing_plain()
        self.assert_opens(KEY, "copy.db")

    def test_a_backup_goes_to_an_encrypted_file_or_to_memory(self) -> None:
        self.make()
        with self.opened() as connection, self.opened(OTHER, "copy.db") as copy:
            connection.backup(copy)
            with contextlib.closing(helios.connect(":memory:")) as memory:
                connection.backup(memory)
                self.assertEqual(self.rows(memory), [(MARKER,)])
            self.assert_nothing_plain()
            with self.opened(None, "plain.db") as plain:
                with self.assertRaisesRegex(helios.OperationalError, "not copied to a plain file"):
                    connection.backup(plain)
                plain.backup(connection)
            with (
                contextlib.closing(sqlite3.connect(self.folder / "sqlite.db")) as standard,
                self.assertRaisesRegex(helios.OperationalError, "not copied to a plain one of SQLite"),
            ):
                connection.backup(standard)  # type: ignore[arg-type]
        self.assert_nothing_plain()
        self.assert_opens(OTHER, "copy.db")

    def test_serialized_bytes_are_under_the_same_key(self) -> None:
        self.make()
        with self.opened() as connection:
            copy = connection.serialize()
            self.assertNotIn(MARKER.encode(), copy)
            connection.deserialize(copy)
            self.assertEqual(self.rows(connection), [(MARKER,)])
            self.assertNotIn(MARKER.encode(), connection.serialize())
            damaged = bytearray(copy)
            damaged[600] ^= 1
            with self.assertRaisesRegex(helios.DatabaseError, "malformed"):
                connection.deserialize(damaged)
        for key in (None, OTHER):
            with (
                contextlib.closing(helios.connect(":memory:", encryption_key=key)) as connection,
                self.assertRaisesRegex(helios.DatabaseError, REFUSED),
            ):
                connection.deserialize(copy)

    def test_a_dump_can_be_read_into_another_key(self) -> None:
        self.make()
        with self.opened() as connection, self.opened(OTHER, "copy.db") as copy:
            for line in connection.iterdump():
                copy.execute(line)
        self.assert_opens(OTHER, "copy.db")


# Commits one number after another and says each; sorts between, and changes the key.
CHILD = f"""
import sys, heliosdb_sqlite as helios
path, keys = sys.argv[1], [bytes.fromhex(key) for key in sys.argv[2:]]
for key in keys:
    try:
        config = {{"sql": {{"memory_mb": 1}}}}
        connection = helios.connect(path, encryption_key=key, config=config, isolation_level=None)
        break
    except helios.DatabaseError:
        pass
connection.execute("CREATE TABLE IF NOT EXISTS t (n, text, time DEFAULT '{MARKER}')")
(n,) = connection.execute("SELECT coalesce(max(n), 0) FROM t").fetchone()
while True:
    n += 1
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO t (n, text) VALUES (?, ?)", [(n, "{MARKER}" * 20)] * 300)
    connection.execute("COMMIT")
    print(n, flush=True)
    connection.execute("SELECT * FROM t ORDER BY text, n DESC").fetchone()
    connection.execute("DELETE FROM t WHERE n < ?", (n - 20,))
    keys.reverse()
    connection.rekey(keys[0], full=n % 3 == 0)
"""


FULL_CHANGE = """
import sys, heliosdb_sqlite as helios
path, before, after = sys.argv[1], *(bytes.fromhex(key) for key in sys.argv[2:])
connection = helios.connect(path, encryption_key=before)
print("ready", flush=True)
connection.rekey(after, full=True)
print("done", flush=True)
"""


class Markers(InFolder):
    """Nothing of a user stands in plain in any file, whatever is done."""

    def search(self) -> None:
        self.assert_nothing_plain()
        for path in self.spills():
            self.assertNotIn(MARKER.encode(), path.read_bytes(), path.name)

    def test_after_a_kill_in_the_middle_of_anything(self) -> None:
        """A child commits, sorts and changes its key: what it said is there, and nothing is plain."""
        number = random.SystemRandom().randrange(2**32)
        chance = random.Random(number)
        keys, said = [KEY, OTHER], 0
        for _ in range(6):
            child = subprocess.Popen(
                [sys.executable, "-c", CHILD, str(self.path), *(key.hex() for key in keys)],
                stdout=subprocess.PIPE,
                env=os.environ | {"SQLITE_TMPDIR": str(self.folder)},
                text=True,
            )
            assert child.stdout is not None
            for _ in range(chance.randrange(1, 12)):
                said = int(child.stdout.readline())
            time.sleep(chance.random() / 50)
            child.kill()
            rest = child.stdout.read().split()
            child.stdout.close()
            child.wait()
            said = int(rest[-1]) if rest else said
            self.assert_nothing_plain()
            opens = []
            for key in keys:
                with contextlib.suppress(helios.DatabaseError), self.opened(key) as connection:
                    (found,) = connection.execute("SELECT max(n) FROM t").fetchone()
                    self.assertIn(found, (said, said + 1), f"random numbers of {number}")
                    self.assertEqual(connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
                    opens.append(key)
            self.assertEqual(len(opens), 1, f"keys that open it, with random numbers of {number}")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["sealed.db"])

    def spills(self) -> list[Path]:
        """Open files of the folder that have no name."""
        found = []
        for path in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):
                target = os.readlink(path)
                if str(self.folder) in target and target.endswith("(deleted)"):
                    found.append(path)
        return found

    def test_at_every_point_of_a_workload(self) -> None:
        os.environ["SQLITE_TMPDIR"] = str(self.folder)
        self.addCleanup(os.environ.pop, "SQLITE_TMPDIR")
        config = {"sql": {"memory_mb": 1}}
        connection = helios.connect(
            self.path, encryption_key=KEY, config=config, enable_time_travel=True, isolation_level=None
        )
        steps = [
            f'CREATE TABLE "t{MARKER}" (id INTEGER PRIMARY KEY, "c{MARKER}", d DEFAULT \'{MARKER}\')',
            f'CREATE INDEX "i{MARKER}" ON "t{MARKER}" ("c{MARKER}")',
            f'CREATE VIEW "v{MARKER}" AS SELECT * FROM "t{MARKER}"',
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) "
            f'INSERT INTO "t{MARKER}" ("c{MARKER}") SELECT \'{MARKER}\' || i FROM n',
            f'CREATE BRANCH "b{MARKER}"',
            f"UPDATE \"t{MARKER}\" SET d = '{MARKER}' WHERE id % 50 = 0",
            f'DELETE FROM "t{MARKER}" WHERE id % 70 = 0',
            "ANALYZE",
            f'ALTER TABLE "t{MARKER}" ADD COLUMN "more{MARKER}"',
            f'MERGE BRANCH "b{MARKER}"',
            "VACUUM",
        ]
        for step in steps:
            connection.execute(step)
            self.search()
        # Sorts and groups beyond the memory that there is.
        cursor = connection.execute(f'SELECT * FROM "t{MARKER}" ORDER BY "c{MARKER}" DESC, id')
        cursor.fetchone()
        self.assertTrue(self.spills(), "the sort has spilled")
        self.search()
        cursor.close()
        connection.rekey(OTHER)
        self.search()
        connection.rekey(OTHER, full=True)
        self.search()
        connection.close()
        self.search()


if __name__ == "__main__":
    unittest.main()
