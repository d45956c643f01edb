"""Columns that are ENCRYPTED: transparent to reading, without an order, and sealed by themselves."""

import contextlib
import tempfile
import unittest
from pathlib import Path

import heliosdb_sqlite as helios

KEY = b"k" * 32
VALUES = [None, 1, -2.5, "text", b"blob", 2**62, "", b"", 0]


class Columns(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.connection = self.connect()
        self.connection.execute(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, plain, secret ENCRYPTED, mail TEXT ENCRYPTED)"
        )

    def connect(self, **arguments: str) -> helios.Connection:
        path = self.folder / "sealed.db"
        connection = helios.connect(
            path, encryption_key=KEY, enable_time_travel=True, isolation_level=None, **arguments
        )
        self.addCleanup(connection.close)
        return connection

    def fill(self) -> None:
        rows = [(value, value, f"{number}@example.com") for number, value in enumerate(VALUES)]
        self.connection.executemany("INSERT INTO t (plain, secret, mail) VALUES (?, ?, ?)", rows)

    def test_values_come_back_with_their_types(self) -> None:
        self.fill()
        rows = self.connection.execute(
            "SELECT plain, typeof(plain), secret, typeof(secret) FROM t ORDER BY id"
        )
        for plain, plain_type, secret, secret_type in rows:
            self.assertEqual((plain, plain_type), (secret, secret_type))

    def test_equality_finds_them(self) -> None:
        self.fill()
        find = "SELECT id FROM t WHERE mail = ?"
        self.assertEqual(self.connection.execute(find, ("3@example.com",)).fetchall(), [(4,)])
        same = "SELECT count(*) FROM t AS a JOIN t AS b ON a.mail = b.mail WHERE a.mail IN ('1@example.com', 'x')"
        self.assertEqual(self.connection.execute(same).fetchall(), [(1,)])
        grouped = self.connection.execute("SELECT mail, count(*) FROM t GROUP BY mail").fetchall()
        self.assertEqual(len(grouped), len(VALUES))

    def test_they_have_no_order_and_no_index(self) -> None:
        for statement in (
            "SELECT * FROM t ORDER BY mail",
            "SELECT mail FROM t ORDER BY 1",
            "SELECT * FROM (SELECT mail AS m FROM t) ORDER BY m",
            "SELECT * FROM t WHERE mail < 'x'",
            "SELECT * FROM t WHERE 'x' >= mail",
            "SELECT * FROM t WHERE mail BETWEEN 'a' AND 'b'",
            "SELECT max(mail) FROM t",
            "SELECT row_number() OVER (ORDER BY mail) FROM t",
            "DELETE FROM t WHERE secret > 1",
        ):
            with self.assertRaisesRegex(
                helios.OperationalError, "encrypted columns have no order", msg=statement
            ):
                self.connection.execute(statement)
        for statement in (
            "CREATE INDEX i ON t (mail)",
            "CREATE INDEX i ON t (plain, secret)",
            "CREATE INDEX i ON t (lower(mail))",
            "CREATE INDEX i ON t (plain) WHERE secret = 1",
            "CREATE TABLE u (a TEXT ENCRYPTED PRIMARY KEY)",
            "CREATE TABLE u (a ENCRYPTED UNIQUE)",
            "CREATE TABLE u (a ENCRYPTED, b, PRIMARY KEY (b, a)) WITHOUT ROWID",
        ):
            with self.assertRaisesRegex(
                helios.OperationalError, "encrypted columns may not be indexed", msg=statement
            ):
                self.connection.execute(statement)

    def test_a_plain_database_has_none(self) -> None:
        with contextlib.closing(helios.connect(self.folder / "plain.db")) as plain:
            for statement in ("CREATE TABLE t (a TEXT ENCRYPTED)", "CREATE TEMP TABLE t (a encrypted)"):
                with self.assertRaisesRegex(
                    helios.OperationalError, "need a database that is opened with an encryption key"
                ):
                    plain.execute(statement)
            plain.execute("CREATE TABLE t (a)")
            with self.assertRaisesRegex(helios.OperationalError, "encryption key"):
                plain.execute("ALTER TABLE t ADD COLUMN b TEXT ENCRYPTED")
        with self.assertRaisesRegex(helios.OperationalError, "table t has encrypted columns"):
            self.connection.rekey(None)
        self.connection.rekey(b"o" * 32, full=True)

    def test_alter_table(self) -> None:
        self.fill()
        for statement in (
            "ALTER TABLE t ADD COLUMN more TEXT ENCRYPTED DEFAULT 'none'",
            "UPDATE t SET more = 'some' WHERE id = 2",
            "ALTER TABLE t RENAME COLUMN mail TO address",
            "ALTER TABLE t RENAME TO u",
            "ALTER TABLE u DROP COLUMN plain",
            "UPDATE u SET id = id + 100 WHERE id > 3",
            "ALTER TABLE u DROP COLUMN secret",
        ):
            self.connection.execute(statement)
        rows = self.connection.execute("SELECT id, address, more FROM u WHERE id IN (1, 2, 104) ORDER BY id")
        expected = [
            (1, "0@example.com", "none"),
            (2, "1@example.com", "some"),
            (104, "3@example.com", "none"),
        ]
        self.assertEqual(rows.fetchall(), expected)

    def test_branches_merges_and_the_past(self) -> None:
        self.fill()
        before = self.connection.execute("SELECT max(system_time) FROM t").fetchone()[0]
        self.connection.create_branch("side")
        side = self.connect(branch="side")
        side.execute("UPDATE t SET mail = 'side' WHERE id = 1")
        side.execute("ALTER TABLE t ADD COLUMN more ENCRYPTED")
        side.execute("INSERT INTO t (mail, more) VALUES ('new', 5)")
        side.execute("CREATE TABLE own (a ENCRYPTED)")
        side.execute("INSERT INTO own VALUES ('own')")
        self.connection.execute("UPDATE t SET secret = 'main' WHERE id = 1")
        self.connection.merge_branch("side")
        first = self.connection.execute("SELECT secret, mail, more FROM t WHERE id = 1").fetchall()
        self.assertEqual(first, [("main", "side", None)])
        self.assertEqual(self.connection.execute("SELECT more FROM t WHERE mail = 'new'").fetchall(), [(5,)])
        self.assertEqual(self.connection.execute("SELECT * FROM own").fetchall(), [("own",)])
        past = self.connection.execute(
            "SELECT mail FROM t WHERE id = 1 AS OF TIMESTAMP ?", (before,)
        ).fetchall()
        self.assertEqual(past, [("0@example.com",)])

    def test_copies(self) -> None:
        self.fill()
        expected = self.connection.execute("SELECT * FROM t").fetchall()
        self.connection.execute("VACUUM INTO ?", (str(self.folder / "copy.db"),))
        other = b"o" * 32
        copies = [helios.connect(self.folder / "copy.db", encryption_key=KEY)]
        for name in ("backup.db", "dump.db", ":memory:"):
            name = name if name.startswith(":") else self.folder / name
            copies.append(helios.connect(name, encryption_key=other))
        self.connection.backup(copies[1])
        copies[2].executescript("".join(self.connection.iterdump()))
        self.connection.backup(copies[3])
        self.connection.execute("ATTACH ? AS more KEY ?", (str(self.folder / "attached.db"), other))
        self.connection.execute("CREATE TABLE more.t (a, b, c ENCRYPTED, d ENCRYPTED)")
        self.connection.execute("INSERT INTO more.t SELECT * FROM main.t")
        self.assertEqual(self.connection.execute("SELECT * FROM more.t").fetchall(), expected)
        for copy in copies:
            with contextlib.closing(copy):
                self.assertEqual(copy.execute("SELECT * FROM t").fetchall(), expected)
                copy.execute("UPDATE t SET mail = 'new'")
                self.assertEqual(copy.execute("SELECT DISTINCT mail FROM t").fetchall(), [("new",)])

    def test_checks_triggers_and_upserts_see_the_values(self) -> None:
        self.connection.executescript("""
            CREATE TABLE u (id INTEGER PRIMARY KEY, pin TEXT ENCRYPTED CHECK (length(pin) = 4),
                hint AS (substr(pin, 1, 1)));
            CREATE TABLE log (old TEXT ENCRYPTED, new TEXT ENCRYPTED);
            CREATE TRIGGER changed AFTER UPDATE ON u BEGIN INSERT INTO log VALUES (old.pin, new.pin); END;
            INSERT INTO u VALUES (1, '1234');
            INSERT INTO u VALUES (1, '5678') ON CONFLICT DO UPDATE SET pin = excluded.pin;
        """)
        self.assertEqual(self.connection.execute("SELECT * FROM u").fetchall(), [(1, "5678", "5")])
        self.assertEqual(self.connection.execute("SELECT * FROM log").fetchall(), [("1234", "5678")])
        with self.assertRaises(helios.IntegrityError):
            self.connection.execute("INSERT INTO u VALUES (2, '1')")
        self.assertEqual(self.connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def test_tables_without_rowids_and_strict_ones(self) -> None:
        self.connection.executescript("""
            CREATE TABLE w (a TEXT PRIMARY KEY, b ENCRYPTED) WITHOUT ROWID;
            INSERT INTO w VALUES ('x', 1), ('y', 2);
            CREATE TABLE s (a INTEGER ENCRYPTED, b ANY ENCRYPTED) STRICT;
            INSERT INTO s VALUES (5, '6');
        """)
        self.assertEqual(self.connection.execute("SELECT b FROM w WHERE a = 'y'").fetchall(), [(2,)])
        self.assertEqual(self.connection.execute("SELECT * FROM s").fetchall(), [(5, "6")])
        with self.assertRaises(helios.IntegrityError):
            self.connection.execute("INSERT INTO s VALUES ('text', NULL)")


if __name__ == "__main__":
    unittest.main()
