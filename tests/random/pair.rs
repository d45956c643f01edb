//! Two connections to one database, in turns: SQLite in WAL mode and helios say the same to each.
//!
//! Either reads, writes, changes the schema, begins, ends and undoes as it likes: what it sees is the state that its
//! transaction began with, what it may write is decided by what the other one has written or is writing. Nothing waits:
//! a lock that is taken is an error at once.
//!
//! A transaction that has undone all that it did, or has emptied what is empty, is a commit for SQLite alone. A program ends
//! where that keeps the other one from writing, where SQLite has taken a lock for a definition before it saw that it has
//! nothing to do, and where it refuses what was wrong before the other one changed the schema.

use std::path::Path;

use helios_testkit::TestResult;
use helios_testkit::seed::Numbers;
use helios_tests::answer::{Answer, Order};
use helios_tests::sqlite::Sqlite;
use helios_tests::subject::{Driver, Subject};

use crate::watch::{Excuse, forgive};

/// What both begin with.
const BEGINNING: &[&str] = &[
    "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER, t TEXT)",
    "CREATE TABLE b (k TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE c (id INTEGER PRIMARY KEY AUTOINCREMENT, n UNIQUE)",
    "INSERT INTO a (n, t) VALUES (1, 'x'), (2, 'y'), (3, 'z')",
    "INSERT INTO b VALUES ('x', 1), ('y', 2)",
    "INSERT INTO c (n) VALUES (1), (5)",
];

/// SQLite's code of what a statement says that is wrong.
const WRONG: i32 = 1;

/// SQLite's code of a lock that somebody else has.
const BUSY: i32 = 5;

/// SQLite's code of a write of a transaction that reads what was before another commit.
const READS_THE_PAST: i32 = 517;

/// A statement, and which connection it is for.
#[derive(Clone, Debug)]
struct Step {
    connection: usize,
    text: String,
}

/// One engine with both connections, and what their counters are off by.
struct Side {
    connections: [Subject; 2],
    excuses: [Excuse; 2],
}

/// SQLite and helios on the drivers under test.
struct Stage {
    oracle: [Sqlite; 2],
    sides: Vec<Side>,
    /// Whether the transaction of a connection has undone something, and whether such a one was committed.
    undoes: [bool; 2],
    /// Whether there was a definition in the transaction of a connection.
    defines: [bool; 2],
    /// Whether a connection may know the schema only as it was before the other one changed it.
    is_behind: [bool; 2],
    may_be_hollow: bool,
    /// Whether SQLite has refused what is allowed here.
    is_over: bool,
    _directory: tempfile::TempDir,
}

impl Stage {
    fn open() -> TestResult<Stage> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("oracle.db");
        let open = |file: &Path| Sqlite::open_file(file);
        let oracle = [open(&file)?, open(&file)?];
        let mut sides = Vec::new();
        for &driver in Driver::all() {
            let mut one = Subject::open(driver, true)?;
            let other = one.beside()?;
            sides.push(Side { connections: [one, other], excuses: Default::default() });
        }
        let mut stage = Stage {
            oracle,
            sides,
            undoes: [false; 2],
            defines: [false; 2],
            is_behind: [false; 2],
            may_be_hollow: false,
            is_over: false,
            _directory: directory,
        };
        for text in BEGINNING {
            stage.run(&Step { connection: 0, text: (*text).to_owned() });
        }
        Ok(stage)
    }

    /// Runs a step everywhere: what SQLite says, what helios says that says something else, and what is to be told.
    fn run(&mut self, step: &Step) -> (Answer, Option<(Answer, String)>) {
        let oracle = self.oracle[step.connection].run(&step.text);
        let undoes = &mut self.undoes[step.connection];
        let is_undone = oracle.result.is_err() && oracle.in_transaction;
        *undoes |= step.text.starts_with("ROLLBACK TO") || step.text == "DELETE FROM c" || is_undone;
        if !oracle.in_transaction {
            self.may_be_hollow |= std::mem::take(undoes) && !step.text.starts_with("ROLLBACK");
        }
        let has_defined = self.defines[step.connection] || is_definition(&step.text);
        self.defines[step.connection] = oracle.in_transaction && has_defined;
        self.is_behind[1 - step.connection] |= !oracle.in_transaction && has_defined;
        self.is_over |= self.may_be_hollow && code(&oracle) == Some(READS_THE_PAST);
        let may_be_locked = self.defines[1 - step.connection] && code(&oracle) == Some(BUSY);
        let may_be_behind = self.is_behind[step.connection] && code(&oracle) == Some(WRONG);
        let mut different = None;
        for side in &mut self.sides {
            let subject = &mut side.connections[step.connection];
            let mut answer = subject.run(&step.text);
            forgive(&mut answer, &oracle, &mut side.excuses[step.connection]);
            // SQLite still calls columns as they were called before the other one renamed them.
            if let (Ok(own), Ok(wanted)) = (&mut answer.result, &oracle.result) {
                own.names.clone_from(&wanted.names);
            }
            // SQLite may not know yet how the other one has changed the schema, and so finds the lock first.
            if self.is_over || (code(&oracle) == Some(BUSY) && is_definition(&step.text)) {
                continue;
            }
            let is_different = !answer.agrees_with(&oracle, Order::Exact);
            if is_different && (may_be_locked || may_be_behind) {
                self.is_over = true;
            } else if is_different && different.is_none() {
                let report = format!("    SQLite: {oracle}\n    {}: {answer}\n", subject.name());
                different = Some((answer, report));
            }
        }
        // What reads or writes finds out.
        self.is_behind[step.connection] &= oracle.result.is_err() || is_control(&step.text);
        (oracle, different)
    }
}

/// Runs programs until so many statements have been compared.
pub(crate) fn run(seed: u64, statements: usize) -> TestResult {
    let mut numbers = Numbers::new(seed);
    let mut done = 0;
    while done < statements {
        done += program(&mut numbers.fork())?;
    }
    Ok(())
}

fn program(numbers: &mut Numbers) -> TestResult<usize> {
    let mut stage = Stage::open()?;
    let mut log = Vec::new();
    let mut is_open = [false; 2];
    for _ in 0..numbers.below(60) + 30 {
        let connection = numbers.below(2);
        let text = statement(numbers, is_open[connection]);
        is_open[connection] = take(&mut stage, &mut log, Step { connection, text })?;
        if stage.is_over {
            return Ok(log.len());
        }
    }
    for connection in (0..2).filter(|&connection| is_open[connection]) {
        let text = (*numbers.pick(&["COMMIT", "ROLLBACK"])).to_owned();
        if take(&mut stage, &mut log, Step { connection, text })? {
            take(&mut stage, &mut log, Step { connection, text: "ROLLBACK".to_owned() })?;
        }
    }
    for connection in 0..2 {
        for text in
            ["SELECT * FROM a", "SELECT * FROM b", "SELECT * FROM c", SCHEMA, "PRAGMA integrity_check"]
        {
            take(&mut stage, &mut log, Step { connection, text: text.to_owned() })?;
        }
    }
    Ok(log.len())
}

/// Runs a step, and says whether its connection is in a transaction then.
fn take(stage: &mut Stage, log: &mut Vec<Step>, step: Step) -> TestResult<bool> {
    let (oracle, different) = stage.run(&step);
    log.push(step);
    let Some((answer, report)) = different else { return Ok(oracle.in_transaction) };
    let (short, report) = reduced(log, &(code(&oracle), code(&answer)), report)?;
    let lines: Vec<String> =
        short.iter().map(|step| format!("{}: {};", step.connection + 1, step.text)).collect();
    Err(format!("the last step of these differs:\n{}\n{report}", lines.join("\n")).into())
}

fn is_definition(text: &str) -> bool {
    ["CREATE", "DROP", "ALTER"].iter().any(|word| text.starts_with(word))
}

fn is_control(text: &str) -> bool {
    let words = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SELECT 1"];
    words.iter().any(|word| text.starts_with(word))
}

fn code(answer: &Answer) -> Option<i32> {
    answer.result.as_ref().err().map(|refusal| refusal.code)
}

/// The steps without those that the difference at the end does not need.
fn reduced(
    log: &[Step],
    codes: &(Option<i32>, Option<i32>),
    mut report: String,
) -> TestResult<(Vec<Step>, String)> {
    let mut short = log.to_vec();
    for at in (0..log.len() - 1).rev() {
        let mut candidate = short.clone();
        candidate.remove(at);
        let mut stage = Stage::open()?;
        for (number, step) in candidate.iter().enumerate() {
            let (oracle, different) = stage.run(step);
            let Some((answer, told)) = different else { continue };
            if number + 1 == candidate.len() && (code(&oracle), code(&answer)) == *codes {
                report = told;
                short = candidate;
            }
            break;
        }
    }
    Ok((short, report))
}

const SCHEMA: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name";

fn statement(numbers: &mut Numbers, is_open: bool) -> String {
    match numbers.below(20) {
        0..=4 => control(numbers, is_open),
        5..=9 => query(numbers),
        10 | 11 => definition(numbers),
        12 => (*numbers.pick(&["PRAGMA user_version = 7", "PRAGMA user_version = 8"])).to_owned(),
        _ => change(numbers),
    }
}

fn control(numbers: &mut Numbers, is_open: bool) -> String {
    let texts: &[&str] = match is_open {
        true => &[
            "COMMIT",
            "COMMIT",
            "COMMIT",
            "ROLLBACK",
            "SAVEPOINT s1",
            "SAVEPOINT s2",
            "RELEASE s1",
            "RELEASE s2",
            "ROLLBACK TO s1",
            "ROLLBACK TO s2",
            "BEGIN",
        ],
        false => &["BEGIN", "BEGIN", "BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "SAVEPOINT s1", "COMMIT"],
    };
    (*numbers.pick(texts)).to_owned()
}

fn query(numbers: &mut Numbers) -> String {
    let key = numbers.below(8);
    let texts = [
        "SELECT * FROM a ORDER BY id".to_owned(),
        "SELECT count(*), sum(n), max(t) FROM a".to_owned(),
        format!("SELECT n, t FROM a WHERE id = {key}"),
        format!("SELECT id FROM a WHERE n > {key} ORDER BY id"),
        "SELECT * FROM b ORDER BY k".to_owned(),
        "SELECT * FROM c ORDER BY id".to_owned(),
        "SELECT a.id, b.k FROM a LEFT JOIN b ON a.t = b.k ORDER BY a.id, b.k".to_owned(),
        "SELECT * FROM d1 ORDER BY 1, 2".to_owned(),
        "SELECT * FROM d2 ORDER BY 1, 2".to_owned(),
        "SELECT * FROM v1 ORDER BY 1".to_owned(),
        "SELECT * FROM sqlite_sequence".to_owned(),
        "PRAGMA user_version".to_owned(),
        "PRAGMA table_info(d1)".to_owned(),
        "SELECT 1".to_owned(),
        SCHEMA.to_owned(),
    ];
    numbers.pick(&texts).clone()
}

fn change(numbers: &mut Numbers) -> String {
    let (key, value) = (numbers.below(8), numbers.below(8));
    let letter = *numbers.pick(&["w", "x", "y", "z"]);
    let or = *numbers.pick(&["", "", "OR IGNORE ", "OR REPLACE ", "OR FAIL ", "OR ROLLBACK "]);
    let texts = [
        format!("INSERT {or}INTO a VALUES ({key}, {value}, '{letter}')"),
        format!("INSERT INTO a (n, t) VALUES ({value}, '{letter}')"),
        format!("INSERT {or}INTO a (n) SELECT n + {value} FROM c"),
        format!("INSERT {or}INTO b VALUES ('{letter}', {value}), ('{value}', {key})"),
        format!("INSERT INTO b VALUES ('{letter}', 1) ON CONFLICT (k) DO UPDATE SET n = n + {value}"),
        format!("INSERT {or}INTO c (n) VALUES ({value}), ({key})"),
        format!("INSERT INTO d1 VALUES ({key}, {value})"),
        format!("INSERT INTO d2 VALUES ({key}, '{letter}')"),
        format!("UPDATE a SET n = n + 1 WHERE id > {key}"),
        format!("UPDATE {or}a SET id = {value} WHERE id = {key}"),
        format!("UPDATE {or}c SET n = {value} WHERE id = {key} RETURNING *"),
        format!("UPDATE b SET n = n * 2 WHERE k = '{letter}'"),
        format!("DELETE FROM a WHERE id = {key}"),
        format!("DELETE FROM b WHERE n = {value} RETURNING k"),
        "DELETE FROM c".to_owned(),
        format!("DELETE FROM a WHERE n > 1000 + {key}"),
    ];
    numbers.pick(&texts).clone()
}

fn definition(numbers: &mut Numbers) -> String {
    let texts = [
        "CREATE TABLE d1 (x, y)",
        "CREATE TABLE d1 (y, x, z DEFAULT 5)",
        "CREATE TABLE d2 (x PRIMARY KEY, y)",
        "CREATE TABLE IF NOT EXISTS d2 (x, y UNIQUE)",
        "DROP TABLE d1",
        "DROP TABLE IF EXISTS d2",
        "ALTER TABLE d1 ADD COLUMN w DEFAULT 9",
        "ALTER TABLE d1 RENAME TO d2",
        "ALTER TABLE d2 RENAME COLUMN x TO xx",
        "CREATE INDEX i1 ON a (n)",
        "CREATE UNIQUE INDEX i2 ON a (t)",
        "DROP INDEX i1",
        "DROP INDEX IF EXISTS i2",
        "CREATE VIEW v1 AS SELECT id, n FROM a WHERE n > 2",
        "CREATE VIEW v1 AS SELECT x FROM d1",
        "DROP VIEW IF EXISTS v1",
        "CREATE TRIGGER g1 AFTER INSERT ON a BEGIN UPDATE b SET n = n + new.n; END",
        "DROP TRIGGER g1",
        "CREATE TEMP TABLE d2 (p, q)",
        "CREATE TABLE d1 AS SELECT * FROM b",
    ];
    (*numbers.pick(&texts)).to_owned()
}
