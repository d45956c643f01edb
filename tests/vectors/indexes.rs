//! Indexes of vectors: whatever happened before, a search by an index gives rows of the view in the order of their true
//! distances, as many as there are. What an exact search finds (`NOT INDEXED`) is the oracle: a flat index finds just that,
//! and a graph nearly all of it.

use helios_core::Value;
use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::subject::{Driver, Subject};

use crate::model::{METRICS, literal, vector};
use crate::rows;

/// What a search finds with the index and without.
#[derive(Debug, Default)]
struct Tally {
    wanted: usize,
    found: usize,
}

impl Tally {
    fn recall(&self) -> f64 {
        self.found as f64 / self.wanted.max(1) as f64
    }
}

/// The ways to say the same condition on rows.
fn condition(numbers: &mut Numbers) -> String {
    match numbers.below(6) {
        0 => format!(" WHERE category = {}", numbers.below(12)),
        1 => format!(" WHERE category < {}", numbers.below(12)),
        2 => " WHERE v IS NOT NULL".to_owned(),
        3 => format!(" WHERE v IS NOT NULL AND id % 3 = {}", numbers.below(3)),
        _ => String::new(),
    }
}

/// One search, with the index and without.
fn compare(
    subject: &mut Subject,
    (table, metric, is_exact): (&str, &str, bool),
    numbers: &mut Numbers,
    tally: &mut Tally,
) -> TestResult {
    let query = literal(&vector(numbers), numbers);
    let filter = condition(numbers);
    let nulls = if numbers.one_in(2) { " NULLS LAST" } else { "" };
    let limit = [1, 3, 10, 40, 1000][numbers.below(5)];
    let sql = |hint: &str| {
        format!(
            "SELECT id, vector_distance(v, {query}, '{metric}') AS d FROM {table} {hint}{filter} \
             ORDER BY d{nulls} LIMIT {limit}"
        )
    };
    let by_index = rows(subject, &sql("INDEXED BY near")).map_err(|error| format!("{}: {error}", sql("")))?;
    let expected = rows(subject, &sql("NOT INDEXED"))?;
    let name = subject.name().to_owned();
    let wrong = |what: &str| {
        format!("{name}: {what}: {}\n found {by_index:?}\nwanted {expected:?}", sql("INDEXED BY near"))
    };
    if is_exact && by_index != expected {
        return Err(wrong("a flat index").into());
    }
    if by_index.len() != expected.len() {
        return Err(wrong("the number of rows").into());
    }
    let distance = |row: &[Value]| match row[1] {
        Value::Real(distance) => Some(distance),
        _ => None,
    };
    for (place, row) in by_index.iter().enumerate() {
        let is_as_near = distance(row) >= distance(&expected[place]);
        let is_in_order = place == 0
            || nulls.is_empty() && distance(&by_index[place - 1]) <= distance(row)
            || !nulls.is_empty()
                && (distance(row).is_none()
                    || distance(&by_index[place - 1]).is_some_and(|last| Some(last) <= distance(row)));
        if !is_in_order || (nulls.is_empty() && !is_as_near) || by_index[..place].contains(row) {
            return Err(wrong(&format!("row {place}")).into());
        }
    }
    tally.wanted += expected.len();
    tally.found += expected.iter().filter(|row| by_index.contains(row)).count();
    Ok(())
}

/// A statement that changes rows.
fn change(numbers: &mut Numbers) -> String {
    let id = numbers.below(300);
    match numbers.below(9) {
        0 => format!("DELETE FROM t WHERE id = {id}"),
        1 => {
            format!("DELETE FROM t WHERE id % 7 = {} AND category = {}", numbers.below(7), numbers.below(12))
        }
        2 => format!("UPDATE t SET v = {} WHERE id = {id}", literal(&vector(numbers), numbers)),
        3 => format!("UPDATE t SET v = NULL WHERE id = {id}"),
        4 => format!("UPDATE t SET category = category + 1 WHERE id % 5 = {}", numbers.below(5)),
        5 => format!("UPDATE OR REPLACE t SET id = {} WHERE id = {id}", numbers.below(400)),
        _ => {
            let value = |numbers: &mut Numbers| {
                let written =
                    if numbers.one_in(15) { "NULL".to_owned() } else { literal(&vector(numbers), numbers) };
                format!("({}, {}, {written})", numbers.below(400), numbers.below(12))
            };
            let values: Vec<String> = (0..numbers.below(40) + 1).map(|_| value(numbers)).collect();
            format!("INSERT OR REPLACE INTO t (id, category, v) VALUES {}", values.join(", "))
        }
    }
}

fn run(subject: &mut Subject, sql: &str) -> TestResult {
    rows(subject, sql).map(drop).map_err(|error| format!("{}: {sql}: {error}", subject.name()).into())
}

/// A random life of a table with an index.
fn live(driver: Driver, kind: &str, numbers: &mut Numbers, tally: &mut Tally) -> TestResult {
    let (metric, _) = *numbers.pick(&METRICS);
    let is_exact = kind == "flat";
    let mut subject = Subject::open(driver, true)?;
    run(&mut subject, "CREATE TABLE t (id INTEGER PRIMARY KEY, category INT, v VECTOR(37))")?;
    if numbers.one_in(2) {
        run(&mut subject, "ALTER TABLE t ADD SYSTEM VERSIONING")?;
    }
    for _ in 0..numbers.below(8) {
        run(&mut subject, &change(numbers))?;
    }
    run(&mut subject, &format!("CREATE INDEX near ON t USING {kind} (v) WITH (metric = '{metric}')"))?;
    let mut is_open = false;
    for _ in 0..repeats(60, 400) {
        match numbers.below(16) {
            0 if !is_open => {
                run(&mut subject, if numbers.one_in(2) { "BEGIN" } else { "BEGIN CONCURRENT" })?;
                is_open = true;
            }
            0 => {
                run(&mut subject, if numbers.one_in(2) { "COMMIT" } else { "ROLLBACK" })?;
                is_open = false;
            }
            1 if is_open => run(&mut subject, "SAVEPOINT s")?,
            2 if is_open && rows(&mut subject, "ROLLBACK TO s").is_err() => {}
            3 if is_open && numbers.one_in(3) => run(&mut subject, "REINDEX near")?,
            3 if !is_open && driver != Driver::Memory && numbers.one_in(2) => subject.reopen()?,
            3 if !is_open => run(&mut subject, "REINDEX near")?,
            4..9 => run(&mut subject, &change(numbers))?,
            _ => compare(&mut subject, ("t", metric, is_exact), numbers, tally)?,
        }
    }
    let problems = rows(&mut subject, "PRAGMA integrity_check")?;
    if problems != [[Value::text("ok")]] {
        return Err(format!("{}: {problems:?}", subject.name()).into());
    }
    Ok(())
}

#[test]
fn a_flat_index_finds_what_an_exact_search_finds() -> TestResult {
    with_seed(|numbers| {
        for &driver in Driver::all() {
            for _ in 0..repeats(4, 40) {
                live(driver, "flat", numbers, &mut Tally::default())?;
            }
        }
        Ok(())
    })
}

#[test]
fn a_graph_finds_nearly_all() -> TestResult {
    with_seed(|numbers| {
        let mut tally = Tally::default();
        for &driver in Driver::all() {
            for _ in 0..repeats(4, 40) {
                live(driver, "hnsw", numbers, &mut tally)?;
            }
        }
        if tally.recall() < 0.95 { Err(format!("a recall of {tally:?}").into()) } else { Ok(()) }
    })
}

/// Random lives of tables with a graph of a library.
fn live_with_library(kind: &str) -> TestResult {
    with_seed(|numbers| {
        let mut tally = Tally::default();
        for _ in 0..repeats(3, 40) {
            let driver = *numbers.pick(Driver::all());
            live(driver, kind, numbers, &mut tally)?;
        }
        if tally.recall() < 0.95 { Err(format!("a recall of {tally:?}").into()) } else { Ok(()) }
    })
}

#[test]
fn a_graph_of_the_other_crate_finds_nearly_all() -> TestResult {
    live_with_library("hnsw_rs")
}

#[cfg(feature = "faiss")]
#[test]
fn a_graph_of_faiss_finds_nearly_all() -> TestResult {
    live_with_library("faiss")
}

/// A random life of a table on branches, seen by two connections and in the past.
fn live_on_branches(kind: &str, numbers: &mut Numbers, tally: &mut Tally) -> TestResult {
    let (metric, _) = *numbers.pick(&METRICS);
    let is_exact = kind == "flat";
    let mut main = Subject::open(Driver::Redb, true)?;
    run(&mut main, "CREATE TABLE t (id INTEGER PRIMARY KEY, category INT, v VECTOR(37))")?;
    run(&mut main, "ALTER TABLE t ADD SYSTEM VERSIONING")?;
    (0..numbers.below(8)).try_for_each(|_| run(&mut main, &change(numbers)))?;
    run(&mut main, &format!("CREATE INDEX near ON t USING {kind} (v) WITH (metric = '{metric}')"))?;
    let other = main.beside()?;
    let mut subjects = vec![main, other];
    let mut commits: Vec<(usize, i64)> = Vec::new();
    for step in 0..repeats(80, 500) {
        let place = numbers.below(subjects.len());
        match numbers.below(16) {
            0 if subjects.len() < 5 => {
                let name = format!("b{step}");
                run(&mut subjects[place], &format!("CREATE BRANCH {name}"))?;
                let branch = subjects[place].on_branch(&name)?;
                subjects.push(branch);
            }
            1 if place > 1 => {
                let from = subjects[place].branch().to_owned();
                let merged = rows(&mut subjects[0], &format!("MERGE BRANCH {from} INTO main"));
                // What both sides changed is refused.
                if let Err(message) = merged
                    && !message.contains("refused")
                {
                    return Err(format!("{from}: {message}").into());
                }
            }
            2 => run(&mut subjects[place], "REINDEX near")?,
            3 => {
                let found = rows(&mut subjects[place], "SELECT max(id) FROM helios_commits")?;
                if let Value::Integer(commit) = found[0][0] {
                    commits.push((place, commit));
                }
            }
            4 | 5 if !commits.is_empty() => {
                let (place, commit) = *numbers.pick(&commits);
                let table = format!("t AS OF COMMIT {commit}");
                compare(&mut subjects[place], (&table, metric, is_exact), numbers, tally)?;
            }
            6..11 => run(&mut subjects[place], &change(numbers))?,
            _ => compare(&mut subjects[place], ("t", metric, is_exact), numbers, tally)?,
        }
    }
    for subject in &mut subjects {
        let problems = rows(subject, "PRAGMA integrity_check")?;
        if problems != [[Value::text("ok")]] {
            return Err(format!("{}: {problems:?}", subject.name()).into());
        }
    }
    Ok(())
}

#[test]
fn an_index_serves_all_branches_moments_and_connections() -> TestResult {
    with_seed(|numbers| {
        let mut tally = Tally::default();
        for _ in 0..repeats(4, 40) {
            live_on_branches("flat", numbers, &mut tally)?;
        }
        tally = Tally::default();
        for _ in 0..repeats(4, 40) {
            live_on_branches("hnsw", numbers, &mut tally)?;
        }
        if tally.recall() < 0.95 { Err(format!("a recall of {tally:?}").into()) } else { Ok(()) }
    })
}
