"""Enumerations with clients of PostgreSQL: what each gets from a server of helios is what it gets from PostgreSQL 15.
A client that is not installed is left out.
"""

import asyncio
import enum
import importlib.util
import unittest

from beside_postgres import BesidePostgres


def needs(*names: str):
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    return unittest.skipIf(missing, f"{missing} is not installed")


class Level(enum.Enum):
    low = "low"
    middle = "middle"
    high = "high"


DEFINITIONS = (
    "DROP TABLE IF EXISTS rated",
    "DROP TYPE IF EXISTS level",
    "CREATE TYPE level AS ENUM ('low', 'middle', 'high')",
    "CREATE TABLE rated (id int PRIMARY KEY, at level, seen level[])",
)


class Enumerations(BesidePostgres):
    def assert_same(self, work) -> None:
        expected, found = (work(port) for port in self.ports)
        self.assertGreater(len(expected), 3)
        self.assertEqual(found, expected)

    @needs("asyncpg")
    def test_asyncpg(self):
        import asyncpg

        async def work(port: int) -> list:
            connection = await asyncpg.connect(host="127.0.0.1", port=port, user="helios", database="app")
            for statement in DEFINITIONS:
                await connection.execute(statement)
            told = []
            await connection.execute("INSERT INTO rated VALUES ($1, $2, $3)", 1, "middle", ["high", "low"])
            await connection.copy_records_to_table("rated", records=[(2, "low", []), (3, "high", None)])
            for statement, value in (
                ("SELECT * FROM rated WHERE at = $1", "low"),
                ("SELECT * FROM rated WHERE at > $1 ORDER BY at DESC", "low"),
                ("SELECT * FROM rated WHERE at = ANY($1) ORDER BY id", ["low", "high"]),
            ):
                told.append([tuple(row) for row in await connection.fetch(statement, value)])
            try:
                await connection.execute("INSERT INTO rated VALUES (4, $1, $2)", "other", [])
            except asyncpg.PostgresError as error:
                told.append((type(error).__name__, str(error)))
            await connection.close()
            return told

        self.assert_same(lambda port: asyncio.run(work(port)))

    @needs("psycopg")
    def test_psycopg(self):
        import psycopg
        from psycopg.types.enum import EnumInfo, register_enum

        def work(port: int) -> list:
            address = f"host=127.0.0.1 port={port} user=helios dbname=app"
            with psycopg.connect(address, autocommit=True) as connection:
                for statement in DEFINITIONS:
                    connection.execute(statement)
                info = EnumInfo.fetch(connection, "level")
                register_enum(info, connection, Level)
                told = [(info.name, info.labels)]
                new = "INSERT INTO rated VALUES (%s, %s, %s) RETURNING at, seen"
                told.append(connection.execute(new, (1, Level.high, [Level.low])).fetchall())
                told.append(connection.execute(new, (2, "low", None)).fetchall())
                for binary in (False, True):
                    cursor = connection.cursor(binary=binary)
                    told.append(cursor.execute("SELECT * FROM rated ORDER BY at").fetchall())
                    found = cursor.execute("SELECT id FROM rated WHERE at < %s", (Level.high,))
                    told.append(found.fetchall())
                return told

        self.assert_same(work)

    @needs("sqlalchemy", "psycopg2")
    def test_sqlalchemy(self):
        import sqlalchemy

        tables = sqlalchemy.MetaData()
        level = sqlalchemy.Enum(Level, name="level_of_orm")
        rated = sqlalchemy.Table(
            "rated_by_orm",
            tables,
            sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True),
            sqlalchemy.Column("at", level, nullable=False, server_default="middle"),
            sqlalchemy.Column("kinds", sqlalchemy.ARRAY(sqlalchemy.Enum("x", "y", name="kind"))),
        )

        def work(port: int) -> list:
            engine = sqlalchemy.create_engine(f"postgresql+psycopg2://helios@127.0.0.1:{port}/app")
            tables.drop_all(engine)
            tables.create_all(engine)
            tables.create_all(engine)
            with engine.begin() as connection:
                connection.execute(
                    rated.insert(), [{"at": Level.high, "kinds": ["x"]}, {"at": Level.low, "kinds": None}]
                )
                connection.execute(sqlalchemy.text("INSERT INTO rated_by_orm (id) VALUES (9)"))
                ordered = sqlalchemy.select(rated).order_by(rated.c.at)
                told = [tuple(row) for row in connection.execute(ordered)]
                high = sqlalchemy.select(rated.c.id).where(rated.c.at == Level.high)
                told.extend(connection.execute(high).scalars())
            inspector = sqlalchemy.inspect(engine)
            told.extend(found for found in inspector.get_enums() if found["name"] in ("kind", "level_of_orm"))
            columns = inspector.get_columns("rated_by_orm")
            told.extend((column["name"], repr(column["type"]), column["default"]) for column in columns)
            tables.drop_all(engine)
            engine.dispose()
            return told

        self.assert_same(work)


if __name__ == "__main__":
    unittest.main()
