//! Kinds of tables, commands, errors.

use helios_testkit::TestResult;
use helios_tests::lockstep::Lockstep;

use crate::{agree_on_all, quoted};

/// Arguments of a module go from their first token to their last: comments around them are no part of them.
#[test]
fn arguments_of_a_table_stand_between_comments() -> TestResult {
    let mut engines = Lockstep::open()?;
    agree_on_all(
        &mut engines,
        "CREATE VIRTUAL TABLE t USING fts5( /* first */ title, /* before */ content /* behind */ , path UNINDEXED, tokenize = 'porter unicode61' /* how */ )
         INSERT INTO t VALUES ('running', 'text', 'p')
         SELECT title, path FROM t WHERE t MATCH 'title : run'
         SELECT name FROM pragma_table_info('t')
         CREATE VIRTUAL TABLE inside USING fts5(title, content /* inside */ UNINDEXED)",
    )?;
    Ok(())
}

#[test]
fn wrong_queries_and_definitions_have_the_errors_of_fts5() -> TestResult {
    let mut engines = Lockstep::open()?;
    agree_on_all(
        &mut engines,
        "CREATE VIRTUAL TABLE t USING fts5(a, b UNINDEXED)
         INSERT INTO t VALUES ('one two three', 'four')
         CREATE VIRTUAL TABLE e USING fts5(a, rank)
         CREATE VIRTUAL TABLE e USING fts5(a, b INDEXED)
         CREATE VIRTUAL TABLE e USING fts5(a, tokenize=nosuch)
         CREATE VIRTUAL TABLE e USING fts5(a, tokenize='unicode61 nosuch 1')
         CREATE VIRTUAL TABLE e USING fts5(a, nosuch=1)
         CREATE VIRTUAL TABLE e USING fts5(a, detail=some)
         CREATE VIRTUAL TABLE e USING fts5(a, columnsize=2)
         CREATE VIRTUAL TABLE e USING fts5(a, prefix='1 x')
         CREATE VIRTUAL TABLE e USING fts5(a, prefix=1000)
         CREATE VIRTUAL TABLE e USING fts5(a, content=x, content=y)
         CREATE VIRTUAL TABLE e USING nosuch(a)
         CREATE TABLE e_data(x)
         INSERT INTO t(t) VALUES ('nosuch')
         INSERT INTO t(t) VALUES ('delete-all')
         INSERT INTO t(t, rank) VALUES ('rank', 'nosuch')
         INSERT INTO t(rowid, a) VALUES (1, 'again')
         SELECT * FROM t WHERE b MATCH 'four'
         SELECT * FROM t WHERE t MATCH NULL
         SELECT * FROM t WHERE t MATCH ''
         SELECT * FROM t WHERE t = 'two'
         SELECT * FROM t('two OR four')
         SELECT * FROM t('two', 'bm25(2)')
         SELECT * FROM t WHERE t MATCH '*nosuch query'
         SELECT highlight(t, 0, '[', ']'), highlight(t, 7, '[', ']') FROM t
         SELECT snippet(t, 0, '[', ']', '…', 2), bm25(t) FROM t
         SELECT highlight(t, 0) FROM t('one')
         SELECT count(*) FROM t WHERE a LIKE '%two%'",
    )?;
    let mut sql = String::new();
    for query in [
        "\"",
        "(",
        ")",
        "one AND",
        "AND one",
        "one OR OR two",
        "x:one",
        "{a x}:one",
        "{}:one",
        "a:",
        "one + ",
        "+ one",
        "NEAR(one two, x)",
        "NEAR(one two, 1",
        "NEAR()",
        "near(one)",
        "one two)",
        "one (two)",
        "^",
        "a.b",
        "-one",
        "- a : one",
        "one -two",
        "*",
        "one * two",
        "NOT one",
        "one NOT",
        "one;two",
        "'one'",
        "a b:c",
        "(a:one)",
        "a : (one OR two)",
        "one,two",
        "one:two:three",
        "NEAR(\"one two\" three, 5) AND two",
        "\"one\"\"two\"",
        "one\u{e9}",
    ] {
        sql.push_str(&format!("SELECT rowid FROM t WHERE t MATCH {}\n", quoted(query)));
    }
    agree_on_all(&mut engines, &sql)
}

#[test]
fn tables_about_other_tables_follow_their_triggers() -> TestResult {
    let mut engines = Lockstep::open()?;
    agree_on_all(
        &mut engines,
        "CREATE TABLE d(id INTEGER PRIMARY KEY, title TEXT, body TEXT, n INT)
         INSERT INTO d VALUES (1, 'old title', 'old body', 1)
         CREATE VIRTUAL TABLE t USING fts5(body, title, content='d', content_rowid='id', tokenize=porter)
         INSERT INTO t(t) VALUES ('rebuild')
         CREATE TRIGGER d_ai AFTER INSERT ON d BEGIN INSERT INTO t(rowid, title, body) VALUES (new.id, new.title, new.body); END
         CREATE TRIGGER d_ad AFTER DELETE ON d BEGIN INSERT INTO t(t, rowid, title, body) VALUES ('delete', old.id, old.title, old.body); END
         CREATE TRIGGER d_au AFTER UPDATE ON d BEGIN INSERT INTO t(t, rowid, title, body) VALUES ('delete', old.id, old.title, old.body); INSERT INTO t(rowid, title, body) VALUES (new.id, new.title, new.body); END
         INSERT INTO d(title, body) VALUES ('running dogs', 'they run'), ('sleeping cats', 'they sleep')
         SELECT id, n FROM d WHERE id IN (SELECT rowid FROM t WHERE t MATCH 'run')
         SELECT d.id, highlight(t, 1, '[', ']') FROM d JOIN t ON d.id = t.rowid WHERE t MATCH 'they' ORDER BY rank
         UPDATE d SET body = 'they eat' WHERE id = 2
         SELECT rowid, body FROM t('run OR eat') ORDER BY rowid
         DELETE FROM d WHERE id = 3
         SELECT rowid, title FROM t('they')
         BEGIN
         INSERT INTO d(title, body) VALUES ('lost', 'lost words')
         SAVEPOINT s
         UPDATE d SET title = 'nothing'
         SELECT rowid FROM t('nothing')
         ROLLBACK TO s
         SELECT rowid FROM t('nothing OR lost')
         ROLLBACK
         SELECT rowid FROM t('lost')
         INSERT INTO t(t, rank) VALUES ('integrity-check', 1)
         SELECT name FROM sqlite_schema WHERE name LIKE 't%' AND rootpage = 0
         SELECT name, sql FROM sqlite_schema WHERE name LIKE 't^_%' ESCAPE '^' AND type = 'table'
         INSERT INTO d(id, title, body) VALUES (7, 'seven', 'seven'), (1, 'again', 'again')
         SELECT rowid FROM t('seven')
         INSERT INTO t(t) VALUES ('delete-all')
         SELECT rowid FROM t('they OR old')
         INSERT INTO t(t) VALUES ('rebuild')
         ALTER TABLE t RENAME TO u
         SELECT rowid FROM u WHERE u MATCH 'they OR old'
         SELECT name FROM sqlite_schema WHERE name LIKE 'u%'
         DROP TABLE u
         SELECT name FROM sqlite_schema",
    )
}

#[test]
fn tables_without_texts_are_only_searched() -> TestResult {
    let mut engines = Lockstep::open()?;
    agree_on_all(
        &mut engines,
        "CREATE VIRTUAL TABLE t USING fts5(a, b, content='')
         INSERT INTO t(rowid, a, b) VALUES (5, 'one two', 'three'), (9, 'two', 'two two')
         SELECT rowid, a, round(rank, 9), highlight(t, 0, '[', ']') FROM t('two') ORDER BY rank
         SELECT rowid FROM t
         DELETE FROM t WHERE rowid = 5
         UPDATE t SET a = 'x' WHERE rowid = 5
         INSERT INTO t(t, rowid, a, b) VALUES ('delete', 5, 'one two', 'three')
         SELECT rowid FROM t('one OR two')
         INSERT INTO t(t) VALUES ('rebuild')
         INSERT INTO t(t) VALUES ('delete-all')
         SELECT rowid FROM t('two')",
    )
}

#[test]
fn the_terms_of_a_table_are_a_table() -> TestResult {
    let mut engines = Lockstep::open()?;
    for detail in ["full", "columns", "none"] {
        agree_on_all(
            &mut engines,
            &format!(
                "CREATE VIRTUAL TABLE t USING fts5(a, b, detail={detail}, prefix=1)
                 INSERT INTO t VALUES ('one two one', 'two'), ('three', 'one')
                 CREATE VIRTUAL TABLE r USING fts5vocab(t, 'row')
                 CREATE VIRTUAL TABLE c USING fts5vocab('t', col)
                 CREATE VIRTUAL TABLE i USING fts5vocab(\"t\", instance)
                 SELECT * FROM r
                 SELECT * FROM c
                 SELECT * FROM i
                 SELECT * FROM r WHERE term > 'one'
                 SELECT * FROM r WHERE term = 'one'
                 DELETE FROM t WHERE rowid = 2
                 SELECT * FROM r ORDER BY term DESC
                 DROP TABLE r
                 DROP TABLE c
                 DROP TABLE i
                 DROP TABLE t"
            ),
        )?;
    }
    agree_on_all(
        &mut engines,
        "CREATE VIRTUAL TABLE v USING fts5vocab(nosuch, row)
         SELECT * FROM v
         CREATE VIRTUAL TABLE w USING fts5vocab(t)
         CREATE VIRTUAL TABLE w USING fts5vocab(t, nosuch)",
    )
}

#[test]
fn statements_that_fail_leave_the_index_as_it_was() -> TestResult {
    let mut engines = Lockstep::open()?;
    agree_on_all(
        &mut engines,
        "CREATE VIRTUAL TABLE t USING fts5(a)
         INSERT INTO t(rowid, a) VALUES (1, 'one'), (2, 'two')
         INSERT INTO t(rowid, a) VALUES (3, 'three'), (2, 'four')
         SELECT rowid FROM t('three OR four')
         INSERT OR REPLACE INTO t(rowid, a) VALUES (3, 'three'), (2, 'four')
         SELECT rowid, a FROM t('two OR three OR four')
         UPDATE t SET rowid = 1 WHERE rowid = 2
         SELECT rowid, a FROM t('four')
         UPDATE t SET a = a || ' more', rowid = rowid + 10
         SELECT rowid, a FROM t('more')
         INSERT INTO t SELECT a || ' twice' FROM t('more')
         SELECT rowid, a FROM t WHERE t MATCH 'twice' AND rowid BETWEEN 12 AND 15
         DELETE FROM t WHERE t MATCH 'one'
         UPDATE OR REPLACE t SET rowid = 100 WHERE rowid = 13
         SELECT rowid FROM t
         UPDATE OR REPLACE t SET rowid = 5 WHERE rowid = 100
         SELECT rowid FROM t
         UPDATE OR REPLACE t SET rowid = 15 WHERE rowid = 5
         SELECT rowid FROM t
         BEGIN
         UPDATE OR REPLACE t SET rowid = 5 WHERE rowid = 15
         SELECT rowid, a FROM t
         COMMIT
         SELECT rowid, a FROM t
         INSERT INTO t(t) VALUES ('integrity-check')",
    )
}

#[test]
fn joins_search_for_what_other_tables_say() -> TestResult {
    let mut engines = Lockstep::open()?;
    agree_on_all(
        &mut engines,
        "CREATE VIRTUAL TABLE t USING fts5(a, b)
         CREATE VIRTUAL TABLE q USING fts4(a, b)
         INSERT INTO t VALUES ('one two', 'three'), ('two', 'four one'), ('three', 'two')
         INSERT INTO q SELECT a, b FROM t
         CREATE TABLE d (w TEXT, n INTEGER PRIMARY KEY)
         INSERT INTO d VALUES ('one', 1), ('two', 2), ('none', 3), ('one OR three', 4)
         SELECT w, t.rowid FROM d JOIN t ON t MATCH w ORDER BY n, t.rowid
         SELECT w, t.rowid FROM t JOIN d ON t MATCH w ORDER BY n, t.rowid
         SELECT w, t.rowid, highlight(t, 0, '<', '>') FROM d, t WHERE t MATCH d.w AND n < 3 ORDER BY n, t.rowid
         SELECT w, t.rowid FROM d LEFT JOIN t ON t MATCH w AND t.a <> 'two' ORDER BY n, t.rowid
         SELECT w, t.rowid FROM d JOIN t ON b MATCH w ORDER BY n, t.rowid
         SELECT w, docid, offsets(q) FROM d JOIN q ON q MATCH w ORDER BY n, docid
         SELECT count(*) FROM d JOIN q ON q.a MATCH w JOIN t ON t MATCH w AND t.rowid = q.rowid
         SELECT w FROM d JOIN t ON t MATCH upper(w) AND t.rowid = n
         SELECT value, t.rowid FROM json_each('[\"two\", \"four\"]'), t WHERE t MATCH value ORDER BY 1, 2",
    )
}
