//! Documents that come one at a time in transactions with savepoints, failing statements and triggers: what waits to be
//! written is found, taken back and kept as in SQLite.

use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::lockstep::Lockstep;
use helios_tests::subject::Driver;

use super::{agree, agree_on_all};

const TABLES: &str = "PRAGMA recursive_triggers = ON
    CREATE VIRTUAL TABLE f USING fts5(x, y)
    CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT UNIQUE, n INTEGER CHECK (n < 8))
    CREATE VIRTUAL TABLE g USING fts5(x, content=t, content_rowid=id)
    CREATE TRIGGER ti AFTER INSERT ON t BEGIN INSERT INTO g (rowid, x) VALUES (new.id, new.x); END
    CREATE TRIGGER td AFTER DELETE ON t BEGIN INSERT INTO g (g, rowid, x) VALUES ('delete', old.id, old.x); END
    CREATE TRIGGER tu AFTER UPDATE ON t BEGIN INSERT INTO g (g, rowid, x) VALUES ('delete', old.id, old.x); INSERT INTO g (rowid, x) VALUES (new.id, new.x); END
    CREATE TABLE plain (a)";

fn words(numbers: &mut Numbers) -> String {
    let count = numbers.below(6);
    let words: Vec<String> = (0..count).map(|_| format!("w{}", numbers.below(9))).collect();
    words.join(" ")
}

fn statement(numbers: &mut Numbers) -> String {
    let (x, y, id) = (words(numbers), words(numbers), numbers.below(30) + 1);
    let clause = ["", "", "OR IGNORE", "OR REPLACE", "OR FAIL", "OR ROLLBACK"][numbers.below(6)];
    // FTS5 of SQLite 3.40 knows no other clause than REPLACE; the SQLite of the tests does.
    let of_index = ["", "OR REPLACE", "OR ABORT"][numbers.below(3)];
    match numbers.below(26) {
        0 | 1 => "BEGIN".to_owned(),
        2 => "COMMIT".to_owned(),
        3 => "ROLLBACK".to_owned(),
        4 => format!("SAVEPOINT s{}", numbers.below(2)),
        5 => format!("RELEASE s{}", numbers.below(2)),
        6 => format!("ROLLBACK TO s{}", numbers.below(2)),
        7..=9 => format!("INSERT INTO f VALUES ('{x}', '{y}')"),
        10 => format!("INSERT {of_index} INTO f (rowid, x) VALUES ({id}, '{x}')"),
        11 => format!("INSERT {of_index} INTO f (rowid, x) VALUES ({}, '{y}'), ({id}, '{x}')", id + 1),
        12..=14 => format!("INSERT {clause} INTO t (x, n) VALUES ('{x}', {})", numbers.below(9)),
        15 => format!(
            "INSERT {clause} INTO t VALUES ({id}, '{y}', 1), ({}, '{x}', {})",
            id + 1,
            numbers.below(9)
        ),
        16 => format!("INSERT INTO t (x, n) SELECT x || ' ' || rowid, 2 FROM f WHERE f MATCH 'w{}'", id % 9),
        17 => format!("UPDATE f SET x = '{x}' WHERE rowid = {id}"),
        18 => format!("UPDATE {clause} t SET x = '{x}' WHERE id = {id}"),
        19 => format!("DELETE FROM f WHERE f MATCH 'w{}'", id % 9),
        20 => format!("DELETE FROM t WHERE id = {id}"),
        21 => format!("INSERT INTO plain VALUES ({id})"),
        22 => "INSERT INTO f (f) VALUES ('optimize')".to_owned(),
        23 => "INSERT INTO g (g) VALUES ('rebuild')".to_owned(),
        24 => format!("SELECT rowid, x FROM f WHERE f MATCH 'w{}' ORDER BY rowid", id % 9),
        _ => format!("SELECT rowid FROM g WHERE g MATCH 'w{} OR w{}' ORDER BY rowid", id % 9, id % 7),
    }
}

#[test]
fn documents_that_wait_are_part_of_their_transactions() -> TestResult {
    with_seed(|numbers| {
        for _ in 0..repeats(6, 100) {
            let mut engines = Lockstep::open_on(Driver::all())?;
            agree_on_all(&mut engines, TABLES)?;
            let mut log = Vec::new();
            for _ in 0..150 {
                let sql = statement(numbers);
                log.push(sql.clone());
                agree(&mut engines, &sql).map_err(|error| format!("{}\n{error}", log.join(";\n")))?;
            }
            let rows = "SELECT rowid, * FROM f ORDER BY rowid
                SELECT rowid, * FROM t ORDER BY rowid";
            agree_on_all(&mut engines, rows).map_err(|error| format!("{}\n{error}", log.join(";\n")))?;
            for table in ["f", "g"] {
                let check = format!("INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)");
                let answers = engines.run(&check);
                let is_damaged = answers.oracle.result.is_err();
                if answers.subjects.iter().any(|answer| answer.result.is_err() != is_damaged) {
                    return Err(format!("{}\n{check}: {answers:?}", log.join(";\n")).into());
                }
            }
        }
        Ok(())
    })
}
