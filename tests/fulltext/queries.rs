//! Random queries over random documents.

use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::lockstep::Lockstep;
use helios_tests::subject::Driver;

use crate::documents::{text, word};
use crate::{agree, quoted};

/// A phrase.
fn phrase(numbers: &mut Numbers) -> String {
    let mut phrase = match numbers.below(6) {
        0 => format!("\"{} {}\"", word(numbers), word(numbers)),
        1 => format!("\"{}\" + \"{}\"", word(numbers), word(numbers)),
        _ => format!("\"{}\"", word(numbers)),
    };
    if numbers.one_in(6) {
        let word = word(numbers);
        let end = word.char_indices().nth(2).map_or(word.len(), |(end, _)| end);
        phrase = format!("\"{}\" *", &word[..end]);
    }
    if numbers.one_in(12) { format!("^ {phrase}") } else { phrase }
}

/// A group of phrases.
fn group(numbers: &mut Numbers) -> String {
    if !numbers.one_in(5) {
        return phrase(numbers);
    }
    let phrases: Vec<String> = (0..2 + numbers.below(2)).map(|_| format!("\"{}\"", word(numbers))).collect();
    match numbers.one_in(2) {
        true => format!("NEAR({}, {})", phrases.join(" "), numbers.below(6)),
        false => format!("NEAR({})", phrases.join(" ")),
    }
}

/// An expression of at most this depth.
fn expression(numbers: &mut Numbers, depth: usize) -> String {
    let columns = ["a:", "b :", "{a b}:", "-a:", "- {b} :"];
    if depth == 0 || numbers.one_in(3) {
        let count = 1 + numbers.below(2);
        let groups: Vec<String> = (0..count).map(|_| group(numbers)).collect();
        let groups = groups.join(" ");
        return if numbers.one_in(5) { format!("{} {groups}", numbers.pick(&columns)) } else { groups };
    }
    let (left, right) = (expression(numbers, depth - 1), expression(numbers, depth - 1));
    let operator = *numbers.pick(&["AND", "OR", "OR", "NOT"]);
    match numbers.below(4) {
        0 => format!("{} ({left} {operator} {right})", numbers.pick(&columns)),
        1 => format!("({left}) {operator} ({right})"),
        _ => format!("{left} {operator} {right}"),
    }
}

fn query(numbers: &mut Numbers) -> String {
    let depth = numbers.below(3);
    quoted(&expression(numbers, depth))
}

/// Tables of one definition, filled, changed, and asked.
fn compare(numbers: &mut Numbers, options: &str, has_places: bool) -> TestResult {
    let mut engines = Lockstep::open_on(&[Driver::Memory, Driver::Redb])?;
    agree(&mut engines, &format!("CREATE VIRTUAL TABLE t USING fts5(a, b{options})"))?;
    for _ in 0..repeats(4, 20) {
        agree(&mut engines, "BEGIN")?;
        for _ in 0..repeats(20, 100) {
            let (a, b) = (quoted(&text(numbers, 30)), quoted(&text(numbers, 8)));
            let rowid = 1 + numbers.below(100);
            let sql = match numbers.below(10) {
                0 => format!("DELETE FROM t WHERE rowid = {rowid}"),
                1 => format!("UPDATE t SET a = {a} WHERE rowid = {rowid}"),
                2 => format!("REPLACE INTO t(rowid, a, b) VALUES ({rowid}, {a}, {b})"),
                3 => format!("UPDATE OR REPLACE t SET rowid = {rowid} WHERE rowid = {}", numbers.below(100)),
                _ => format!("INSERT INTO t VALUES ({a}, {b}), ({b}, {a})"),
            };
            agree(&mut engines, &sql)?;
        }
        let end = *numbers.pick(&["COMMIT", "COMMIT", "COMMIT", "ROLLBACK"]);
        agree(&mut engines, end)?;
        for _ in 0..repeats(25, 200) {
            ask(numbers, &mut engines, has_places)?;
        }
        let command = *numbers.pick(&["optimize", "rebuild", "integrity-check"]);
        agree(&mut engines, &format!("INSERT INTO t(t) VALUES ('{command}')"))?;
    }
    agree(&mut engines, "INSERT INTO t(t) VALUES ('integrity-check')")
}

fn ask(numbers: &mut Numbers, engines: &mut Lockstep, has_places: bool) -> TestResult {
    let query = if has_places { query(numbers) } else { quoted(&format!("\"{}\"", word(numbers))) };
    agree(engines, &format!("SELECT rowid, a FROM t WHERE t MATCH {query}"))?;
    let order = *numbers.pick(&["rank", "rank DESC", "rowid DESC", "bm25(t, 2.0, 0.5)", "rank LIMIT 3"]);
    let marked = "highlight(t, 0, '<', '>'), highlight(t, 1, '[', ']')";
    let snippet =
        format!("snippet(t, {}, '<', '>', '…', {})", numbers.below(3) as i64 - 1, numbers.below(12));
    agree(
        engines,
        &format!("SELECT rowid, round(rank, 9), {marked}, {snippet} FROM t({query}) ORDER BY {order}"),
    )?;
    let weights = "round(bm25(t, 10, 0.25), 9)";
    agree(
        engines,
        &format!(
            "SELECT rowid, {weights} FROM t WHERE a MATCH {query} AND rank MATCH 'bm25(3.0)' AND rowid > 10 ORDER BY rank"
        ),
    )
}

#[test]
fn random_queries_find_what_fts5_finds() -> TestResult {
    with_seed(|numbers| compare(numbers, "", true))
}

#[test]
fn random_queries_agree_with_stems_and_prefix_indexes() -> TestResult {
    with_seed(|numbers| compare(numbers, ", tokenize='porter', prefix='2 3'", true))
}

#[test]
fn random_queries_agree_with_trigrams() -> TestResult {
    with_seed(|numbers| compare(numbers, ", tokenize='trigram'", true))
}

#[test]
fn random_queries_agree_without_places() -> TestResult {
    with_seed(|numbers| compare(numbers, ", detail=none", false))?;
    with_seed(|numbers| compare(numbers, ", detail=columns, columnsize=0", false))
}
