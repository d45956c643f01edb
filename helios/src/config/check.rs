//! What is wrong with a file of settings, and in which line.
//!
//! In: the text of a `helios.toml`. Out: one [`Problem`] for each setting that is none, whose value does not fit, or that
//! asks for what is not built in. [`ConfigLoader`](super::ConfigLoader) refuses a file for the first of them.

use std::fmt;
use std::path::Path;

use config::{File, FileFormat, Map, Source as _, Value, ValueKind};
use helios_core::{Error, Result};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{KEYS, unknown};
use super::{Config, load};

/// Something that is wrong in a file of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// All that is wrong with the settings in a file; nothing, if a database can be opened with them.
///
/// ```
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("helios.toml");
/// std::fs::write(&path, "[storage]\nbackend = 'redb'\ncach_mb = 5\n")?;
/// let problems = helios::config::check_file(&path)?;
/// assert_eq!(problems[0].to_string(), "line 3: unknown setting `storage.cach_mb`, did you mean `storage.cache_mb`?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The file cannot be read.
pub fn check_file(path: &Path) -> Result<Vec<Problem>> {
    Ok(check(&read(path)?))
}

/// The text of a file.
pub(super) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| Error::sql(format!("configuration {}: {error}", path.display())).caused_by(error))
}

/// All that is wrong with the settings in a text.
pub(super) fn check(text: &str) -> Vec<Problem> {
    let mut problems = check_each(text);
    if problems.is_empty()
        && let Ok(config) = load::of_text(text)
    {
        problems.extend(check_meaning(text, &config));
    }
    problems
}

/// What is wrong with each setting by itself.
pub(super) fn check_each(text: &str) -> Vec<Problem> {
    let line_of =
        |at: usize| 1 + text.as_bytes()[..at.min(text.len())].iter().filter(|&&byte| byte == b'\n').count();
    let values = match DeTable::parse(text) {
        Ok(_) => File::from_str(text, FileFormat::Toml).collect().unwrap_or_default(),
        Err(error) => {
            let line = line_of(error.span().map_or(text.len(), |span| span.start));
            return vec![Problem { line, message: error.message().to_owned() }];
        }
    };
    let mut problems = Vec::new();
    for (name, at) in settings(text) {
        let message = match KEYS.iter().any(|key| key.name == name) {
            true => value_of(&values, &name).and_then(|value| load::check_value(&name, value).err()),
            false => Some(unknown(&name)),
        };
        problems.extend(message.map(|message| Problem { line: line_of(at), message }));
    }
    problems
}

/// What settings ask for that is not there, though each has a value that fits.
fn check_meaning(text: &str, config: &Config) -> Vec<Problem> {
    let places: Vec<(String, usize)> = settings(text).collect();
    let checks = [
        ("storage.backend", crate::drivers::driver(&config.storage.backend).map(|_| ())),
        ("encryption.cipher", crate::encryption::keyring(&config.encryption).map(|_| ())),
        ("encryption.key_env", crate::encryption::key(&config.encryption).map(|_| ())),
        ("vector.index", crate::vector_kinds::vector_kinds(&config.vector).map(|_| ())),
    ];
    let mut problems = Vec::new();
    for (name, checked) in checks {
        let Err(error) = checked else { continue };
        // Where the cost of keys is wrong, the line is that of what is told of it.
        let at = places
            .iter()
            .find(|(place, _)| place == name)
            .or_else(|| places.iter().find(|(place, _)| error.message().contains(place.as_str())));
        let before = at.map_or("", |(_, at)| &text[..*at]);
        let line = 1 + before.matches('\n').count();
        problems.push(Problem { line, message: error.message().to_owned() });
    }
    problems
}

/// The settings of a text, with where each stands, in the order of the text.
fn settings(text: &str) -> impl Iterator<Item = (String, usize)> {
    let mut found = Vec::new();
    if let Ok(table) = DeTable::parse(text) {
        collect(table.get_ref(), "", &mut found);
    }
    found.sort_by_key(|(_, at)| *at);
    found.into_iter()
}

fn collect(table: &DeTable<'_>, prefix: &str, found: &mut Vec<(String, usize)>) {
    for (name, value) in table {
        let path = format!("{prefix}{}", name.get_ref());
        match (value.get_ref(), KEYS.iter().any(|key| key.name == path)) {
            (DeValue::Table(inner), false) if !inner.is_empty() || is_section(&path) => {
                collect(inner, &format!("{path}."), found);
            }
            _ => found.push((path, start(name))),
        }
    }
}

fn start<T>(place: &Spanned<T>) -> usize {
    place.span().start
}

/// Whether settings begin with this name.
fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// The value at a path.
fn value_of(values: &Map<String, Value>, name: &str) -> Option<Value> {
    let (first, rest) = match name.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (name, None),
    };
    match (values.get(first)?, rest) {
        (value, None) => Some(value.clone()),
        (Value { kind: ValueKind::Table(inner), .. }, Some(rest)) => value_of(inner, rest),
        _ => None,
    }
}
