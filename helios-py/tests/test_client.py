"""Connections to a server, which answer as embedded ones do."""

import datetime
import pathlib
import socket
import ssl
import subprocess
import tempfile
import threading
import typing
import unittest

import heliosdb_sqlite as sqlite3


class ServedTest(unittest.TestCase):
    """A test with a server of a database of its own."""

    arguments: typing.ClassVar[dict] = {}

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = sqlite3.start_server(self.folder / "app.db", port=0, **self.arguments)
        self.addCleanup(self.server.stop)
        self.url = f"postgresql://ada@127.0.0.1:{self.server.port}/app"

    def connect(self, url=None, **arguments):
        connection = sqlite3.connect(url or self.url, **arguments)
        self.addCleanup(connection.close)
        return connection


def program(connection) -> list:
    """What a small program sees of a connection."""
    seen = []

    def say(*things) -> None:
        seen.append(things)

    def attempt(*arguments) -> None:
        try:
            say(connection.execute(*arguments).fetchall())
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None), getattr(error, "sqlite_errorname", None)
            say(type(error).__name__, str(error), code)

    connection.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT UNIQUE, c BLOB NOT NULL DEFAULT x'00')"
    )
    say(connection.in_transaction, connection.total_changes, connection.isolation_level)
    cursor = connection.cursor()
    say(cursor.description, cursor.rowcount, cursor.lastrowid, cursor.fetchone())
    cursor.execute("INSERT INTO t (a, b) VALUES (?, ?)", (1, "x"))
    say(connection.in_transaction, cursor.rowcount, cursor.lastrowid, cursor.description)
    values = [2**63 - 1, -(2**63), 0.1, 1e300, float("inf"), "häß\0x", "", b"", b"\0\xff", None, True, "1"]
    cursor.executemany("INSERT INTO t (a) VALUES (:a)", [{"a": value} for value in values])
    say(cursor.rowcount, cursor.lastrowid, connection.total_changes)
    for row in cursor.execute("SELECT id, a, typeof(a), b, c FROM t ORDER BY id"):
        say(row)
    say(cursor.description, cursor.rowcount)
    connection.rollback()
    say(connection.in_transaction, connection.execute("SELECT count(*) FROM t").fetchone())
    with connection:
        connection.executemany("INSERT INTO t (a, b) VALUES (?, ?)", ((n, f"n{n}") for n in range(1200)))
    say(connection.execute("SELECT count(*), sum(a), max(b) FROM t").fetchall())
    attempt("INSERT INTO t (a, b) VALUES (1, 'n1')")
    attempt("INSERT INTO t (c) VALUES (NULL)")
    say(connection.in_transaction)
    connection.commit()
    attempt("SELECT * FROM missing")
    attempt("SELECT missing FROM t")
    attempt("SELEC 1")
    attempt("SELECT 1; SELECT 2")
    attempt("SELECT ?", (1, 2))
    attempt("SELECT :a, :b", {"a": 1})
    attempt("SELECT ?2, ?1, '?', \"id\" -- ?\n FROM t LIMIT 1 /* :x */", ("p", "q"))
    attempt("SELECT :v, @v, $w, :v || :v", {"v": "v", "w": 3})
    attempt("-- nothing")
    attempt("INSERT INTO t (a) VALUES (7) RETURNING id, a * 2")
    attempt("UPDATE t SET a = a + 1 WHERE id < 5")
    say(connection.execute("UPDATE t SET a = a WHERE id < 5").rowcount)
    connection.commit()
    cursor = connection.execute("SELECT a, b FROM t ORDER BY id")
    say(cursor.fetchone(), cursor.fetchmany(2), cursor.fetchmany(), len(cursor.fetchall()), cursor.fetchone())
    connection.row_factory = sqlite3.Row
    row = connection.execute("SELECT 1 AS one, 'x' AS Two").fetchone()
    say(row.keys(), row["two"], tuple(row), isinstance(row, sqlite3.Row))
    connection.row_factory = None
    connection.text_factory = bytes
    attempt("SELECT 'ä', x'e4', 1")
    connection.text_factory = str
    attempt("SELECT CAST(x'e4' AS TEXT) AS wrong")
    attempt("SELECT date(?), ?", (datetime.date(2024, 5, 6).isoformat(), bytearray(b"xy")))
    connection.executescript("CREATE TABLE s (x); INSERT INTO s VALUES (1), (2); CREATE INDEX i ON s (x)")
    attempt("SELECT * FROM s")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("SAVEPOINT p")
    connection.execute("DELETE FROM s")
    attempt("SELECT count(*) FROM s")
    connection.execute("ROLLBACK TO p")
    attempt("SELECT count(*) FROM s")
    attempt("BEGIN")
    connection.commit()
    say(connection.cursor().batch_insert("s", ["x"], [(n,) for n in range(10)]))
    try:
        connection.cursor().batch_insert("t", ["b"], [("new",), ("n1",)])
    except sqlite3.IntegrityError as error:
        say(str(error), connection.execute("SELECT count(*) FROM t WHERE b = 'new'").fetchone())
    connection.commit()
    connection.isolation_level = None
    connection.execute("INSERT INTO s VALUES (100)")
    say(connection.in_transaction, connection.isolation_level)
    attempt("PRAGMA table_info(s)")
    attempt("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3) SELECT * FROM n")
    connection.execute("CREATE TABLE v (e VECTOR(2))")
    connection.execute("INSERT INTO v VALUES (?)", ([1.5, -2.0],))
    attempt("SELECT e FROM v")
    connection.executescript("CREATE BRANCH try; CREATE TABLE after_it (x)")
    say(list(connection.iterdump())[:3])
    return seen


class SameProgram(ServedTest):
    maxDiff = None

    def test_a_client_sees_what_an_embedded_connection_sees(self) -> None:
        embedded = sqlite3.connect(self.folder / "own.db")
        self.addCleanup(embedded.close)
        found, expected = program(self.connect()), program(embedded)
        self.assertEqual(len(found), len(expected))
        for place, answer in enumerate(expected):
            self.assertEqual(found[place], answer)

    def test_the_classes_are_those_of_embedded_connections(self) -> None:
        connection = self.connect()
        self.assertIsInstance(connection, sqlite3.Connection)
        self.assertIsInstance(connection.cursor(), sqlite3.Cursor)
        self.assertIsInstance(self.connect(heliosdb_mode="server"), sqlite3.Connection)

    def test_what_needs_the_database_here_says_so(self) -> None:
        connection = self.connect()
        calls = [
            lambda: connection.create_function("f", 1, abs),
            lambda: connection.blobopen("t", "a", 1),
            lambda: connection.backup(connection),
            lambda: connection.serialize(),
            lambda: connection.set_authorizer(None),
            lambda: connection.create_branch("x"),
            lambda: connection.get_server_info(),
            lambda: connection.rekey("x"),
        ]
        for call in calls:
            with self.assertRaisesRegex(sqlite3.NotSupportedError, "needs the database in this process"):
                call()
        with self.assertRaisesRegex(sqlite3.NotSupportedError, "encryption_key"):
            self.connect(encryption_key="x")
        with self.assertRaisesRegex(sqlite3.NotSupportedError, "detect_types"):
            self.connect(detect_types=1)

    def test_transactions_are_seen_by_others_once_committed(self) -> None:
        one, other = self.connect(), self.connect()
        one.execute("CREATE TABLE t (a)")
        one.execute("INSERT INTO t VALUES (1)")
        self.assertEqual(other.execute("SELECT count(*) FROM t").fetchone(), (0,))
        one.commit()
        self.assertEqual(other.execute("SELECT count(*) FROM t").fetchone(), (1,))
        one.execute("INSERT INTO t VALUES (2)")
        one.close()
        self.assertEqual(other.execute("SELECT count(*) FROM t").fetchone(), (1,))
        with self.assertRaisesRegex(sqlite3.ProgrammingError, "closed database"):
            one.execute("SELECT 1")

    def test_a_writer_waits_no_longer_than_its_timeout(self) -> None:
        one, other = self.connect(), self.connect(timeout=0.05)
        one.execute("CREATE TABLE t (a)")
        one.execute("BEGIN IMMEDIATE")
        with self.assertRaises(sqlite3.OperationalError) as raised:
            other.execute("BEGIN IMMEDIATE")
        self.assertEqual(raised.exception.sqlite_errorname, "SQLITE_BUSY")

    def test_branches_are_named_by_the_address_or_an_argument(self) -> None:
        self.connect().executescript("CREATE TABLE t (a); CREATE BRANCH try")
        self.connect(branch="try").executescript("INSERT INTO t VALUES (1)")
        self.assertEqual(self.connect(self.url + "@try").execute("SELECT * FROM t").fetchall(), [(1,)])
        self.assertEqual(self.connect().execute("SELECT * FROM t").fetchall(), [])

    def test_autocommit_is_python_3_12s(self) -> None:
        connection = self.connect(autocommit=False)
        self.assertTrue(connection.in_transaction)
        connection.execute("CREATE TABLE t (a)")
        connection.rollback()
        self.assertTrue(connection.in_transaction)
        with self.assertRaises(sqlite3.OperationalError):
            connection.execute("SELECT * FROM t")
        connection.autocommit = True
        self.assertFalse(connection.in_transaction)

    def test_another_thread_is_refused_unless_it_may(self) -> None:
        found = []

        def use(connection) -> None:
            try:
                found.append(connection.execute("SELECT 1").fetchone())
            except sqlite3.ProgrammingError as error:
                found.append(str(error)[:22])

        for connection in (self.connect(), self.connect(check_same_thread=False)):
            thread = threading.Thread(target=use, args=(connection,))
            thread.start()
            thread.join()
        self.assertEqual(found, ["SQLite objects created", (1,)])

    def test_a_statement_is_interrupted(self) -> None:
        connection = self.connect(check_same_thread=False)
        started = threading.Event()

        def stop() -> None:
            started.wait()
            while not done.is_set():
                connection.interrupt()
                done.wait(0.05)

        done = threading.Event()
        thread = threading.Thread(target=stop)
        thread.start()
        endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
        try:
            started.set()
            with self.assertRaisesRegex(sqlite3.OperationalError, "interrupted"):
                connection.execute(endless)
        finally:
            done.set()
            thread.join()
        self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,))

    def test_clients_reach_no_files(self) -> None:
        connection = self.connect()
        for statement in (
            f"ATTACH '{self.folder}/other.db' AS other",
            f"VACUUM INTO '{self.folder}/copy.db'",
            f"CREATE VIRTUAL TABLE passwords USING csv(filename='{__file__}')",
            "PRAGMA rekey = 'x'",
        ):
            with self.assertRaisesRegex(sqlite3.DatabaseError, "not authorized"):
                connection.execute(statement)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir() if "app" not in path.name), [])


class Addresses(ServedTest):
    def test_what_an_address_says_wrongly_is_told(self) -> None:
        for url, words in (
            (self.url + "?ssl=1", "unknown option 'ssl'"),
            (self.url + "?sslmode=maybe", "sslmode must be one of"),
            (self.url + "x", 'database "appx" does not exist'),
            (self.url + "@nothing", "no such branch"),
            (self.url + "?sslmode=require", "does not support TLS"),
        ):
            with self.subTest(url), self.assertRaisesRegex(sqlite3.Error, words):
                self.connect(url)
        with self.assertRaisesRegex(sqlite3.ProgrammingError, "postgresql://host"):
            sqlite3.connect("app.db", heliosdb_mode="server")
        with self.assertRaisesRegex(sqlite3.ProgrammingError, "opens a database"):
            self.connect(heliosdb_mode="hybrid")

    def test_nobody_at_a_port_is_an_operational_error(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            with self.assertRaisesRegex(sqlite3.OperationalError, "cannot connect to 127.0.0.1"):
                self.connect(f"postgresql://127.0.0.1:{probe.getsockname()[1]}/app")

    def test_who_is_refused_is_told_why(self) -> None:
        with sqlite3.start_server(":memory:", port=0, allowed_ips=["192.0.2.0/24"]) as server:
            for options in ("", "?sslmode=disable"):
                with self.assertRaisesRegex(sqlite3.OperationalError, r"are not allowed \(allowed_ips\)"):
                    self.connect(f"postgresql://ada@127.0.0.1:{server.port}/memory{options}")

    def test_a_server_that_goes_is_an_operational_error_from_then_on(self) -> None:
        connection = self.connect()
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (1)")
        self.server.stop()
        for _ in range(2):
            with self.assertRaisesRegex(sqlite3.OperationalError, "is lost"):
                connection.execute("SELECT 1")
        self.assertFalse(connection.in_transaction)
        connection.close()
        again = sqlite3.connect(self.folder / "app.db")
        self.addCleanup(again.close)
        self.assertEqual(again.execute("SELECT * FROM t").fetchall(), [])


class Passwords(ServedTest):
    arguments: typing.ClassVar[dict] = {"auth_method": "password", "users": {"ada": "love lace:@/ü"}}

    def test_only_the_right_password_is_let_in(self) -> None:
        place = f"127.0.0.1:{self.server.port}/app"
        connection = self.connect(f"postgresql://ada:love%20lace%3A%40%2F%C3%BC@{place}")
        self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,))
        for who in ("ada:wrong", "bob:love"):
            with self.assertRaisesRegex(sqlite3.OperationalError, "password authentication failed"):
                self.connect(f"postgresql://{who}@{place}")
        with self.assertRaisesRegex(sqlite3.OperationalError, "asks for a password"):
            self.connect(f"postgresql://ada@{place}")


class Encrypted(ServedTest):
    def setUp(self) -> None:
        keys = tempfile.TemporaryDirectory()
        self.addCleanup(keys.cleanup)
        self.keys = pathlib.Path(keys.name)
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
                *("-keyout", "key.pem", "-out", "cert.pem"),
            ],
            cwd=self.keys,
            check=True,
            capture_output=True,
        )
        self.arguments = {
            "enable_ssl": True,
            "ssl_cert": str(self.keys / "cert.pem"),
            "ssl_key": str(self.keys / "key.pem"),
        }
        super().setUp()

    def test_tls_is_used_and_checked_as_far_as_asked_for(self) -> None:
        place = f"localhost:{self.server.port}/app"
        root = f"sslrootcert={self.keys / 'cert.pem'}"
        for options in ("", "?sslmode=require", f"?sslmode=verify-full&{root}", f"?sslmode=verify-ca&{root}"):
            connection = self.connect(f"postgresql://ada@{place}{options}")
            self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,), options)
            self.assertIsInstance(connection._wire._socket, ssl.SSLSocket)
        with self.assertRaisesRegex(sqlite3.OperationalError, "certificate verify failed"):
            self.connect(f"postgresql://ada@{place}?sslmode=verify-full")
        with self.assertRaisesRegex(sqlite3.OperationalError, "certificate verify failed"):
            self.connect(f"postgresql://ada@127.0.0.1:{self.server.port}/app?sslmode=verify-full&{root}")
