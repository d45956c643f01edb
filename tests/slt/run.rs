//! Running a file on helios, and comparing.

use std::collections::HashMap;

use helios_testkit::TestResult;
use helios_tests::answer::{Answer, Rows};
use helios_tests::subject::{Driver, Subject};

use crate::known::known_of;
use crate::record::{Expected, Query, Record, Sort, records};
use crate::value::written;

/// So many records of a file that do not pass are told.
const REPORTED: usize = 10;

/// Runs a file on the drivers under test, with the optimiser on and off.
pub(crate) fn file(name: &str, text: &str) -> TestResult {
    let records = records(text)?;
    let known = known_of(name);
    let mut failures = Vec::new();
    let mut expected = 0;
    for &driver in Driver::all() {
        for optimises in [true, false] {
            let mut subject = Subject::open(driver, optimises)?;
            for (line, failure) in run(&records, &mut subject) {
                if known.is_some_and(|known| known.lines.contains(&line)) {
                    expected += 1;
                } else {
                    failures.push(failure);
                }
            }
        }
    }
    if known.is_some() && expected == 0 {
        return Err("all records pass, and some are said not to".into());
    }
    if failures.is_empty() {
        return Ok(());
    }
    let count = failures.len();
    failures.truncate(REPORTED);
    let all = 2 * Driver::all().len() * records.len();
    Err(format!("{count} of {all} records do not pass\n{}", failures.join("\n")).into())
}

/// The records that do not pass: their lines and what to tell of them.
fn run(records: &[Record], subject: &mut Subject) -> Vec<(usize, String)> {
    let mut labels = HashMap::new();
    let mut failures = Vec::new();
    for record in records {
        let answer = subject.run_all(&record.sql);
        if let Some(reason) = failure(record, &answer, &mut labels) {
            let (line, name) = (record.line, subject.name());
            failures.push((line, format!("line {line}, {name}: {}\n    {reason}", record.sql)));
        }
    }
    failures
}

/// Why a record does not pass.
fn failure(record: &Record, answer: &Answer, labels: &mut HashMap<String, String>) -> Option<String> {
    match (&record.expected, &answer.result) {
        (Expected::Success, Ok(_)) | (Expected::Failure, Err(_)) => None,
        (Expected::Failure, Ok(_)) => Some("no error".to_owned()),
        (Expected::Success | Expected::Rows(_), Err(refusal)) => Some(refusal.message.clone()),
        (Expected::Rows(query), Ok(rows)) => {
            let values = values(query, rows);
            let hash = hash(&values);
            if let Some(label) = &query.label {
                let known = labels.entry(label.clone()).or_insert_with(|| hash.clone());
                if *known != hash {
                    return Some(format!("other values than the query before with the label {label}"));
                }
            }
            let hashed = format!("{} values hashing to {hash}", values.len());
            let is_hash = matches!(&query.lines[..], [line] if line.contains(" values hashing to "));
            let same = if is_hash { query.lines[0] == hashed } else { query.lines == values };
            (!same).then(|| format!("expected {:?}\n    answered {values:?}", query.lines))
        }
    }
}

fn values(query: &Query, rows: &Rows) -> Vec<String> {
    let types: Vec<char> = query.types.chars().collect();
    let letter = |column: usize| types.get(column).copied().unwrap_or('T');
    let mut texts: Vec<Vec<String>> = rows
        .rows
        .iter()
        .map(|row| row.iter().enumerate().map(|(column, value)| written(value, letter(column))).collect())
        .collect();
    if query.sort == Sort::Rows {
        texts.sort();
    }
    let mut values: Vec<String> = texts.into_iter().flatten().collect();
    if query.sort == Sort::Values {
        values.sort();
    }
    values
}

fn hash(values: &[String]) -> String {
    let mut text = String::new();
    for value in values {
        text.push_str(value);
        text.push('\n');
    }
    format!("{:x}", md5::compute(text))
}
