//! Rows of comma-separated values.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use helios::Value;

use super::table::{Column, Incoming, Take};
use crate::failure::{Failure, Outcome, about};
use crate::separated::{Fields, Record, Separators, column_names};

/// How the file is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form<'a> {
    pub(super) separator: u8,
    pub(super) has_header: bool,
    /// What stands for NULL.
    pub(super) null: Option<&'a [u8]>,
}

/// A file of comma-separated values.
#[derive(Debug)]
pub(super) struct Csv<'a> {
    path: PathBuf,
    form: Form<'a>,
    bytes: u64,
    width: usize,
}

impl<'a> Csv<'a> {
    pub(super) fn new(path: &Path, form: Form<'a>) -> Outcome<Csv<'a>> {
        let found = std::fs::metadata(path).map_err(|error| about(path.display(), &error))?;
        Ok(Csv { path: path.to_owned(), form, bytes: found.len(), width: 0 })
    }

    /// Hands on each record with the number of its line.
    fn records(&self, take: &mut dyn FnMut(Record, usize) -> Outcome) -> Outcome {
        let failed = |error| about(self.path.display(), &error);
        let file = File::open(&self.path).map_err(failed)?;
        let separators = Separators { column: self.form.separator, ..Separators::CSV };
        let mut fields = Fields::new(BufReader::new(file), &self.path.to_string_lossy(), separators);
        loop {
            let line = fields.line();
            let Some(record) = fields.record().map_err(failed)? else { return Ok(()) };
            if let Some(complaint) = fields.complaints().into_iter().next() {
                return Err(Failure::new(complaint));
            }
            take(record, line)?;
        }
    }

    fn is_null(&self, field: &[u8]) -> bool {
        self.form.null == Some(field)
    }
}

impl Incoming for Csv<'_> {
    fn columns(&mut self) -> Outcome<Vec<Column>> {
        let mut names: Option<Vec<Option<String>>> = None;
        let mut seen: Vec<Seen> = Vec::new();
        self.records(&mut |record, line| {
            let Some(names) = &names else {
                names = Some(match self.form.has_header {
                    true => column_names(&record).0.into_iter().map(Some).collect(),
                    false => vec![None; record.len()],
                });
                seen = vec![Seen::Nothing; record.len()];
                if !self.form.has_header {
                    seen.iter_mut().zip(&record).for_each(|(seen, field)| seen.note(field, self));
                }
                return Ok(());
            };
            let (expected, found) = (names.len(), record.len());
            if found != expected {
                let path = self.path.display();
                return Err(Failure::new(format!(
                    "{path}:{line}: expected {expected} columns but found {found}"
                )));
            }
            seen.iter_mut().zip(&record).for_each(|(seen, field)| seen.note(field, self));
            Ok(())
        })?;
        let names = names.unwrap_or_default();
        self.width = names.len();
        Ok(names
            .into_iter()
            .zip(seen)
            .map(|(name, seen)| Column { name, declared: seen.declared() })
            .collect())
    }

    fn rows(&mut self, take: &mut Take<'_>) -> Outcome {
        let mut is_header = self.form.has_header;
        let mut read = 0;
        self.records(&mut |record, _| {
            if std::mem::take(&mut is_header) {
                return Ok(());
            }
            let value = |field: Option<Vec<u8>>| match field {
                Some(field) if !self.is_null(&field) => {
                    read += field.len() as u64 + 1;
                    Value::Text(field.into())
                }
                _ => Value::Null,
            };
            let row = record.into_iter().map(value).collect();
            take(row, read)
        })
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// What the fields of a column have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Nothing,
    Integers,
    Numbers,
    Texts,
}

impl Seen {
    fn note(&mut self, field: &Option<Vec<u8>>, csv: &Csv<'_>) {
        if let Some(field) = field.as_deref().filter(|field| !csv.is_null(field)) {
            *self = (*self).max(Seen::of(field));
        }
    }

    /// What a field is. A number that would not be written again as it is, such as 007, is a text.
    fn of(field: &[u8]) -> Seen {
        let Ok(text) = std::str::from_utf8(field) else { return Seen::Texts };
        if text.parse::<i64>().is_ok_and(|number| number.to_string() == text) {
            return Seen::Integers;
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        let begins_well = digits.starts_with(|c: char| c.is_ascii_digit());
        let has_zeros = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let is_number = begins_well && !has_zeros && text.parse::<f64>().is_ok_and(f64::is_finite);
        // Integers that do not fit would lose digits.
        if is_number && text.contains(['.', 'e', 'E']) { Seen::Numbers } else { Seen::Texts }
    }

    fn declared(self) -> &'static str {
        match self {
            Seen::Integers => "INTEGER",
            Seen::Numbers => "REAL",
            Seen::Nothing | Seen::Texts => "TEXT",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn numbers_are_what_is_written_again_as_it_was() {
        for (field, seen) in [
            ("1", Seen::Integers),
            ("-70", Seen::Integers),
            ("007", Seen::Texts),
            ("00.5", Seen::Texts),
            ("+1", Seen::Texts),
            ("", Seen::Texts),
            (" 1", Seen::Texts),
            ("1.50", Seen::Numbers),
            ("-0.5e3", Seen::Numbers),
            ("inf", Seen::Texts),
            ("nan", Seen::Texts),
            ("9223372036854775808", Seen::Texts),
        ] {
            assert_eq!(Seen::of(field.as_bytes()), seen, "{field}");
        }
    }
}
