//! `.trace`: statements are told as they run.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use helios::sql::{Session, Statement, Traced};

use super::Command;
use super::words::option;
use crate::failure::{Outcome, about};
use crate::shell::{After, Shell};

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "trace",
    least: 2,
    arguments: "?OPTIONS? ?FILE?",
    summary: "Tell each statement as it runs",
    details: &[
        "FILE          Where it is told: a file, stdout, stderr, or off",
        "--expanded    With the values of parameters",
        "--plain       As it was written",
        "--profile     Behind its rows, with the time that it took",
    ],
    action: trace,
}];

/// Tells statements.
pub(in crate::shell) struct Tracer {
    out: Box<dyn Write>,
    is_expanded: bool,
    is_timed: bool,
    /// The text with its values, which the session tells when a statement begins.
    expanded: Arc<Mutex<Option<String>>>,
}

impl std::fmt::Debug for Tracer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracer").finish_non_exhaustive()
    }
}

fn trace(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let (mut is_expanded, mut is_timed, mut file) = (false, false, None);
    for word in &words[1..] {
        match option(word) {
            Some("expanded") => is_expanded = true,
            Some("plain") => is_expanded = false,
            Some("profile") => is_timed = true,
            Some("stmt") => is_timed = false,
            Some(_) => return shell.refuse(&format!("Unknown option \"{word}\" on \".trace\"")),
            None if file.is_none() => file = Some(word.as_str()),
            None => return shell.usage(".trace ?OPTIONS? ?FILE?"),
        }
    }
    let out: Box<dyn Write> = match file {
        None | Some("off") => {
            shell.opened.session.set_trace(None);
            shell.tracer = None;
            return Ok(After::GoOn);
        }
        Some("stdout") => Box::new(io::stdout()),
        Some("stderr") => Box::new(io::stderr()),
        Some(path) => Box::new(File::create(path).map_err(|error| about(path, &error))?),
    };
    let tracer = Tracer { out, is_expanded, is_timed, expanded: Arc::default() };
    tracer.listen(&mut shell.opened.session);
    shell.tracer = Some(tracer);
    Ok(After::GoOn)
}

impl Tracer {
    /// Has a session tell what it runs.
    pub(in crate::shell) fn listen(&self, session: &mut Session) {
        let place = self.expanded.clone();
        session.set_trace(Some(Arc::new(move |traced: Traced<'_>| {
            let (Traced::Expanded(text) | Traced::TooLong(text)) = traced;
            // Statements of the shell's own are told here too; the last one is what runs.
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.to_owned());
        })));
    }

    /// A statement has begun, after all that was written before.
    pub(in crate::shell) fn begins(&mut self, statement: &Statement) -> io::Result<()> {
        if self.is_timed { Ok(()) } else { self.tell(statement, "") }
    }

    /// A statement has ended that has begun then.
    pub(in crate::shell) fn ends(&mut self, statement: &Statement, begun: Instant) -> io::Result<()> {
        match self.is_timed {
            true => self.tell(statement, &format!(" -- {} ns", begun.elapsed().as_nanos())),
            false => Ok(()),
        }
    }

    fn tell(&mut self, statement: &Statement, more: &str) -> io::Result<()> {
        let expanded = self.expanded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = expanded.filter(|_| self.is_expanded);
        let text = text.as_deref().unwrap_or_else(|| statement.text());
        writeln!(self.out, "{};{more}", text.trim().trim_end_matches(';'))?;
        self.out.flush()
    }
}
