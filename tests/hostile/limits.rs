//! SQLite's limits on statements: what is beyond them is refused in its words.

use helios::{Connection, ErrorKind};
use helios_testkit::TestResult;

use crate::answers::{assert_refused, on_a_small_stack};

fn list(item: &str, count: usize) -> String {
    vec![item; count].join(", ")
}

#[test]
fn counts_are_limited_as_in_sqlite() -> TestResult {
    on_a_small_stack(|connection: &Connection| {
        connection.execute_batch("CREATE TABLE t (a)")?;
        let columns =
            |count: usize| (0..count).map(|column| format!("c{column}")).collect::<Vec<_>>().join(", ");
        let joined = |count: usize| {
            vec!["t"; count].iter().zip(0..).map(|(t, at)| format!("{t} t{at}")).collect::<Vec<_>>()
        };
        connection.execute_batch(&format!("CREATE TABLE wide ({})", columns(2000)))?;
        connection.execute_batch(&format!("INSERT INTO wide VALUES ({})", list("1", 2000)))?;
        connection.execute_batch(&format!("SELECT {}", list("1", 2000)))?;
        connection.execute_batch(&format!("SELECT max({})", list("1", 127)))?;
        connection.execute_batch(&format!("SELECT count(*) FROM {}", joined(64).join(" JOIN ")))?;
        for (sql, message) in [
            (format!("CREATE TABLE u ({})", columns(2001)), "too many columns on u"),
            (format!("CREATE INDEX i ON t ({})", list("a", 2001)), "too many columns in index"),
            (format!("SELECT {}", list("1", 2001)), "too many columns in result set"),
            (format!("SELECT {}", list("1", 100_000)), "too many columns in result set"),
            (
                format!("INSERT INTO t VALUES ({})", list("1", 2001)),
                "table t has 1 columns but 2001 values were supplied",
            ),
            (format!("INSERT INTO t (a) VALUES ({})", list("1", 2001)), "2001 values for 1 columns"),
            (format!("SELECT 1 ORDER BY {}", list("1", 2001)), "too many terms in ORDER BY clause"),
            (format!("SELECT 1 FROM t GROUP BY {}", list("a", 2001)), "too many terms in GROUP BY clause"),
            (format!("SELECT max({})", list("1", 128)), "too many arguments on function max"),
            (format!("SELECT count(*) FROM {}", joined(65).join(", ")), "at most 64 tables in a join"),
            (format!("SELECT {}", list("?", 250_001)), "too many SQL variables"),
            ("SELECT ?250001".into(), "variable number must be between ?1 and ?250000"),
            ("SELECT ?99999999999999999999".into(), "variable number must be between ?1 and ?250000"),
            ("SELECT ?0".into(), "variable number must be between ?1 and ?250000"),
            (format!("SELECT '' LIKE '{}'", "a".repeat(50_001)), "LIKE or GLOB pattern too complex"),
        ] {
            assert_refused(connection, &sql, ErrorKind::Sql, message);
        }
        Ok(())
    })
}

/// Patterns that make simple matchers try every way there is.
#[test]
fn patterns_do_not_explode() -> TestResult {
    on_a_small_stack(|connection| {
        let text = "a".repeat(2000);
        for (operator, wildcard) in [("LIKE", "%"), ("GLOB", "*")] {
            let pattern = format!("{}b", format!("{wildcard}a").repeat(12));
            let found: bool =
                connection
                    .query_row(&format!("SELECT ? {operator} ?"), [&text, &pattern], |row| row.get(0))?;
            assert!(!found, "{operator}");
            let pattern = format!("{}{wildcard}", format!("{wildcard}a").repeat(2000));
            let found: bool =
                connection
                    .query_row(&format!("SELECT ? {operator} ?"), [&text, &pattern], |row| row.get(0))?;
            assert!(found, "{operator}");
        }
        Ok(())
    })
}
