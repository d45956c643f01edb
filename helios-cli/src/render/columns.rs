//! The modes whose columns are as wide as their widest cell: `column`, `table`, `box`, `markdown`.

use std::io::{self, Write};

use helios::ValueRef;

use super::text::{literal_cell, text_of};
use super::wrap::first_line;
use super::{Format, Mode};

/// Collects rows to write them as a table.
#[derive(Debug)]
pub(crate) struct Columns<'f> {
    format: &'f Format,
    names: Vec<Vec<u8>>,
    lines: Vec<Line>,
    /// Whether a row has several lines.
    has_long_rows: bool,
}

/// A line of a table: a row, or a part of one.
#[derive(Debug)]
struct Line {
    cells: Vec<Vec<u8>>,
    ends_row: bool,
}

/// What stands between cells.
struct Borders {
    start: &'static str,
    between: &'static str,
    end: &'static str,
}

impl<'f> Columns<'f> {
    pub(super) fn new(format: &'f Format, names: &[Vec<u8>]) -> Columns<'f> {
        let mut columns = Columns { format, names: Vec::new(), lines: Vec::new(), has_long_rows: false };
        columns.names = names.iter().enumerate().map(|(at, name)| columns.cut(at, name).0).collect();
        columns
    }

    /// The given width of a column; 0 where none is given.
    fn given_width(&self, column: usize) -> i32 {
        self.format.widths.get(column).copied().unwrap_or(0)
    }

    /// The first line of a text in a column, and the rest of the text.
    fn cut<'t>(&self, column: usize, text: &'t [u8]) -> (Vec<u8>, Option<&'t [u8]>) {
        let width = match self.given_width(column) {
            0 => self.format.wrap,
            given => given.unsigned_abs() as usize,
        };
        first_line(text, width, self.format.wraps_words)
    }

    pub(super) fn row(&mut self, row: &[ValueRef<'_>]) {
        let cell = |value: &ValueRef<'_>| match self.format.quotes {
            true => literal_cell(*value),
            false => match text_of(*value) {
                Some(text) => text.into_owned(),
                None => self.format.null.clone().into_bytes(),
            },
        };
        let texts: Vec<Vec<u8>> = row.iter().map(cell).collect();
        let mut rests: Vec<Option<&[u8]>> = texts.iter().map(|text| Some(text.as_slice())).collect();
        loop {
            let mut cells = Vec::with_capacity(rests.len());
            for (column, rest) in rests.iter_mut().enumerate() {
                let (line, next) = self.cut(column, rest.unwrap_or_default());
                cells.push(line);
                *rest = next;
            }
            let ends_row = rests.iter().all(Option::is_none);
            self.has_long_rows |= !ends_row;
            self.lines.push(Line { cells, ends_row });
            if ends_row {
                return;
            }
        }
    }

    pub(super) fn end(self, out: &mut dyn Write) -> io::Result<()> {
        if self.lines.is_empty() || self.names.is_empty() {
            return Ok(());
        }
        let widths: Vec<usize> = (0..self.names.len()).map(|column| self.width(column)).collect();
        let mode = self.format.mode;
        let borders = match mode {
            Mode::Column => Borders { start: "", between: "  ", end: "\n" },
            Mode::Box => Borders { start: "│ ", between: " │ ", end: " │\n" },
            _ => Borders { start: "| ", between: " | ", end: " |\n" },
        };
        match mode {
            Mode::Column if !self.format.headers => {}
            Mode::Column => {
                self.line(&self.names, &widths, &borders, out)?;
                let dashes: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
                writeln!(out, "{}", dashes.join("  "))?;
            }
            _ => {
                rule(mode, Rule::Top, &widths, out)?;
                self.centred(&widths, &borders, out)?;
                rule(mode, Rule::Header, &widths, out)?;
            }
        }
        for (at, line) in self.lines.iter().enumerate() {
            self.line(&line.cells, &widths, &borders, out)?;
            if self.has_long_rows && line.ends_row && at + 1 < self.lines.len() {
                match mode {
                    Mode::Column => out.write_all(b"\n")?,
                    _ => rule(mode, Rule::Between, &widths, out)?,
                }
            }
        }
        rule(mode, Rule::Bottom, &widths, out)
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.lines.iter().map(|line| &line.cells[column]).chain([&self.names[column]]);
        let widest = cells.map(|cell| characters(cell)).max().unwrap_or(0);
        widest.max(self.given_width(column).unsigned_abs() as usize)
    }

    fn line(
        &self,
        cells: &[Vec<u8>],
        widths: &[usize],
        borders: &Borders,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        out.write_all(borders.start.as_bytes())?;
        for (column, cell) in cells.iter().enumerate() {
            if column > 0 {
                out.write_all(borders.between.as_bytes())?;
            }
            let space = " ".repeat(widths[column].saturating_sub(characters(cell)));
            if self.given_width(column) < 0 {
                out.write_all(space.as_bytes())?;
                out.write_all(cell)?;
            } else {
                out.write_all(cell)?;
                out.write_all(space.as_bytes())?;
            }
        }
        out.write_all(borders.end.as_bytes())
    }

    /// The names, each in the middle of its column.
    fn centred(&self, widths: &[usize], borders: &Borders, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(borders.start.as_bytes())?;
        for (column, name) in self.names.iter().enumerate() {
            if column > 0 {
                out.write_all(borders.between.as_bytes())?;
            }
            let space = widths[column].saturating_sub(characters(name));
            out.write_all(" ".repeat(space / 2).as_bytes())?;
            out.write_all(name)?;
            out.write_all(" ".repeat(space.div_ceil(2)).as_bytes())?;
        }
        out.write_all(borders.end.as_bytes())
    }
}

/// The number of characters of a text; a byte that begins none counts as a part of the one before.
pub(super) fn characters(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

/// Where a horizontal line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Top,
    Header,
    Between,
    Bottom,
}

fn rule(mode: Mode, place: Rule, widths: &[usize], out: &mut dyn Write) -> io::Result<()> {
    let (start, dash, between, end) = match (mode, place) {
        (Mode::Box, Rule::Top) => ("┌", "─", "┬", "┐"),
        (Mode::Box, Rule::Header | Rule::Between) => ("├", "─", "┼", "┤"),
        (Mode::Box, Rule::Bottom) => ("└", "─", "┴", "┘"),
        (Mode::Table, _) => ("+", "-", "+", "+"),
        (Mode::Markdown, Rule::Header) => ("|", "-", "|", "|"),
        _ => return Ok(()),
    };
    let dashes: Vec<String> = widths.iter().map(|&width| dash.repeat(width + 2)).collect();
    writeln!(out, "{start}{}{end}", dashes.join(between))
}
