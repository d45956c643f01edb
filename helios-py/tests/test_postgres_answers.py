"""The same questions to a server of helios and to PostgreSQL 15: psql's descriptions, what SQLAlchemy reflects, and a
script of statements with their columns, types, rows, tags and SQLSTATEs.
"""

import importlib.util
import pathlib
import unittest

from beside_postgres import BesidePostgres, psql

QUESTIONS = pathlib.Path(__file__).parent / "postgres"

# Types that are told as another one that holds the same: a whole number without a type has 64 bits here.
SAME_TYPES = {23: 20}


def answer(connection, sql: str):
    """The tag, the columns with their types, and the rows; or the SQLSTATE of the error."""
    from psycopg import pq

    result = connection.pgconn.exec_(sql.encode())
    if result.status == pq.ExecStatus.FATAL_ERROR:
        return (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    columns = [
        (result.fname(place).decode(), SAME_TYPES.get(result.ftype(place), result.ftype(place)))
        for place in range(result.nfields)
    ]
    rows = [
        [result.get_value(row, place) for place in range(result.nfields)] for row in range(result.ntuples)
    ]
    return ((result.command_status or b"").decode(), columns, rows)


class SameAnswers(BesidePostgres):
    def make_tables(self) -> None:
        for port in self.ports:
            self.assertEqual(psql(port, "-q", "-f", str(QUESTIONS / "tables.sql")), "")

    def test_psql_describes_the_same(self) -> None:
        self.make_tables()
        commands = [
            *(
                r"\d",
                r"\dt",
                r"\di",
                r"\dv",
                r"\ds",
                r"\dm",
                r"\df",
                r"\dT",
                r"\dD",
                r"\dp",
                r"\dy",
                r"\det",
                r"\dX",
            ),
            *(r"\drds", r"\dRp", r"\dP", r"\dt public.*", r"\d people", r"\d pets", r"\d links", r"\d names"),
            *(
                r"\d people_pkey",
                r"\d people_part",
                r"\d people_note_low",
                r"\d+ people",
                r"\d+ links",
                r"\d nothing",
            ),
            *(r"\d people_email_key", r"\di people*", r"\dt nothing"),
        ]
        for command in commands:
            with self.subTest(command):
                expected, found = (psql(port, "-c", command) for port in self.ports)
                self.assertEqual(found, expected)
        for port in self.ports:
            self.assertIn("app", psql(port, "-c", r"\l"))
            self.assertIn("helios", psql(port, "-c", r"\du"))

    @unittest.skipUnless(importlib.util.find_spec("sqlalchemy"), "sqlalchemy is not installed")
    def test_sqlalchemy_reflects_the_same(self) -> None:
        self.make_tables()
        expected, found = (self.reflected(port) for port in self.ports)
        self.assertEqual(found, expected)

    def reflected(self, port: int) -> dict:
        import sqlalchemy

        engine = sqlalchemy.create_engine(f"postgresql+psycopg2://helios@127.0.0.1:{port}/app")
        inspector = sqlalchemy.inspect(engine)
        tables = sorted(inspector.get_table_names())
        found = {
            "tables": tables,
            "views": inspector.get_view_names(),
            "sequences": inspector.get_sequence_names(),
        }
        for table in [*tables, "names"]:
            columns = [column | {"type": str(column["type"])} for column in inspector.get_columns(table)]
            found[table] = {"columns": columns, "comment": inspector.get_table_comment(table)}
        for table in tables:
            found[table] |= {
                "key": inspector.get_pk_constraint(table),
                "references": sorted(inspector.get_foreign_keys(table), key=str),
                "indexes": sorted(inspector.get_indexes(table), key=str),
                "unique": sorted(inspector.get_unique_constraints(table), key=str),
                "checks": sorted(inspector.get_check_constraints(table), key=str),
            }
        metadata = sqlalchemy.MetaData()
        metadata.reflect(engine)
        found["all"] = sorted(metadata.tables)
        engine.dispose()
        return found

    @unittest.skipUnless(importlib.util.find_spec("psycopg"), "psycopg is not installed")
    def test_statements_have_the_same_answers(self) -> None:
        import psycopg

        expected, found = (
            psycopg.connect(f"host=127.0.0.1 port={port} dbname=app user=helios", autocommit=True)
            for port in self.ports
        )
        self.addCleanup(expected.close)
        self.addCleanup(found.close)
        statements = (QUESTIONS / "statements.sql").read_text().split(";\n")
        for statement in filter(None, map(str.strip, statements)):
            with self.subTest(statement):
                self.assertEqual(answer(found, statement), answer(expected, statement))

    @unittest.skipUnless(importlib.util.find_spec("psycopg"), "psycopg is not installed")
    def test_who_may_only_read_is_refused_the_same(self) -> None:
        import psycopg

        self.make_tables()
        postgres, helios = self.ports
        for port in self.ports:
            psql(port, "-c", "CREATE SEQUENCE counter")
        psql(helios, "-c", "CREATE USER reader READ ONLY")
        psql(postgres, "-c", "CREATE USER reader; GRANT pg_read_all_data TO reader")
        self.addCleanup(psql, postgres, "-c", "DROP USER reader")
        reader = [
            psycopg.connect(f"host=127.0.0.1 port={port} dbname=app user=reader", autocommit=True)
            for port in (helios, postgres)
        ]
        statements = [
            "INSERT INTO people DEFAULT VALUES",
            "UPDATE people SET note = 'x'",
            "DELETE FROM people",
            "WITH gone AS (SELECT 1 AS id) DELETE FROM people USING gone WHERE people.id = gone.id",
            "INSERT INTO people SELECT * FROM people",
            "TRUNCATE people",
            "COPY people FROM STDIN",
            "SELECT nextval('counter')",
            "SELECT setval('counter', 5)",
            "EXPLAIN ANALYZE DELETE FROM people",
            "CREATE TABLE mine (a int)",
            "CREATE TABLE mine AS SELECT * FROM people",
            "CREATE VIEW mine AS SELECT 1 AS a",
            "CREATE SEQUENCE mine",
            "CREATE INDEX ON people (note)",
            "ALTER TABLE people ADD COLUMN more int",
            "ALTER TABLE people RENAME TO persons",
            "DROP TABLE people",
            "DROP TABLE links, pets",
            "DROP VIEW names",
            "DROP SEQUENCE counter",
            "CREATE USER mallory",
            "DROP USER reader",
            "ALTER USER helios PASSWORD 'x'",
            "SELECT count(*) FROM people",
            "CREATE TEMP TABLE mine (a int)",
            "INSERT INTO mine VALUES (1)",
            "SELECT a FROM mine",
        ]
        psql(helios, "-c", "CREATE USER helios")
        for statement in statements:
            with self.subTest(statement):
                found, expected = (answer(connection, statement) for connection in reader)
                self.assertEqual(found, expected)
        for connection in reader:
            connection.close()
