//! What an engine says to a statement.

use std::fmt;

use helios_core::Value;

/// Everything that a program can see of the execution of one statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The rows, or the error.
    pub result: Result<Rows, Refusal>,
    /// `changes()` afterwards.
    pub changes: i64,
    /// `total_changes()` afterwards.
    pub total_changes: i64,
    /// `last_insert_rowid()` afterwards.
    pub last_insert_rowid: i64,
    /// Whether a transaction is open afterwards.
    pub in_transaction: bool,
}

/// The rows of a statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// The names of their columns.
    pub names: Vec<String>,
    /// Their values.
    pub rows: Vec<Vec<Value>>,
}

/// An error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// SQLite's extended result code.
    pub code: i32,
    /// What it says.
    pub message: String,
}

/// How much of two answers has to be equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// All, rows in their order.
    Exact,
    /// All but the order of the rows.
    Any,
    /// All but the order of rows that are similar: equal but for the class of a number, the case of a text, and
    /// spaces at its end.
    Sorted,
    /// The rows in their order have to be similar.
    Similar,
    /// The rows in any order have to be similar.
    AnySimilar,
}

impl Answer {
    /// Whether this is the same answer as another one.
    pub fn agrees_with(&self, other: &Answer, order: Order) -> bool {
        let result = match (&self.result, &other.result) {
            (Ok(mine), Ok(theirs)) => mine.agree_with(theirs, order),
            (Err(mine), Err(theirs)) => mine == theirs,
            _ => false,
        };
        result
            && self.changes == other.changes
            && self.total_changes == other.total_changes
            && self.last_insert_rowid == other.last_insert_rowid
            && self.in_transaction == other.in_transaction
    }
}

impl Rows {
    fn agree_with(&self, other: &Rows, order: Order) -> bool {
        if self.names != other.names || self.rows.len() != other.rows.len() {
            return false;
        }
        let same_as = |mine: &[Vec<Value>], theirs: &[Vec<Value>]| {
            mine.iter().zip(theirs).all(|(mine, theirs)| same_row(mine, theirs))
        };
        let similar_in_order = || simplified(&self.rows) == simplified(&other.rows);
        match order {
            Order::Exact => same_as(&self.rows, &other.rows),
            Order::Any => same_as(&sorted(&self.rows), &sorted(&other.rows)),
            Order::Sorted => similar_in_order() && same_as(&sorted(&self.rows), &sorted(&other.rows)),
            Order::Similar => similar_in_order(),
            Order::AnySimilar => {
                let (mut mine, mut theirs) = (simplified(&self.rows), simplified(&other.rows));
                mine.sort_unstable();
                theirs.sort_unstable();
                mine == theirs
            }
        }
    }
}

fn sorted(rows: &[Vec<Value>]) -> Vec<Vec<Value>> {
    let mut sorted = rows.to_vec();
    sorted.sort_by_cached_key(|row| format!("{row:?}"));
    sorted
}

/// Rows as texts that are equal where the rows are similar.
fn simplified(rows: &[Vec<Value>]) -> Vec<String> {
    let simple = |value: &Value| match value {
        Value::Integer(value) => format!("{:.9e}", *value as f64),
        Value::Real(value) => format!("{:.9e}", value + 0.0),
        Value::Text(text) => String::from_utf8_lossy(text).to_ascii_lowercase().trim_end().to_owned(),
        other => format!("{other:?}"),
    };
    rows.iter().map(|row| row.iter().map(simple).collect::<Vec<_>>().join(" | ")).collect()
}

/// Equal in class and content. Only the sign of a zero, which no text form shows, may differ.
fn same_row(mine: &[Value], theirs: &[Value]) -> bool {
    let same = |(mine, theirs): (&Value, &Value)| match (mine, theirs) {
        (Value::Real(mine), Value::Real(theirs)) => mine == theirs,
        (mine, theirs) => mine == theirs,
    };
    mine.len() == theirs.len() && mine.iter().zip(theirs).all(same)
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.result {
            Ok(rows) => {
                write!(f, "{} rows", rows.rows.len())?;
                if !rows.names.is_empty() {
                    write!(f, " of ({})", rows.names.join(", "))?;
                }
                for row in rows.rows.iter().take(40) {
                    write!(f, "\n      {row:?}")?;
                }
            }
            Err(refusal) => write!(f, "error {}: {}", refusal.code, refusal.message)?,
        }
        write!(
            f,
            "\n      changes {}, in all {}, last rowid {}{}",
            self.changes,
            self.total_changes,
            self.last_insert_rowid,
            if self.in_transaction { ", in a transaction" } else { "" }
        )
    }
}
