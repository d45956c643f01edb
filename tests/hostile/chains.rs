//! Statements that are long without nesting: chains of operators, terms and joins.

use helios::ErrorKind;
use helios_testkit::TestResult;

use crate::answers::{assert_gives, assert_refused, on_a_small_stack};

const TOO_LARGE: &str = "Expression tree is too large (maximum depth 1000)";

/// Operators that can follow each other without end.
const LINKS: [(&str, &str); 20] = [
    ("1", "+1"),
    ("1", "-1"),
    ("1", "*1"),
    ("1", "/1"),
    ("1", "%1"),
    ("1", " AND 1"),
    ("1", " OR 1"),
    ("'a'", "||'a'"),
    ("1", "=1"),
    ("1", "<1"),
    ("1", "&1"),
    ("1", "<<1"),
    ("'[]'", "->0"),
    ("'[]'", "->>0"),
    ("1", " ISNULL"),
    ("1", " IS NOT NULL"),
    ("'a'", " COLLATE NOCASE"),
    ("1", " IN (1)"),
    ("1", " LIKE 1"),
    ("1", " BETWEEN 1 AND 1"),
];

#[test]
fn chains_of_a_hundred_thousand_operators_are_refused() -> TestResult {
    on_a_small_stack(|connection| {
        connection.execute_batch("CREATE TABLE t (a)")?;
        for (first, link) in LINKS {
            let chain = [first, &link.repeat(100_000)].concat();
            assert_refused(connection, &format!("SELECT {chain}"), ErrorKind::Sql, TOO_LARGE);
            let sql = format!("SELECT a FROM t WHERE {chain} ORDER BY a");
            assert_refused(connection, &sql, ErrorKind::Sql, TOO_LARGE);
        }
        Ok(())
    })
}

/// The longest that is taken has to be bound, planned, run and dropped too, and in every place.
#[test]
fn the_longest_chains_that_are_taken_run() -> TestResult {
    on_a_small_stack(|connection| {
        connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")?;
        assert_gives(connection, &format!("SELECT 1{}", "+1".repeat(990)), 991);
        assert_gives(connection, &format!("SELECT a{} FROM t", "+a".repeat(990)), 991);
        for (first, link) in LINKS {
            let chain = [first, &link.repeat(990)].concat();
            let column = if first == "1" { link.replace('1', "a") } else { link.to_owned() };
            let of_columns = format!("a{}", column.repeat(990));
            for sql in [
                format!("SELECT {chain}"),
                format!("SELECT count(*) FROM t WHERE {of_columns}"),
                format!("SELECT {of_columns}, count(*) FROM t GROUP BY {of_columns} ORDER BY {of_columns}"),
                format!("SELECT * FROM t x JOIN t y ON {}", of_columns.replace('a', "x.a")),
                format!("UPDATE t SET a = a WHERE {of_columns}"),
                format!("DELETE FROM t WHERE a = 2 AND ({of_columns})"),
                format!("INSERT INTO t SELECT {of_columns} FROM t WHERE 0"),
                format!(
                    "DROP TABLE IF EXISTS u; CREATE TABLE u (a DEFAULT ({chain}), CHECK ({of_columns} IS NOT 7))"
                ),
            ] {
                // JSON's arrows refuse the numbers that they meet on the way; that is their answer.
                if let Err(error) = connection.execute_batch(&sql) {
                    assert!(link.starts_with("->"), "{}…: {error:?}", &sql[..60]);
                }
            }
        }
        Ok(())
    })
}

#[test]
fn compounds_have_five_hundred_terms_at_most() -> TestResult {
    on_a_small_stack(|connection| {
        for operator in ["UNION ALL", "UNION", "INTERSECT", "EXCEPT"] {
            let compound = |terms: usize| vec!["SELECT 1"; terms].join(&format!(" {operator} "));
            connection.execute_batch(&compound(500))?;
            for terms in [501, 100_000] {
                let message = "too many terms in compound SELECT";
                assert_refused(connection, &compound(terms), ErrorKind::Sql, message);
            }
        }
        let sql = format!("SELECT count(*) FROM ({})", vec!["SELECT 1"; 500].join(" UNION ALL "));
        assert_gives(connection, &sql, 500);
        Ok(())
    })
}

#[test]
fn wide_statements_run() -> TestResult {
    on_a_small_stack(|connection| {
        let many = vec!["1"; 100_000].join(", ");
        assert_gives(connection, &format!("SELECT 1 IN ({many})"), 1);
        assert_gives(connection, &format!("SELECT 2 IN ({many})"), 0);
        let branches = " WHEN 0 THEN 0".repeat(50_000);
        assert_gives(connection, &format!("SELECT CASE{branches} ELSE 9 END"), 9);
        let rows = vec!["(1)"; 100_000].join(", ");
        assert_gives(connection, &format!("SELECT count(*) FROM (VALUES {rows})"), 100_000);
        assert_gives(connection, &format!("{}SELECT 5", ";".repeat(1_000_000)), 5);
        assert_gives(
            connection,
            &format!("SELECT /*{}*/ 5 --{}", "*".repeat(1 << 20), "-".repeat(1 << 20)),
            5,
        );
        connection.execute_batch(&"SELECT 1;".repeat(5000))?;
        Ok(())
    })
}

/// An operand that is compared several times has one value: what is random does not fall between the cases.
#[test]
fn an_operand_is_computed_once() -> TestResult {
    on_a_small_stack(|connection| {
        let rows: Vec<String> = (0..300).map(|row| format!("({row})")).collect();
        connection.execute_batch(&format!("CREATE TABLE t (a); INSERT INTO t VALUES {}", rows.join(", ")))?;
        for expression in [
            "CASE abs(random()) % 3 WHEN 0 THEN 1 WHEN 1 THEN 1 WHEN 2 THEN 1 END",
            "coalesce(nullif(abs(random()) % 2, 0), 1)",
            "(abs(random()) % 2 BETWEEN 0 AND 0) IN (0, 1)",
            "(abs(random()) % 2, 1) IN ((0, 1), (1, 1))",
            "(SELECT CASE abs(random()) % 2 WHEN 0 THEN 1 WHEN 1 THEN 1 END)",
        ] {
            let sql = format!("SELECT count(*) FROM t WHERE {expression} = 1 AND a >= 0");
            assert_gives(connection, &sql, 300);
        }
        Ok(())
    })
}

/// With every further table the time to plan it doubled, once.
#[test]
fn a_function_among_many_tables_is_planned() -> TestResult {
    on_a_small_stack(|connection| {
        connection.execute_batch("CREATE TABLE t (a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 1)")?;
        let tables: Vec<String> = (0..62).map(|number| format!("t AS t{number}")).collect();
        let tables = tables.join(", ");
        let sql =
            format!("SELECT count(*) FROM {tables}, json_each('[1, 2]') AS each WHERE each.value = t5.b");
        assert_gives(connection, &sql, 1);
        let sql =
            format!("SELECT count(*) FROM json_each('[1, 2]') AS each, {tables} WHERE each.value = t5.b");
        assert_gives(connection, &sql, 1);
        Ok(())
    })
}
