"""Clients of PostgreSQL on a server: each is left out, with a reason, where it is not installed."""

import asyncio
import datetime
import decimal
import importlib.util
import io
import logging
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

import heliosdb_sqlite


def needs(module: str):
    return unittest.skipUnless(importlib.util.find_spec(module), f"{module} is not installed")


class Served(unittest.TestCase):
    """A server on a free port, for one test."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "app.db"
        self.server = heliosdb_sqlite.start_server(self.path, port=0)
        self.addCleanup(self.server.stop)
        self.dsn = f"host=127.0.0.1 port={self.server.port} dbname=app user=ada"


class Module(Served):
    def test_a_server_tells_of_itself(self) -> None:
        self.assertEqual(self.server.url, f"postgresql://127.0.0.1:{self.server.port}/app")
        self.assertEqual(self.server.host, "127.0.0.1")
        status = self.server.get_status()
        self.assertEqual((status.active_connections, status.total_queries), (0, 0))
        self.assertGreaterEqual(status.uptime_seconds, 0)

    def test_slow_statements_of_clients_are_logged(self) -> None:
        config = {"monitor": {"slow_query_ms": 0}}
        server = heliosdb_sqlite.start_server(self.path, port=0, config=config)
        with self.assertLogs("heliosdb_sqlite.slow_queries", "WARNING") as logs:
            with heliosdb_sqlite.connect(f"postgresql://ada@127.0.0.1:{server.port}/app") as connection:
                connection.execute("create table t (a text)")
                connection.execute("insert into t values ('secret'), (?)", ("hidden",))
                connection.execute("select a from t").fetchall()
            connection.close()
            # What clients have told is logged when this returns.
            server.stop()
        messages = [record.getMessage() for record in logs.records]
        self.assertTrue(
            [text for text in messages if re.search(r"ms, 2 rows, on main: select a from t$", text)]
        )
        self.assertTrue([text for text in messages if "insert into t values (" in text])
        self.assertFalse([text for text in messages if "secret" in text or "hidden" in text])

    def test_a_handler_of_slow_statements_may_use_the_server(self) -> None:
        config = {"monitor": {"slow_query_ms": 0}}
        server = heliosdb_sqlite.start_server(self.path, port=0, config=config)
        seen: list[object] = []
        done = threading.Event()

        class Handler(logging.Handler):
            def emit(handler, record: logging.LogRecord) -> None:
                if seen:
                    return
                seen.append(record)
                with heliosdb_sqlite.connect(server.url) as connection:
                    seen.append(connection.execute("select 7").fetchone())
                connection.close()
                done.set()

        logger, handler = logging.getLogger("heliosdb_sqlite.slow_queries"), Handler()
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        self.addCleanup(setattr, logger, "propagate", logger.propagate)
        logger.propagate = False
        connection = heliosdb_sqlite.connect(server.url)
        connection.execute("select 1").fetchall()
        connection.close()
        self.assertTrue(done.wait(60))
        server.stop()
        self.assertEqual(seen[1:], [(7,)])

    def test_a_port_that_is_taken_is_an_error(self) -> None:
        with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, str(self.server.port)):
            heliosdb_sqlite.start_server(self.path, port=self.server.port)

    def test_no_argument_is_ignored(self) -> None:
        for wrong in ({"nonsense": 1}, {"as_of": 1}, {"server": {}}):
            with self.assertRaises(TypeError):
                heliosdb_sqlite.start_server(self.path, port=0, **wrong)
        for wrong in ({"allowed_ips": ["x"]}, {"auth_method": "x"}, {"ssl_cert": "x"}, {"enable_ssl": True}):
            with self.assertRaises(ValueError):
                heliosdb_sqlite.start_server(self.path, port=0, **wrong)
        with self.assertRaises(ValueError):
            heliosdb_sqlite.connect(self.path, heliosdb_mode="x")
        with self.assertRaisesRegex(heliosdb_sqlite.NotSupportedError, "is reached by connect"):
            heliosdb_sqlite.Connection("postgresql://localhost/app")
        with self.assertRaises(ValueError):
            heliosdb_sqlite.connect(self.path, server={})

    def test_a_hybrid_connection_has_a_server_as_long_as_it_is_open(self) -> None:
        conn = heliosdb_sqlite.connect(":memory:", heliosdb_mode="hybrid", server={"port": 0})
        info = conn.get_server_info()
        self.assertEqual(info.url, f"postgresql://127.0.0.1:{info.port}/memory")
        conn.close()
        with self.assertRaises(heliosdb_sqlite.ProgrammingError):
            heliosdb_sqlite.connect(":memory:").get_server_info()

    def test_what_is_written_here_is_read_there(self) -> None:
        with heliosdb_sqlite.connect(self.path) as conn:
            conn.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b VECTOR(2))")
            conn.execute("INSERT INTO t VALUES (1, '[1, 2.5]')")
        if shutil.which("psql"):
            self.assertEqual(self.psql("SELECT * FROM t"), "1|[1,2.5]")

    def psql(self, sql: str, options: str = "-XAtc") -> str:
        environment = os.environ | {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.server.port),
            "PGDATABASE": "app",
            "PGUSER": "ada",
        }
        done = subprocess.run(
            ["psql", options, sql], env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        self.assertEqual(done.stderr, "")
        return done.stdout.strip()

    @unittest.skipUnless(shutil.which("psql"), "psql is not installed")
    def test_psql_describes_what_there_is(self) -> None:
        self.psql(
            "CREATE TABLE people (id SERIAL PRIMARY KEY, name varchar(50) NOT NULL DEFAULT 'x', ok bool DEFAULT true,"
            " at timestamptz DEFAULT now()); CREATE INDEX ON people (name);"
            " CREATE TABLE pets (id int PRIMARY KEY, owner int REFERENCES people (id));"
            " CREATE VIEW names AS SELECT name FROM people"
        )
        self.assertEqual(self.psql(r"\dt"), "public|people|table|helios\npublic|pets|table|helios")
        self.assertIn("people_name_idx|index|helios|people", self.psql(r"\di"))
        self.assertTrue(self.psql(r"\l").startswith("app|helios|UTF8"))
        self.assertIn("helios", self.psql(r"\du"))
        self.assertEqual(self.psql(r"\df"), "")
        people = self.psql(r"\d people", "-XAc")
        self.assertIn("name|character varying(50)||not null|'x'", people)
        self.assertIn('"people_pkey" PRIMARY KEY, btree (id)', people)
        references = "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c WHERE c.contype = 'f'"
        self.assertEqual(self.psql(references), "FOREIGN KEY (owner) REFERENCES people(id)")
        self.assertEqual(self.psql(references.replace("c.oid", "oid")), self.psql(references))


@needs("psycopg2")
class Psycopg2(Served):
    def test_values_transactions_cursors_and_copy(self) -> None:
        import psycopg2

        conn = psycopg2.connect(self.dsn)
        cursor = conn.cursor()
        cursor.execute(
            "CREATE TABLE t (id serial PRIMARY KEY, n int, f float8, b bytea, ok boolean, at timestamp, d date)"
        )
        moment = datetime.datetime(2024, 1, 2, 3, 4, 5, 600)
        row = (1, 1.5, b"\x01\x00", True, moment, moment.date())
        cursor.execute(
            "INSERT INTO t (n, f, b, ok, at, d) VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
            (*row[:2], psycopg2.Binary(row[2]), *row[3:]),
        )
        self.assertEqual(cursor.fetchone(), (1,))
        conn.commit()
        cursor.execute("SELECT n, f, b, ok, at, d FROM t WHERE n = ANY (%s)", ([1, 2],))
        got = cursor.fetchone()
        self.assertEqual((*got[:2], bytes(got[2]), *got[3:]), row)
        with self.assertRaises(psycopg2.errors.UndefinedColumn):
            cursor.execute("SELECT missing FROM t")
        conn.rollback()
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            cursor.execute("INSERT INTO t (id) VALUES (1)")
        conn.rollback()
        named = conn.cursor("named")
        named.execute("SELECT * FROM generate_series(1, 5000)")
        self.assertEqual(len(named.fetchall()), 5000)
        conn.commit()
        cursor.copy_expert("COPY t (n, f) FROM STDIN WITH CSV", io.StringIO('5,0.5\n6,"1"\n'))
        out = io.StringIO()
        cursor.copy_expert("COPY (SELECT n, f FROM t ORDER BY n DESC) TO STDOUT WITH CSV HEADER", out)
        self.assertEqual(out.getvalue(), "n,f\n6,1\n5,0.5\n1,1.5\n")
        conn.close()

    def test_passwords(self) -> None:
        import psycopg2

        users = {"ada": "secret"}
        with heliosdb_sqlite.start_server(":memory:", port=0, auth_method="password", users=users) as server:
            dsn = f"host=127.0.0.1 port={server.port} dbname=memory user=ada"
            for wrong in ("password=x", "password=secret user=eve"):
                with self.assertRaisesRegex(psycopg2.OperationalError, "password authentication failed"):
                    psycopg2.connect(f"{dsn} {wrong}")
            conn = psycopg2.connect(f"{dsn} password=secret")
            conn.autocommit = True
            conn.cursor().execute("CREATE USER eve PASSWORD 'other'")
            conn.close()
            psycopg2.connect(f"{dsn} password=other user=eve").close()


@needs("psycopg")
class Psycopg3(Served):
    def test_both_formats_pipelines_savepoints_and_binary_copy(self) -> None:
        import psycopg

        moment = datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
        row = (1, 2**40, "x", 1.5, b"\x01\x00", True, moment, decimal.Decimal("1.25"))
        with psycopg.connect(self.dsn) as conn:
            conn.execute(
                "CREATE TABLE t (n int4, g bigint, t text, f float8, b bytea, ok bool, at timestamptz, d numeric, id"
                " bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY)"
            )
            conn.execute(
                "INSERT INTO t (n, g, t, f, b, ok, at, d) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", row
            )
            conn.commit()
            for binary in (False, True):
                cursor = conn.cursor(binary=binary).execute(
                    "SELECT n, g, t, f, b, ok, at, d FROM t WHERE n = %s", (1,)
                )
                self.assertEqual(cursor.fetchone(), row)
            with conn.pipeline():
                for number in range(5):
                    conn.execute("INSERT INTO t (n) VALUES (%s)", (number,))
            with conn.transaction():
                with self.assertRaises(psycopg.errors.UniqueViolation), conn.transaction():
                    conn.execute("INSERT INTO t (id) VALUES (1)")
                conn.execute("INSERT INTO t (id) VALUES (100)")
            with conn.cursor() as cursor:
                with cursor.copy("COPY t (id, t) FROM STDIN (FORMAT BINARY)") as copy:
                    copy.set_types(["int8", "text"])
                    copy.write_row((200, "binary"))
                with cursor.copy("COPY t (id, t) TO STDOUT (FORMAT BINARY)") as copy:
                    copy.set_types(["int8", "text"])
                    self.assertIn((200, "binary"), list(copy.rows()))
            self.assertEqual(conn.execute("SELECT count(*) FROM t").fetchone(), (8,))


@needs("asyncpg")
class Asyncpg(Served):
    def test_binary_values_cursors_and_copy(self) -> None:
        import asyncpg

        async def talk() -> None:
            conn = await asyncpg.connect(host="127.0.0.1", port=self.server.port, database="app", user="ada")
            await conn.execute(
                "CREATE TABLE t (id bigint PRIMARY KEY, t text, ok bool, at timestamp, tags text[])"
            )
            moment = datetime.datetime(2024, 1, 2)
            await conn.execute("INSERT INTO t VALUES ($1, $2, $3, $4, $5)", 1, "x", True, moment, ["a", "b"])
            row = await conn.fetchrow("SELECT * FROM t WHERE id = $1", 1)
            self.assertEqual(tuple(row), (1, "x", True, moment, ["a", "b"]))
            async with conn.transaction():
                rows = [row["id"] async for row in conn.cursor("SELECT id FROM t")]
            self.assertEqual(rows, [1])
            await conn.copy_records_to_table("t", records=[(3, "y"), (4, "z")], columns=["id", "t"])
            found = await conn.fetch("SELECT id FROM t WHERE id = ANY ($1::bigint[])", [1, 2, 3])
            self.assertEqual([row["id"] for row in found], [1, 3])
            await conn.close()

        asyncio.run(talk())


@needs("sqlalchemy")
@needs("psycopg2")
class SqlAlchemy(Served):
    def test_tables_are_made_and_reflected(self) -> None:
        import sqlalchemy as sa

        engine = sa.create_engine(f"postgresql+psycopg2://ada@127.0.0.1:{self.server.port}/app")
        people = sa.Table(
            "people",
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.String(50), nullable=False, index=True),
        )
        people.metadata.create_all(engine)
        with engine.begin() as conn:
            conn.execute(people.insert(), [{"name": "Ada"}, {"name": "Grace"}])
            names = conn.execute(sa.select(people.c.name).order_by(people.c.name.desc())).scalars().all()
        self.assertEqual(names, ["Grace", "Ada"])
        inspector = sa.inspect(engine)
        self.assertEqual(inspector.get_table_names(), ["people"])
        self.assertTrue(inspector.has_table("people"))
        engine.dispose()


if __name__ == "__main__":
    unittest.main()
