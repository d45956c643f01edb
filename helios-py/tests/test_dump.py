"""`iterdump`."""

import unittest

from comparison import Comparison, same


class Dump(Comparison):
    @same
    def test_the_text_is_the_same(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        notes(list(connection.iterdump()))
        connection.executescript("""
            create table "quoted name" (a, "b c" text);
            create table t (id integer primary key autoincrement, x blob, y real, z);
            create index i on t (x, y desc);
            create unique index u on t (z);
            insert into "quoted name" values (1, 'it''s'), (null, 'ä' || char(10) || 'b');
            insert into t (x, y, z) values (x'00ff', 1.5, 'one'), (x'', 1e100, 2), (null, -0.0, 9223372036854775807);
        """)
        notes(list(connection.iterdump()))

    @same
    def test_a_dump_makes_the_database_anew(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript("create table t (a, b); create index i on t (a)")
        connection.executemany("insert into t values (?, ?)", [(n, str(n) * n) for n in range(50)])
        connection.commit()
        copy = sqlite.connect(":memory:")
        copy.executescript("\n".join(connection.iterdump()))
        notes(copy.execute("select * from t").fetchall())
        notes(list(copy.iterdump()) == list(connection.iterdump()))

    @same
    def test_row_factories_do_not_matter(self, sqlite, notes):
        connection = sqlite.connect(":memory:")
        connection.executescript("create table t (a); insert into t values (1)")
        connection.row_factory = sqlite.Row
        notes(list(connection.iterdump()))


if __name__ == "__main__":
    unittest.main()
