//! How rows are shown: a mode with its separators, widths and words.

use super::text::quoted_name;

/// A way of showing rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    Ascii,
    Box,
    Column,
    Csv,
    Html,
    Insert,
    Json,
    Line,
    #[default]
    List,
    Markdown,
    Quote,
    Table,
    Tcl,
}

/// The names that `.mode` takes, in the order in which they are told.
pub(crate) const MODE_NAMES: &[&str] = &[
    "ascii", "box", "column", "csv", "html", "insert", "json", "line", "list", "markdown", "qbox", "quote",
    "table", "tabs", "tcl",
];

impl Mode {
    /// What `.show` calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Mode::Ascii => "ascii",
            Mode::Box => "box",
            Mode::Column => "column",
            Mode::Csv => "csv",
            Mode::Html => "html",
            Mode::Insert => "insert",
            Mode::Json => "json",
            Mode::Line => "line",
            Mode::List => "list",
            Mode::Markdown => "markdown",
            Mode::Quote => "quote",
            Mode::Table => "table",
            Mode::Tcl => "tcl",
        }
    }

    /// Whether the width of a column depends on all rows.
    pub(crate) fn is_columnar(self) -> bool {
        matches!(self, Mode::Box | Mode::Column | Mode::Markdown | Mode::Table)
    }
}

/// How rows are shown.
#[derive(Clone, Debug)]
pub(crate) struct Format {
    pub(crate) mode: Mode,
    /// Whether the names of columns come first.
    pub(crate) headers: bool,
    /// Whether somebody has said so, or the mode decides.
    pub(crate) headers_are_given: bool,
    pub(crate) column_separator: String,
    pub(crate) row_separator: String,
    /// What stands for NULL.
    pub(crate) null: String,
    /// The least widths of columns; negative ones are set to the right.
    pub(crate) widths: Vec<i32>,
    /// The table of INSERT statements, as it is written.
    pub(crate) table: String,
    /// How long a line of a cell is at most; 0 for any length.
    pub(crate) wrap: usize,
    /// Whether lines are broken between words.
    pub(crate) wraps_words: bool,
    /// Whether cells are written as SQL's literals.
    pub(crate) quotes: bool,
    /// Whether texts of INSERT statements have their line breaks as they are.
    pub(crate) keeps_newlines: bool,
}

impl Default for Format {
    fn default() -> Format {
        Format {
            mode: Mode::List,
            headers: false,
            headers_are_given: false,
            column_separator: "|".to_owned(),
            row_separator: "\n".to_owned(),
            null: String::new(),
            widths: Vec::new(),
            table: quoted_name("table"),
            wrap: 0,
            wraps_words: false,
            quotes: false,
            keeps_newlines: false,
        }
    }
}

impl Format {
    /// The mode of a name and its separators; false if there is no mode of this name. Beginnings of names do.
    pub(crate) fn set_mode(&mut self, name: &str) -> bool {
        let is = |whole: &str| !name.is_empty() && whole.starts_with(name);
        let separators = |format: &mut Format, column: &str, row: &str| {
            column.clone_into(&mut format.column_separator);
            row.clone_into(&mut format.row_separator);
        };
        // In the order in which `sqlite3` looks, which decides for beginnings that several have.
        if is("lines") {
            self.mode = Mode::Line;
            "\n".clone_into(&mut self.row_separator);
        } else if is("columns") {
            self.mode = Mode::Column;
            self.headers |= !self.headers_are_given;
            "\n".clone_into(&mut self.row_separator);
        } else if is("list") {
            self.mode = Mode::List;
            separators(self, "|", "\n");
        } else if is("html") {
            self.mode = Mode::Html;
        } else if is("tcl") {
            self.mode = Mode::Tcl;
            separators(self, " ", "\n");
        } else if is("csv") {
            self.mode = Mode::Csv;
            separators(self, ",", "\r\n");
        } else if is("tabs") {
            self.mode = Mode::List;
            "\t".clone_into(&mut self.column_separator);
        } else if is("insert") {
            self.mode = Mode::Insert;
        } else if is("quote") {
            self.mode = Mode::Quote;
            separators(self, ",", "\n");
        } else if is("ascii") {
            self.mode = Mode::Ascii;
            separators(self, "\x1f", "\x1e");
        } else if is("markdown") {
            self.mode = Mode::Markdown;
        } else if is("table") {
            self.mode = Mode::Table;
        } else if is("box") {
            self.mode = Mode::Box;
        } else if is("json") {
            self.mode = Mode::Json;
        } else {
            return false;
        }
        true
    }
}
