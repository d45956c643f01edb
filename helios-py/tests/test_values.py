"""Values on their way in and out, adapters, converters, factories of texts and rows."""

import array
import datetime
import decimal
import enum
import unittest

from comparison import Comparison, same


class Into(Comparison):
    @same
    def test_values_come_back(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        for value in [
            None,
            0,
            -1,
            2**63 - 1,
            -(2**63),
            2**63,
            -(2**63) - 1,
            2**100,
            True,
            0.0,
            -0.0,
            1.5,
            1e300,
            float("inf"),
            float("-inf"),
            float("nan"),
            5e-324,
            "",
            "text",
            "ä€𝄞",
            "nul\0inside",
            "\ud800",
            b"",
            b"bytes\0",
            bytearray(b"array"),
            memoryview(b"view"),
            memoryview(b"strided")[::2],
            array.array("d", [1.0]),
            object(),
            [],
            {},
            1j,
            decimal.Decimal("1.5"),
            datetime.time(1, 2),
            datetime.date(2020, 1, 2),
            datetime.datetime(2020, 1, 2, 3, 4, 5),
            datetime.datetime(2020, 1, 2, 3, 4, 5, 678),
            "x" * 100_000,
        ]:
            with self.subTest(value=repr(value)[:50]):
                notes.call(lambda: connection.execute("select ?, typeof(?1)", (value,)).fetchall())

    @same
    def test_derived_classes(self, sqlite, notes):
        class Text(str):
            pass

        class Whole(int):
            pass

        class Part(float):
            pass

        class Bytes(bytes):
            pass

        class Colour(enum.IntEnum):
            RED = 3

        class Index:
            def __index__(self):
                return 5

        connection = sqlite.connect(":memory:")
        for value in [Text("a"), Whole(5), Part(1.5), Bytes(b"b"), Colour.RED, Index()]:
            notes.call(lambda v=value: connection.execute("select ?, typeof(?1)", (v,)).fetchall())

    @same
    def test_columns_convert(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (i integer, t text, r real, n numeric, b blob, x)")
        for value in [1, 1.0, 1.5, "1", "1.0", "x", b"1", None, 2**62, "0x10", " 5 ", "1e3"]:
            connection.execute("insert into t values (?1, ?1, ?1, ?1, ?1, ?1)", (value,))
        notes(connection.execute("select * from t").fetchall())
        notes(
            connection.execute(
                "select typeof(i), typeof(t), typeof(r), typeof(n), typeof(b) from t"
            ).fetchall()
        )

    @same
    def test_adapters(self, sqlite, notes):
        class Point:
            def __init__(self, x):
                self.x = x

        class Conforming(Point):
            def __conform__(self, protocol):
                notes(protocol is sqlite.PrepareProtocol)
                return f"conform {self.x}"

        class Refusing(Point):
            def __conform__(self, protocol):
                return None

        class Failing(Point):
            def __conform__(self, protocol):
                raise ZeroDivisionError("no")

        class Derived(Point):
            pass

        connection = sqlite.connect(":memory:")

        def see(value):
            notes.call(lambda: connection.execute("select ?", (value,)).fetchall())

        see(Point(1))
        sqlite.register_adapter(Point, lambda point: f"adapted {point.x}")
        for value in (Point(1), Conforming(2), Refusing(3), Failing(4), Derived(5)):
            see(value)
        sqlite.register_adapter(Derived, lambda point: object())
        see(Derived(6))
        sqlite.register_adapter(Refusing, lambda point: 1 / 0)
        see(Refusing(7))


class Computed(Comparison):
    """What SQLite 3.40 answers, where newer versions may not."""

    @same
    def test_zeros_lists_of_one_and_probabilities(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (b text, c text collate nocase)")
        connection.execute("insert into t values ('x', 'abc')")
        for query in (
            "cast('-0' as real), cast(' -0 x' as real), cast('-0000' as real), cast(x'2d30' as real)",
            "'-0' * 1.0, '-0' + 0.0, cast('-0' as integer), cast('-0' as numeric), '-0' * 1",
            "'x' in ('X' collate nocase), 'x' not in ('X' collate nocase), 'x' in ('X' collate nocase, 'y')",
            "c in ('ABC' collate binary), c in ('ABC'), b in ('X' collate nocase), b in (c), 'ABC' in (c)",
            "b in (?1 collate nocase), c in (?1)",
            "likelihood(1, 0.5), likelihood('a', 0.0)",
            "likelihood(1, 1)",
            "likelihood(1, +0.5)",
            "likelihood(1, 0.5 collate nocase)",
            "likelihood(1, 1.5)",
        ):
            parameters = ("X",) if "?1" in query else ()
            notes.call(lambda q=query, p=parameters: connection.execute(f"select {q} from t", p).fetchall())


class Out(Comparison):
    @same
    def test_the_sign_of_zero(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (a)")
        connection.execute("insert into t values (-0.0), (?), (0.0 * -1)", (-0.0,))
        # Zeros are equal whatever their sign.
        notes(repr(connection.execute("select a, -a, a * 1 from t").fetchall()))
        notes(repr(connection.execute("select -0.0, -(0.0), - - 0.0, -?, 1 / -1e999", (0.0,)).fetchall()))
        connection.close()

    @same
    def test_text_factories(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        notes(connection.text_factory is str)
        for factory in (
            str,
            bytes,
            bytearray,
            lambda text: ("called", text),
            lambda text: 1 / 0,
        ):
            connection.text_factory = factory
            notes.call(lambda: connection.execute("select 'ä', 1, x'00', null, ''").fetchall())
        connection.text_factory = str
        notes.call(lambda: connection.execute("select cast(x'ff41' as text)").fetchall())
        notes.call(lambda: connection.execute("select cast(x'41ff' as text) as name").fetchall())
        connection.text_factory = lambda text: text.decode(errors="replace")
        notes.call(lambda: connection.execute("select cast(x'ff41' as text)").fetchall())

    @same
    def test_row_factories(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        notes(connection.row_factory)

        def as_dict(cursor, row):
            return {part[0]: value for part, value in zip(cursor.description, row)}

        for factory in (None, sqlite.Row, as_dict, lambda cursor, row: 1 / 0, 5):
            connection.row_factory = factory
            cursor = connection.cursor()
            notes.call(lambda c=cursor: c.execute("select 1 as a, 'x' as b union select 2, 'y'").fetchall())
            notes.call(lambda c=cursor: c.execute("select 1 as a, 'x' as b").fetchone())
            notes.call(lambda c=cursor: list(c.execute("select 1 as a")))
        connection.row_factory = sqlite.Row
        cursor = connection.cursor()
        connection.row_factory = None
        notes(cursor.execute("select 1 as a").fetchone())
        cursor.row_factory = None
        notes(cursor.execute("select 1 as a").fetchone())

    @same
    def test_rows(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.row_factory = sqlite.Row
        row = connection.execute("select 1 as a, 2 as B, 3 as a, 'ä' as Ä").fetchone()
        same_row = connection.execute("select 1 as a, 2 as B, 3 as a, 'ä' as Ä").fetchone()
        other = connection.execute("select 1 as x, 2 as B, 3 as a, 'ä' as Ä").fetchone()
        notes((row.keys(), len(row), list(row), tuple(row), dict(row)))
        for index in ("a", "A", "b", "Ä", "ä", "c", 0, -1, 4, -5, 2**100, slice(1, 3), 1.5, None, True, b"a"):
            notes.call(lambda i=index: row[i])
        notes((row == same_row, hash(row) == hash(same_row), row == other, row != other, row == tuple(row)))
        notes.call(lambda: row < same_row)
        notes.call(setattr, row, "a", 1)
        notes.call(lambda: list(reversed(row)))
        notes("x" in row)
        cursor = connection.execute("select 1 as a, 2 as b")
        notes.call(sqlite.Row, cursor, (5, 6))
        notes.call(lambda: sqlite.Row(cursor, (5, 6))["b"])
        notes.call(lambda: sqlite.Row(cursor, (5,))["b"])
        import collections.abc

        notes(isinstance(row, collections.abc.Sequence))

        class Own(sqlite.Row):
            def first(self):
                return self[0]

        connection.row_factory = Own
        notes(connection.execute("select 7 as a").fetchone().first())

    @same
    def test_converters(self, sqlite, notes):
        sqlite.register_converter("thing", lambda value: ("thing", value))
        sqlite.register_converter("FAILING", lambda value: 1 / 0)
        for detect in (
            0,
            sqlite.PARSE_DECLTYPES,
            sqlite.PARSE_COLNAMES,
            sqlite.PARSE_DECLTYPES | sqlite.PARSE_COLNAMES,
        ):
            connection = sqlite.connect(":memory:", detect_types=detect)
            connection.execute(
                "create table t (a thing, b Thing(10), c thing not null, d date, e timestamp, f failing)"
            )
            connection.execute(
                "insert into t (a, b, c, d, e) values ('x', 5, 1.5, '2020-01-02', '2020-01-02 03:04:05.678')"
            )
            for sql in [
                "select a, b, c from t",
                "select d, e from t",
                "select a as 'a [thing]', b as 'b [other]', 5 as 'c [thing]', 'x [thing] y' from t",
                "select null as 'a [thing]', '' as 'b [thing]', x'00' as 'c [thing]' from t",
                "select '2020-01-02' as 'd [date]', '2020-01-02 03:04:05' as 'e [timestamp]' from t",
                "select f from t",
                "select 1 as 'f [failing]'",
                "select 'x' as 'e [timestamp]'",
                "select a || '' from t",
            ]:
                with self.subTest(detect=detect, sql=sql):
                    cursor = notes.call(connection.execute, sql)
                    notes(cursor.description if cursor else None)
                    notes.call(lambda c=cursor: [str(row) for row in c.fetchall()])

    @same
    def test_types_of_queries_in_expressions(self, sqlite, notes):
        sqlite.register_converter("marked", lambda value: ("marked", value))
        connection = sqlite.connect(":memory:", detect_types=sqlite.PARSE_DECLTYPES)
        connection.executescript("create table t (a marked, b); insert into t values (1, 2)")
        for sql in (
            "select (select a from t), (select b from t), (select a + 1 from t)",
            "select q.c from (select (select a from t) as c) as q",
            "select (select (select a from t))",
        ):
            notes(connection.execute(sql).fetchall())

    @same
    def test_timestamps_come_back(self, sqlite, notes):
        connection = sqlite.connect(":memory:", detect_types=sqlite.PARSE_DECLTYPES)
        connection.execute("create table t (d date, e timestamp)")
        for moment in [datetime.datetime(2020, 1, 2, 3, 4, 5, n) for n in (0, 1, 500, 123456)]:
            connection.execute("insert into t values (?, ?)", (moment.date(), moment))
        notes([[str(value) for value in row] for row in connection.execute("select * from t")])


if __name__ == "__main__":
    unittest.main()
