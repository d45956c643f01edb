//! Where in a statement an error is.
//!
//! In: an error of the engine and the text that was prepared. Out: the same error with a place, if it is sure that the text
//! has there what the error names: the engine also reads texts of views and definitions, whose places are others.

use helios::sql::{Dialect, tokens};

use crate::failure::{Failure, Origin};

/// What stands before and behind a name in the messages of the engine that are about one.
const NAMES: &[(&str, &str)] = &[
    ("no such column: ", ""),
    ("no such table: main.", ""),
    ("no such table: ", ""),
    ("no such function: ", ""),
    ("ambiguous column name: ", ""),
    ("missing FROM-clause entry for table \"", "\""),
    ("type \"", "\" does not exist"),
    ("function ", " does not exist"),
];

impl Failure {
    /// The error with the place in the text that it is about; without one where that is not sure.
    pub(crate) fn located(self, text: &str) -> Failure {
        let told = self.origin.as_ref().and_then(|origin| origin.place);
        let place = match self.message.as_str() {
            "incomplete input" => Some(text.len()),
            message => match named(message) {
                Some(name) => told.filter(|place| has_name(text, *place, name)).or_else(|| find(text, name)),
                None => told
                    .filter(|place| has_token(text, *place, message))
                    .or_else(|| literal_of(text, message))
                    .or_else(|| operator_of(text, message))
                    .or_else(|| ungrouped_column_of(text, message)),
            },
        };
        let origin = place.map(|place| Box::new(Origin { place: Some(place), ..Origin::default() }));
        Failure { origin, ..self }
    }

    /// The error with its position in the text of the client, of which the statement begins behind `before` bytes.
    pub(crate) fn placed_in(self, text: &str, before: usize) -> Failure {
        let letters = |place: usize| text.get(..before + place).map(|start| start.chars().count() + 1);
        let Some(mut origin) = self.origin else { return self };
        origin.position = origin.place.and_then(letters);
        Failure { origin: Some(origin), ..self }
    }
}

/// The name that a message is about.
fn named(message: &str) -> Option<&str> {
    if let Some((_, name)) = message.split_once(" has no column named ") {
        return Some(name);
    }
    let (before, behind) =
        NAMES.iter().find(|(before, behind)| message.starts_with(before) && message.ends_with(behind))?;
    let name = message.get(before.len()..message.len().checked_sub(behind.len())?)?;
    Some(name.split('(').next().unwrap_or(name))
}

/// The first part of a name, without quotes.
fn first_part(name: &str) -> &str {
    name.split('.').next().unwrap_or(name).trim_matches('"')
}

/// Whether a name stands at a place.
fn has_name(text: &str, place: usize, name: &str) -> bool {
    let wanted = first_part(name);
    let found = text.get(place..).unwrap_or_default().trim_start_matches('"');
    found.get(..wanted.len()).is_some_and(|found| found.eq_ignore_ascii_case(wanted))
}

/// Where a name stands for the first time.
fn find(text: &str, name: &str) -> Option<usize> {
    let wanted = first_part(name);
    let is_it = |(start, end): &(usize, usize)| {
        text.get(*start..*end).is_some_and(|token| token.trim_matches('"').eq_ignore_ascii_case(wanted))
    };
    tokens(text, Dialect::Postgres).into_iter().find(is_it).map(|(start, _)| start)
}

/// What stands before a literal in quotes in the messages about one that no value of its type is.
const LITERALS: [&str; 4] =
    ["invalid input syntax for type ", "invalid input value for enum ", "date/time field value ", "value \""];

/// Where the literal is that a message is about, if there is one like it and no other.
fn literal_of(text: &str, message: &str) -> Option<usize> {
    if !LITERALS.iter().any(|start| message.starts_with(start)) {
        return None;
    }
    let (_, quoted) = message.split_once('"')?;
    let (said, _) = quoted.rsplit_once('"')?;
    let written = format!("'{}'", said.replace('\'', "''"));
    single(text, |token| token == written)
}

/// Where the operator is that a message says does not exist, if it stands there once.
fn operator_of(text: &str, message: &str) -> Option<usize> {
    let operands = message.strip_prefix("operator does not exist: ")?;
    let is_sign = |word: &&str| word.bytes().all(|byte| b"+-*/<>=~!@#%^&|?".contains(&byte));
    let operator = operands.split(' ').find(is_sign)?;
    single(text, |token| token == operator)
}

/// Where the column stands first that rows are not grouped by.
fn ungrouped_column_of(text: &str, message: &str) -> Option<usize> {
    let (name, _) = message.strip_prefix("column \"")?.split_once("\" must appear in the GROUP BY clause")?;
    let (table, column) = name.rsplit_once('.')?;
    let tokens = tokens(text, Dialect::Postgres);
    let token =
        |at: usize| tokens.get(at).and_then(|(start, end)| text.get(*start..*end)).unwrap_or_default();
    let is = |at: usize, name: &str| token(at).trim_matches('"').eq_ignore_ascii_case(name);
    let at = (0..tokens.len()).find(|at| is(*at, column) && token(at + 1) != ".")?;
    let is_told_of = at >= 2 && token(at - 1) == "." && is(at - 2, table);
    tokens.get(if is_told_of { at - 2 } else { at }).map(|(start, _)| *start)
}

/// Where the one token is that something holds for; `None` if there are several.
fn single(text: &str, is_it: impl Fn(&str) -> bool) -> Option<usize> {
    let mut found = tokens(text, Dialect::Postgres)
        .into_iter()
        .filter(|(start, end)| text.get(*start..*end).is_some_and(&is_it));
    let (start, _) = found.next()?;
    found.next().is_none().then_some(start)
}

/// Whether the token that a message quotes stands at a place.
fn has_token(text: &str, place: usize, message: &str) -> bool {
    let quoted = message
        .strip_prefix("near \"")
        .and_then(|rest| rest.strip_suffix("\": syntax error"))
        .or_else(|| message.strip_prefix("unrecognized token: \"").and_then(|rest| rest.strip_suffix('"')));
    quoted.is_some_and(|token| text.get(place..).is_some_and(|rest| rest.starts_with(token)))
}
