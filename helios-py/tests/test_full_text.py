"""Full-text search and R*Trees beside SQLite 3.40 of the standard module, whose answers count where versions differ.

What all versions have in common is compared in the workspace's `tests/fulltext` and `tests/rtree`.
"""

import sqlite3
import unittest

from comparison import Comparison, same

# Triggers that write to indexes and search them.
ADDED = """create trigger added after insert on note begin
    insert into t(rowid, a) values (new.id, new.a);
    insert into q(docid, a) values (new.id, new.a);
    insert into r values (new.id, new.id, new.id + 2);
    insert into log select 't', count(*) from t where t match new.a;
    insert into log select 'q', count(*) from q where q match new.a;
    insert into log select 'r', count(*) from r where low <= new.id and high >= new.id;
    insert into log select 'h', highlight(t, 0, '<', '>') from t(new.a) where rowid = new.id;
end"""
GONE = """create trigger gone before delete on note
    when exists (select 1 from t(old.a) where rowid <> old.id)
begin
    select raise(abort, 'not the only one');
end"""


def tell(connection, notes, *parts: str) -> None:
    """Runs statements, one a line but for triggers, and notes what each gives and whether a transaction is open."""
    for part in parts:
        lines = [part] if part.startswith("create trigger") else part.splitlines()
        for line in filter(None, map(str.strip, lines)):
            notes.call(lambda line=line: connection.execute(line).fetchall())
            notes(connection.in_transaction)


def opened(sqlite):
    return sqlite.connect(":memory:", isolation_level=None)


@unittest.skipUnless(sqlite3.sqlite_version_info[:2] == (3, 40), "the standard module has another SQLite")
class FullText(Comparison):
    """Rows, errors and codes."""

    @same
    def test_options_and_settings_of_later_versions_are_not_there(self, sqlite, notes):
        options = ["contentless_delete=1", "contentless_unindexed=1", "locale=1", "tokendata=1"]
        sql = [f"create virtual table t using fts5(a, content='', {option})" for option in options]
        sql.append("create virtual table t using fts5(a)")
        sql += [
            f"insert into t(t, rank) values ('{name}', {value})"
            for name, value in [
                ("secure-delete", 1),
                ("deletemerge", 1),
                ("insttoken", 1),
                ("automerge", 99),
                ("automerge", "'x'"),
                ("automerge", 8),
                ("usermerge", 99),
                ("crisismerge", -1),
                ("pgsz", 1),
                ("hashsize", -3),
                ("rank", "'bm25(2)'"),
            ]
        ]
        sql += ["insert into t(t) values ('flush')", "select * from t_config order by k"]
        tell(opened(sqlite), notes, "\n".join(sql))

    @same
    def test_clauses_of_conflicts(self, sqlite, notes):
        tell(
            opened(sqlite),
            notes,
            """
            create virtual table t using fts5(a)
            insert into t(rowid, a) values (1, 'one'), (2, 'two')
            insert or ignore into t(rowid, a) values (1, 'x')
            insert or ignore into t(rowid, a) values (3, 'x'), (1, 'x'), (4, 'y')
            begin
            insert into t(rowid, a) values (9, 'nine')
            insert or rollback into t(rowid, a) values (1, 'x')
            insert or fail into t(rowid, a) values (5, 'x'), (1, 'x')
            insert or abort into t(rowid, a) values (5, 'x'), (1, 'x')
            select rowid, * from t
            insert or replace into t(rowid, a) values (3, 'x'), (1, 'x')
            select rowid, * from t
            select rowid from t('x')
            rollback
            create table p (x unique)
            create trigger added after insert on p begin insert into t(rowid, a) values (new.x, 'by trigger'); end
            insert into p values (2)
            insert or ignore into p values (2)
            begin
            insert or rollback into p values (2)
            insert or replace into p values (2)
            commit
            select rowid, * from t
            create virtual table q using fts4(a)
            insert into q(docid, a) values (1, 'one')
            begin
            insert into q(docid, a) values (2, 'two')
            insert or rollback into q(docid, a) values (1, 'x')
            select docid, * from q
            insert or fail into q(docid, a) values (5, 'x'), (1, 'x')
            insert or ignore into q(docid, a) values (6, 'x'), (1, 'x'), (7, 'x')
            select docid, * from q
            create virtual table r using rtree(id, a, b)
            insert into r values (1, 1, 1)
            begin
            insert into r values (2, 2, 2)
            insert or rollback into r values (1, 1, 1)
            select * from r
            insert into r values (1, 2, 1)
            """,
        )

    @same
    def test_what_is_damaged(self, sqlite, notes):
        tell(
            opened(sqlite),
            notes,
            """
            create virtual table t using fts5(a)
            insert into t(rowid, a) values (1, 'one'), (2, 'two')
            update t_content set c0 = 'other' where id = 1
            insert into t(t) values ('integrity-check')
            delete from t_content
            select * from t('one')
            select rowid from t('one')
            select highlight(t, 0, '<', '>') from t('two')
            create table d (id integer primary key, a)
            insert into d values (1, 'one')
            create virtual table e using fts5(a, content=d, content_rowid=id)
            insert into e(e) values ('rebuild')
            delete from d
            select * from e('one')
            insert into e(e) values ('integrity-check')
            insert into e(e, rank) values ('integrity-check', 1)
            create virtual table q using fts4(a)
            insert into q(docid, a) values (1, 'one'), (2, 'two')
            update q_content set c0a = 'other' where docid = 1
            insert into q(q) values ('integrity-check')
            delete from q_content
            select * from q where q match 'one'
            create virtual table r using rtree(id, a, b)
            insert into r values (1, 1, 1)
            update r_node set data = x'00'
            select * from r where a > 0
            insert into r values (2, 2, 2)
            delete from r_node
            select * from r where a > 0
            insert into r values (3, 2, 2)
            """,
        )

    @same
    def test_texts_of_views_and_by_other_keys(self, sqlite, notes):
        tell(
            opened(sqlite),
            notes,
            """
            create table d (id integer primary key, k text, a text)
            insert into d values (1, 'x', 'one two'), (5, 'y', 'two three')
            create table w (k text primary key, b text, number int) without rowid
            insert into w values ('x', 'ex', 10), ('y', 'why', 20)
            create view v as select id, a, b from d join w using (k)
            create virtual table t using fts5(a, b, content=v, content_rowid=id)
            select * from t
            insert into t(t) values ('rebuild')
            select rowid, * from t('two')
            select rowid, highlight(t, 1, '[', ']'), snippet(t, 0, '<', '>', '…', 3) from t('why') order by rank
            select rowid, a from t order by rowid desc
            select rowid, b from t where rowid > 1
            select rowid, b from t where rowid = 1
            insert into t(t, rank) values ('integrity-check', 1)
            update w set b = 'changed' where k = 'x'
            insert into t(t, rank) values ('integrity-check', 1)
            insert into t(t) values ('integrity-check')
            insert into t(rowid, a, b) values (9, 'nine', 'lives')
            select rowid from t('nine')
            select * from t('nine')
            insert into t(t, rowid, a, b) values ('delete', 9, 'nine', 'lives')
            select rowid from t('nine')
            delete from t where rowid = 5
            select rowid from t('three')
            create virtual table of_key using fts5(b, content=w, content_rowid=number)
            insert into of_key(of_key) values ('rebuild')
            select rowid, * from of_key('why')
            select rowid, * from of_key
            create virtual table e using fts5(a, z, content=v, content_rowid=id)
            select * from e
            insert into e(e) values ('rebuild')
            create virtual table e2 using fts5(a, content=v, content_rowid=nothing)
            select * from e2
            create virtual table e3 using fts5(a, content=nothing)
            select * from e3
            create virtual table e4 using fts5(a, content=v)
            select * from e4
            drop view v
            select * from t
            select rowid from t('changed')
            """,
        )

    @same
    def test_views_as_content_of_fts4(self, sqlite, notes):
        tell(
            opened(sqlite),
            notes,
            """
            create table d (id integer primary key, a text)
            insert into d values (1, 'one two'), (5, 'two three')
            create view v as select id, a from d
            create view named as select id as rowid, a from d
            create virtual table q using fts4(content=v)
            select * from q
            create virtual table q2 using fts4(content=named, a)
            select * from q2
            insert into q2(q2) values ('rebuild')
            select docid, * from q2 where q2 match 'two'
            select docid, snippet(q2), offsets(q2) from q2 where q2 match 'two'
            select docid, * from q2 where docid = 5
            select docid, * from q2 order by docid desc
            delete from q2 where docid = 5
            select docid from q2 where q2 match 'two'
            insert into q2(docid, a) values (5, 'two three')
            select docid, * from q2 where q2 match 'three'
            """,
        )

    @same
    def test_triggers_that_search(self, sqlite, notes):
        tell(
            opened(sqlite),
            notes,
            """
            create virtual table t using fts5(a)
            create virtual table q using fts4(a)
            create virtual table r using rtree(id, low, high)
            create table log (what, found)
            create table note (id integer primary key, a text)
            """,
            ADDED,
            GONE,
            """
            insert into note (a) values ('cat')
            insert into note (a) values ('dog'), ('cat')
            select * from log
            delete from note where id = 2
            delete from note where id = 1
            select * from note
            begin
            insert into note (a) values ('bird')
            select count(*) from t('bird')
            rollback
            select count(*) from t('bird')
            select count(*) from log
            """,
        )

    @same
    def test_nodes_of_trees(self, sqlite, notes):
        tell(
            opened(sqlite),
            notes,
            """
            create virtual table r using rtree(id, a, b, c, d)
            insert into r values (1, 2, 2.5, 3, 1e20), (-7, 0.1, 0.2, -5, 16777217)
            select rtreenode(2, data), rtreedepth(data) from r_node
            select rtreenode(0, data), rtreenode(6, data), rtreenode(2, null), rtreenode(2, x'0000') from r_node
            select rtreenode('2', data) from r_node
            select rtreedepth(1)
            select rtreedepth(x'01')
            select rtreedepth(x'0102')
            select rtreenode(1)
            create virtual table i using rtree_i32(id, a, b)
            insert into i values (1, 2, 3)
            select rtreenode(1, data) from i_node
            """,
        )


if __name__ == "__main__":
    unittest.main()
