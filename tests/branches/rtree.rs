//! R*Trees on branches, after merges, and at moments of the past.
//!
//! The oracle is an ordinary table with the same boxes: a range finds the rows that it finds there.

use helios_core::Result;
use helios_sql::session::{OnConflict, Session};
use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::engine::run;

use crate::stage::Stage;

const TABLES: &str = "CREATE VIRTUAL TABLE boxes USING rtree_i32(id, x1, x2, y1, y2, +name);
    CREATE TABLE plain (id INTEGER PRIMARY KEY, x1, x2, y1, y2, name);";

/// A change of both tables. Boxes change as a whole here, for that is how they are merged.
fn change(session: &mut Session, numbers: &mut Numbers) -> Result<()> {
    let id = numbers.below(150) + 1;
    let (x, y) = (numbers.below(100), numbers.below(100));
    let name = ["red", "green", "blue"][numbers.below(3)];
    let sql = match numbers.below(5) {
        0 => "DELETE FROM {} WHERE id = {id}".to_owned(),
        1 => "UPDATE {} SET name = '{name}' WHERE id = {id}".to_owned(),
        2 => "UPDATE {} SET x1 = {x}, x2 = {x} + 5, y1 = {y}, y2 = {y} + 9 WHERE id = {id}".to_owned(),
        _ => "REPLACE INTO {} VALUES ({id}, {x}, {x} + 7, {y}, {y} + 3, '{name}')".to_owned(),
    };
    let values = [("{id}", id.to_string()), ("{x}", x.to_string()), ("{y}", y.to_string())];
    let sql =
        values.iter().fold(sql.replace("{name}", name), |sql, (place, value)| sql.replace(place, value));
    run(session, &format!("BEGIN; {}; {}; COMMIT", sql.replace("{}", "boxes"), sql.replace("{}", "plain")))
        .map(drop)
}

/// What ranges find in a table, at a moment that `when` says.
fn found(session: &mut Session, table: &str, when: &str) -> Result<Vec<Vec<String>>> {
    let mut answers = vec![run(session, &format!("SELECT * FROM {table} {when} ORDER BY id"))?];
    for edge in [0, 25, 50, 75] {
        let range = format!("x1 >= {edge} AND x2 <= {edge} + 30 AND y1 < 50");
        answers.push(run(session, &format!("SELECT * FROM {table} {when} WHERE {range} ORDER BY id"))?);
    }
    Ok(answers)
}

fn check(session: &mut Session) -> Result<()> {
    assert_eq!(found(session, "boxes", "")?, found(session, "plain", "")?);
    assert_eq!(run(session, "SELECT rtreecheck('boxes')")?, ["'ok'"]);
    Ok(())
}

/// Makes both tables the same again: where both branches changed one box, its row in the ordinary table was merged column
/// by column.
fn copy(session: &mut Session) -> Result<()> {
    run(session, "BEGIN; DELETE FROM plain; INSERT INTO plain SELECT * FROM boxes; COMMIT").map(drop)
}

#[test]
fn a_merge_finds_the_boxes_of_both_branches() -> TestResult {
    with_seed(|numbers| {
        let mut stage = Stage::new(TABLES)?;
        for _ in 0..120 {
            change(&mut stage.main, numbers)?;
        }
        for round in 0..repeats(6, 60) {
            let name = format!("branch{round}");
            let mut branch = stage.branch(&name, "")?;
            for _ in 0..numbers.below(30) {
                change(&mut branch, numbers)?;
            }
            for _ in 0..numbers.below(30) {
                change(&mut stage.main, numbers)?;
            }
            check(&mut branch)?;
            check(&mut stage.main)?;
            let decides = if numbers.one_in(2) { OnConflict::Ours } else { OnConflict::Theirs };
            stage.main.merge_branch(&name, None, decides)?;
            copy(&mut stage.main)?;
            check(&mut stage.main)?;
            branch.merge_branch("main", None, decides)?;
            check(&mut branch)?;
        }
        Ok(())
    })
}

#[test]
fn two_boxes_of_two_branches_are_no_conflict_and_one_box_is() -> Result<()> {
    let mut stage = Stage::new("CREATE VIRTUAL TABLE t USING rtree(id, x1, x2)")?;
    stage.rows("INSERT INTO t VALUES (9, 0, 10)")?;
    stage.branch("other", "INSERT INTO t VALUES (1, 2, 3)")?;
    stage.rows("INSERT INTO t VALUES (2, 3, 4)")?;
    stage.merge("other")?;
    assert_eq!(stage.rows("SELECT id FROM t WHERE x1 <= 3 AND x2 >= 3 ORDER BY id")?, ["1", "2", "9"]);
    assert_eq!(stage.rows("SELECT rtreecheck('t')")?, ["'ok'"]);
    stage.branch("third", "UPDATE t SET x1 = 8 WHERE id = 9")?;
    stage.rows("UPDATE t SET x2 = 5 WHERE id = 9")?;
    assert!(stage.refused("third").conflicts.iter().any(|conflict| conflict.table == "t_rowid"));
    assert_eq!(stage.rows("SELECT * FROM t WHERE id = 9")?, ["9 | 0.0 | 5.0"]);
    Ok(())
}

#[test]
fn the_past_finds_the_boxes_of_then() -> TestResult {
    with_seed(|numbers| {
        let mut stage = Stage::new("")?;
        stage.database.keep_history()?;
        stage.rows(TABLES)?;
        let mut told = Vec::new();
        for _ in 0..10 {
            for _ in 0..20 {
                change(&mut stage.main, numbers)?;
            }
            let micros = stage.database.engine().clock().now().0;
            let moment = format!("AS OF {}.{:06}", micros / 1_000_000, micros % 1_000_000);
            told.push((moment, found(&mut stage.main, "plain", "")?));
        }
        stage.rows("DROP TABLE boxes; DROP TABLE plain")?;
        for (moment, expected) in &told {
            assert_eq!(found(&mut stage.main, "boxes", moment)?, *expected, "{moment}");
        }
        Ok(())
    })
}
