//! Answers of the server, one after the other in a buffer.

use crate::failure::Failure;

/// Messages that were not sent yet.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
    /// Whether errors are told with SQLite's codes, too.
    tells_codes: bool,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The statement failed.
    Error,
    /// The connection ends.
    Fatal,
    /// Nothing failed, but something is not as it was asked for.
    Warning,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Severity::Error => "ERROR",
            Severity::Fatal => "FATAL",
            Severity::Warning => "WARNING",
        }
    }
}

/// A column of rows.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The numbers of the table and of its column that it shows as it is.
    pub(crate) origin: Option<(u32, i16)>,
    pub(crate) oid: u32,
    /// The bytes of a value; -1 where that varies.
    pub(crate) length: i16,
    /// What the type says in parentheses; -1 for nothing.
    pub(crate) modifier: i32,
    /// 0 is text, 1 is binary.
    pub(crate) format: i16,
}

impl Reply {
    /// No messages yet; whether errors are to be told with SQLite's codes, too.
    pub(crate) fn new(tells_codes: bool) -> Reply {
        Reply { bytes: Vec::new(), tells_codes }
    }

    /// What is to be sent.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(1 << 20);
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// A message: its type and what `write` puts into it.
    pub(crate) fn message(&mut self, kind: u8, write: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.push(kind);
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        write(&mut self.bytes);
        let length = (self.bytes.len() - start) as i32;
        self.bytes[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// As [`Reply::message`]; if `write` fails, nothing was added.
    pub(crate) fn try_message(
        &mut self,
        kind: u8,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let before = self.bytes.len();
        let mut result = Ok(());
        self.message(kind, |out| result = write(out));
        if result.is_err() {
            self.bytes.truncate(before);
        }
        result
    }

    pub(crate) fn authentication(&mut self, code: i32, more: &[u8]) {
        self.message(b'R', |out| {
            out.extend_from_slice(&code.to_be_bytes());
            out.extend_from_slice(more);
        });
    }

    pub(crate) fn parameter_status(&mut self, name: &str, value: &str) {
        self.message(b'S', |out| {
            put_text(out, name);
            put_text(out, value);
        });
    }

    pub(crate) fn key(&mut self, number: i32, secret: i32) {
        self.message(b'K', |out| {
            out.extend_from_slice(&number.to_be_bytes());
            out.extend_from_slice(&secret.to_be_bytes());
        });
    }

    pub(crate) fn ready(&mut self, status: u8) {
        self.message(b'Z', |out| out.push(status));
    }

    pub(crate) fn complete(&mut self, tag: &str) {
        self.message(b'C', |out| put_text(out, tag));
    }

    pub(crate) fn fields(&mut self, fields: &[Field]) {
        self.message(b'T', |out| {
            out.extend_from_slice(&(fields.len() as i16).to_be_bytes());
            for field in fields {
                put_text(out, &field.name);
                let (table, column) = field.origin.unwrap_or_default();
                out.extend_from_slice(&table.to_be_bytes());
                out.extend_from_slice(&column.to_be_bytes());
                out.extend_from_slice(&field.oid.to_be_bytes());
                out.extend_from_slice(&field.length.to_be_bytes());
                out.extend_from_slice(&field.modifier.to_be_bytes());
                out.extend_from_slice(&field.format.to_be_bytes());
            }
        });
    }

    pub(crate) fn parameters(&mut self, oids: &[u32]) {
        self.message(b't', |out| {
            out.extend_from_slice(&(oids.len() as i16).to_be_bytes());
            oids.iter().for_each(|oid| out.extend_from_slice(&oid.to_be_bytes()));
        });
    }

    /// That rows are to be copied: in (`G`) or out (`H`), each of so many columns.
    pub(crate) fn copy(&mut self, kind: u8, format: u8, columns: usize) {
        self.message(kind, |out| {
            out.push(format);
            out.extend_from_slice(&(columns as i16).to_be_bytes());
            (0..columns).for_each(|_| out.extend_from_slice(&i16::from(format).to_be_bytes()));
        });
    }

    pub(crate) fn failure(&mut self, failure: &Failure) {
        let kind = if matches!(failure.severity, Severity::Error | Severity::Fatal) { b'E' } else { b'N' };
        let tells_codes = self.tells_codes;
        let codes = failure.sqlite.filter(|_| tells_codes);
        self.message(kind, |out| {
            let mut part = |kind: u8, text: &str| {
                out.push(kind);
                put_text(out, text);
            };
            part(b'S', failure.severity.name());
            part(b'V', failure.severity.name());
            part(b'C', failure.code);
            part(b'M', &failure.message);
            if let Some((code, name)) = codes {
                part(b'h', &format!("{code} {name}"));
            }
            if let Some(detail) = &failure.detail {
                part(b'D', detail);
            }
            let origin = failure.origin.as_deref();
            if let Some(position) = origin.and_then(|origin| origin.position).filter(|_| !tells_codes) {
                part(b'P', &position.to_string());
            }
            if let Some(context) = origin.and_then(|origin| origin.context.as_ref()) {
                part(b'W', context);
            }
            if let Some(constraint) = &failure.constraint {
                part(b's', "public");
                part(b't', &constraint.table);
                match (&constraint.name, &constraint.columns[..]) {
                    (Some(name), _) => part(b'n', name),
                    (None, [column]) => part(b'c', column),
                    _ => {}
                }
            }
            out.push(0);
        });
    }
}

/// A text and a zero byte, which it cannot have in it.
fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend(text.bytes().filter(|byte| *byte != 0));
    out.push(0);
}
