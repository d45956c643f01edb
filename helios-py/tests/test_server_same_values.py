"""Python's clients of PostgreSQL: what each gets from a server of helios is what it gets from PostgreSQL 15.
A client that is not installed is left out.
"""

import asyncio
import contextlib
import datetime
import decimal
import importlib.util
import io
import tempfile
import unittest
import uuid

from beside_postgres import BesidePostgres, psql

KINDS = (
    "CREATE TABLE kinds (id bigserial PRIMARY KEY, s int2, n int4, g int8, f float8, d numeric(10,2), t text,"
    " v varchar(10), b bytea, ok boolean, at timestamp, tz timestamptz, day date, clock time, u uuid, tags text[],"
    " numbers int4[], doc jsonb)"
)
COLUMNS = "s, n, g, f, d, t, v, b, ok, at, tz, day, clock, u, tags, numbers, doc"
MOMENT = datetime.datetime(2024, 2, 29, 3, 4, 5, 678)
ROW = (
    *(7, -8, 2**53, -0.25, decimal.Decimal("12.50"), "täxt", "short", b"\x00\x01\xff", True),
    *(MOMENT, MOMENT.replace(tzinfo=datetime.timezone.utc), MOMENT.date(), datetime.time(1, 2, 3, 4)),
    *(uuid.UUID(int=2**100), ["a", "b,c", None], [1, -2], '{"a": [1, null, "x"]}'),
)
WRONG = (
    "SELECT * FROM nowhere",
    "SELECT missing FROM kinds",
    "SELEC 1",
    "SELECT 1 / 0",
    "SELECT 'x'::int4",
    "INSERT INTO kinds (id) VALUES (1)",
    "INSERT INTO kinds (s) VALUES (100000)",
    "INSERT INTO kinds (v) VALUES ('far too long for it')",
    "INSERT INTO kinds (day) VALUES ('2023-02-29')",
    "UPDATE kinds SET u = 'x'",
)


def without_places(told: str) -> str:
    """What psql says, but for where in a statement or a file something is wrong, which helios does not tell."""
    lines = [line for line in told.splitlines() if not line.startswith(("LINE ", "CONTEXT: "))]
    return "\n".join(line for line in lines if line.strip() != "^")


def plain(value):
    """A value that is the same for buffers and for bytes."""
    if isinstance(value, memoryview):
        return bytes(value)
    return [plain(part) for part in value] if isinstance(value, (tuple, list)) else value


class SameValues(BesidePostgres):
    def assert_same(self, work) -> None:
        expected, found = (plain(work(port)) for port in self.ports)
        self.assertGreater(len(expected), 5)
        self.assertEqual(found, expected)

    def needs(self, module: str) -> None:
        if not importlib.util.find_spec(module):
            self.skipTest(f"{module} is not installed")

    def test_psql_copies_and_reads_in_pieces(self) -> None:
        def work(port: int) -> list:
            told = [psql(port, "-q", "-c", "CREATE TABLE t (a int8 PRIMARY KEY, b text)")]
            with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
                file.write('1,one\n2,"two, or more"\n3,\n')
                file.flush()
                told.append(psql(port, "-c", f"\\copy t FROM '{file.name}' CSV"))
                told.append(psql(port, "-c", f"\\copy t FROM '{file.name}' CSV"))
            told.append(psql(port, "-c", "\\copy (SELECT * FROM t ORDER BY a) TO STDOUT CSV HEADER"))
            pieces = ("-v", "FETCH_COUNT=7", "-At", "-c", "SELECT n FROM generate_series(1, 50) AS n")
            told.append(psql(port, *pieces))
            told.append(psql(port, "-v", "ON_ERROR_ROLLBACK=on", "-c", "BEGIN; SELECT 1; COMMIT"))
            script = "BEGIN;INSERT INTO t VALUES (4);SELECT nonsense;SELECT 1;COMMIT;SELECT count(*) FROM t;"
            with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
                file.write(script)
                file.flush()
                told.append(psql(port, "-f", file.name).replace(file.name, "script"))
            return [without_places(text) for text in told]

        self.assert_same(work)

    def test_psycopg2(self) -> None:
        self.needs("psycopg2")
        import psycopg2
        import psycopg2.extras

        psycopg2.extras.register_uuid()

        def work(port: int) -> list:
            told = []
            with contextlib.closing(
                psycopg2.connect(host="127.0.0.1", port=port, dbname="app", user="helios")
            ) as conn:
                cursor = conn.cursor()
                cursor.execute(KINDS)
                places = ", ".join(["%s"] * len(ROW))
                cursor.execute(f"INSERT INTO kinds ({COLUMNS}) VALUES ({places}) RETURNING id", ROW)
                told.append(cursor.fetchall())
                cursor.execute("SELECT * FROM kinds")
                told.append([(column.name, column.type_code) for column in cursor.description])
                told.append(cursor.fetchall())
                conn.commit()
                for wrong in WRONG:
                    with self.assertRaises(psycopg2.Error) as refused:
                        cursor.execute(wrong)
                    told.append((wrong, refused.exception.pgcode, refused.exception.diag.message_primary))
                    conn.rollback()
                rows = [(number, f"row {number}") for number in range(100)]
                psycopg2.extras.execute_values(cursor, "INSERT INTO kinds (n, t) VALUES %s", rows)
                psycopg2.extras.execute_batch(cursor, "INSERT INTO kinds (n) VALUES (%s)", [(1,), (2,)])
                conn.commit()
                with conn.cursor("named", cursor_factory=psycopg2.extras.DictCursor) as named:
                    named.itersize = 30
                    named.execute("SELECT n, t FROM kinds WHERE n >= 0 ORDER BY id")
                    told.append([dict(row) for row in named][:50])
                out = io.StringIO()
                cursor.copy_expert("COPY (SELECT * FROM kinds ORDER BY id LIMIT 3) TO STDOUT", out)
                told.append(out.getvalue())
                cursor.copy_from(io.StringIO("5\tx\n6\t\\N\n"), "kinds", columns=("n", "t"))
                told.append(cursor.rowcount)
                conn.set_session(isolation_level="SERIALIZABLE", readonly=True) if conn.rollback() else None
                conn.autocommit = True
                cursor.execute("SELECT count(*), max(n), min(t) FROM kinds")
                told.append(cursor.fetchall())
            return told

        self.assert_same(work)

    def test_psycopg3(self) -> None:
        self.needs("psycopg")
        import psycopg
        from psycopg.types.json import Jsonb

        row = (*ROW[:-1], Jsonb({"a": [1, None, "x"]}))

        def work(port: int) -> list:
            told = []
            with psycopg.connect(f"host=127.0.0.1 port={port} dbname=app user=helios") as conn:
                conn.execute(KINDS)
                places = ", ".join(["%s"] * len(ROW))
                inserted = conn.execute(f"INSERT INTO kinds ({COLUMNS}) VALUES ({places}) RETURNING id", row)
                told.append(inserted.fetchall())
                conn.commit()
                for binary in (False, True):
                    cursor = conn.cursor(binary=binary).execute("SELECT * FROM kinds WHERE n = %s", (-8,))
                    told.append([(c.name, c.type_code, c.precision, c.scale) for c in cursor.description])
                    told.append(cursor.fetchall())
                for wrong in WRONG:
                    with self.assertRaises(psycopg.Error) as refused, conn.transaction():
                        conn.execute(wrong)
                    told.append((wrong, refused.exception.sqlstate, refused.exception.diag.message_primary))
                with conn.pipeline() as pipeline:
                    cursors = [conn.execute("SELECT %s::int4 + 1", (number,)) for number in range(20)]
                    pipeline.sync()
                    told.append([cursor.fetchone() for cursor in cursors])
                with self.assertRaises(psycopg.errors.UniqueViolation), conn.pipeline():
                    conn.execute("INSERT INTO kinds (n) VALUES (77)")
                    conn.execute("INSERT INTO kinds (id) VALUES (1)")
                conn.rollback()
                told.append(conn.execute("SELECT count(*) FROM kinds WHERE n = 77").fetchone())
                conn.cursor().executemany(
                    "INSERT INTO kinds (n, t) VALUES (%s, %s)", [(n, "x") for n in range(50)]
                )
                with conn.cursor("named") as named:
                    named.itersize = 7
                    named.execute("SELECT n FROM kinds WHERE t = %s ORDER BY n", ("x",))
                    told.append(named.fetchmany(5))
                    told.append(list(named))
                for form in ("TEXT", "BINARY"):
                    with conn.cursor().copy(f"COPY kinds (n, t, f) FROM STDIN (FORMAT {form})") as copy:
                        copy.set_types(["int4", "text", "float8"])
                        for number in range(3):
                            copy.write_row((number, f"copy\t{form}", number / 2))
                    query = "SELECT n, t, f FROM kinds WHERE t LIKE 'copy%' ORDER BY id"
                    with conn.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT {form})") as copy:
                        copy.set_types(["int4", "text", "float8"])
                        told.append(list(copy.rows()))
                # Statements are named from the fifth time on.
                told.append([conn.execute("SELECT %s::text", (str(n),)).fetchone() for n in range(8)])
                told.append(conn.execute("SELECT %s = ANY (%s)", (3, [1, 2, 3])).fetchone())
            return told

        self.assert_same(work)

    def test_asyncpg(self) -> None:
        self.needs("asyncpg")
        import asyncpg

        async def talk(port: int) -> list:
            told = []
            pool = await asyncpg.create_pool(
                host="127.0.0.1", port=port, database="app", user="helios", min_size=1, max_size=3
            )
            async with pool.acquire() as conn:
                await conn.execute(KINDS)
                places = ", ".join(f"${number}" for number in range(1, len(ROW) + 1))
                insert = await conn.prepare(f"INSERT INTO kinds ({COLUMNS}) VALUES ({places}) RETURNING id")
                told.append([parameter.name for parameter in insert.get_parameters()])
                told.append(await insert.fetchval(*ROW))
                found = await conn.prepare("SELECT * FROM kinds")
                told.append([(attribute.name, attribute.type.name) for attribute in found.get_attributes()])
                told.append([tuple(row) for row in await found.fetch()])
                for wrong in WRONG:
                    with self.assertRaises(asyncpg.PostgresError) as refused:
                        async with conn.transaction():
                            await conn.execute(wrong)
                    told.append((wrong, refused.exception.sqlstate, str(refused.exception)))
                await conn.executemany(
                    "INSERT INTO kinds (n, t) VALUES ($1, $2)", [(n, "x") for n in range(30)]
                )
                with self.assertRaises(asyncpg.UniqueViolationError):
                    await conn.executemany("INSERT INTO kinds (id, n) VALUES ($1, 99)", [(900,), (1,)])
                told.append(await conn.fetchval("SELECT count(*) FROM kinds WHERE n = 99"))
                async with conn.transaction():
                    cursor = await conn.cursor("SELECT n FROM kinds WHERE t = $1 ORDER BY n", "x")
                    told.append([tuple(row) for row in await cursor.fetch(4)])
                    told.append(await cursor.forward(10))
                    told.append([tuple(row) for row in await cursor.fetch(100)])
                records = [(1000 + n, f"copied {n}") for n in range(5)]
                told.append(await conn.copy_records_to_table("kinds", records=records, columns=["n", "t"]))
                out = io.BytesIO()
                query = "SELECT n, t FROM kinds WHERE n >= $1 ORDER BY n"
                told.append(await conn.copy_from_query(query, 1000, output=out, format="csv"))
                told.append(out.getvalue())
                async with conn.transaction(isolation="serializable", readonly=True):
                    told.append(await conn.fetchval("SHOW transaction_isolation"))
            told.append(await asyncio.gather(*(pool.fetchval("SELECT $1::int4", n) for n in range(9))))
            await pool.close()
            return told

        self.assert_same(lambda port: asyncio.run(talk(port)))

    def test_pg8000(self) -> None:
        self.needs("pg8000")
        import pg8000.dbapi
        import pg8000.native

        def work(port: int) -> list:
            told = []
            with contextlib.closing(
                pg8000.dbapi.connect("helios", host="127.0.0.1", port=port, database="app", password="any")
            ) as conn:
                cursor = conn.cursor()
                cursor.execute(KINDS)
                places = ", ".join(["%s"] * len(ROW))
                cursor.execute(f"INSERT INTO kinds ({COLUMNS}) VALUES ({places}) RETURNING id", ROW)
                told.append(cursor.fetchall())
                conn.commit()
                cursor.execute("SELECT * FROM kinds")
                told.append([column[:2] for column in cursor.description])
                told.append(cursor.fetchall())
                for wrong in WRONG:
                    with self.assertRaises(pg8000.dbapi.DatabaseError) as refused:
                        cursor.execute(wrong)
                    told.append((wrong, refused.exception.args[0]["C"], refused.exception.args[0]["M"]))
                    conn.rollback()
                cursor.executemany("INSERT INTO kinds (n) VALUES (%s)", [(n,) for n in range(20)])
                conn.commit()
                cursor.execute("DECLARE c CURSOR FOR SELECT n FROM kinds ORDER BY id")
                for _ in range(3):
                    cursor.execute("FETCH FORWARD 8 FROM c")
                    told.append(cursor.fetchall())
                conn.rollback()
            with contextlib.closing(
                pg8000.native.Connection(
                    "helios", host="127.0.0.1", port=port, database="app", password="any"
                )
            ) as conn:
                prepared = conn.prepare("SELECT n FROM kinds WHERE n > :least ORDER BY n")
                told.append([prepared.run(least=least) for least in (15, 17)])
            return told

        self.assert_same(work)

    def test_sqlalchemy_maps_objects(self) -> None:
        self.needs("sqlalchemy")
        self.needs("psycopg")
        import sqlalchemy as sa
        from sqlalchemy import orm

        class Base(orm.DeclarativeBase):
            pass

        class Author(Base):
            __tablename__ = "authors"
            id: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, primary_key=True)
            name: orm.Mapped[str] = orm.mapped_column(sa.String(50), unique=True)
            born: orm.Mapped[datetime.date | None]
            books: orm.Mapped[list["Book"]] = orm.relationship(
                back_populates="author", cascade="all, delete-orphan"
            )

        class Book(Base):
            __tablename__ = "books"
            id: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, primary_key=True)
            title: orm.Mapped[str] = orm.mapped_column(index=True)
            price: orm.Mapped[decimal.Decimal] = orm.mapped_column(sa.Numeric(8, 2))
            author_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("authors.id", ondelete="CASCADE"))
            author: orm.Mapped[Author] = orm.relationship(back_populates="books")

        def work(port: int, driver: str) -> list:
            told = []
            engine = sa.create_engine(f"postgresql+{driver}://helios:any@127.0.0.1:{port}/app")
            Base.metadata.create_all(engine)
            with orm.Session(engine) as session:
                for number in range(5):
                    books = [
                        Book(
                            title=f"book {number}.{part}",
                            price=decimal.Decimal(number) + part / decimal.Decimal(4),
                        )
                        for part in range(number)
                    ]
                    session.add(Author(name=f"author {number}", books=books, born=MOMENT.date()))
                session.commit()
                counted = (
                    sa.select(Author.name, sa.func.count(Book.id), sa.func.sum(Book.price))
                    .outerjoin(Author.books)
                    .group_by(Author.id, Author.name)
                    .order_by(Author.name)
                )
                told.append([tuple(row) for row in session.execute(counted)])
                loaded = sa.select(Author).options(orm.selectinload(Author.books)).order_by(Author.id)
                told.append([(a.name, [b.title for b in a.books]) for a in session.scalars(loaded)])
                joined = (
                    sa.select(Book)
                    .options(orm.joinedload(Book.author))
                    .order_by(Book.title)
                    .limit(4)
                    .offset(2)
                )
                told.append([(b.title, b.price, b.author.name) for b in session.scalars(joined)])
                author = session.scalars(sa.select(Author).where(Author.name == "author 3")).one()
                author.books.pop()
                author.name = "renamed"
                session.flush()
                with self.assertRaises(sa.exc.IntegrityError), session.begin_nested():
                    session.add(Author(name="renamed"))
                    session.flush()
                session.commit()
                session.delete(session.get(Author, 5))
                session.commit()
                told.append(session.scalars(sa.select(Book.title).order_by(Book.title)).all())
                numbered = sa.select(
                    Book.title, sa.func.row_number().over(partition_by=Book.author_id, order_by=Book.title)
                ).order_by(Book.id)
                told.append([tuple(row) for row in session.execute(numbered)])
                told.append(
                    session.execute(sa.update(Book).values(price=Book.price * 2).returning(Book.id)).all()
                )
                session.rollback()
                told.append(session.scalar(sa.select(sa.func.count()).select_from(Book)))
            with engine.connect() as conn:
                stream = conn.execution_options(yield_per=2, stream_results=True)
                told.append(list(map(tuple, stream.execute(sa.select(Book.id).order_by(Book.id)))))
            Base.metadata.drop_all(engine)
            told.append(sa.inspect(engine).get_table_names())
            engine.dispose()
            return told

        for driver in ("psycopg", "psycopg2", "pg8000"):
            with self.subTest(driver):
                self.needs(driver)
                self.assert_same(lambda port, driver=driver: work(port, driver))


if __name__ == "__main__":
    unittest.main()
