//! CREATE INDEX … USING: what may be said, what is refused and in which words, and what schemas and pragmas tell.

use helios_core::Value;
use helios_testkit::TestResult;
use helios_tests::subject::{Driver, Subject};

use crate::rows;

const TABLE: &str =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, c INT, note TEXT, v VECTOR(2), g VECTOR(2) AS (v))";

fn subject() -> TestResult<Subject> {
    let mut subject = Subject::open(Driver::Redb, true)?;
    rows(&mut subject, TABLE)?;
    Ok(subject)
}

#[test]
fn what_no_index_of_vectors_can_be_is_refused_in_plain_words() -> TestResult {
    let mut subject = subject()?;
    rows(&mut subject, "CREATE TABLE k (a TEXT PRIMARY KEY, v VECTOR(2)) WITHOUT ROWID")?;
    let unknown = match cfg!(feature = "faiss") {
        true => "no such kind of index: btree (built in: hnsw, flat, hnsw_rs, faiss)",
        false => "no such kind of index: btree (built in: hnsw, flat, hnsw_rs)",
    };
    for (rest, message) in [
        ("INDEX i ON t USING btree (v)", unknown),
        ("UNIQUE INDEX i ON t USING hnsw (v)", "an index USING hnsw cannot be UNIQUE"),
        ("INDEX i ON t USING hnsw (v) WHERE c = 1", "an index USING hnsw has no WHERE"),
        ("INDEX i ON t USING hnsw (v, c)", "an index USING hnsw has one column"),
        ("INDEX i ON t USING hnsw (v DESC)", "an index USING hnsw is on a column and nothing else"),
        ("INDEX i ON t USING flat (v || v)", "an index USING flat is on a column and nothing else"),
        ("INDEX i ON t USING hnsw (c)", "an index USING hnsw is on a column of vectors, and t.c is none"),
        ("INDEX i ON t USING hnsw (g)", "an index USING hnsw is on a column that is not generated"),
        ("INDEX i ON t USING hnsw (x)", "no such column: x"),
        ("INDEX i ON k USING hnsw (v)", "an index USING hnsw needs a table with rowids"),
        ("INDEX i ON none USING hnsw (v)", "no such table: main.none"),
        (
            "INDEX i ON t USING hnsw (v) WITH (metric = 'hamming')",
            "unknown metric: hamming (there are cosine, euclidean, manhattan, dot)",
        ),
        (
            "INDEX i ON t USING hnsw (v) WITH (lists = 5)",
            "an index USING hnsw has no lists (it has metric, m, ef_construction)",
        ),
        ("INDEX i ON t USING flat (v) WITH (m = 5)", "an index USING flat has no m (it has metric)"),
        ("INDEX i ON t USING hnsw (v) WITH (m = 1)", "m is a number from 2 to 100, not 1"),
        (
            "INDEX i ON t USING hnsw (v) WITH (m = 1.5)",
            "an index USING hnsw has a whole number for m, not 1.5",
        ),
        ("INDEX i ON t USING hnsw (v) WITH (m = -3)", "an index USING hnsw has a whole number for m, not -3"),
        ("INDEX i ON t USING hnsw (v) WITH (m = 5, M = 6)", "an index USING hnsw has one m"),
        ("INDEX i ON t USING hnsw (v) WITH ()", "near \")\": syntax error"),
        ("INDEX i ON t (v) WITH (m = 5)", "near \"WITH\": syntax error"),
    ] {
        let sql = format!("CREATE {rest}");
        match rows(&mut subject, &sql) {
            Ok(found) => return Err(format!("{sql}: {found:?}").into()),
            Err(refusal) => assert_eq!(refusal, message, "{sql}"),
        }
    }
    Ok(())
}

/// One column of the answer to a statement, as texts.
fn column(subject: &mut Subject, sql: &str, place: usize) -> TestResult<Vec<String>> {
    let found = rows(subject, sql)?;
    let text = |row: &Vec<Value>| {
        row[place].as_ref().text_bytes().map(|text| String::from_utf8_lossy(&text).into_owned())
    };
    Ok(found.iter().map(text).map(Option::unwrap_or_default).collect())
}

#[test]
fn schemas_and_pragmas_tell_of_it_as_of_any_index() -> TestResult {
    let mut subject = subject()?;
    rows(&mut subject, "INSERT INTO t (c, v) VALUES (1, '[1, 2]'), (2, NULL), (3, '[0, 0]')")?;
    rows(&mut subject, "CREATE INDEX IF NOT EXISTS near ON t USING vector (v) WITH (metric = l2, m = 8)")?;
    rows(&mut subject, "CREATE INDEX IF NOT EXISTS near ON t USING flat (v)")?;
    let sql = "SELECT sql FROM sqlite_schema WHERE name = 'near'";
    let text = "CREATE INDEX near ON t USING hnsw (v) WITH (metric = l2, m = 8)";
    assert_eq!(column(&mut subject, sql, 0)?, [text]);
    let again = rows(&mut subject, "CREATE INDEX near ON t USING flat (v)");
    assert_eq!(again, Err("index near already exists".to_owned()));
    assert_eq!(column(&mut subject, "PRAGMA index_list(t)", 1)?, ["near"]);
    assert_eq!(column(&mut subject, "PRAGMA index_info(near)", 2)?, ["v"]);
    assert_eq!(column(&mut subject, "PRAGMA integrity_check", 0)?, ["ok"]);
    rows(&mut subject, "ANALYZE")?;
    assert!(column(&mut subject, "SELECT idx FROM sqlite_stat1 WHERE idx = 'near'", 0)?.is_empty());

    rows(&mut subject, "ALTER TABLE t RENAME TO places")?;
    rows(&mut subject, "ALTER TABLE places RENAME COLUMN v TO \"of hnsw\"")?;
    let text = "CREATE INDEX near ON \"places\" USING hnsw (\"of hnsw\") WITH (metric = l2, m = 8)";
    assert_eq!(column(&mut subject, sql, 0)?, [text]);
    let found = rows(
        &mut subject,
        "SELECT id FROM places INDEXED BY near ORDER BY \"of hnsw\" <-> '[0, 1]' LIMIT 3",
    )?;
    assert_eq!(found, [[Value::Integer(2)], [Value::Integer(3)], [Value::Integer(1)]]);
    rows(&mut subject, "ALTER TABLE places DROP COLUMN g")?;
    let kept = rows(&mut subject, "ALTER TABLE places DROP COLUMN \"of hnsw\"");
    assert_eq!(kept, Err("error in index near after drop column: no such column: of hnsw".to_owned()));
    rows(&mut subject, "ALTER TABLE places DROP COLUMN note")?;
    assert_eq!(column(&mut subject, "PRAGMA integrity_check", 0)?, ["ok"]);
    rows(&mut subject, "DROP INDEX near")?;
    rows(&mut subject, "ALTER TABLE places DROP COLUMN \"of hnsw\"")?;
    assert!(column(&mut subject, sql, 0)?.is_empty());
    Ok(())
}

#[test]
fn plans_say_where_candidates_come_from() -> TestResult {
    let mut subject = subject()?;
    rows(
        &mut subject,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         INSERT INTO t (c, note, v) SELECT i % 100, 'x', '[' || i || ', ' || (i % 17) || ']' FROM n",
    )?;
    rows(&mut subject, "CREATE INDEX by_c ON t (c)")?;
    rows(
        &mut subject,
        "CREATE INDEX near ON t USING hnsw (v) WITH (metric = 'euclidean', m = 4, ef_construction = 8)",
    )?;
    let index = "SEARCH t USING VECTOR INDEX near (v)";
    let exact = "SCAN t FOR NEAREST VECTORS";
    let by_c_exact = "SEARCH t USING INDEX by_c (c=?) FOR NEAREST VECTORS";
    for (rest, lines) in [
        ("t ORDER BY v <-> '[1,2]' LIMIT 5", &[index][..]),
        ("t ORDER BY vector_distance(v, ?, 'l2') LIMIT ?", &[index]),
        ("t WHERE v IS NOT NULL ORDER BY vector_distance('[1,2]', v, 'euclidean') LIMIT 5", &[index]),
        // Another metric, one that is not known yet, and one that is asked to be exact.
        ("t ORDER BY v <=> '[1,2]' LIMIT 5", &[exact]),
        ("t ORDER BY vector_distance(v, '[1,2]', ?) LIMIT 5", &[exact]),
        ("t NOT INDEXED ORDER BY v <-> '[1,2]' LIMIT 5", &[exact]),
        // Conditions on most rows are worth an index, those on few are not.
        ("t WHERE note <> 'y' ORDER BY v <-> '[1,2]' LIMIT 5", &[index, "SCAN t"]),
        ("t WHERE note = 'x' ORDER BY v <-> '[1,2]' LIMIT 5", &[exact]),
        ("t WHERE c = 3 ORDER BY v <-> '[1,2]' LIMIT 5", &[by_c_exact]),
        ("t INDEXED BY near WHERE note = 'x' ORDER BY v <-> '[1,2]' LIMIT 5", &[index, "SCAN t"]),
        // A condition on distances has them computed of all rows anyway.
        ("t WHERE v <-> '[1,2]' < 9 ORDER BY v <-> '[1,2]' LIMIT 5", &[exact]),
    ] {
        let sql = format!("EXPLAIN QUERY PLAN SELECT id, note FROM {rest}");
        let mut plan = column(&mut subject, &sql, 3)?;
        assert_eq!(plan.pop().as_deref(), Some("USE TEMP B-TREE FOR ORDER BY"), "{sql}");
        assert_eq!(plan, lines, "{sql}");
    }
    for (sql, message) in [
        ("SELECT id FROM t INDEXED BY near ORDER BY v <=> '[1,2]' LIMIT 5", "no query solution"),
        ("SELECT id FROM t INDEXED BY near", "no query solution"),
    ] {
        assert_eq!(rows(&mut subject, sql), Err(message.to_owned()), "{sql}");
    }
    Ok(())
}

#[test]
fn an_effort_is_set_for_a_connection() -> TestResult {
    let mut subject = subject()?;
    assert_eq!(rows(&mut subject, "PRAGMA vector_ef_search")?, [[Value::Integer(0)]]);
    rows(&mut subject, "PRAGMA vector_ef_search = 400")?;
    assert_eq!(rows(&mut subject, "PRAGMA vector_ef_search")?, [[Value::Integer(400)]]);
    Ok(())
}
