//! Where lines come from.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use crate::failure::{Failure, Outcome};

/// What is asked with.
#[derive(Clone, Debug)]
pub(crate) struct Prompts {
    /// For a new statement.
    pub(crate) first: String,
    /// For one that goes on.
    pub(crate) next: String,
}

impl Default for Prompts {
    fn default() -> Prompts {
        Prompts { first: "helios> ".to_owned(), next: "   ...> ".to_owned() }
    }
}

/// A line, or why there is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Text(String),
    /// The user wants to begin anew.
    Interrupted,
    End,
}

/// Gives lines.
pub(crate) trait Lines {
    /// The next line, asked for with a prompt if somebody is there to be asked.
    fn next(&mut self, prompt: &str) -> Outcome<Line>;

    /// Takes note of a statement or command that was entered.
    fn remember(&mut self, _entered: &str) -> Outcome {
        Ok(())
    }
}

/// Lines, and whether somebody enters them.
pub(crate) struct Source {
    pub(crate) lines: Box<dyn Lines>,
    /// Whether they are asked for: errors do not tell the number of a line then.
    pub(crate) asks: bool,
}

/// Lines of a file or of standard input.
pub(crate) struct Plain {
    input: Box<dyn BufRead>,
    name: String,
    /// Whether prompts are written.
    asks: bool,
}

impl Plain {
    /// Standard input.
    pub(crate) fn standard(asks: bool) -> Plain {
        Plain { input: Box::new(BufReader::new(io::stdin())), name: "standard input".to_owned(), asks }
    }

    /// A file.
    pub(crate) fn file(path: &Path) -> Outcome<Plain> {
        let name = path.display().to_string();
        let cannot_open = |_| Failure::new(format!("cannot open \"{name}\""));
        let file = File::open(path).map_err(cannot_open)?;
        Ok(Plain { input: Box::new(BufReader::new(file)), name, asks: false })
    }

    /// What a program writes.
    pub(crate) fn of(input: impl Read + 'static, name: &str) -> Plain {
        Plain { input: Box::new(BufReader::new(input)), name: name.to_owned(), asks: false }
    }
}

impl Lines for Plain {
    fn next(&mut self, prompt: &str) -> Outcome<Line> {
        if self.asks {
            let mut out = io::stdout();
            out.write_all(prompt.as_bytes())?;
            out.flush()?;
        }
        let mut line = Vec::new();
        let read = self.input.read_until(b'\n', &mut line);
        if read.map_err(|error| crate::failure::about(&self.name, &error))? == 0 {
            if self.asks {
                io::stdout().write_all(b"\n")?;
            }
            return Ok(Line::End);
        }
        if line.ends_with(b"\n") {
            line.pop();
            if line.ends_with(b"\r") {
                line.pop();
            }
        }
        match String::from_utf8(line) {
            Ok(line) => Ok(Line::Text(line)),
            Err(_) => Err(Failure::new(format!("{} is not in UTF-8", self.name))),
        }
    }
}
