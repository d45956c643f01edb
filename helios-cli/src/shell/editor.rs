//! Lines from a terminal: edited, completed, coloured and remembered.

use std::borrow::Cow;
use std::fs;
use std::path::PathBuf;

use helios::sql::is_keyword;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Helper};

use super::history_file;
use super::source::{Line, Lines};
use super::vocabulary::Vocabulary;
use crate::failure::{Failure, Outcome};

/// How many statements and commands are remembered.
const MOST_REMEMBERED: usize = 10_000;

/// Asks at a terminal.
pub(super) struct Editor {
    editor: rustyline::Editor<Assistant, FileHistory>,
    history: Option<PathBuf>,
}

impl Editor {
    /// An editor that knows the words of a database. What was entered before is there again.
    pub(super) fn new(vocabulary: Vocabulary) -> Outcome<Editor> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .history_ignore_space(true)
            .max_history_size(MOST_REMEMBERED)
            .map_err(failed)?
            .build();
        let remembered = FileHistory::with_config(&config);
        let mut editor = rustyline::Editor::with_history(config, remembered).map_err(failed)?;
        editor.set_helper(Some(Assistant { vocabulary }));
        let history = history_file();
        if let Some(path) = &history {
            // A shell without its history is a shell; the file may not be there yet.
            let _none = editor.load_history(path);
        }
        Ok(Editor { editor, history })
    }
}

impl Lines for Editor {
    fn next(&mut self, prompt: &str) -> Outcome<Line> {
        match self.editor.readline(prompt) {
            Ok(line) => Ok(Line::Text(line)),
            Err(ReadlineError::Interrupted) => Ok(Line::Interrupted),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(error) => Err(failed(error)),
        }
    }

    fn remember(&mut self, entered: &str) -> Outcome {
        if may_have_secret(entered) {
            return Ok(());
        }
        self.editor.add_history_entry(entered).map_err(failed)?;
        let Some(path) = &self.history else { return Ok(()) };
        if let Some(folder) = path.parent() {
            // Where it cannot be made, nothing is remembered, which appending finds out.
            let _exists = fs::create_dir_all(folder);
        }
        if self.editor.append_history(path).is_err() {
            self.history = None;
        }
        Ok(())
    }
}

/// Whether a statement may have a key or a password in it, which do not belong into a file.
fn may_have_secret(entered: &str) -> bool {
    let words: Vec<String> =
        entered.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_lowercase).collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&["pragma", "attach"]) && has(&["key", "rekey", "hexkey"]) || has(&["password", "encryption_key"])
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn failed(error: ReadlineError) -> Failure {
    Failure::new(format!("the terminal: {error}"))
}

/// Completes and colours.
struct Assistant {
    vocabulary: Vocabulary,
}

impl Completer for Assistant {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.vocabulary.complete(&line[..position]))
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        coloured(line).into()
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

impl Hinter for Assistant {
    type Hint = String;
}

impl Validator for Assistant {}

impl Helper for Assistant {}

const KEYWORD: &str = "\x1b[1;34m";
const NUMBER: &str = "\x1b[36m";
const TEXT: &str = "\x1b[32m";
const COMMENT: &str = "\x1b[90m";
const COMMAND: &str = "\x1b[35m";
const PLAIN: &str = "\x1b[0m";

/// A line with the colours of what stands in it.
fn coloured(line: &str) -> String {
    if line.starts_with('.') {
        return format!("{COMMAND}{line}{PLAIN}");
    }
    let mut out = String::with_capacity(line.len() * 2);
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length_of = |end: Option<usize>| end.unwrap_or(rest.len());
        let (length, colour) = match first {
            '\'' => (length_of(rest[1..].find('\'').map(|end| end + 2)), Some(TEXT)),
            '"' | '`' => (length_of(rest[1..].find(first).map(|end| end + 2)), None),
            '-' if rest.starts_with("--") => (rest.len(), Some(COMMENT)),
            '/' if rest.starts_with("/*") => (length_of(rest.find("*/").map(|end| end + 2)), Some(COMMENT)),
            '0'..='9' => {
                (length_of(rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.')), Some(NUMBER))
            }
            _ if is_word(first) => {
                let length = length_of(rest.find(|c| !is_word(c)));
                (length, is_keyword(&rest[..length]).then_some(KEYWORD))
            }
            _ => (first.len_utf8(), None),
        };
        let (piece, after) = rest.split_at(length);
        match colour {
            Some(colour) => out.extend([colour, piece, PLAIN]),
            None => out.push_str(piece),
        }
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{coloured, may_have_secret};

    #[test]
    fn keys_and_passwords_are_not_remembered() {
        for secret in [
            "PRAGMA key = 'secret';",
            "pragma rekey='x'",
            "ATTACH 'a.db' AS a KEY 'secret';",
            "CREATE USER ada PASSWORD 'secret';",
        ] {
            assert!(may_have_secret(secret), "{secret}");
        }
        for plain in ["SELECT key FROM t;", "PRAGMA foreign_key_check;", "ATTACH 'a.db' AS a;", ".tables"] {
            assert!(!may_have_secret(plain), "{plain}");
        }
    }

    #[test]
    fn colours_leave_the_text_as_it_is() {
        for line in ["SELECT 'it''s', 1.5e3, \"ü\" FROM täble -- x", ".mode box", "/* a", "'open", "ü'ü"]
        {
            let mut plain = coloured(line);
            while let Some(start) = plain.find('\x1b') {
                let end = plain[start..].find('m').map(|end| start + end + 1);
                plain.replace_range(start..end.unwrap_or(plain.len()), "");
            }
            assert_eq!(plain, line);
        }
    }
}
