//! Records of a file.

use helios_testkit::TestResult;

/// One record.
#[derive(Debug)]
pub(crate) struct Record {
    /// The line that it begins at.
    pub(crate) line: usize,
    pub(crate) sql: String,
    pub(crate) expected: Expected,
}

/// What has to come of a record.
#[derive(Debug)]
pub(crate) enum Expected {
    /// No error.
    Success,
    /// An error.
    Failure,
    /// Rows.
    Rows(Query),
}

/// What is expected of a query.
#[derive(Debug)]
pub(crate) struct Query {
    /// A letter for each column.
    pub(crate) types: String,
    pub(crate) sort: Sort,
    /// Queries with the same label have the same values.
    pub(crate) label: Option<String>,
    /// The lines of the result.
    pub(crate) lines: Vec<String>,
}

/// How values are sorted before they are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    None,
    Rows,
    Values,
}

/// The records of a file that are for SQLite, up to where it says `halt`.
pub(crate) fn records(text: &str) -> TestResult<Vec<Record>> {
    let mut records = Vec::new();
    let mut lines = (1..).zip(text.lines()).peekable();
    let mut is_for_us = true;
    while let Some((number, line)) = lines.next() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let head = match words[..] {
            [] | ["hash-threshold", ..] => continue,
            [word, ..] if word.starts_with('#') => continue,
            ["skipif", engine, ..] => {
                is_for_us &= engine != "sqlite";
                continue;
            }
            ["onlyif", engine, ..] => {
                is_for_us &= engine == "sqlite";
                continue;
            }
            ["halt"] if is_for_us => break,
            ["halt"] => {
                is_for_us = true;
                continue;
            }
            ref words => words.to_vec(),
        };
        let mut block = Vec::new();
        while let Some((_, line)) = lines.next_if(|(_, line)| !line.trim().is_empty()) {
            block.push(line);
        }
        if std::mem::replace(&mut is_for_us, true) {
            records.push(record(number, &head, &block)?);
        }
    }
    Ok(records)
}

fn record(line: usize, head: &[&str], block: &[&str]) -> TestResult<Record> {
    let unknown = || format!("line {line}: {} is no record", head.join(" "));
    let end = block.iter().position(|line| *line == "----");
    let (sql, result) = block.split_at(end.unwrap_or(block.len()));
    let expected = match *head {
        ["statement", "ok"] => Expected::Success,
        ["statement", "error"] => Expected::Failure,
        ["query", types, ref more @ ..] => {
            let (sort, label) = match *more {
                [] => (Sort::None, None),
                [sort] => (sort_of(sort).ok_or_else(unknown)?, None),
                [sort, label, ..] => (sort_of(sort).ok_or_else(unknown)?, Some(label.to_owned())),
            };
            let lines = result.iter().skip(1).map(|line| (*line).to_owned()).collect();
            Expected::Rows(Query { types: types.to_owned(), sort, label, lines })
        }
        _ => return Err(unknown().into()),
    };
    Ok(Record { line, sql: sql.join("\n"), expected })
}

fn sort_of(word: &str) -> Option<Sort> {
    match word {
        "nosort" => Some(Sort::None),
        "rowsort" => Some(Sort::Rows),
        "valuesort" => Some(Sort::Values),
        _ => None,
    }
}
