//! Files of separated values, as `sqlite3` reads them.
//!
//! In: bytes. Out: records of fields, and what is odd about them. A field may stand between double quotes; a double
//! quote in it is written twice.

use std::io;

/// What stands between fields and behind records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Separators {
    pub(crate) column: u8,
    pub(crate) row: u8,
    /// Whether fields may stand between quotes.
    pub(crate) has_quotes: bool,
}

impl Separators {
    /// Commas and line feeds.
    pub(crate) const CSV: Separators = Separators { column: b',', row: b'\n', has_quotes: true };
    /// The separators of ASCII.
    pub(crate) const ASCII: Separators = Separators { column: 0x1f, row: 0x1e, has_quotes: false };
}

/// The fields of a record. The input may end where the last one would begin: that one is none.
pub(crate) type Record = Vec<Option<Vec<u8>>>;

/// Reads records.
#[derive(Debug)]
pub(crate) struct Fields<R> {
    bytes: io::Bytes<R>,
    name: String,
    separators: Separators,
    line: usize,
    is_first: bool,
    complaints: Vec<String>,
}

/// What ends a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Column,
    Row,
    Input,
}

const QUOTE: u8 = b'"';

/// What files may begin with.
const MARK: &[u8] = b"\xef\xbb\xbf";

impl<R: io::BufRead> Fields<R> {
    /// Reads an input that has a name in complaints.
    pub(crate) fn new(input: R, name: &str, separators: Separators) -> Fields<R> {
        let bytes = input.bytes();
        Fields { bytes, name: name.to_owned(), separators, line: 1, is_first: true, complaints: Vec::new() }
    }

    /// The number of the line that is read next.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// What was odd since this was asked last.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }

    /// The next record; none at the end.
    pub(crate) fn record(&mut self) -> io::Result<Option<Record>> {
        let mut record = Vec::new();
        loop {
            let (field, end) = self.field()?;
            if field.is_none() && record.is_empty() {
                return Ok(None);
            }
            record.push(field);
            if end != End::Column {
                return Ok(Some(record));
            }
        }
    }

    fn next(&mut self) -> io::Result<Option<u8>> {
        self.bytes.next().transpose()
    }

    /// The next field, if anything is there, and what ends it.
    fn field(&mut self) -> io::Result<(Option<Vec<u8>>, End)> {
        let Some(first) = self.next()? else { return Ok((None, End::Input)) };
        if first == QUOTE && self.separators.has_quotes {
            self.is_first = false;
            return self.quoted_field().map(|(field, end)| (Some(field), end));
        }
        let mut field = Vec::new();
        let mut byte = Some(first);
        let end = loop {
            match byte {
                None => break End::Input,
                Some(byte) if byte == self.separators.column => break End::Column,
                Some(byte) if byte == self.separators.row => break End::Row,
                Some(byte) => field.push(byte),
            }
            if self.is_first && field == MARK {
                // It is no part of the field behind it, which may be one between quotes.
                self.is_first = false;
                return self.field();
            }
            byte = self.next()?;
        };
        self.is_first = false;
        if end == End::Row {
            self.line += 1;
            if self.separators.has_quotes && field.ends_with(b"\r") {
                field.pop();
            }
        }
        Ok((Some(field), end))
    }

    fn quoted_field(&mut self) -> io::Result<(Vec<u8>, End)> {
        let begins = self.line;
        let mut field = Vec::new();
        // Whether the last byte was a quote that may be the last of the field.
        let mut may_end = false;
        loop {
            let byte = self.next()?;
            if byte == Some(self.separators.row) {
                self.line += 1;
            }
            if byte == Some(QUOTE) && may_end {
                may_end = false;
                continue;
            }
            let ends_with_return = field.ends_with(b"\"\r") && byte == Some(self.separators.row);
            if may_end || ends_with_return {
                let end = match byte {
                    None => Some(End::Input),
                    Some(byte) if byte == self.separators.row => Some(End::Row),
                    Some(byte) if byte == self.separators.column && may_end => Some(End::Column),
                    Some(_) => None,
                };
                if let Some(end) = end {
                    let quote = field.iter().rposition(|&byte| byte == QUOTE).unwrap_or(field.len());
                    field.truncate(quote);
                    return Ok((field, end));
                }
            }
            if may_end && byte != Some(b'\r') {
                self.complaints.push(format!("{}:{}: unescaped \" character", self.name, self.line));
            }
            let Some(byte) = byte else {
                self.complaints.push(format!("{}:{begins}: unterminated \"-quoted field", self.name));
                return Ok((field, End::Input));
            };
            field.push(byte);
            may_end = byte == QUOTE;
        }
    }
}

/// Names of columns of a first record. Those that several have get their numbers, and the new names are told.
pub(crate) fn column_names(record: &Record) -> (Vec<String>, Vec<(String, String)>) {
    let name_of = |field: &Option<Vec<u8>>| match field {
        Some(field) if !field.is_empty() => String::from_utf8_lossy(field).into_owned(),
        _ => "?".to_owned(),
    };
    let given: Vec<String> = record.iter().map(name_of).collect();
    let digits = given.len().to_string().len();
    let count =
        |names: &[String], name: &str| names.iter().filter(|other| other.eq_ignore_ascii_case(name)).count();
    let mut names: Vec<String> = Vec::with_capacity(given.len());
    let mut renamed = Vec::new();
    for (number, name) in (1..).zip(&given) {
        let mut unique = name.clone();
        if count(&given, name) > 1 {
            unique = format!("{name}_{number:0digits$}");
            while count(&given, &unique) + count(&names, &unique) > 0 {
                unique.push('_');
            }
            renamed.push((name.clone(), unique.clone()));
        }
        names.push(unique);
    }
    (names, renamed)
}

#[cfg(test)]
mod tests {
    use super::{Fields, Separators, column_names};

    fn records(text: &str) -> (Vec<Vec<Option<String>>>, Vec<String>) {
        let mut fields = Fields::new(text.as_bytes(), "a.csv", Separators::CSV);
        let mut records = Vec::new();
        while let Some(record) = fields.record().unwrap() {
            let text = |field: Option<Vec<u8>>| field.map(|field| String::from_utf8(field).unwrap());
            records.push(record.into_iter().map(text).collect());
        }
        (records, fields.complaints())
    }

    #[test]
    fn quotes_marks_and_line_ends_are_no_part_of_fields() {
        let (found, complaints) = records("\u{feff}\"a\"\"b\",c\r\n\"\",\"x\r\ny\"\n1,");
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [vec![text("a\"b"), text("c")], vec![text(""), text("x\r\ny")], vec![text("1"), None]]
        );
        assert!(complaints.is_empty());
    }

    #[test]
    fn what_is_odd_is_told_with_its_line() {
        let (_, complaints) = records("1\n\"a\"b\n");
        assert_eq!(complaints, ["a.csv:2: unescaped \" character", "a.csv:2: unterminated \"-quoted field"]);
    }

    #[test]
    fn columns_have_names_of_their_own() {
        let record = ["a", "b", "A", "", "a_1"].map(|name| Some(name.as_bytes().to_vec())).to_vec();
        assert_eq!(column_names(&record).0, ["a_1_", "b", "A_3", "?", "a_1"]);
    }
}
