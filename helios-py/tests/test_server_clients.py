"""More clients of PostgreSQL on a server: pg8000, pgbench, and psycopg2 with certificates. Each is left out where it is
not installed.
"""

import datetime
import decimal
import importlib.util
import os
import pathlib
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import unittest

import heliosdb_sqlite


class Served(unittest.TestCase):
    """A folder, and a server on a free port."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def serve(self, **arguments) -> int:
        server = heliosdb_sqlite.start_server(self.folder / "app.db", port=0, **arguments)
        self.addCleanup(server.stop)
        return server.port


@unittest.skipUnless(importlib.util.find_spec("pg8000"), "pg8000 is not installed")
class Pg8000(Served):
    def test_values_transactions_errors_and_copy(self) -> None:
        import io

        import pg8000.dbapi

        port = self.serve(auth_method="password", users={"ada": "secret"})
        with self.assertRaises(pg8000.dbapi.DatabaseError):
            pg8000.dbapi.connect("ada", host="127.0.0.1", port=port, database="app", password="wrong")
        conn = pg8000.dbapi.connect("ada", host="127.0.0.1", port=port, database="app", password="secret")
        cursor = conn.cursor()
        cursor.execute(
            "CREATE TABLE t (id serial PRIMARY KEY, n int8, f float8, d numeric, b bytea, ok boolean, at timestamp,"
            " day date, tags text[], doc jsonb)"
        )
        moment = datetime.datetime(2024, 1, 2, 3, 4, 5, 600)
        row = (2**40, 1.5, decimal.Decimal("1.25"), b"\x01\x00", True, moment, moment.date(), ["a", "b"])
        cursor.execute(
            "INSERT INTO t (n, f, d, b, ok, at, day, tags, doc) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " RETURNING id",
            (*row, '{"a": 1}'),
        )
        self.assertEqual(cursor.fetchone()[0], 1)
        conn.commit()
        cursor.execute("SELECT n, f, d, b, ok, at, day, tags FROM t WHERE n = %s", (2**40,))
        self.assertEqual(tuple(cursor.fetchone()), row)
        cursor.execute("SELECT doc FROM t")
        self.assertEqual(cursor.fetchone()[0], {"a": 1})
        with self.assertRaises(pg8000.dbapi.DatabaseError) as caught:
            cursor.execute("INSERT INTO t (id) VALUES (1)")
        self.assertEqual(caught.exception.args[0]["C"], "23505")
        conn.rollback()
        cursor.execute("COPY t (n, f) FROM STDIN WITH (FORMAT CSV)", stream=io.BytesIO(b"5,0.5\n6,1\n"))
        out = io.BytesIO()
        cursor.execute("COPY (SELECT n FROM t ORDER BY n) TO STDOUT WITH (FORMAT CSV)", stream=out)
        self.assertEqual(out.getvalue(), b"5\n6\n1099511627776\n")
        conn.close()


@unittest.skipUnless(shutil.which("pgbench"), "pgbench is not installed")
class Pgbench(Served):
    def setUp(self) -> None:
        super().setUp()
        self.environment = os.environ | {"PGHOST": "127.0.0.1", "PGUSER": "ada", "PGPORT": str(self.serve())}

    def pgbench(self, *options: str) -> str:
        done = subprocess.run(
            ["pgbench", *options, "app"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    @unittest.skipUnless(os.environ.get("HELIOS_EXTENDED"), "only at full length")
    def test_its_own_tables_and_scripts(self) -> None:
        self.pgbench("-i", "-q")
        for script in ("tpcb-like", "simple-update", "select-only"):
            for mode in ("simple", "extended", "prepared"):
                with self.subTest(script=script, mode=mode):
                    told = self.pgbench("-n", "-b", script, "-M", mode, "-c", "5", "-j", "2", "-t", "40")
                    self.assertIn("number of transactions actually processed: 200/200", told)
                    self.assertIn("number of failed transactions: 0", told)
        with heliosdb_sqlite.connect(self.folder / "app.db") as conn:
            count, accounts = conn.execute("SELECT count(*), sum(abalance) FROM pgbench_accounts").fetchone()
            branches = conn.execute("SELECT sum(bbalance) FROM pgbench_branches").fetchone()[0]
            tellers = conn.execute("SELECT sum(tbalance) FROM pgbench_tellers").fetchone()[0]
            rows, history = conn.execute("SELECT count(*), sum(delta) FROM pgbench_history").fetchone()
        self.assertEqual((count, rows, branches), (100_000, 1200, tellers))
        self.assertEqual(accounts, history)

    def test_its_three_modes(self) -> None:
        # A hundredth of its own rows is plenty.
        self.pgbench("-i", "-I", "dtp", "-q")
        script = self.folder / "accounts.sql"
        script.write_text(
            "INSERT INTO pgbench_branches VALUES (1, 0);\nINSERT INTO pgbench_tellers SELECT i, 1, 0 FROM"
            " generate_series(1, 10) i;\n"
            "INSERT INTO pgbench_accounts SELECT i, 1, 0, '' FROM generate_series(1, 1000) i;\n"
        )
        self.pgbench("-n", "-f", str(script), "-t", "1")
        transfer = self.folder / "transfer.sql"
        transfer.write_text(
            "\\set aid random(1, 1000)\n\\set delta random(-50, 50)\nBEGIN;\n"
            "UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;\n"
            "SELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n"
            "UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = 1;\n"
            "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime)"
            " VALUES (1, 1, :aid, :delta, CURRENT_TIMESTAMP);\n"
            "END;\n"
        )
        for mode in ("simple", "extended", "prepared"):
            with self.subTest(mode):
                told = self.pgbench("-n", "-M", mode, "-c", "2", "-t", "10", "-f", str(transfer))
                self.assertIn("number of transactions actually processed: 20/20", told)
        with heliosdb_sqlite.connect(self.folder / "app.db") as conn:
            accounts, branches, history = (
                conn.execute(f"SELECT sum({column}) FROM pgbench_{table}").fetchone()[0]
                for column, table in (
                    ("abalance", "accounts"),
                    ("bbalance", "branches"),
                    ("delta", "history"),
                )
            )
        self.assertEqual((accounts, branches), (history, history))


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
@unittest.skipUnless(importlib.util.find_spec("psycopg2"), "psycopg2 is not installed")
class Certificates(Served):
    def openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=60)

    def authority(self, name: str) -> None:
        self.openssl(
            *(
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
            ),
            *("-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}"),
            *("-addext", "basicConstraints=critical,CA:TRUE"),
        )

    def certificate(self, name: str, authority: str, file: str) -> None:
        """A certificate of an authority with this common name."""
        self.openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", f"{file}.key", "-out", f"{file}.csr", "-subj", f"/CN={name}"),
        )
        os.chmod(self.folder / f"{file}.key", 0o600)
        (self.folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self.openssl(
            *("x509", "-req", "-in", f"{file}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key"),
            *("-CAcreateserial", "-days", "2", "-out", f"{file}.pem", "-extfile", "names"),
        )

    def test_what_was_sent_in_the_clear_is_not_taken_for_what_comes_through_tls(self) -> None:
        """CVE-2021-23214: somebody in between puts a query behind the client's request for TLS."""
        self.authority("ours")
        self.certificate("server", "ours", "server")
        port = self.serve(
            enable_ssl=True, ssl_cert=self.folder / "server.pem", ssl_key=self.folder / "server.key"
        )
        asks = struct.pack("!ii", 8, 80_877_103)
        settings = b"user\0ada\0database\0app\0\0"
        begins = struct.pack("!ii", 8 + len(settings), 196_608) + settings
        query = b"CREATE TABLE injected (a int)\0"
        injected = begins + b"Q" + struct.pack("!i", 4 + len(query)) + query
        context = ssl.create_default_context(cafile=self.folder / "ours.pem")
        for length in (1, 8, len(injected)):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
                plain.sendall(asks + injected[:length])
                with (
                    self.assertRaises(OSError),
                    context.wrap_socket(plain, server_hostname="localhost") as safe,
                ):
                    safe.sendall(begins)
                    if not safe.recv(1):
                        raise ConnectionResetError
        # The same in order: nothing of the client's own is refused.
        with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
            plain.sendall(asks)
            self.assertEqual(plain.recv(1), b"S")
            with context.wrap_socket(plain, server_hostname="localhost") as safe:
                safe.sendall(begins)
                self.assertEqual(safe.recv(1), b"R")
        with heliosdb_sqlite.connect(self.folder / "app.db") as connection:
            self.assertIsNone(connection.execute("SELECT name FROM sqlite_schema").fetchone())
        connection.close()

    def test_only_the_holder_of_a_certificate_gets_in(self) -> None:
        import psycopg2

        self.authority("ours")
        self.authority("theirs")
        self.certificate("server", "ours", "server")
        self.certificate("ada", "ours", "ada")
        self.certificate("ada", "theirs", "forged")
        port = self.serve(
            auth_method="certificate",
            enable_ssl=True,
            ssl_cert=self.folder / "server.pem",
            ssl_key=self.folder / "server.key",
            ssl_ca=self.folder / "ours.pem",
        )

        def connect(user: str, certificate: str | None, mode: str = "verify-full"):
            options = {"sslmode": mode, "sslrootcert": str(self.folder / "ours.pem")}
            if certificate:
                options |= {
                    "sslcert": str(self.folder / f"{certificate}.pem"),
                    "sslkey": str(self.folder / f"{certificate}.key"),
                }
            return psycopg2.connect(host="localhost", port=port, dbname="app", user=user, **options)

        conn = connect("ada", "ada")
        with conn.cursor() as cursor:
            cursor.execute("SELECT current_user")
            self.assertEqual(cursor.fetchone(), ("ada",))
        refused = {
            "another name": ("eve", "ada", "verify-full"),
            "no certificate": ("ada", None, "require"),
            "another authority": ("ada", "forged", "require"),
            "no encryption": ("ada", None, "disable"),
        }
        for why, (user, certificate, mode) in refused.items():
            with self.subTest(why), self.assertRaises(psycopg2.OperationalError):
                connect(user, certificate, mode)
        with conn.cursor() as cursor:
            cursor.execute("SELECT 1")
            self.assertEqual(cursor.fetchone(), (1,))
        conn.close()


if __name__ == "__main__":
    unittest.main()
