//! What a program may meet that `docs/compatibility.md` says is different: a program ends there, and has not failed.
//!
//! Each rule is as narrow as it can be told from a statement, what was done before it, and both answers.

use helios_core::Value;
use helios_tests::answer::{Answer, Rows};

/// SQLite's codes of a foreign key that is broken, at once or by RESTRICT.
const FOREIGN_KEY: [i32; 2] = [787, 1811];

/// `x IS NULL` is a constant in SQLite 3.54 where `x` is a literal, as a default has to be.
const NOT_CONSTANT: &str = "Cannot add a column with non-constant default";

/// So many digits of a float are a text in all versions.
const DIGITS: usize = 14;

/// Whether the difference between two answers to a query is a documented one.
pub(crate) fn is_documented_of_values(sql: &str, answer: &Answer, oracle: &Answer) -> bool {
    match (&answer.result, &oracle.result) {
        (Ok(mine), Ok(theirs)) => agrees_but_for(mine, theirs, &|mine, theirs| is_similar(sql, mine, theirs)),
        _ => false,
    }
}

/// Whether the difference between two answers to a statement that does something is a documented one. `has_unchecked`
/// tells that rows were written while foreign keys were not in force.
pub(crate) fn is_documented(sql: &str, answer: &Answer, oracle: &Answer, has_unchecked: bool) -> bool {
    match (&answer.result, &oracle.result) {
        // In DO UPDATE, `excluded.x` has the value that would be stored.
        (Ok(_), Ok(_)) if sql.contains("excluded.") => answer.changes != oracle.changes,
        // DROP TABLE deletes rows first where SQLite has counted references that are broken.
        (Ok(_), Ok(_)) => has_unchecked && sql.starts_with("DROP TABLE"),
        (Err(refusal), Ok(_)) if refusal.message == NOT_CONSTANT => sql.contains("NULL"),
        // SQLite counts broken references: one that goes makes up for another that comes.
        (Err(refusal), Ok(_)) | (Ok(_), Err(refusal)) => has_unchecked && FOREIGN_KEY.contains(&refusal.code),
        // Of several things that mean nothing, another may be told.
        (Err(mine), Err(theirs)) => {
            let means_nothing =
                |message: &str| message.contains("no such ") || message.contains("cannot join using ");
            mine.code == theirs.code && means_nothing(&mine.message) && means_nothing(&theirs.message)
        }
    }
}

fn agrees_but_for(mine: &Rows, theirs: &Rows, is_similar: &dyn Fn(&Value, &Value) -> bool) -> bool {
    let same_row = |(mine, theirs): (&Vec<Value>, &Vec<Value>)| {
        mine.iter().zip(theirs).all(|(mine, theirs)| mine == theirs || is_similar(mine, theirs))
    };
    mine.names == theirs.names
        && mine.rows.len() == theirs.rows.len()
        && mine.rows.iter().zip(&theirs.rows).all(same_row)
}

fn is_similar(sql: &str, mine: &Value, theirs: &Value) -> bool {
    match (mine, theirs) {
        // A text of digits with a zero byte behind them is an integer for arithmetic in one version, and a float in another.
        (Value::Integer(mine), Value::Real(theirs)) => has_zero_bytes(sql) && *mine as f64 == *theirs,
        (Value::Integer(_), Value::Integer(_)) => has_zero_bytes(sql),
        // A float in JSON has 15 digits in one version, and 17 in another; quoted, 20 and 17.
        (Value::Text(mine), Value::Text(theirs)) => {
            ["json", "quote("].iter().any(|call| sql.contains(call)) && shortened(mine) == shortened(theirs)
        }
        // A text that JSON is made of may be kept as it is, or with escapes.
        (Value::Blob(_), Value::Blob(_)) => sql.contains("jsonb_"),
        _ => false,
    }
}

fn has_zero_bytes(sql: &str) -> bool {
    ["char(0", "x'00", "zeroblob(", "randomblob("].iter().any(|zero| sql.contains(zero))
}

/// A text whose numbers have few digits.
fn shortened(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let (mut short, mut digits) = (String::new(), 0);
    for char in text.chars() {
        digits = if char.is_ascii_digit() || char == '.' { digits + 1 } else { 0 };
        if digits <= DIGITS {
            short.push(char);
        }
    }
    short
}
