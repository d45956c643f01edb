//! What the shell is given on the command line.

use std::path::PathBuf;

use crate::connect::OpenArguments;
use crate::render::{Format, Mode};

/// The arguments of the shell.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ShellArguments {
    /// The file of the database; it is made if it is not there. Without one, the database is in memory.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// SQL or dot commands to run; without any, they are read from standard input.
    #[arg(value_name = "SQL")]
    pub(crate) statements: Vec<String>,
    #[command(flatten)]
    pub(crate) open: OpenArguments,
    /// The branch to work on.
    #[arg(long, value_name = "NAME", default_value = "main")]
    pub(crate) branch: String,
    /// Open the file for reading only.
    #[arg(long)]
    pub(crate) readonly: bool,
    /// Run this before anything else; may be given several times.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) cmd: Vec<String>,
    /// Read commands from this file first, in the place of the one in the user's folder of settings.
    #[arg(long, value_name = "FILE")]
    pub(crate) init: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) modes: Modes,
    /// Show the names of columns first.
    #[arg(long, overrides_with = "no_header")]
    pub(crate) header: bool,
    /// Do not show the names of columns.
    #[arg(long, alias = "noheader", overrides_with = "header")]
    pub(crate) no_header: bool,
    /// What stands between columns.
    #[arg(long, value_name = "TEXT")]
    pub(crate) separator: Option<String>,
    /// What stands behind rows.
    #[arg(long, value_name = "TEXT")]
    pub(crate) newline: Option<String>,
    /// What stands for NULL.
    #[arg(long, value_name = "TEXT", alias = "nullvalue")]
    pub(crate) null: Option<String>,
    /// Stop after the first error.
    #[arg(long)]
    pub(crate) bail: bool,
    /// Show what is run.
    #[arg(long)]
    pub(crate) echo: bool,
    /// Ask for input with prompts, whatever standard input is.
    #[arg(long, overrides_with = "batch")]
    pub(crate) interactive: bool,
    /// Ask for nothing, whatever standard input is.
    #[arg(long, overrides_with = "interactive")]
    pub(crate) batch: bool,
}

/// How rows are shown.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Modes {
    /// Show rows between separators of ASCII.
    #[arg(long)]
    ascii: bool,
    /// Show rows in boxes.
    #[arg(long = "box")]
    boxes: bool,
    /// Show rows in columns.
    #[arg(long)]
    column: bool,
    /// Show rows as comma-separated values.
    #[arg(long)]
    csv: bool,
    /// Show rows as rows of a table of HTML.
    #[arg(long)]
    html: bool,
    /// Show rows as INSERT statements.
    #[arg(long)]
    insert: bool,
    /// Show rows as JSON.
    #[arg(long)]
    json: bool,
    /// Show a line for each value.
    #[arg(long)]
    line: bool,
    /// Show rows with values between separators.
    #[arg(long)]
    list: bool,
    /// Show rows as a table of Markdown.
    #[arg(long)]
    markdown: bool,
    /// Show values as SQL writes them.
    #[arg(long)]
    quote: bool,
    /// Show rows in a table.
    #[arg(long)]
    table: bool,
    /// Show rows with values between tabs.
    #[arg(long)]
    tabs: bool,
}

impl ShellArguments {
    /// How rows are shown to begin with.
    pub(crate) fn format(&self) -> Format {
        let mut format = Format::default();
        self.modes.apply(&mut format);
        if let Some(separator) = &self.separator {
            separator.clone_into(&mut format.column_separator);
        }
        if let Some(newline) = &self.newline {
            newline.clone_into(&mut format.row_separator);
        }
        if let Some(null) = &self.null {
            null.clone_into(&mut format.null);
        }
        if self.header || self.no_header {
            (format.headers, format.headers_are_given) = (self.header, true);
        }
        format
    }
}

impl Modes {
    /// Sets the mode. As in `sqlite3`, rows end with a line feed here, also those of CSV.
    fn apply(self, format: &mut Format) {
        let modes = [
            (self.ascii, Mode::Ascii),
            (self.boxes, Mode::Box),
            (self.column, Mode::Column),
            (self.csv, Mode::Csv),
            (self.html, Mode::Html),
            (self.insert, Mode::Insert),
            (self.json, Mode::Json),
            (self.line, Mode::Line),
            (self.list, Mode::List),
            (self.markdown, Mode::Markdown),
            (self.quote, Mode::Quote),
            (self.table, Mode::Table),
            (self.tabs, Mode::List),
        ];
        let Some((_, mode)) = modes.into_iter().find(|(is_given, _)| *is_given) else { return };
        format.mode = mode;
        match mode {
            Mode::Ascii => {
                "\x1f".clone_into(&mut format.column_separator);
                "\x1e".clone_into(&mut format.row_separator);
            }
            Mode::Csv | Mode::Quote => ",".clone_into(&mut format.column_separator),
            Mode::List if self.tabs => "\t".clone_into(&mut format.column_separator),
            _ => {}
        }
    }
}
