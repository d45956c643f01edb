//! Commands about files: databases that are opened and copied, commands that are read, answers that are written.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command as Program, Stdio};
use std::time::Duration;

use helios::{Access, Contents, Database, Place};

use super::Command;
use super::words::option;
use crate::connect::{Opened, open, place_of};
use crate::failure::{Failure, Outcome};
use crate::shell::source::{Plain, Source};
use crate::shell::{After, Shell};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "backup",
        least: 3,
        arguments: "?DB? FILE",
        summary: "Copy a database, \"main\" at first, to FILE: all branches, all history",
        details: &[],
        action: backup,
    },
    Command {
        name: "once",
        least: 2,
        arguments: "?--bom? ?FILE?",
        summary: "Send the answer to the next statement to FILE",
        details: &["A FILE that begins with \"|\" is a program", "--bom    Begin with a byte-order mark"],
        action: |shell, words| redirect(shell, words, true),
    },
    Command {
        name: "open",
        least: 1,
        arguments: "?OPTIONS? ?FILE?",
        summary: "Close the database and open FILE, or one in memory",
        details: &[
            "--branch NAME    Work on this branch",
            "--new            Delete what FILE holds",
            "--readonly       Open FILE for reading only",
        ],
        action: reopen,
    },
    Command {
        name: "output",
        least: 1,
        arguments: "?--bom? ?FILE?",
        summary: "Send answers to FILE, or to standard output",
        details: &["A FILE that begins with \"|\" is a program", "--bom    Begin with a byte-order mark"],
        action: |shell, words| redirect(shell, words, false),
    },
    Command {
        name: "read",
        least: 3,
        arguments: "FILE",
        summary: "Run what stands in FILE",
        details: &["A FILE that begins with \"|\" is a program whose output is run"],
        action: read,
    },
    Command {
        name: "restore",
        least: 3,
        arguments: "?DB? FILE",
        summary: "Put what FILE holds in the place of a database, \"main\" at first",
        details: &[],
        action: restore,
    },
    Command {
        name: "save",
        least: 2,
        arguments: "FILE",
        summary: "The same as .backup",
        details: &[],
        action: backup,
    },
    Command {
        name: "timeout",
        least: 5,
        arguments: "MS",
        summary: "Wait so many milliseconds for locks",
        details: &[],
        action: |shell, words| {
            let wait = words.get(1).and_then(|word| word.parse().ok()).unwrap_or(0);
            shell.opened.session.set_busy_timeout(Duration::from_millis(wait));
            Ok(After::GoOn)
        },
    },
];

/// How long a copy waits for a writer of the target.
const WAIT: Duration = Duration::from_secs(5);

/// The names in `?DB? FILE`.
fn schema_and_file(words: &[String]) -> Option<(&str, &Path)> {
    match words {
        [_, file] => Some(("main", Path::new(file))),
        [_, schema, file] => Some((schema, Path::new(file))),
        _ => None,
    }
}

fn contents(shell: &mut Shell, schema: &str) -> Outcome<Contents> {
    Contents::of(&mut shell.opened.session, schema)
        .ok_or_else(|| Failure::new(format!("unknown database {schema}")))
}

fn backup(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    if let Some(word) = words[1..].iter().find(|word| option(word).is_some()) {
        return shell.refuse(&format!("unknown option: {word}"));
    }
    let Some((schema, file)) = schema_and_file(words) else {
        return match words.len() {
            1 => shell.refuse("missing FILENAME argument on .backup"),
            _ => shell.usage(".backup ?DB? FILENAME"),
        };
    };
    let source = contents(shell, schema)?;
    let target = open(&place_of(file, false)?, &shell.opened.config)?;
    if target.is_same(&source) {
        return Err(Failure::new("source and destination must be distinct"));
    }
    target.copy_contents(&source, WAIT)?;
    target.close()?;
    Ok(After::GoOn)
}

fn restore(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let Some((schema, file)) = schema_and_file(words) else {
        return shell.usage(".restore ?DB? FILE");
    };
    if !schema.eq_ignore_ascii_case("main") {
        return Err(Failure::new(format!("only main is restored, not {schema}")));
    }
    if shell.opened.session.in_transaction() {
        return Err(Failure::new("cannot restore from within a transaction"));
    }
    // What is not there is not made.
    let source = open(&Place::File(file.to_owned(), Access::Read), &shell.opened.config)?;
    shell.opened.database.copy_from(&source, WAIT)?;
    source.close()?;
    Ok(After::GoOn)
}

fn reopen(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let (mut file, mut branch, mut is_new, mut is_read_only) = (None, "main", false, false);
    let mut rest = words[1..].iter();
    while let Some(word) = rest.next() {
        match option(word) {
            Some("new") => is_new = true,
            Some("readonly") => is_read_only = true,
            Some("branch") => match rest.next() {
                Some(name) => branch = name,
                None => return shell.refuse("missing NAME argument on --branch"),
            },
            Some(_) => return shell.refuse(&format!("unknown option: {word}")),
            None if file.is_none() => file = Some(PathBuf::from(word)),
            None => return shell.refuse(&format!("extra argument: \"{word}\"")),
        }
    }
    let config = shell.open_arguments.config()?;
    let memory = Opened::new(Path::new(":memory:"), false, config.clone(), "main")?;
    shell.go_to(memory)?;
    let Some(file) = file else { return Ok(After::GoOn) };
    if is_new {
        empty(&file, shell)?;
    }
    shell.go_to(Opened::new(&file, is_read_only, config, branch)?)?;
    Ok(After::GoOn)
}

/// Puts an empty database in the place of one that a file holds. What is no database is left alone.
fn empty(file: &Path, shell: &Shell) -> Outcome {
    if file.exists() {
        let database = open(&place_of(file, false)?, &shell.opened.config)?;
        database.copy_from(&Database::open_in_memory()?, WAIT)?;
        database.close()?;
    }
    Ok(())
}

impl Shell {
    /// Goes on with another database; the one before is closed.
    fn go_to(&mut self, opened: Opened) -> Outcome {
        self.vocabulary.follow(&opened);
        let Opened { session, database, .. } = std::mem::replace(&mut self.opened, opened);
        if let Some(tracer) = &self.tracer {
            tracer.listen(&mut self.opened.session);
        }
        drop(session);
        Ok(database.close()?)
    }
}

fn read(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let [_, name] = words else { return shell.usage(".read FILE") };
    let ended = match name.strip_prefix('|') {
        None => shell.read_file(Path::new(name))?,
        Some(command) => {
            shell.output.flush()?;
            let child = Program::new("/bin/sh").arg("-c").arg(command).stdout(Stdio::piped()).spawn();
            let mut child = child.map_err(|_| Failure::new(format!("cannot open \"{name}\"")))?;
            let output = child.stdout.take().ok_or_else(|| Failure::new("the program has no output"))?;
            let lines = Box::new(Plain::of(output, command));
            let ended = shell.read(Source { lines, asks: false });
            child.wait()?;
            ended?
        }
    };
    Ok(match (ended.exit, ended.has_errors) {
        (Some(code), _) => After::Exit(code),
        (None, true) => After::Failed,
        (None, false) => After::GoOn,
    })
}

fn redirect(shell: &mut Shell, words: &[String], is_for_one: bool) -> Outcome<After> {
    let mut begins_with_mark = false;
    let mut file: Option<String> = None;
    for word in &words[1..] {
        match option(word) {
            _ if file.as_ref().is_some_and(|file| file.starts_with('|')) => {
                // The words of a program.
                file = file.map(|file| format!("{file} {word}"));
            }
            Some("bom") => begins_with_mark = true,
            Some(_) => return shell.refuse(&format!("ERROR: unknown option: \"{word}\".")),
            None if file.is_none() => file = Some(word.clone()),
            None => return shell.refuse(&format!("ERROR: extra parameter: \"{word}\".")),
        }
    }
    let file = file.as_deref().unwrap_or("stdout");
    shell.output.redirect(file, begins_with_mark, is_for_one)?;
    Ok(After::GoOn)
}
