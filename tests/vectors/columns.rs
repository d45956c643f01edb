//! What vector columns take, and what becomes of it.

use helios_core::Value;
use helios_testkit::TestResult;
use helios_tests::subject::{Driver, Subject};

use crate::rows;

fn subject() -> TestResult<Subject> {
    Subject::open(Driver::Memory, true)
}

/// The text of the error of a statement.
fn refusal(subject: &mut Subject, sql: &str) -> TestResult<String> {
    match rows(subject, sql) {
        Ok(found) => Err(format!("{sql}: {found:?}").into()),
        Err(message) => Ok(message),
    }
}

fn text(value: &str) -> Vec<Vec<Value>> {
    vec![vec![Value::text(value)]]
}

#[test]
fn texts_and_blobs_become_the_same_vector() -> TestResult {
    let mut subject = subject()?;
    rows(&mut subject, "CREATE TABLE t (id INTEGER PRIMARY KEY, v VECTOR(2))")?;
    rows(&mut subject, "INSERT INTO t (v) VALUES ('[1, -0.5]'), (x'0000803f000000bf'), (NULL)")?;
    let found = rows(&mut subject, "SELECT group_concat(typeof(v) || hex(v), ' ') FROM t")?;
    assert_eq!(found, text("blob0000803F000000BF blob0000803F000000BF null"));
    rows(&mut subject, "UPDATE t SET v = '[3,4]' WHERE id = 3")?;
    rows(&mut subject, "INSERT INTO t VALUES (3, '[1,1]') ON CONFLICT DO UPDATE SET v = '[5,12]'")?;
    assert_eq!(rows(&mut subject, "SELECT vector_norm(v) FROM t WHERE id = 3")?, [[Value::Real(13.0)]]);
    Ok(())
}

#[test]
fn what_is_no_vector_of_the_dimension_is_refused_by_name() -> TestResult {
    let mut subject = subject()?;
    rows(&mut subject, "CREATE TABLE docs (id INTEGER PRIMARY KEY, emb VECTOR(3))")?;
    rows(&mut subject, "INSERT INTO docs VALUES (1, '[1,2,3]')")?;
    for (value, message) in [
        ("'[1,2]'", "docs.emb: expected 3 dimensions, got 2"),
        ("x'00000000'", "docs.emb: expected 3 dimensions, got 1"),
        ("x'00'", "docs.emb: the blob does not hold 32-bit floats"),
        ("'[1,2,1e39]'", "docs.emb: an element is not finite"),
        ("x'00000000000000000000807f'", "docs.emb: an element is not finite"),
        ("'words'", "docs.emb: the text is no list of numbers like [1, 2, 3]"),
        ("7", "docs.emb: expected 3 dimensions, got a number"),
        ("0.5", "docs.emb: expected 3 dimensions, got a number"),
    ] {
        for sql in [
            format!("INSERT INTO docs (emb) VALUES ({value})"),
            format!("UPDATE docs SET emb = {value}"),
            format!("INSERT INTO docs VALUES (1, NULL) ON CONFLICT DO UPDATE SET emb = {value}"),
        ] {
            assert_eq!(refusal(&mut subject, &sql)?, message, "{sql}");
        }
    }
    assert_eq!(rows(&mut subject, "SELECT vector_to_json(emb) FROM docs")?, text("[1,2,3]"));
    Ok(())
}

#[test]
fn declared_types_decide_what_a_vector_column_is() -> TestResult {
    let mut subject = subject()?;
    for wrong in ["VECTOR(0)", "VECTOR(16001)", "vector(2, 3)"] {
        let message = refusal(&mut subject, &format!("CREATE TABLE w (v {wrong})"))?;
        assert!(message.starts_with("a vector has 1 to 16000 dimensions, not "), "{wrong}: {message}");
    }
    // Without a dimension it is what it is in SQLite: a type like any other.
    rows(&mut subject, "CREATE TABLE any (v VECTOR); INSERT INTO any VALUES ('12')")?;
    assert_eq!(rows(&mut subject, "SELECT typeof(v) FROM any")?, text("integer"));
    rows(
        &mut subject,
        "CREATE TABLE strict_one (v vector(2)) STRICT; INSERT INTO strict_one VALUES ('[1,2]')",
    )?;
    let message = refusal(&mut subject, "INSERT INTO strict_one VALUES ('[1]')")?;
    assert_eq!(message, "strict_one.v: expected 2 dimensions, got 1");
    Ok(())
}

#[test]
fn columns_are_added_with_and_without_defaults() -> TestResult {
    let mut subject = subject()?;
    rows(&mut subject, "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)")?;
    rows(
        &mut subject,
        "ALTER TABLE t ADD COLUMN a VECTOR(2); ALTER TABLE t ADD COLUMN b VECTOR(2) DEFAULT '[3, 4]'",
    )?;
    rows(&mut subject, "INSERT INTO t (id, a) VALUES (3, '[0, 1]')")?;
    let found = rows(&mut subject, "SELECT group_concat(vector_norm(b)), count(a) FROM t")?;
    assert_eq!(found, [[Value::text("5.0,5.0,5.0"), Value::Integer(1)]]);
    let message = refusal(&mut subject, "ALTER TABLE t ADD COLUMN c VECTOR(3) DEFAULT '[3, 4]'")?;
    assert!(message.contains("type mismatch on DEFAULT"), "{message}");
    rows(&mut subject, "CREATE TABLE d (id INT, v VECTOR(3) DEFAULT '[1]')")?;
    assert_eq!(refusal(&mut subject, "INSERT INTO d (id) VALUES (1)")?, "d.v: expected 3 dimensions, got 1");
    rows(&mut subject, "CREATE TABLE g (v VECTOR(2), n VECTOR(2) AS (vector_normalize(v)) STORED)")?;
    rows(&mut subject, "INSERT INTO g VALUES ('[3,4]')")?;
    assert_eq!(rows(&mut subject, "SELECT vector_to_json(n) FROM g")?, text("[0.6,0.8]"));
    Ok(())
}

#[test]
fn functions_take_every_form_and_refuse_what_does_not_fit() -> TestResult {
    let mut subject = subject()?;
    for (call, expected) in [
        ("vector_to_json(vector_add('[1,2]', x'0000803f0000803f'))", "[2,3]"),
        ("vector_to_json(vector_subtract('[1,2]', '[0.5, 4]'))", "[0.5,-2]"),
        ("vector_to_json(vector_multiply('[1,2]', '[3,4]'))", "[3,8]"),
        ("vector_to_json(vector_multiply('[1,2]', 0.5))", "[0.5,1]"),
        ("vector_to_json(vector_multiply(2, '[1,2]'))", "[2,4]"),
        ("vector_dot('[1,2]', '[3,4]')", "11.0"),
        ("vector_dims('[1,2,3]')", "3"),
        ("vector_norm('[3,4]')", "5.0"),
        ("vector_to_json(vector_normalize('[0,0]'))", "[0,0]"),
        ("hex(vector_from_json(' [1] '))", "0000803F"),
        ("vector_distance('[1,0]', '[0,1]')", "1.0"),
        ("vector_distance('[1,0]', '[0,1]', 'L1')", "2.0"),
        ("'[1,0]' <-> '[1,2]' + '[3]'", ""),
        ("vector_distance('[0,0]', '[0,1]') IS NULL", "1"),
        ("vector_distance('[0,0]', '[0,1]', NULL) IS NULL", "1"),
        ("vector_add(NULL, '[1]') IS NULL", "1"),
        ("'[1]' <=> NULL IS NULL", "1"),
        ("'[1,1]' <-> '[1,1]' < 0.5 AND 1", "1"),
    ] {
        if expected.is_empty() {
            refusal(&mut subject, &format!("SELECT {call}"))?;
            continue;
        }
        let found = rows(&mut subject, &format!("SELECT CAST({call} AS TEXT)"))?;
        assert_eq!(found, text(expected), "{call}");
    }
    for (call, message) in [
        ("vector_add('[1,2]', '[1]')", "vector_add(): the vectors have different dimensions: 2 and 1"),
        ("'[1,2]' <-> '[1]'", "vector_distance(): the vectors have different dimensions: 2 and 1"),
        ("vector_dims(5)", "vector_dims(): a number is no vector"),
        ("vector_dims('[]')", "vector_dims(): there are no elements"),
        ("vector_add('[3e38]', '[3e38]')", "vector_add(): an element of the result is out of range"),
        (
            "vector_distance('[1]', '[1]', 'angle')",
            "unknown metric: angle (there are cosine, euclidean, manhattan, dot)",
        ),
    ] {
        assert_eq!(refusal(&mut subject, &format!("SELECT {call}"))?, message, "{call}");
    }
    Ok(())
}

#[test]
fn aggregates_take_vectors_of_one_dimension() -> TestResult {
    let mut subject = subject()?;
    rows(
        &mut subject,
        "CREATE TABLE t (g INT, v VECTOR(2)); INSERT INTO t VALUES (1, '[1,2]'), (1, '[3,6]'), (2, NULL)",
    )?;
    let sql = "SELECT g, vector_to_json(vector_sum(v)), vector_to_json(vector_avg(v)) FROM t GROUP BY g";
    let expected = [
        [Value::Integer(1), Value::text("[4,8]"), Value::text("[2,4]")],
        [Value::Integer(2), Value::Null, Value::Null],
    ];
    assert_eq!(rows(&mut subject, sql)?, expected);
    let running = "SELECT vector_to_json(vector_sum(v) OVER (ORDER BY rowid)) FROM t";
    let found = rows(&mut subject, running)?;
    assert_eq!(found, [[Value::text("[1,2]")], [Value::text("[4,8]")], [Value::text("[4,8]")]]);
    let message =
        refusal(&mut subject, "SELECT vector_avg(x) FROM (SELECT '[1]' AS x UNION ALL SELECT '[1,2]')")?;
    assert_eq!(message, "vector_avg(): the vectors have different dimensions: 1 and 2");
    Ok(())
}
