//! COPY … TO STDOUT: rows as text, CSV or in binary.

use std::io;

use helios::ValueRef;

use super::portal::{Outcome, Portal, State};
use super::{Client, REPLY_BYTES};
use crate::command::{Copy, CopyFormat, CopySource};
use crate::failure::Failure;
use crate::sqlstate;
use crate::types::{Format, Shown, write};

/// What binary data begins with: a signature, flags, the length of an extension.
pub(super) const SIGNATURE: &[u8; 19] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

impl Client<'_> {
    pub(super) fn copy_out(&mut self, copy: &Copy, is_alone: bool) -> io::Result<Result<Outcome, Failure>> {
        let text = match &copy.source {
            CopySource::Query(text) => text.clone(),
            CopySource::Table(table, columns) => {
                let columns = if columns.is_empty() { "*".to_owned() } else { columns.join(", ") };
                format!("SELECT {columns} FROM {table}")
            }
        };
        let mut portal = match self.copied(&text, is_alone) {
            Ok(portal) => portal,
            Err(failure) => return Ok(Err(failure)),
        };
        let columns = portal.prepared.columns.clone();
        let format = if copy.format == CopyFormat::Binary { Format::Binary } else { Format::Text };
        let kinds: Vec<Shown> = columns.iter().map(|column| column.shown(format)).collect();
        self.reply.copy(b'H', u8::from(copy.format == CopyFormat::Binary), columns.len());
        let mut row = Vec::new();
        if copy.format == CopyFormat::Binary {
            // It is sent with what comes first after it.
            row.extend_from_slice(SIGNATURE);
        } else if copy.header {
            let names: Vec<Option<&[u8]>> =
                columns.iter().map(|column| Some(column.name.as_bytes())).collect();
            write_line(copy, &names, &mut row);
            self.reply.message(b'd', |out| out.extend_from_slice(&row));
            row.clear();
        }
        let mut count = 0_u64;
        let State::Rows(rows) = &mut portal.state else {
            return Ok(Err(Failure::new(sqlstate::INTERNAL, "a query without rows")));
        };
        loop {
            match rows.fill(self) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return Ok(Err(error.into())),
            }
            let (chunk, number) = rows.take();
            let values: Vec<ValueRef<'_>> =
                (0..kinds.len()).map(|column| chunk.value(number, column)).collect();
            if let Err(failure) = write_copied(copy, &values, &kinds, &mut row) {
                return Ok(Err(failure));
            }
            self.reply.message(b'd', |out| out.extend_from_slice(&row));
            row.clear();
            count += 1;
            if self.reply.len() > REPLY_BYTES {
                self.flush()?;
            }
        }
        if copy.format == CopyFormat::Binary {
            row.extend_from_slice(&(-1_i16).to_be_bytes());
            self.reply.message(b'd', |out| out.extend_from_slice(&row));
        }
        self.reply.message(b'c', |_| {});
        Ok(Ok(Outcome::Complete(format!("COPY {count}"))))
    }

    /// The query whose rows are copied, begun.
    fn copied(&mut self, text: &str, is_alone: bool) -> Result<Portal, Failure> {
        let prepared = self.prepare_one(text, &[])?;
        if prepared.command.is_some() || prepared.columns.is_empty() {
            return Err(Failure::new(sqlstate::SYNTAX_ERROR, "COPY takes a query that gives rows"));
        }
        let mut portal = Portal::new(prepared);
        self.start_portal(&mut portal, is_alone)?;
        Ok(portal)
    }
}

fn write_copied(
    copy: &Copy,
    values: &[ValueRef<'_>],
    kinds: &[Shown],
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    if copy.format == CopyFormat::Binary {
        out.extend_from_slice(&(values.len() as i16).to_be_bytes());
        for (value, shown) in values.iter().zip(kinds) {
            if value.is_null() {
                out.extend_from_slice(&(-1_i32).to_be_bytes());
                continue;
            }
            let start = out.len();
            out.extend_from_slice(&[0; 4]);
            write(*value, *shown, out)?;
            let length = (out.len() - start - 4) as i32;
            out[start..start + 4].copy_from_slice(&length.to_be_bytes());
        }
        return Ok(());
    }
    let mut texts = Vec::with_capacity(values.len());
    for (value, shown) in values.iter().zip(kinds) {
        texts.push(match value.is_null() {
            true => None,
            false => {
                let mut text = Vec::new();
                write(*value, *shown, &mut text)?;
                Some(text)
            }
        });
    }
    let texts: Vec<Option<&[u8]>> = texts.iter().map(Option::as_deref).collect();
    write_line(copy, &texts, out);
    Ok(())
}

/// A line of text or CSV.
fn write_line(copy: &Copy, values: &[Option<&[u8]>], out: &mut Vec<u8>) {
    for (position, value) in values.iter().enumerate() {
        if position > 0 {
            out.push(copy.delimiter);
        }
        match (value, copy.format) {
            (None, _) => out.extend_from_slice(copy.null.as_bytes()),
            (Some(text), CopyFormat::Csv) => write_csv(copy, text, out),
            (Some(text), _) => write_escaped(copy, text, out),
        }
    }
    out.push(b'\n');
}

fn write_escaped(copy: &Copy, text: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        let letter = match byte {
            b'\\' => b'\\',
            8 => b'b',
            12 => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            11 => b'v',
            other if *other == copy.delimiter => *other,
            other => {
                out.push(*other);
                continue;
            }
        };
        out.extend([b'\\', letter]);
    }
}

fn write_csv(copy: &Copy, text: &[u8], out: &mut Vec<u8>) {
    let is_special =
        |byte: &u8| *byte == copy.delimiter || *byte == copy.quote || matches!(byte, b'\n' | b'\r');
    let needs_quotes =
        copy.force_quote || text == copy.null.as_bytes() || text == b"\\." || text.iter().any(is_special);
    if !needs_quotes {
        return out.extend_from_slice(text);
    }
    out.push(copy.quote);
    for byte in text {
        if *byte == copy.quote || *byte == copy.escape {
            out.push(copy.escape);
        }
        out.push(*byte);
    }
    out.push(copy.quote);
}
