"""Sessions on a server: who gets in, on which branch they are, and how their transactions wait or are refused."""

import contextlib
import importlib.util
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request

import heliosdb_sqlite


def address_in_a_network() -> str | None:
    """An address of this machine that others may have a way to, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        # Nothing is sent; it tells which address would be used.
        probe.connect(("192.0.2.1", 9))
        address = probe.getsockname()[0]
        return None if address.startswith("127.") else address
    return None


class Served(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "app.db"

    def serve(self, **arguments):
        server = heliosdb_sqlite.start_server(self.path, port=0, **arguments)
        self.addCleanup(server.stop)
        return server

    def client(self, server, user: str = "ada", database: str = "app"):
        url = f"postgresql://{user}@127.0.0.1:{server.port}/{database}"
        connection = heliosdb_sqlite.connect(url)
        self.addCleanup(connection.close)
        return connection


class Lifetime(Served):
    def test_a_server_keeps_its_database_open_until_it_is_stopped(self) -> None:
        server = self.serve()
        connection = heliosdb_sqlite.connect(self.path)
        connection.execute("CREATE TABLE t (a)")
        connection.close()
        self.assertEqual(self.client(server).execute("SELECT count(*) FROM t").fetchone(), (0,))
        server.stop()
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", server.port), 60)

    def test_the_end_of_the_program_stops_its_servers(self) -> None:
        program = (
            "import sys, heliosdb_sqlite\n"
            "server = heliosdb_sqlite.start_server(sys.argv[1], port=0)\n"
            "url = f'postgresql://ada@127.0.0.1:{server.port}/app'\n"
            "client = heliosdb_sqlite.connect(url)\n"
            "client.executescript('CREATE TABLE t (a); INSERT INTO t VALUES (1)')\n"
            "client.execute('INSERT INTO t VALUES (2)')\n"
        )
        command = [sys.executable, "-c", program, str(self.path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual([path.name for path in self.path.parent.iterdir()], ["app.db"])
        with contextlib.closing(heliosdb_sqlite.connect(self.path)) as connection:
            self.assertEqual(connection.execute("SELECT a FROM t").fetchall(), [(1,)])

    def test_metrics_and_health_are_told_over_http(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            place = f"127.0.0.1:{probe.getsockname()[1]}"
        server = self.serve(config={"server": {"http": place}})
        self.client(server).execute("SELECT 1")
        told = {}
        for path in ("health", "metrics"):
            with urllib.request.urlopen(f"http://{place}/{path}", timeout=60) as answer:
                told[path] = answer.read().decode()
        self.assertEqual(told["health"], "ok\n")
        self.assertIn("connections", told["metrics"])


class Admission(Served):
    def test_what_came_is_counted(self) -> None:
        server = self.serve(auth_method="password", users={"ada": "lace"})
        connection = self.client(server, "ada:lace")
        connection.execute("SELECT 1").fetchall()
        status = server.get_status()
        self.assertEqual((status.active_connections, status.total_connections), (1, 1))
        self.assertGreaterEqual(status.total_queries, 1)
        with self.assertRaises(heliosdb_sqlite.OperationalError):
            self.client(server, "ada:wrong")
        self.assertEqual(server.get_status().total_connections, 1)
        self.assertRegex(status.version, r"^\d+\.\d+")

    def test_without_a_method_other_machines_are_refused(self) -> None:
        address = address_in_a_network()
        if address is None:
            self.skipTest("this machine is in no network")
        server = self.serve(host="0.0.0.0")
        settings = b"user\0anybody\0\0"
        with socket.create_connection((address, server.port), 60) as outside:
            outside.sendall(struct.pack("!II", 8 + len(settings), 3 << 16) + settings)
            told = outside.recv(1000)
        self.assertIn(b"28000", told)
        self.assertIn(b"without auth_method only this machine may connect", told)
        self.assertEqual(server.get_status().rejected_connections, 1)
        self.assertEqual(self.client(server, "anybody:anything").execute("SELECT 1").fetchone(), (1,))

    def test_with_passwords_and_no_user_nobody_gets_in(self) -> None:
        server = self.serve(auth_method="password")
        for user in ("ada:", "ada:lace", "helios:helios"):
            with self.assertRaises(heliosdb_sqlite.OperationalError):
                self.client(server, user)

    def test_users_are_of_the_whole_database_and_nobody_can_read_their_passwords(self) -> None:
        with self.serve(auth_method="password", users={"ada": "love and lace"}) as server:
            on_main = self.client(server, "ada:love%20and%20lace")
            on_main.executescript("CREATE BRANCH side")
            for database in ("app", "app@side"):
                self.client(server, "ada:love%20and%20lace", database).execute("SELECT 1")
            on_main.executescript("DROP BRANCH side")
            on_main.close()
        self.assertNotIn(b"love and lace", self.path.read_bytes())
        self.assertIn(b"SCRAM-SHA-256", self.path.read_bytes())
        server = self.serve(auth_method="password")
        self.assertEqual(self.client(server, "ada:love%20and%20lace").execute("SELECT 1").fetchone(), (1,))

    def test_who_may_only_read_is_refused_and_who_was_removed_is_sent_away(self) -> None:
        server = self.serve(auth_method="password", users={"ada": "lace"})
        owner = self.client(server, "ada:lace")
        owner.executescript(
            "CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE USER eve PASSWORD 'x' READ ONLY"
        )
        reader = self.client(server, "eve:x")
        self.assertEqual(reader.execute("SELECT a FROM t").fetchall(), [(1,)])
        with self.assertRaises(heliosdb_sqlite.OperationalError) as refused:
            reader.execute("INSERT INTO t VALUES (2)")
        self.assertEqual(refused.exception.sqlite_errorname, "SQLITE_READONLY")
        owner.executescript("ALTER USER eve READ WRITE")
        reader.execute("INSERT INTO t VALUES (2)")
        reader.commit()
        owner.executescript("DROP USER eve")
        with self.assertRaises(heliosdb_sqlite.OperationalError):
            reader.execute("SELECT a FROM t")
        with self.assertRaises(heliosdb_sqlite.OperationalError):
            self.client(server, "eve:x")
        self.assertEqual(owner.execute("SELECT a FROM t").fetchall(), [(1,), (2,)])


@unittest.skipUnless(importlib.util.find_spec("psycopg2"), "psycopg2 is not installed")
class Transactions(Served):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.serve()
        self.one, self.other = self.session(), self.session()
        self.run_each(self.one, "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")

    def session(self, database: str = "app"):
        import psycopg2

        connection = psycopg2.connect(host="127.0.0.1", port=self.server.port, dbname=database, user="ada")
        self.addCleanup(connection.close)
        connection.autocommit = True
        return connection.cursor()

    def run_each(self, cursor, *statements: str) -> None:
        for statement in statements:
            cursor.execute(statement)

    def total(self, cursor) -> int:
        cursor.execute("SELECT sum(a) FROM t")
        return cursor.fetchone()[0]

    def assert_refused(self, cursor, statement: str, state: str) -> None:
        import psycopg2

        with self.assertRaises(psycopg2.Error) as refused:
            cursor.execute(statement)
        self.assertEqual(refused.exception.pgcode, state)

    def test_a_branch_is_a_part_of_the_name_or_a_setting(self) -> None:
        self.run_each(
            self.one, "CREATE BRANCH side", "SET helios.branch = 'side'", "INSERT INTO t VALUES (2)"
        )
        self.assertEqual([self.total(self.one), self.total(self.other)], [3, 1])
        self.assertEqual(self.total(self.session("app@side")), 3)
        self.assert_refused(self.one, "SET helios.branch = 'nowhere'", "3D000")
        self.run_each(self.one, "SET helios.branch = 'main'")
        self.assertEqual(self.total(self.one), 1)

    def test_a_plain_transaction_waits_for_its_turn(self) -> None:
        self.run_each(self.one, "BEGIN", "UPDATE t SET a = 5")
        self.run_each(self.other, "SET lock_timeout = '20ms'", "BEGIN")
        self.assertEqual(self.total(self.other), 1)
        self.run_each(self.other, "ROLLBACK", "BEGIN ISOLATION LEVEL READ COMMITTED")
        self.assert_refused(self.other, "UPDATE t SET a = 7", "55P03")
        self.run_each(self.other, "ROLLBACK")
        self.run_each(self.one, "COMMIT")
        self.run_each(self.other, "BEGIN", "UPDATE t SET a = a + 7", "COMMIT")
        self.assertEqual(self.total(self.one), 12)

    def test_stricter_transactions_run_side_by_side_and_one_is_refused(self) -> None:
        for level in ("REPEATABLE READ", "SERIALIZABLE"):
            with self.subTest(level):
                for cursor in (self.one, self.other):
                    cursor.execute(f"BEGIN ISOLATION LEVEL {level}")
                before = [self.total(cursor) for cursor in (self.one, self.other)]
                for cursor in (self.one, self.other):
                    cursor.execute("UPDATE t SET a = a + 1")
                self.one.execute("COMMIT")
                self.assert_refused(self.other, "COMMIT", "40001")
                self.other.execute("ROLLBACK")
                self.assertEqual([self.total(self.one)] * 2, [total + 1 for total in before])


class Hybrid(Served):
    def test_any_thread_may_use_the_connection(self) -> None:
        found = []
        with contextlib.closing(
            heliosdb_sqlite.connect(self.path, heliosdb_mode="hybrid", server={"port": 0})
        ) as connection:
            connection.execute("CREATE TABLE t (a)")

            def work() -> None:
                with connection:
                    connection.execute("INSERT INTO t VALUES (1)")
                found.append(connection.execute("SELECT a FROM t").fetchall())

            thread = threading.Thread(target=work)
            thread.start()
            thread.join(60)
        self.assertEqual(found, [[(1,)]])

    def test_where_the_usual_port_is_taken_another_one_is(self) -> None:
        paths = [self.path, self.path.with_name("second.db")]
        ports = set()
        with contextlib.ExitStack() as stack:
            for path in paths:
                connection = heliosdb_sqlite.connect(path, heliosdb_mode="hybrid")
                stack.callback(connection.close)
                info = connection.get_server_info()
                socket.create_connection((info.host, info.port), 60).close()
                ports.add(info.port)
        self.assertEqual(len(ports), 2)


if __name__ == "__main__":
    unittest.main()
