//! The modes that write row by row.

use std::io::{self, Write};

use helios::ValueRef;

use super::text::{
    quoted_name, text_of, write_c_string, write_csv, write_html, write_json, write_json_text, write_quote,
    write_quoted, write_value_literal,
};
use super::{Format, Mode};

/// Writes row by row.
#[derive(Debug)]
pub(crate) struct Lines<'f> {
    format: &'f Format,
    names: Vec<Vec<u8>>,
    rows: usize,
}

impl<'f> Lines<'f> {
    pub(super) fn new(format: &'f Format, names: Vec<Vec<u8>>) -> Lines<'f> {
        Lines { format, names, rows: 0 }
    }

    pub(super) fn row(&mut self, row: &[ValueRef<'_>], out: &mut dyn Write) -> io::Result<()> {
        let has_header = self.rows == 0 && self.format.headers;
        match self.format.mode {
            Mode::Line => self.block(row, out)?,
            Mode::Html => {
                if has_header {
                    self.html(out, "TH", self.names.iter().map(Vec::as_slice))?;
                }
                let texts: Vec<_> = row.iter().map(|value| self.shown(*value)).collect();
                self.html(out, "TD", texts.iter().map(Vec::as_slice))?;
            }
            Mode::Json => self.object(row, out)?,
            Mode::Insert => self.insert(row, out)?,
            _ => {
                if has_header {
                    self.header(out)?;
                }
                self.separated(row.len(), out, |at, out| self.field(row[at], out))?;
            }
        }
        self.rows += 1;
        Ok(())
    }

    pub(super) fn end(self, out: &mut dyn Write) -> io::Result<()> {
        match self.format.mode {
            Mode::Json if self.rows > 0 => out.write_all(b"]\n"),
            _ => Ok(()),
        }
    }

    /// The text of a value, or what stands for NULL.
    fn shown(&self, value: ValueRef<'_>) -> Vec<u8> {
        text_of(value).map_or_else(|| self.format.null.clone().into_bytes(), std::borrow::Cow::into_owned)
    }

    fn header(&self, out: &mut dyn Write) -> io::Result<()> {
        self.separated(self.names.len(), out, |at, out| {
            let name = &self.names[at];
            match self.format.mode {
                Mode::Csv => write_csv(name, &self.format.column_separator, out),
                Mode::Tcl => write_c_string(name, out),
                Mode::Quote => write_quoted(name, out),
                _ => out.write_all(name),
            }
        })
    }

    fn field(&self, value: ValueRef<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self.format.mode {
            Mode::Quote => write_quote(value, out),
            Mode::Tcl => write_c_string(&self.shown(value), out),
            Mode::Csv => match text_of(value) {
                Some(text) => write_csv(&text, &self.format.column_separator, out),
                None => out.write_all(self.format.null.as_bytes()),
            },
            _ => match text_of(value) {
                Some(text) => out.write_all(&text),
                None => out.write_all(self.format.null.as_bytes()),
            },
        }
    }

    fn separated(
        &self,
        count: usize,
        out: &mut dyn Write,
        write: impl Fn(usize, &mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        for at in 0..count {
            if at > 0 {
                out.write_all(self.format.column_separator.as_bytes())?;
            }
            write(at, out)?;
        }
        out.write_all(self.format.row_separator.as_bytes())
    }

    /// A line for each value; the names, set to the right, have the length of the longest, counted in bytes.
    fn block(&self, row: &[ValueRef<'_>], out: &mut dyn Write) -> io::Result<()> {
        if self.rows > 0 {
            out.write_all(self.format.row_separator.as_bytes())?;
        }
        let width = self.names.iter().map(Vec::len).max().unwrap_or(0).max(5);
        for (name, value) in self.names.iter().zip(row) {
            out.write_all(" ".repeat(width - name.len()).as_bytes())?;
            out.write_all(name)?;
            out.write_all(b" = ")?;
            out.write_all(&self.shown(*value))?;
            out.write_all(self.format.row_separator.as_bytes())?;
        }
        Ok(())
    }

    fn html<'t>(
        &self,
        out: &mut dyn Write,
        cell: &str,
        texts: impl Iterator<Item = &'t [u8]>,
    ) -> io::Result<()> {
        out.write_all(b"<TR>")?;
        for text in texts {
            write!(out, "<{cell}>")?;
            write_html(text, out)?;
            writeln!(out, "</{cell}>")?;
        }
        out.write_all(b"</TR>\n")
    }

    fn object(&self, row: &[ValueRef<'_>], out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.rows == 0 { b"[{" } else { b",\n{" })?;
        for (at, (name, value)) in self.names.iter().zip(row).enumerate() {
            if at > 0 {
                out.write_all(b",")?;
            }
            write_json_text(name, out)?;
            out.write_all(b":")?;
            write_json(*value, out)?;
        }
        out.write_all(b"}")
    }

    fn insert(&self, row: &[ValueRef<'_>], out: &mut dyn Write) -> io::Result<()> {
        write!(out, "INSERT INTO {}", self.format.table)?;
        if self.format.headers {
            let names: Vec<String> =
                self.names.iter().map(|name| quoted_name(&String::from_utf8_lossy(name))).collect();
            write!(out, "({})", names.join(","))?;
        }
        out.write_all(b" VALUES(")?;
        for (at, value) in row.iter().enumerate() {
            if at > 0 {
                out.write_all(b",")?;
            }
            write_value_literal(*value, self.format.keeps_newlines, out)?;
        }
        out.write_all(b");\n")
    }
}
