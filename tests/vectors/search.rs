//! Searches with filters, limits and offsets, inside transactions, after rollbacks and of the past, against the model.

use helios_core::Value;
use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::subject::{Driver, Subject};

use crate::model::{METRICS, Row, distance, literal, nearest, vector};

/// The subjects, which all do the same.
fn subjects() -> TestResult<Vec<Subject>> {
    let mut subjects = Vec::new();
    for &driver in Driver::all() {
        for optimises in [true, false] {
            subjects.push(Subject::open(driver, optimises)?);
        }
    }
    Ok(subjects)
}

fn run(subjects: &mut [Subject], sql: &str) -> TestResult<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    for subject in subjects {
        rows = crate::rows(subject, sql).map_err(|error| format!("{}: {sql}: {error}", subject.name()))?;
    }
    Ok(rows)
}

/// One search in a form that is drawn, compared on all subjects.
fn search(subjects: &mut [Subject], rows: &[Row], table: &str, numbers: &mut Numbers) -> TestResult {
    let query = vector(numbers);
    let (metric, operator) = *numbers.pick(&METRICS);
    let given = literal(&query, numbers);
    let call = match numbers.below(4) {
        0 => format!("v {operator} {given}"),
        1 => format!("vector_distance({given}, v, '{metric}')"),
        2 if metric == "cosine" => format!("vector_distance(v, {given})"),
        _ => format!("vector_distance(v, {given}, '{metric}')"),
    };
    let mut wanted: Vec<Row> = rows.to_vec();
    let mut filter = String::new();
    if numbers.one_in(2) {
        let category = numbers.below(12) as i64;
        filter = format!(" WHERE category = {category}");
        wanted.retain(|row| row.category == category);
        if numbers.one_in(3) {
            filter += " AND v IS NOT NULL AND id % 2 = 0";
            wanted.retain(|row| row.vector.is_some() && row.id % 2 == 0);
        }
    }
    let mut expected = nearest(&wanted, metric, &query);
    let sql = match numbers.below(6) {
        0 => {
            let most = distance(metric, rows.first().and_then(|row| row.vector.as_ref()), &query);
            let most = most.unwrap_or(1.0);
            let within = |row: &Vec<Value>| matches!(row[1], Value::Real(distance) if distance < most);
            expected.retain(within);
            let and = if filter.is_empty() { " WHERE " } else { " AND " };
            format!("SELECT id, {call} AS d FROM {table}{filter}{and}{call} < {most:?} ORDER BY d")
        }
        1 => {
            let (limit, offset) = (numbers.below(30), numbers.below(10));
            expected = expected.into_iter().skip(offset).take(limit).collect();
            format!("SELECT id, {call} AS d FROM {table}{filter} ORDER BY d LIMIT {limit} OFFSET {offset}")
        }
        2 => {
            expected.truncate(5);
            format!("SELECT id, d FROM (SELECT id, {call} AS d FROM {table}{filter}) ORDER BY d, id LIMIT 5")
        }
        3 => {
            expected.truncate(4);
            format!("SELECT * FROM (SELECT id, {call} FROM {table}{filter} ORDER BY {call} LIMIT 4)")
        }
        4 => {
            expected.retain(|row| row[1] != Value::Null);
            expected.truncate(3);
            format!("SELECT id, {call} AS d FROM {table}{filter} ORDER BY d NULLS LAST LIMIT 3")
        }
        _ => {
            expected.truncate(7);
            format!("SELECT id, {call} AS d FROM {table}{filter} ORDER BY {call} LIMIT 7")
        }
    };
    let is_null_last = sql.contains("NULLS LAST");
    for subject in subjects {
        let found = crate::rows(subject, &sql);
        let mut found = found.map_err(|error| format!("{}: {sql}: {error}", subject.name()))?;
        if is_null_last {
            found.retain(|row| row[1] != Value::Null);
        }
        if found != expected {
            return Err(format!("{}: {sql}\n found {found:?}\nwanted {expected:?}", subject.name()).into());
        }
    }
    Ok(())
}

/// A statement that changes rows, done by the model too.
fn change(subjects: &mut [Subject], rows: &mut Vec<Row>, numbers: &mut Numbers) -> TestResult {
    let id = numbers.below(rows.len() + 1) as i64;
    let sql = match numbers.below(5) {
        0 => {
            rows.retain(|row| row.id != id);
            format!("DELETE FROM t WHERE id = {id}")
        }
        1 => {
            let new = vector(numbers);
            rows.iter_mut().filter(|row| row.id == id).for_each(|row| row.vector = Some(new.clone()));
            format!("UPDATE t SET v = {} WHERE id = {id}", literal(&new, numbers))
        }
        2 => {
            rows.iter_mut().filter(|row| row.category == 3).for_each(|row| row.category = 4);
            "UPDATE t SET category = 4 WHERE category = 3".to_owned()
        }
        _ => {
            let mut values = Vec::new();
            for _ in 0..numbers.below(60) + 1 {
                let id = rows.iter().map(|row| row.id).max().unwrap_or(0) + 1;
                let category = numbers.below(12) as i64;
                let vector = (!numbers.one_in(15)).then(|| vector(numbers));
                let written = vector.as_ref().map_or("NULL".to_owned(), |vector| literal(vector, numbers));
                values.push(format!("({id}, {category}, {written})"));
                rows.push(Row { id, category, vector });
            }
            format!("INSERT INTO t (id, category, v) VALUES {}", values.join(", "))
        }
    };
    run(subjects, &sql).map(drop)
}

#[test]
fn searches_find_what_the_model_finds() -> TestResult {
    with_seed(|numbers| {
        let mut subjects = subjects()?;
        run(&mut subjects, "CREATE TABLE t (id INTEGER PRIMARY KEY, category INT, v VECTOR(37))")?;
        let (mut rows, mut before) = (Vec::new(), None);
        change(&mut subjects, &mut rows, &mut numbers.fork())?;
        for _ in 0..repeats(150, 3000) {
            match (numbers.below(12), &before) {
                (0 | 1, None) => {
                    run(&mut subjects, if numbers.one_in(2) { "BEGIN" } else { "BEGIN CONCURRENT" })?;
                    before = Some(rows.clone());
                }
                (0, Some(_)) => {
                    run(&mut subjects, "COMMIT")?;
                    before = None;
                }
                (1, Some(_)) => {
                    run(&mut subjects, "ROLLBACK")?;
                    rows = before.take().unwrap_or_default();
                }
                (2..6, _) => change(&mut subjects, &mut rows, numbers)?,
                _ => search(&mut subjects, &rows, "t", numbers)?,
            }
        }
        Ok(())
    })
}

#[test]
fn searches_of_the_past_and_on_branches_see_their_own_rows() -> TestResult {
    with_seed(|numbers| {
        let mut subjects = subjects()?;
        run(&mut subjects, "CREATE TABLE t (id INTEGER PRIMARY KEY, category INT, v VECTOR(37))")?;
        run(&mut subjects, "ALTER TABLE t ADD SYSTEM VERSIONING")?;
        let mut rows = Vec::new();
        let mut past = Vec::new();
        for _ in 0..8 {
            change(&mut subjects, &mut rows, numbers)?;
            change(&mut subjects, &mut rows, numbers)?;
            let commits = subjects.iter_mut().map(|subject| {
                crate::rows(subject, "SELECT max(id) FROM helios_commits").map(|found| found[0][0].clone())
            });
            past.push((commits.collect::<Result<Vec<_>, _>>()?, rows.clone()));
        }
        for (commits, rows) in &past {
            for (subject, commit) in subjects.iter_mut().zip(commits) {
                let Value::Integer(commit) = commit else { return Err("commits have no numbers".into()) };
                let table = format!("t AS OF COMMIT {commit}");
                search(std::slice::from_mut(subject), rows, &table, &mut numbers.fork())?;
            }
        }
        let mut branches = Vec::new();
        run(&mut subjects, "CREATE BRANCH side")?;
        for subject in &subjects {
            branches.push(subject.on_branch("side")?);
        }
        let mut side = rows.clone();
        for _ in 0..10 {
            change(&mut branches, &mut side, numbers)?;
            change(&mut subjects, &mut rows, numbers)?;
            search(&mut branches, &side, "t", numbers)?;
            search(&mut subjects, &rows, "t", numbers)?;
        }
        Ok(())
    })
}

/// Enough rows for several chunks and for two threads.
const MANY_ROWS: i64 = 16_000;

#[test]
fn searches_of_many_rows_find_what_the_model_finds() -> TestResult {
    with_seed(|numbers| {
        let mut subjects = vec![Subject::open(Driver::Memory, true)?, Subject::open(Driver::Redb, true)?];
        run(&mut subjects, "CREATE TABLE t (id INTEGER PRIMARY KEY, category INT, v VECTOR(37))")?;
        run(&mut subjects, "CREATE INDEX by_category ON t (category)")?;
        let mut rows = Vec::new();
        while rows.len() < MANY_ROWS as usize {
            let mut values = Vec::new();
            for _ in 0..500 {
                let (id, category) = (rows.len() as i64 + 1, numbers.below(12) as i64);
                let vector = vector(numbers);
                values.push(format!("({id}, {category}, {})", literal(&vector, numbers)));
                rows.push(Row { id, category, vector: Some(vector) });
            }
            run(&mut subjects, &format!("INSERT INTO t VALUES {}", values.join(", ")))?;
        }
        for _ in 0..repeats(10, 200) {
            search(&mut subjects, &rows, "t", numbers)?;
        }
        Ok(())
    })
}

/// The lines of the plan of a query.
fn plan_of(subject: &mut Subject, sql: &str) -> TestResult<Vec<String>> {
    let rows = crate::rows(subject, &format!("EXPLAIN QUERY PLAN {sql}"))?;
    Ok(rows
        .iter()
        .map(|row| row[3].as_ref().text_bytes().map(|text| String::from_utf8_lossy(&text).into_owned()))
        .map(Option::unwrap_or_default)
        .collect())
}

#[test]
fn plans_show_which_queries_are_searches() -> TestResult {
    let mut subject = Subject::open(Driver::Memory, true)?;
    crate::rows(&mut subject, "CREATE TABLE t (id INTEGER PRIMARY KEY, c INT, note TEXT, v VECTOR(2))")?;
    crate::rows(&mut subject, "CREATE INDEX by_c ON t (c)")?;
    let near = "vector_distance(v, '[1,2]')";
    for (rest, line) in [
        (format!("ORDER BY {near} LIMIT 5"), "SCAN t FOR NEAREST VECTORS"),
        (format!("ORDER BY {near}, id LIMIT 5 OFFSET 3"), "SCAN t FOR NEAREST VECTORS"),
        ("ORDER BY v <+> '[1,2]' NULLS LAST LIMIT ?".to_owned(), "SCAN t FOR NEAREST VECTORS"),
        (format!("WHERE note LIKE 'a%' ORDER BY {near} LIMIT 5"), "SCAN t FOR NEAREST VECTORS"),
        (
            format!("WHERE c = 3 ORDER BY {near} LIMIT 5"),
            "SEARCH t USING INDEX by_c (c=?) FOR NEAREST VECTORS",
        ),
        (format!("ORDER BY {near} DESC LIMIT 5"), "SCAN t"),
        (format!("ORDER BY {near}, note LIMIT 5"), "SCAN t"),
        (format!("ORDER BY {near}"), "SCAN t"),
        ("ORDER BY vector_distance(v, v) LIMIT 5".to_owned(), "SCAN t"),
    ] {
        let sql = format!("SELECT id, note FROM t {rest}");
        assert_eq!(plan_of(&mut subject, &sql)?[0], line, "{sql}");
    }
    Ok(())
}
