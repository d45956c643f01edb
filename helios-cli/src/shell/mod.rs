//! The shell: statements and dot commands, from a terminal, a file or the command line.
//!
//! In: lines. Out: rows in the form that [`Format`] says, errors on standard error. A statement may have several lines;
//! it runs when a line ends with its semicolon. What the shell writes to standard output is what `sqlite3` writes.

mod arguments;
mod dot;
mod editor;
mod output;
mod run;
mod scan;
mod source;
mod statement;
mod vocabulary;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use helios::Value;

use crate::connect::{OpenArguments, Opened};
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupts;
use crate::render::Format;

pub(crate) use arguments::ShellArguments;
use dot::{Stats, Tracer};
use editor::Editor;
use output::Output;
use source::{Lines, Plain, Prompts, Source};
use statement::StatementFailure;
use vocabulary::Vocabulary;

/// How deep files that are read by files go.
const MOST_NESTED: usize = 25;

/// What the shell keeps between lines.
#[derive(Debug)]
struct Shell {
    opened: Opened,
    open_arguments: OpenArguments,
    format: Format,
    output: Output,
    interrupts: Interrupts,
    /// Values of parameters, by their names with the prefix.
    parameters: BTreeMap<String, Value>,
    prompts: Prompts,
    switches: Switches,
    /// What statements are told to.
    tracer: Option<Tracer>,
    /// How many files are being read.
    nesting: usize,
    vocabulary: Vocabulary,
}

/// What is on or off.
#[derive(Clone, Copy, Debug)]
struct Switches {
    echo: bool,
    bail: bool,
    changes: bool,
    timer: bool,
    stats: Stats,
    /// Whether the next statement is looked at in the place of being run.
    advises: bool,
    /// Whether plans are shown before rows.
    plans: bool,
    /// Whether EXPLAIN has a form of its own.
    explain: Explain,
}

/// Whether rows of EXPLAIN are shown in a form of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Explain {
    Automatic,
    Off,
}

/// What comes after a dot command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    GoOn,
    /// It failed, and has said so.
    Failed,
    /// The input ends here.
    Quit,
    /// The program ends with this code.
    Exit(u8),
}

/// How reading a source has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ended {
    has_errors: bool,
    exit: Option<u8>,
}

/// Runs the shell as the arguments say.
pub(crate) fn run(arguments: &ShellArguments) -> Outcome<ExitCode> {
    let is_terminal = io::stdin().is_terminal();
    let asks = arguments.statements.is_empty() && !arguments.batch && (arguments.interactive || is_terminal);
    let config = arguments.open.config()?;
    let file = arguments.file.as_deref().unwrap_or(Path::new(":memory:"));
    let opened = Opened::new(file, arguments.readonly, config, &arguments.branch)?;
    let vocabulary = Vocabulary::new(&opened);
    let mut shell = Shell {
        opened,
        open_arguments: arguments.open.clone(),
        format: arguments.format(),
        output: Output::standard(),
        interrupts: Interrupts::listen()?,
        parameters: BTreeMap::new(),
        prompts: Prompts::default(),
        switches: Switches {
            echo: arguments.echo,
            bail: arguments.bail,
            changes: false,
            timer: false,
            stats: Stats::Off,
            advises: false,
            plans: false,
            explain: Explain::Automatic,
        },
        tracer: None,
        nesting: 0,
        vocabulary,
    };
    let code = shell.run(arguments, asks, asks && is_terminal)?;
    shell.output.reset()?;
    shell.close()?;
    Ok(code)
}

impl Shell {
    fn run(&mut self, arguments: &ShellArguments, asks: bool, is_terminal: bool) -> Outcome<ExitCode> {
        if asks {
            self.greet()?;
        }
        if let Some(exit) = self.run_first(arguments, asks)? {
            return Ok(exit);
        }
        for text in &arguments.statements {
            match self.run_argument(text)? {
                After::GoOn => {}
                After::Quit => return Ok(ExitCode::SUCCESS),
                After::Failed => return Ok(ExitCode::FAILURE),
                After::Exit(code) => return Ok(code.into()),
            }
        }
        if !arguments.statements.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        let lines: Box<dyn Lines> = match is_terminal {
            true => Box::new(Editor::new(self.vocabulary.clone())?),
            false => Box::new(Plain::standard(asks)),
        };
        let ended = self.read(Source { lines, asks })?;
        Ok(match (ended.exit, ended.has_errors && !asks) {
            (Some(code), _) => code.into(),
            (None, true) => ExitCode::FAILURE,
            (None, false) => ExitCode::SUCCESS,
        })
    }

    /// Runs the commands of the file of settings, and those of `--cmd`.
    fn run_first(&mut self, arguments: &ShellArguments, asks: bool) -> Outcome<Option<ExitCode>> {
        let own = if asks { settings_file().filter(|path| path.exists()) } else { None };
        if let Some(path) = arguments.init.clone().or(own) {
            let ended = self.read_file(&path)?;
            if let Some(code) = ended.exit {
                return Ok(Some(code.into()));
            }
            if ended.has_errors && self.switches.bail {
                return Ok(Some(ExitCode::FAILURE));
            }
        }
        for text in &arguments.cmd {
            match self.run_argument(text)? {
                After::Exit(code) => return Ok(Some(code.into())),
                After::Quit => return Ok(Some(ExitCode::SUCCESS)),
                After::Failed if self.switches.bail => return Ok(Some(ExitCode::FAILURE)),
                After::Failed | After::GoOn => {}
            }
        }
        Ok(None)
    }

    fn greet(&mut self) -> Outcome {
        let sqlite = self.text_of("SELECT sqlite_version()")?;
        writeln!(self.output, "helios {}, as SQLite {sqlite}", env!("CARGO_PKG_VERSION"))?;
        writeln!(self.output, "Enter \".help\" for usage hints.")?;
        if self.opened.name == Path::new(":memory:") {
            writeln!(self.output, "Connected to a transient in-memory database.")?;
            writeln!(self.output, "Use \".open FILENAME\" to reopen on a persistent database.")?;
        }
        Ok(self.output.flush()?)
    }

    /// Runs one text of the command line.
    fn run_argument(&mut self, text: &str) -> Outcome<After> {
        if text.starts_with('.') {
            return self.command(text);
        }
        match self.execute(text) {
            Ok(()) => Ok(After::GoOn),
            Err(StatementFailure::Output(failure)) => Err(failure),
            Err(error) => {
                self.complain(&format!("Error: {}", error.with_stage()))?;
                Ok(After::Failed)
            }
        }
    }

    /// Reads a file of commands.
    fn read_file(&mut self, path: &Path) -> Outcome<Ended> {
        let lines = Box::new(Plain::file(path)?);
        self.read(Source { lines, asks: false })
    }

    /// Says on standard error what is wrong; what was written before comes before it.
    fn complain(&mut self, text: &str) -> Outcome {
        self.output.flush()?;
        // Nobody may be there to read it.
        let _nobody = writeln!(io::stderr(), "{text}");
        Ok(())
    }

    /// Closes the database and tells of errors that a drop would pass over.
    fn close(self) -> Outcome {
        self.vocabulary.forget();
        let Opened { session, database, .. } = self.opened;
        drop(session);
        Ok(database.close()?)
    }
}

/// The user's file of commands that are run first.
fn settings_file() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = folder.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")))?;
    Some(folder.join("helios").join("shell.sql"))
}

/// The user's file with the lines that were entered; `None` where there is no place for it.
fn history_file() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("HELIOS_HISTORY") {
        return Some(PathBuf::from(path)).filter(|path| !path.as_os_str().is_empty());
    }
    let folder = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder =
        folder.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local").join("state")))?;
    Some(folder.join("helios").join("history"))
}

/// What a file that is read too deep says.
fn too_deep() -> Failure {
    Failure::new(format!("input nesting limit ({MOST_NESTED}) reached; check recursion"))
}
