//! Plans that depend on what a table holds.

use helios::{Connection, Result};

fn plan(connection: &Connection, sql: &str) -> Result<Vec<String>> {
    connection.query(&format!("EXPLAIN QUERY PLAN {sql}"), (), |row| row.get(3))
}

#[test]
fn a_range_of_rowids_is_as_large_as_its_bounds_say() -> Result<()> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b INT);
         CREATE INDEX by_b ON t (b);
         INSERT INTO t SELECT value, value % 50 FROM generate_series(1, 20000);",
    )?;
    let by_rowid = ["SEARCH t USING INTEGER PRIMARY KEY (rowid>?)"];
    assert_eq!(plan(&connection, "SELECT a + b FROM t WHERE a > 19990 AND b = 7")?, by_rowid);
    let wide = plan(&connection, "SELECT a + b FROM t WHERE a > 10 AND b = 7")?;
    assert_ne!(wide, by_rowid);
    assert!(wide[0].starts_with("SEARCH t USING COVERING INDEX by_b"), "{wide:?}");
    assert_eq!(plan(&connection, "SELECT t.b, rowid FROM t NOT INDEXED WHERE a > 5")?, by_rowid);
    Ok(())
}
