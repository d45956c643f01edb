//! Errors of the engine in PostgreSQL's words: the engine has SQLite's.
//!
//! In: the message of an error, and SQLite's name of it. Out: what PostgreSQL would say, as far as the message tells enough
//! for it. What no rule is for stays as it is.

use std::borrow::Cow;

use helios::sql::BrokenConstraint;

/// An error's message for a client of PostgreSQL.
pub(crate) fn postgres(message: &str, sqlite_name: &str) -> Option<String> {
    if let Some(said) = of_constraint(message, sqlite_name) {
        return Some(said);
    }
    let behind = |start: &str| message.strip_prefix(start);
    if let Some(name) = behind("no such table: ") {
        return Some(format!("relation \"{}\" does not exist", name.strip_prefix("main.").unwrap_or(name)));
    }
    if let Some(name) = behind("no such column: ") {
        let name = name.trim_matches('"');
        return Some(match name.contains('.') {
            true => format!("column {name} does not exist"),
            false => format!("column \"{name}\" does not exist"),
        });
    }
    for kind in ["index", "view", "savepoint", "trigger"] {
        if let Some(name) = message.strip_prefix("no such ").and_then(|rest| rest.strip_prefix(kind)) {
            return Some(format!("{kind} \"{}\" does not exist", name.trim_start_matches(": ")));
        }
    }
    if let Some((table, column)) = behind("table ").and_then(|rest| rest.split_once(" has no column named "))
    {
        return Some(format!("column \"{column}\" of relation \"{table}\" does not exist"));
    }
    if let Some(name) = behind("ambiguous column name: ") {
        let name = name.rsplit('.').next().unwrap_or(name);
        return Some(format!("column reference \"{name}\" is ambiguous"));
    }
    if let Some(name) = behind("duplicate column name: ") {
        return Some(format!("column \"{name}\" specified more than once"));
    }
    if let Some(name) = behind("cannot INSERT into generated column ") {
        return Some(format!("cannot insert a non-DEFAULT value into column {name}"));
    }
    if let Some(name) = behind("cannot UPDATE generated column ") {
        return Some(format!("column {name} can only be updated to DEFAULT"));
    }
    if let Some(name) = behind("table ").and_then(|rest| rest.strip_suffix(" has more than one primary key"))
    {
        return Some(format!("multiple primary keys for table {name} are not allowed"));
    }
    of_names(message).or_else(|| of_syntax(message)).or_else(|| of_clauses(message))
}

/// What is said of a constraint that does not hold, and its details.
pub(crate) fn of_broken(constraint: &BrokenConstraint, code: &str) -> (String, Option<String>) {
    let BrokenConstraint { table, name, columns, values, referred } = constraint;
    let name = name.as_deref().unwrap_or_default();
    let key = format!("Key ({})=({})", columns.join(", "), values.join(", "));
    let has_key = !values.is_empty() && columns.len() == values.len();
    let row = (!values.is_empty()).then(|| format!("Failing row contains ({}).", values.join(", ")));
    let (message, detail) = match (code, referred) {
        ("23502", _) => {
            let column = columns.first().map_or("", String::as_str);
            return (
                format!(
                    "null value in column \"{column}\" of relation \"{table}\" violates not-null constraint"
                ),
                row,
            );
        }
        ("23514", _) => {
            return (format!("new row for relation \"{table}\" violates check constraint \"{name}\""), row);
        }
        (_, Some((parent, true))) => (
            format!(
                "update or delete on table \"{parent}\" violates foreign key constraint \"{name}\" on table \
                 \"{table}\""
            ),
            format!("{key} is still referenced from table \"{table}\"."),
        ),
        (_, Some((parent, false))) => (
            format!("insert or update on table \"{table}\" violates foreign key constraint \"{name}\""),
            format!("{key} is not present in table \"{parent}\"."),
        ),
        _ => (
            format!("duplicate key value violates unique constraint \"{name}\""),
            format!("{key} already exists."),
        ),
    };
    (message, has_key.then_some(detail))
}

fn of_constraint(message: &str, sqlite_name: &str) -> Option<String> {
    if let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") {
        let parts: Vec<(&str, &str)> = columns.split(", ").filter_map(|part| part.split_once('.')).collect();
        let (table, _) = parts.first()?;
        let is_key = matches!(sqlite_name, "SQLITE_CONSTRAINT_PRIMARYKEY" | "SQLITE_CONSTRAINT_ROWID");
        let constraint = match is_key {
            true => format!("{table}_pkey"),
            false => {
                let columns: Vec<&str> = parts.iter().map(|(_, column)| *column).collect();
                format!("{table}_{}_key", columns.join("_"))
            }
        };
        return Some(format!("duplicate key value violates unique constraint \"{constraint}\""));
    }
    if let Some((table, column)) =
        message.strip_prefix("NOT NULL constraint failed: ").and_then(|rest| rest.split_once('.'))
    {
        return Some(format!(
            "null value in column \"{column}\" of relation \"{table}\" violates not-null constraint"
        ));
    }
    if let Some(name) = message.strip_prefix("CHECK constraint failed: ") {
        return Some(format!("new row violates check constraint \"{name}\""));
    }
    (message == "FOREIGN KEY constraint failed")
        .then(|| "the statement violates a foreign key constraint".to_owned())
}

/// A name that a message has as the statement wrote it.
fn without_quotes(name: &str) -> Cow<'_, str> {
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\"").into(),
        None => name.into(),
    }
}

/// What is there already, or is something else.
fn of_names(message: &str) -> Option<String> {
    if let Some(rest) = message.strip_suffix(" already exists") {
        let (kind, name) = rest.split_once(' ')?;
        let name = without_quotes(name);
        return matches!(kind, "table" | "view" | "index")
            .then(|| format!("relation \"{name}\" already exists"));
    }
    if let Some(name) = message.strip_prefix("there is already another table or index with this name: ") {
        return Some(format!("relation \"{name}\" already exists"));
    }
    if let Some(name) = message.strip_prefix("use DROP VIEW to delete view ") {
        return Some(format!("\"{name}\" is not a table"));
    }
    message.strip_prefix("use DROP TABLE to delete table ").map(|name| format!("\"{name}\" is not a view"))
}

fn of_syntax(message: &str) -> Option<String> {
    if let Some(place) = message.strip_prefix("near ").and_then(|rest| rest.strip_suffix(": syntax error")) {
        return Some(format!("syntax error at or near {place}"));
    }
    if message == "incomplete input" {
        return Some("syntax error at end of input".to_owned());
    }
    let token = message.strip_prefix("unrecognized token: ")?;
    Some(match token.get(1..2) {
        Some("'") => format!("unterminated quoted string at or near {token}"),
        Some("\"") => format!("unterminated quoted identifier at or near {token}"),
        _ => format!("syntax error at or near {token}"),
    })
}

fn of_clauses(message: &str) -> Option<String> {
    if message.starts_with("misuse of aggregate: ") {
        return Some("aggregate functions are not allowed in WHERE".to_owned());
    }
    if message.starts_with("misuse of aggregate function ") {
        return Some("aggregate function calls cannot be nested".to_owned());
    }
    if message.ends_with("do not have the same number of result columns") {
        let operator = message.strip_prefix("SELECTs to the left and right of ")?.split(' ').next()?;
        return Some(format!("each {operator} query must have the same number of columns"));
    }
    if message.starts_with("sub-select returns ") {
        return Some("subquery must return only one column".to_owned());
    }
    if message == "row value misused" {
        return Some("unequal number of entries in row expressions".to_owned());
    }
    if message == "ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint" {
        return Some(
            "there is no unique or exclusion constraint matching the ON CONFLICT specification".to_owned(),
        );
    }
    if message == "attempt to write a readonly database" {
        return Some("cannot execute this statement in a read-only transaction".to_owned());
    }
    let (given, wanted) = counts(message)?;
    Some(match given > wanted {
        true => "INSERT has more expressions than target columns".to_owned(),
        false => "INSERT has more target columns than expressions".to_owned(),
    })
}

/// `2 values for 1 columns`, and `table t has 2 columns but 3 values were supplied`.
fn counts(message: &str) -> Option<(u32, u32)> {
    let words: Vec<&str> = message.split(' ').collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse().ok());
    match words.get(1..3) {
        Some(["values", "for"]) => Some((number(0)?, number(3)?)),
        _ if message.ends_with("values were supplied") => {
            Some((number(words.len() - 4)?, number(words.len() - 7)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::postgres;

    #[test]
    fn errors_are_told_in_postgresqls_words() {
        for (message, said) in [
            ("no such table: main.t", "relation \"t\" does not exist"),
            ("no such column: a", "column \"a\" does not exist"),
            ("no such column: t.a", "column t.a does not exist"),
            ("near \"x\": syntax error", "syntax error at or near \"x\""),
            (
                "table t has 2 columns but 3 values were supplied",
                "INSERT has more expressions than target columns",
            ),
            ("1 values for 2 columns", "INSERT has more target columns than expressions"),
            (
                "UNIQUE constraint failed: t.a, t.b",
                "duplicate key value violates unique constraint \"t_a_b_key\"",
            ),
        ] {
            assert_eq!(postgres(message, "").as_deref(), Some(said));
        }
        assert_eq!(postgres("something else", ""), None);
    }
}
