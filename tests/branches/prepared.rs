//! Statements that read the past, compiled once and run for many moments.

use std::sync::Arc;

use helios_core::{Result, Value};
use helios_sql::chunk::{Chunk, Column};
use helios_sql::session::{Session, Statement};

use crate::stage::Stage;

/// Runs a statement with numbers as its parameters; the values of the first row.
fn first(session: &mut Session, statement: &mut Statement, parameters: &[f64]) -> Result<Vec<Value>> {
    let column = |number: &f64| Arc::new(Column::constant(Value::Real(*number), 1));
    session.start(statement, &Chunk::new(parameters.iter().map(column).collect(), 1))?;
    let mut rows = Chunk::default();
    let found = session.fetch(statement, &mut rows)?;
    let width = statement.columns().len();
    let values = (0..width).filter(|_| found).map(|column| rows.value(0, column).to_value()).collect();
    session.reset(statement);
    Ok(values)
}

/// A database with history, and the moments after each step of a script.
fn told(steps: &[&str]) -> Result<(Stage, Vec<f64>)> {
    let mut stage = Stage::new("")?;
    stage.database.keep_history()?;
    let mut moments = Vec::new();
    for step in steps {
        stage.rows(step)?;
        moments.push(stage.database.engine().clock().now().0 as f64 / 1e6);
    }
    Ok((stage, moments))
}

fn text(text: &str) -> Value {
    Value::text(text)
}

#[test]
fn a_statement_shows_each_moment_with_the_columns_of_then() -> Result<()> {
    let (mut stage, at) = told(&[
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'one')",
        "UPDATE t SET a = 'two'",
        "ALTER TABLE t ADD COLUMN b DEFAULT 'new'",
        "UPDATE t SET a = 'three'; CREATE INDEX by_a ON t (a)",
        "DROP TABLE t",
    ])?;
    let mut statement = stage.main.prepare("SELECT * FROM t AS OF TIMESTAMP ?")?.expect("a statement");
    let one = Value::Integer(1);
    for _ in 0..2 {
        let mut shows = |moment| first(&mut stage.main, &mut statement, &[moment]);
        assert_eq!(shows(at[0])?, [one.clone(), text("one")]);
        assert_eq!(shows(at[1])?, [one.clone(), text("two")]);
        assert_eq!(shows(at[2])?, [one.clone(), text("two"), text("new")]);
        assert_eq!(shows(at[3])?, [one.clone(), text("three"), text("new")]);
        assert!(shows(at[4]).is_err_and(|error| error.message() == "no such table: t"));
    }
    Ok(())
}

#[test]
fn a_statement_is_asked_each_time_whether_history_reaches() -> Result<()> {
    let (mut stage, at) = told(&["CREATE TABLE t (a); INSERT INTO t VALUES (1)", "UPDATE t SET a = 2"])?;
    let mut statement = stage.main.prepare("SELECT a FROM t AS OF TIMESTAMP ?")?.expect("a statement");
    assert_eq!(first(&mut stage.main, &mut statement, &[at[0]])?, [Value::Integer(1)]);
    stage.rows(&format!("PRAGMA prune_history({})", at[1]))?;
    let error = first(&mut stage.main, &mut statement, &[at[0]]).expect_err("history was pruned");
    assert!(error.message().starts_with("the history of table t begins at "), "{error}");
    assert_eq!(first(&mut stage.main, &mut statement, &[at[1]])?, [Value::Integer(2)]);
    Ok(())
}

#[test]
fn one_common_table_at_two_moments_that_were_the_same_once() -> Result<()> {
    let (mut stage, at) = told(&["CREATE TABLE t (a); INSERT INTO t VALUES (1)", "UPDATE t SET a = 2"])?;
    let sql = "WITH c AS (SELECT a FROM t)
        SELECT x.a, y.a FROM (SELECT a FROM c WHERE 1 AS OF TIMESTAMP ?1) AS x, (SELECT a FROM c WHERE 1 AS OF TIMESTAMP ?2) AS y";
    let mut statement = stage.main.prepare(sql)?.expect("a statement");
    let mut shows = |moments: [usize; 2]| -> Result<Vec<Value>> {
        first(&mut stage.main, &mut statement, &moments.map(|moment| at[moment]))
    };
    let numbers = |a, b| [Value::Integer(a), Value::Integer(b)];
    assert_eq!(shows([0, 0])?, numbers(1, 1));
    assert_eq!(shows([0, 1])?, numbers(1, 2));
    assert_eq!(shows([1, 0])?, numbers(2, 1));
    Ok(())
}

#[test]
fn what_is_inserted_from_the_past_is_of_the_moment_that_is_asked_for() -> Result<()> {
    let (mut stage, at) =
        told(&["CREATE TABLE t (a); CREATE TABLE u (a); INSERT INTO t VALUES (1)", "UPDATE t SET a = 2"])?;
    let sql = "INSERT INTO u SELECT a FROM t AS OF TIMESTAMP ? RETURNING a";
    let mut statement = stage.main.prepare(sql)?.expect("a statement");
    for (moment, value) in [(at[0], 1), (at[1], 2), (at[0], 1)] {
        assert_eq!(first(&mut stage.main, &mut statement, &[moment])?, [Value::Integer(value)]);
    }
    assert_eq!(stage.rows("SELECT group_concat(a) FROM u")?, ["'1,2,1'"]);
    Ok(())
}

#[test]
fn a_table_made_of_the_past_has_the_columns_of_then() -> Result<()> {
    let (mut stage, at) = told(&[
        "CREATE TABLE t (a INT, b TEXT); INSERT INTO t VALUES (1, 'one')",
        "ALTER TABLE t DROP COLUMN b; ALTER TABLE t RENAME COLUMN a TO c",
        "DROP TABLE t",
    ])?;
    let shapes = [("x0", at[0], "a INT, b TEXT", 2), ("x1", at[1], "c INT", 1)];
    for (table, moment, columns, width) in shapes {
        let sql = format!("CREATE TABLE {table} AS SELECT * FROM t AS OF TIMESTAMP ?");
        let mut statement = stage.main.prepare(&sql)?.expect("a statement");
        first(&mut stage.main, &mut statement, &[moment])?;
        let described = format!(
            "SELECT group_concat(name || ' ' || type, ', '), count(*) FROM pragma_table_info('{table}')"
        );
        assert_eq!(stage.rows(&described)?, [format!("'{columns}' | {width}")], "{sql}");
        assert_eq!(stage.rows(&format!("SELECT count(*) FROM {table}"))?, ["1"]);
    }
    Ok(())
}

#[test]
fn a_session_at_a_moment_goes_on_with_its_statements_at_another() -> Result<()> {
    let (mut stage, at) = told(&[
        "CREATE TABLE t (a); INSERT INTO t VALUES (1)",
        "UPDATE t SET a = 2",
        "ALTER TABLE t RENAME COLUMN a TO b; UPDATE t SET b = 3",
    ])?;
    let mut statement = stage.main.prepare("SELECT * FROM t")?.expect("a statement");
    for (moment, value) in [(Some(at[0]), 1), (Some(at[1]), 2), (None, 3), (Some(at[0]), 1)] {
        let moment = moment.map(|moment| moment.to_string()).unwrap_or_default();
        stage.rows(&format!("PRAGMA as_of = '{moment}'"))?;
        for _ in 0..2 {
            assert_eq!(first(&mut stage.main, &mut statement, &[])?, [Value::Integer(value)], "{moment}");
        }
    }
    Ok(())
}
