"""`iterdump`."""

import sqlite3
import unittest

import heliosdb_sqlite
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


class FullTextSearch(unittest.TestCase):
    """What the standard module writes of such tables cannot be read again; ours can, by both."""

    def test_tables_for_full_text_search_come_back(self):
        connection = heliosdb_sqlite.connect(":memory:")
        connection.executescript("""
            create virtual table own using fts5(title, "the body", tag unindexed, tokenize='porter');
            insert into own(rowid, title, "the body", tag) values (7, 'it''s running', null, 'x');
            insert into own(rowid, title, "the body", tag) values (3, 'two', 'runs', 5);
            create table note (id integer primary key, body);
            create virtual table found using fts5(body, content='note', content_rowid=id);
            create trigger added after insert on note
                begin insert into found(rowid, body) values (new.id, new.body); end;
            insert into note values (4, 'a river runs'), (9, 'a house');
            create virtual table old using fts4(title, "the body", tokenize=porter, languageid="language");
            insert into old(docid, title, "the body", language)
                values (7, 'it''s running', null, 0), (3, 'two', 'runs', 5);
            create virtual table found_old using fts4(content="note", body);
            create virtual table bare using fts5(a, content='');
            insert into bare(rowid, a) values (1, 'lost');
            create virtual table boxes using rtree(id, x1, x2, +name);
            insert into boxes values (4, 1.5, 2.5, 'a'), (2, 0, 0.1, null);
        """)
        dump = "\n".join(connection.iterdump())
        self.assertNotIn("own_data", dump)
        for module in (heliosdb_sqlite, sqlite3):
            with self.subTest(module.__name__):
                copy = module.connect(":memory:")
                self.addCleanup(copy.close)
                copy.executescript(dump)
                rows = copy.execute("select rowid, * from own order by rowid").fetchall()
                self.assertEqual(
                    rows, connection.execute("select rowid, * from own order by rowid").fetchall()
                )
                self.assertEqual(
                    copy.execute("select rowid from own('run') order by rowid").fetchall(), [(3,), (7,)]
                )
                old = "select docid, *, language from old where old match 'run' and language = ?"
                self.assertEqual(copy.execute(old, (5,)).fetchall(), [(3, "two", "runs", 5)])
                self.assertEqual(copy.execute(old, (0,)).fetchall(), [(7, "it's running", None, 0)])
                found = "select docid from found_old where found_old match 'runs'"
                self.assertEqual(copy.execute(found).fetchall(), [(4,)])
                boxes = "select id, x1, x2, name from boxes order by id"
                self.assertEqual(copy.execute(boxes).fetchall(), connection.execute(boxes).fetchall())
                copy.execute("insert into note values (5, 'it runs')")
                self.assertEqual(copy.execute("select rowid from found('runs')").fetchall(), [(4,), (5,)])
                self.assertEqual(copy.execute("select * from bare('lost')").fetchall(), [])
        kinds = {row[1]: row[2] for row in connection.execute("pragma table_list")}
        self.assertEqual((kinds["own"], kinds["own_idx"], kinds["note"]), ("virtual", "shadow", "table"))


if __name__ == "__main__":
    unittest.main()
