"""Files of Parquet beside pyarrow and DuckDB: what they write is imported, what is exported they read.

HELIOS is the program, built with the feature `parquet`. HELIOS_WRITE_FIXTURES=FOLDER writes `kinds.parquet`, which the
tests of the crate read.
"""

import datetime as time
import decimal
import json
import math
import os
import random
import subprocess
import tempfile
import unittest
import uuid
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as arrow
import pyarrow.parquet as parquet

HELIOS = os.environ["HELIOS"]
DAY = time.date(2024, 2, 29)
NOON = time.datetime(2024, 2, 29, 12, 30, 15, 250_000)
CODECS = ["NONE", "SNAPPY", "GZIP", "LZ4", "ZSTD"]


def kinds() -> arrow.Table:
    """A column of each kind; the last row is NULL."""
    columns: list[tuple[str, arrow.DataType, list[Any]]] = [
        ("truth", arrow.bool_(), [True, False]),
        ("int8", arrow.int8(), [-128, 127]),
        ("uint8", arrow.uint8(), [0, 255]),
        ("int16", arrow.int16(), [-32768, 32767]),
        ("uint16", arrow.uint16(), [0, 65535]),
        ("int32", arrow.int32(), [-(2**31), 2**31 - 1]),
        ("uint32", arrow.uint32(), [0, 2**32 - 1]),
        ("int64", arrow.int64(), [-(2**63), 2**63 - 1]),
        ("uint64", arrow.uint64(), [2**63 - 1, 2**64 - 1]),
        ("float16", arrow.float16(), [1.5, -0.25]),
        ("float32", arrow.float32(), [0.5, -1e10]),
        ("float64", arrow.float64(), [1e300, math.nan]),
        ("text", arrow.string(), ["", "é日本\n"]),
        ("large_text", arrow.large_string(), ["a", "b"]),
        ("bytes", arrow.binary(), [b"", b"\x00\xff"]),
        ("fixed", arrow.binary(3), [b"abc", b"\x00\x01\x02"]),
        ("words", arrow.dictionary(arrow.int32(), arrow.string()), ["x", "y"]),
        ("day", arrow.date32(), [DAY, time.date(1, 1, 1)]),
        ("day64", arrow.date64(), [DAY, time.date(1969, 12, 31)]),
        ("time_ms", arrow.time32("ms"), [time.time(1, 2, 3), time.time(23, 59, 59, 999_000)]),
        ("time_us", arrow.time64("us"), [time.time(), time.time(23, 59, 59, 999_999)]),
        ("seconds", arrow.timestamp("s"), [NOON.replace(microsecond=0), time.datetime(1900, 1, 1)]),
        ("millis", arrow.timestamp("ms"), [NOON, time.datetime(1969, 12, 31, 23, 59, 59, 999_000)]),
        ("micros", arrow.timestamp("us"), [NOON, time.datetime(9999, 12, 31, 23, 59, 59, 999_999)]),
        ("zoned", arrow.timestamp("us", "UTC"), [NOON, time.datetime(1, 1, 1)]),
        ("nanos", arrow.timestamp("ns"), [1_709_209_815_250_000_001, -1]),
        ("small", arrow.decimal128(9, 2), [decimal.Decimal("-0.05"), decimal.Decimal("1234567.89")]),
        ("large", arrow.decimal128(38, 10), [decimal.Decimal("-1e-10"), decimal.Decimal(10) ** 27]),
        ("uuid", arrow.uuid(), [uuid.UUID(int=1).bytes, uuid.UUID(int=2**128 - 1).bytes]),
        ("list", arrow.list_(arrow.int64()), [[1, None, 3], []]),
        (
            "record",
            arrow.struct([("a", arrow.string()), ("b", arrow.struct([("c", arrow.bool_())]))]),
            [{"a": 'q"', "b": {"c": True}}, {"a": None, "b": None}],
        ),
        ("map", arrow.map_(arrow.string(), arrow.float64()), [[("x", 0.5), ("y", None)], []]),
        (
            "deep",
            arrow.list_(arrow.struct([("n", arrow.list_(arrow.list_(arrow.string())))])),
            [[{"n": [["a"], [], None]}, None, {"n": None}], [{"n": []}]],
        ),
    ]
    arrays = [arrow.array([*values, None], kind) for _, kind, values in columns]
    return arrow.Table.from_arrays(arrays, [name for name, _, _ in columns])


def told_time(value: Any) -> str:
    """A time or a moment with the digits that it needs."""
    text = value.replace(tzinfo=None).isoformat(*([" "] if isinstance(value, time.datetime) else []))
    return text.rstrip("0") if "." in text else text


def told_nanos(value: int) -> str:
    seconds, rest = divmod(value, 10**9)
    text = told_time(time.datetime(1970, 1, 1) + time.timedelta(seconds=seconds))
    return text + (f".{rest:09}".rstrip("0") if rest else "")


def in_json(value: Any, kind: arrow.DataType) -> Any:
    """What a value is in a text of JSON."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if arrow.types.is_struct(kind):
        return {field.name: in_json(value[field.name], field.type) for field in kind}
    if arrow.types.is_map(kind):
        return {key: in_json(inner, kind.item_type) for key, inner in value}
    if arrow.types.is_list(kind):
        return [in_json(inner, kind.value_type) for inner in value]
    return value


def expected(column: arrow.ChunkedArray) -> list[Any]:
    """The values that SQL has for those of a column."""
    kind = column.type
    values = column.cast(arrow.int64()).to_pylist() if kind == arrow.timestamp("ns") else column.to_pylist()
    answers: list[Any] = []
    for value in values:
        if value is None or (isinstance(value, float) and math.isnan(value)):
            answers.append(None)
        elif kind == arrow.timestamp("ns"):
            answers.append(told_nanos(value))
        elif arrow.types.is_nested(kind):
            answers.append(in_json(value, kind))
        elif isinstance(value, (time.time, time.datetime)):
            answers.append(told_time(value))
        elif isinstance(value, bool):
            answers.append(int(value))
        elif kind == arrow.decimal128(9, 2):
            # Its column holds numbers.
            answers.append(float(value))
        elif isinstance(value, decimal.Decimal):
            answers.append(f"{value:f}")
        elif isinstance(value, int) and value >= 2**63:
            answers.append(str(value))
        elif isinstance(value, bytes):
            answers.append(f"X'{value.hex().upper()}'")
        else:
            answers.append(value if isinstance(value, (int, float)) else str(value))
    return answers


class Parquet(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def helios(self, *arguments: str) -> str:
        done = subprocess.run([HELIOS, *arguments], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual((done.stderr, done.returncode), ("", 0), arguments)
        return done.stdout

    def rows(self, sql: str, database: str = "a.db") -> list[dict[str, Any]]:
        """Rows as `export` writes them, which has all digits of a float."""
        out = self.helios("export", database, "-", "--kind", "jsonl", "--query", sql)
        return [json.loads(line) for line in out.splitlines()]

    def check_import(self, table: arrow.Table, database: str) -> None:
        rows = self.rows("SELECT * FROM t", database)
        self.assertEqual(len(rows), table.num_rows)
        for name in table.column_names:
            found = [row[name] for row in rows]
            if arrow.types.is_nested(table[name].type):
                found = [value if value is None else json.loads(value) for value in found]
            self.assertEqual(found, expected(table[name]), name)

    def test_every_kind_that_pyarrow_writes_is_imported(self) -> None:
        table = kinds()
        for codec in CODECS:
            for version in ["1.0", "2.0"]:
                name = f"{codec}{version}"
                parquet.write_table(
                    table, self.folder / f"{name}.parquet", compression=codec, data_page_version=version
                )
                self.helios("import", f"{name}.parquet", f"{name}.db", "--table", "t")
                self.check_import(table, f"{name}.db")
        folder = os.environ.get("HELIOS_WRITE_FIXTURES")
        if folder:
            # Without what Arrow notes for itself.
            plain = table.replace_schema_metadata(None)
            parquet.write_table(plain, Path(folder, "kinds.parquet"), store_schema=False, compression="ZSTD")

    def test_moments_of_96_bits_are_imported(self) -> None:
        table = kinds().select(["nanos", "millis"])
        parquet.write_table(table, self.folder / "t.parquet", use_deprecated_int96_timestamps=True)
        self.helios("import", "t.parquet", "a.db")
        self.check_import(table, "a.db")

    def test_random_tables_are_imported(self) -> None:
        seed = int(os.environ.get("HELIOS_SEED", "20240817"))
        numbers = random.Random(seed)
        for number in range(60):
            fields = [(f"c{at}", random_kind(numbers, 3)) for at in range(numbers.randint(1, 4))]
            count = numbers.choice([0, 1, 5, 999, 1000, 1001, 2500])
            arrays = [
                arrow.array([random_value(numbers, kind, 0.2) for _ in range(count)], kind)
                for _, kind in fields
            ]
            table = arrow.Table.from_arrays(arrays, [name for name, _ in fields])
            parquet.write_table(
                table,
                self.folder / f"{number}.parquet",
                compression=numbers.choice(CODECS),
                row_group_size=numbers.choice([1, 7, 1000, 5000]) if count < 1000 else 700,
                data_page_size=numbers.choice([100, 10_000]),
                use_dictionary=numbers.random() < 0.5,
            )
            with self.subTest(seed=seed, number=number):
                self.helios("import", f"{number}.parquet", f"{number}.db", "--table", "t")
                self.check_import(table, f"{number}.db")

    def test_what_duckdb_writes_is_imported(self) -> None:
        rows = "SELECT i, i % 7 = 0 AS seventh, i / 8 AS part, 'row ' || i AS name, DATE '2000-01-01' + i::INT AS day, "
        rows += "CASE WHEN i % 3 = 0 THEN NULL ELSE [i, i + 1] END AS list, {'a': i} AS record "
        rows += "FROM range(30000) AS t(i)"
        for codec in ["snappy", "zstd", "gzip", "lz4", "uncompressed"]:
            path = self.folder / f"{codec}.parquet"
            duckdb.sql(
                f"COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION {codec}, ROW_GROUP_SIZE 4096)"
            )
            self.helios("import", path.name, f"{codec}.db", "--table", "t")
            sums = "count(*), sum(i), sum(seventh), sum(part), sum(length(name)), min(day), max(day)"
            [found] = self.rows(f"SELECT {sums} FROM t", f"{codec}.db")
            theirs = sums.replace("sum(seventh)", "sum(seventh::INT)").replace("(day)", "(day)::VARCHAR")
            self.assertEqual(
                list(found.values()), list(duckdb.sql(f"SELECT {theirs} FROM '{path}'").fetchall()[0])
            )
            lists = "SELECT sum(json_extract(list, '$[1]')), sum(json_extract(record, '$.a')) FROM t"
            [found] = self.rows(lists, f"{codec}.db")
            [theirs] = duckdb.sql(
                f"SELECT sum(list[2])::BIGINT, sum(record.a)::BIGINT FROM '{path}'"
            ).fetchall()
            self.assertEqual(tuple(found.values()), theirs)

    def test_what_is_exported_is_read(self) -> None:
        self.helios(
            "a.db",
            "CREATE TABLE t (i INTEGER, r REAL, t TEXT, b BLOB, flag BOOLEAN, day DATE, at TIMESTAMP, mixed, no DATE)",
            "INSERT INTO t VALUES (1, 0.5, 'é', x'00ff', 1, '2024-02-29', '2024-02-29 12:30:15.25', 1, NULL)",
            "INSERT INTO t VALUES (-9223372036854775807, 1e300, '', x'', 0, '0001-01-01', '1969-12-31 23:59:59', 'a', "
            "NULL)",
            "INSERT INTO t VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
            "INSERT INTO t VALUES (0, 7, 'x', x'41', 1, '9999-12-31', '2000-01-01 00:00:00', x'41', NULL)",
        )
        self.helios("export", "a.db", "t.parquet")
        table = parquet.read_table(self.folder / "t.parquet")
        kinds = [
            arrow.int64(),
            arrow.float64(),
            arrow.string(),
            arrow.binary(),
            arrow.bool_(),
            arrow.date32(),
        ]
        kinds += [arrow.timestamp("us"), arrow.string(), arrow.date32()]
        self.assertEqual(table.schema.types, kinds)
        at = [time.datetime(2024, 2, 29, 12, 30, 15, 250_000), time.datetime(1969, 12, 31, 23, 59, 59)]
        rows = [
            (1, 0.5, "é", b"\x00\xff", True, DAY, at[0], "1", None),
            (-(2**63) + 1, 1e300, "", b"", False, time.date(1, 1, 1), at[1], "a", None),
            (None,) * 9,
            (0, 7.0, "x", b"A", True, time.date(9999, 12, 31), time.datetime(2000, 1, 1), "X'41'", None),
        ]
        self.assertEqual([tuple(row.values()) for row in table.to_pylist()], rows)
        self.assertEqual(duckdb.sql(f"SELECT * FROM '{self.folder}/t.parquet'").fetchall(), rows)
        # And back again: what is of one kind is what it was.
        self.helios("import", "t.parquet", "b.db")
        sql = "SELECT i, r, t, b, flag, day, at FROM t"
        self.assertEqual(self.rows(sql), self.rows(sql, "b.db"))

    def test_many_rows_are_exported_in_parts(self) -> None:
        numbers = "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 250000) "
        self.helios(
            "a.db",
            "CREATE TABLE t (i INTEGER, r REAL, name TEXT)",
            f"{numbers} INSERT INTO t SELECT i, i / 8.0, CASE WHEN i % 10 THEN 'row ' || i END FROM c",
        )
        self.helios("export", "a.db", "t.parquet")
        metadata = parquet.ParquetFile(self.folder / "t.parquet").metadata
        self.assertEqual((metadata.num_rows, metadata.num_row_groups), (250_000, 3))
        sums = "count(*), count(name), sum(i)::BIGINT, sum(r), sum(length(name))::BIGINT, max(name)"
        [theirs] = duckdb.sql(f"SELECT {sums} FROM '{self.folder}/t.parquet'").fetchall()
        [ours] = self.rows(f"SELECT {sums.replace('::BIGINT', '')} FROM t")
        self.assertEqual(tuple(ours.values()), theirs)
        # Parts end early where rows are large.
        self.helios(
            "a.db",
            "CREATE TABLE large (b)",
            f"{numbers} INSERT INTO large SELECT randomblob(100000) FROM c LIMIT 900",
        )
        self.helios("export", "a.db", "large.parquet", "--table", "large")
        metadata = parquet.ParquetFile(self.folder / "large.parquet").metadata
        self.assertEqual((metadata.num_rows, metadata.num_row_groups), (900, 3))


SCALARS = [arrow.int64(), arrow.int32(), arrow.bool_(), arrow.string(), arrow.float64()]


def random_kind(numbers: random.Random, depth: int) -> arrow.DataType:
    shape = numbers.randrange(6) if depth else 0
    if shape == 3:
        return arrow.list_(random_kind(numbers, depth - 1))
    if shape == 4:
        fields = [
            arrow.field(f"f{at}", random_kind(numbers, depth - 1)) for at in range(numbers.randint(1, 3))
        ]
        return arrow.struct([field.with_nullable(numbers.random() < 0.8) for field in fields])
    if shape == 5:
        return arrow.map_(arrow.string(), random_kind(numbers, depth - 1))
    return numbers.choice(SCALARS)


def random_value(numbers: random.Random, kind: arrow.DataType, missing: float) -> Any:
    if numbers.random() < missing:
        return None
    if arrow.types.is_list(kind):
        return [random_value(numbers, kind.value_type, 0.2) for _ in range(numbers.choice([0, 1, 2, 5]))]
    if arrow.types.is_map(kind):
        keys = numbers.sample("abcdefg", numbers.randint(0, 4))
        return [(key, random_value(numbers, kind.item_type, 0.2)) for key in keys]
    if arrow.types.is_struct(kind):
        return {field.name: random_value(numbers, field.type, 0.2 if field.nullable else 0) for field in kind}
    if arrow.types.is_boolean(kind):
        return numbers.random() < 0.5
    if arrow.types.is_string(kind):
        return "".join(numbers.choices('aé日\n"\\,', k=numbers.randrange(5)))
    if arrow.types.is_floating(kind):
        return numbers.choice([0.5, -1.25, 1e300, 3.0, math.nan])
    return numbers.randrange(-(2**31), 2**31)


if __name__ == "__main__":
    unittest.main()
