//! Reading a source: lines become statements and commands.

use std::io::Write;
use std::time::Instant;

use helios::sql::is_complete;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use super::scan::Scan;
use super::source::{Line, Source};
use super::statement::StatementFailure;
use super::{After, Ended, MOST_NESTED, Shell, too_deep};
use crate::failure::Outcome;

/// A statement that comes line by line.
#[derive(Debug, Default)]
struct Pending {
    text: String,
    scan: Scan,
    /// The number of its first line.
    begins: usize,
}

impl Shell {
    /// Runs everything that a source has.
    pub(super) fn read(&mut self, mut source: Source) -> Outcome<Ended> {
        if self.nesting == MOST_NESTED {
            return Err(too_deep());
        }
        self.nesting += 1;
        let ended = self.read_lines(&mut source);
        self.nesting -= 1;
        ended
    }

    fn read_lines(&mut self, source: &mut Source) -> Outcome<Ended> {
        let mut ended = Ended { has_errors: false, exit: None };
        let mut pending = Pending::default();
        let mut number = 0;
        while !(ended.has_errors && self.switches.bail && !source.asks) {
            self.output.flush()?;
            let prompt = if pending.text.is_empty() { &self.prompts.first } else { &self.prompts.next };
            let mut line = match source.lines.next(prompt)? {
                Line::Text(line) => line,
                Line::Interrupted => {
                    pending = Pending::default();
                    continue;
                }
                Line::End => break,
            };
            if self.interrupts.take() && !source.asks {
                break;
            }
            number += 1;
            if pending.scan.is_plain() && is_terminator(&line) && is_whole(&pending.text) {
                ";".clone_into(&mut line);
            }
            pending.scan.line(line.as_bytes());
            if pending.text.is_empty() {
                if pending.scan.is_empty() {
                    self.echo(&line)?;
                    pending = Pending::default();
                    continue;
                }
                if line.starts_with(['.', '#']) {
                    pending = Pending::default();
                    self.echo(&line)?;
                    if line.starts_with('.') {
                        source.lines.remember(&line)?;
                        match self.command(&line)? {
                            After::GoOn => {}
                            After::Failed => ended.has_errors = true,
                            After::Quit => return Ok(ended),
                            After::Exit(code) => return Ok(Ended { exit: Some(code), ..ended }),
                        }
                    }
                    continue;
                }
                line.trim_start().clone_into(&mut pending.text);
                pending.begins = number;
            } else {
                pending.text.push('\n');
                pending.text.push_str(&line);
            }
            if pending.scan.may_be_complete() && is_complete(&pending.text) {
                let statement = std::mem::take(&mut pending);
                source.lines.remember(&statement.text)?;
                ended.has_errors |= !self.run_statements(&statement, source.asks)?;
                if self.output.is_for_one {
                    self.output.reset()?;
                }
            } else if pending.scan.is_empty() {
                self.echo(&pending.text)?;
                pending = Pending::default();
            }
        }
        let has_stopped = ended.has_errors && self.switches.bail;
        if !has_stopped && !pending.text.is_empty() {
            ended.has_errors |= !self.run_statements(&pending, source.asks)?;
        }
        Ok(ended)
    }

    pub(super) fn echo(&mut self, text: &str) -> Outcome {
        if self.switches.echo {
            writeln!(self.output, "{text}")?;
        }
        Ok(())
    }

    /// Runs the statements of a text; false if one has failed, which was told.
    fn run_statements(&mut self, pending: &Pending, asks: bool) -> Outcome<bool> {
        self.echo(&pending.text)?;
        let started = (Instant::now(), used());
        let done = self.execute(&pending.text);
        if self.switches.timer {
            self.tell_time(started)?;
        }
        let error = match done {
            Ok(()) => {
                if self.switches.changes {
                    let session = &self.opened.session;
                    let (changes, total) = (session.changes(), session.total_changes());
                    writeln!(self.output, "changes: {changes}   total_changes: {total}")?;
                }
                return Ok(true);
            }
            Err(StatementFailure::Output(failure)) => return Err(failure),
            Err(error) => error,
        };
        let place = if asks { String::new() } else { format!(" near line {}", pending.begins) };
        self.complain(&format!("{}{place}: {}", error.word(), error.text()))?;
        Ok(false)
    }

    fn tell_time(&mut self, (started, before): (Instant, Option<Usage>)) -> Outcome {
        let real = started.elapsed().as_secs_f64();
        let seconds = |usage: &Usage| {
            let micros = [usage.user_time(), usage.system_time()].map(|time| time.num_microseconds());
            micros.map(|micros| micros as f64 / 1e6)
        };
        let [user, system] = match (before.as_ref().map(seconds), used().as_ref().map(seconds)) {
            (Some(before), Some(after)) => [after[0] - before[0], after[1] - before[1]],
            _ => [0.0, 0.0],
        };
        writeln!(self.output, "Run Time: real {real:.3} user {user:.6} sys {system:.6}")?;
        Ok(())
    }
}

/// What the process has used of the processor.
fn used() -> Option<Usage> {
    getrusage(UsageWho::RUSAGE_SELF).ok()
}

/// Whether a line stands for a semicolon, as other shells for SQL have it.
fn is_terminator(line: &str) -> bool {
    let line = line.trim();
    line == "/" || line.eq_ignore_ascii_case("go")
}

/// Whether a text with a semicolon behind it would be complete; so is none.
fn is_whole(text: &str) -> bool {
    text.is_empty() || is_complete(&format!("{text};"))
}
