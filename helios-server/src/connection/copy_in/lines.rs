//! Bytes of COPY as rows of values: text, CSV, binary.

use super::check_signature;
use crate::command::{Copy, CopyFormat};
use crate::failure::Failure;
use crate::sqlstate;

/// What comes next.
pub(super) enum Row {
    /// The values, as they are written for their types; `None` is NULL.
    Values(Vec<Option<Vec<u8>>>),
    /// A line that is no row.
    Skipped,
    /// The end that the data itself marks.
    End,
}

/// Data that comes in pieces.
pub(super) struct Lines {
    format: CopyFormat,
    delimiter: u8,
    quote: u8,
    escape: u8,
    null: Vec<u8>,
    /// Whether the next line names the columns, or the next bytes are the signature.
    at_start: bool,
    has_ended: bool,
    data: Vec<u8>,
    /// What of it has been taken.
    at: usize,
    /// Up to where no line ends.
    searched: usize,
    in_quotes: bool,
    number: u64,
    /// Where the last line is in the data.
    last: (usize, usize),
}

fn bad(message: impl Into<String>) -> Failure {
    Failure::new(sqlstate::BAD_COPY_FORMAT, message)
}

impl Lines {
    pub(super) fn new(copy: &Copy) -> Lines {
        Lines {
            format: copy.format,
            delimiter: copy.delimiter,
            quote: copy.quote,
            escape: copy.escape,
            null: copy.null.as_bytes().to_vec(),
            at_start: copy.header || copy.format == CopyFormat::Binary,
            has_ended: false,
            data: Vec::new(),
            at: 0,
            searched: 0,
            in_quotes: false,
            number: 0,
            last: (0, 0),
        }
    }

    pub(super) fn add(&mut self, data: &[u8]) {
        self.data.drain(..self.at);
        self.searched -= self.at;
        self.at = 0;
        self.data.extend_from_slice(data);
    }

    /// How many bytes wait for the rest of their row.
    pub(super) fn waiting(&self) -> usize {
        self.data.len() - self.at
    }

    /// The number of the last row.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The last line.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(self.data.get(self.last.0..self.last.1).unwrap_or_default()).into_owned()
    }

    /// The next row that is there as a whole. At the end of the data, a line needs no end of its own.
    pub(super) fn next(&mut self, is_end: bool) -> Result<Option<Row>, Failure> {
        if self.has_ended {
            self.at = self.data.len();
            self.searched = self.at;
            return Ok(None);
        }
        if self.format == CopyFormat::Binary {
            return self.next_binary(is_end);
        }
        let Some((start, end)) = self.line(is_end)? else { return Ok(None) };
        self.number += 1;
        self.last = (start, end);
        if std::mem::take(&mut self.at_start) {
            return Ok(Some(Row::Skipped));
        }
        let line = self.data[start..end].to_vec();
        if line == b"\\." {
            self.has_ended = true;
            return Ok(Some(Row::End));
        }
        let values = match self.format {
            CopyFormat::Csv => self.csv_values(&line)?,
            _ => self.text_values(&line)?,
        };
        Ok(Some(Row::Values(values)))
    }

    /// Where the next line begins and ends, without what ends it.
    fn line(&mut self, is_end: bool) -> Result<Option<(usize, usize)>, Failure> {
        let start = self.at;
        let mut at = self.searched.max(start);
        while at < self.data.len() {
            let byte = self.data[at];
            if self.format == CopyFormat::Csv {
                if self.in_quotes && byte == self.escape && self.escape != self.quote {
                    // What comes after it may be in the next piece.
                    if at + 1 == self.data.len() {
                        break;
                    }
                    at += 2;
                    continue;
                }
                if byte == self.quote {
                    self.in_quotes = !self.in_quotes;
                }
            } else if byte == b'\\' {
                if at + 1 == self.data.len() {
                    break;
                }
                at += 2;
                continue;
            }
            if byte == b'\n' && !self.in_quotes {
                (self.at, self.searched) = (at + 1, at + 1);
                let end = if at > start && self.data[at - 1] == b'\r' { at - 1 } else { at };
                return Ok(Some((start, end)));
            }
            at += 1;
        }
        self.searched = at.min(self.data.len());
        if !is_end || start == self.data.len() {
            return Ok(None);
        }
        if self.in_quotes {
            return Err(bad("unterminated CSV quoted field"));
        }
        (self.at, self.searched) = (self.data.len(), self.data.len());
        Ok(Some((start, self.data.len())))
    }

    fn text_values(&self, line: &[u8]) -> Result<Vec<Option<Vec<u8>>>, Failure> {
        let mut values = Vec::new();
        let mut start = 0;
        let mut at = 0;
        loop {
            match line.get(at) {
                Some(b'\\') => at += 2,
                Some(byte) if *byte != self.delimiter => at += 1,
                other => {
                    let written = line.get(start..at.min(line.len())).unwrap_or_default();
                    values.push((written != self.null).then(|| unescaped(written)));
                    if other.is_none() {
                        return Ok(values);
                    }
                    at += 1;
                    start = at;
                }
            }
        }
    }

    fn csv_values(&self, line: &[u8]) -> Result<Vec<Option<Vec<u8>>>, Failure> {
        let mut values = Vec::new();
        let (mut value, mut was_quoted, mut in_quotes, mut at) = (Vec::new(), false, false, 0);
        loop {
            let byte = line.get(at).copied();
            match byte {
                Some(byte) if in_quotes => {
                    let next = line.get(at + 1).copied();
                    if byte == self.escape
                        && next.is_some_and(|next| next == self.quote || next == self.escape)
                    {
                        value.extend(next);
                        at += 1;
                    } else if byte == self.quote {
                        in_quotes = false;
                    } else {
                        value.push(byte);
                    }
                }
                Some(byte) if byte == self.quote => {
                    in_quotes = true;
                    was_quoted = true;
                }
                Some(byte) if byte != self.delimiter => value.push(byte),
                None if in_quotes => return Err(bad("unterminated CSV quoted field")),
                end_or_delimiter => {
                    let is_null = !was_quoted && value == self.null;
                    let whole = std::mem::take(&mut value);
                    values.push((!is_null).then_some(whole));
                    was_quoted = false;
                    if end_or_delimiter.is_none() {
                        return Ok(values);
                    }
                }
            }
            at += 1;
        }
    }

    fn next_binary(&mut self, is_end: bool) -> Result<Option<Row>, Failure> {
        let rest = &self.data[self.at..];
        if self.at_start {
            return match check_signature(rest)? {
                Some(length) => {
                    self.at += length;
                    self.searched = self.at;
                    self.at_start = false;
                    Ok(Some(Row::Skipped))
                }
                None if is_end => Err(bad("COPY file signature not recognized")),
                None => Ok(None),
            };
        }
        let row = binary_row(rest)?;
        match row {
            Some((row, length)) => {
                self.at += length;
                self.searched = self.at;
                self.number += 1;
                self.has_ended = matches!(row, Row::End);
                Ok(Some(row))
            }
            None if is_end && !rest.is_empty() => Err(bad("unexpected EOF in COPY data")),
            None => Ok(None),
        }
    }
}

/// A row in binary and how long it is; `None` if it is not all there.
fn binary_row(rest: &[u8]) -> Result<Option<(Row, usize)>, Failure> {
    let Some(count) = rest.get(..2) else { return Ok(None) };
    let count = i16::from_be_bytes([count[0], count[1]]);
    if count == -1 {
        return Ok(Some((Row::End, 2)));
    }
    if count < 0 {
        return Err(bad("invalid number of fields in COPY data"));
    }
    let mut at = 2;
    let mut values = Vec::new();
    for _ in 0..count {
        let Some(length) = rest.get(at..at + 4) else { return Ok(None) };
        let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
        at += 4;
        if length == -1 {
            values.push(None);
            continue;
        }
        let length = usize::try_from(length).map_err(|_| bad("invalid field size in COPY data"))?;
        let Some(value) = rest.get(at..at + length) else { return Ok(None) };
        values.push(Some(value.to_vec()));
        at += length;
    }
    Ok(Some((Row::Values(values), at)))
}

/// A value of the text format without its escapes.
fn unescaped(written: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(written.len());
    let mut at = 0;
    while at < written.len() {
        if written[at] != b'\\' {
            out.push(written[at]);
            at += 1;
            continue;
        }
        let Some(next) = written.get(at + 1).copied() else { break };
        at += 2;
        let digits = |radix: u32, most: usize, from: usize| {
            let rest = written.get(from..).unwrap_or_default();
            rest.iter().take(most).take_while(|byte| char::from(**byte).is_digit(radix)).count()
        };
        let number = |radix: u32, from: usize, count: usize| {
            let text = std::str::from_utf8(&written[from..from + count]).unwrap_or_default();
            (u32::from_str_radix(text, radix).unwrap_or(0) & 255) as u8
        };
        match next {
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'x' if digits(16, 2, at) > 0 => {
                let count = digits(16, 2, at);
                out.push(number(16, at, count));
                at += count;
            }
            b'0'..=b'7' => {
                let count = digits(8, 3, at - 1);
                out.push(number(8, at - 1, count));
                at += count - 1;
            }
            other => out.push(other),
        }
    }
    out
}
