//! Other processes: the test binary starts itself again, told by its environment what to do.
//!
//! Each test binary with children has a test named `child::work`, which asks [`told`] for its role; in an ordinary run
//! nobody has told it anything and it does nothing. A child says what it has done in lines on its standard output, which
//! it writes past the test harness.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child as Process, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use helios_testkit::TestResult;

const ROLE: &str = "HELIOS_TEST_CHILD";

/// What a line begins with, wherever the test harness has left the cursor.
const WORD: &str = "said: ";

/// A running child, and what it says.
#[derive(Debug)]
pub struct Child {
    process: Process,
    said: Receiver<String>,
}

impl Child {
    /// Starts a child.
    pub fn start(role: &str, path: &Path) -> TestResult<Child> {
        Child::start_by(Command::new(std::env::current_exe()?), role, path)
    }

    /// Starts a child whose files may not grow beyond a number of blocks of 512 bytes.
    pub fn start_limited(role: &str, path: &Path, blocks: u32) -> TestResult<Child> {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -f {blocks} && trap '' XFSZ && exec \"$0\" \"$@\"")]);
        shell.arg(std::env::current_exe()?);
        Child::start_by(shell, role, path)
    }

    /// Starts a child that may have so much memory in all, in units of 1024 bytes.
    pub fn start_with_memory(role: &str, path: &Path, kilobytes: u32) -> TestResult<Child> {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -v {kilobytes} && exec \"$0\" \"$@\"")]);
        shell.arg(std::env::current_exe()?);
        Child::start_by(shell, role, path)
    }

    fn start_by(mut command: Command, role: &str, path: &Path) -> TestResult<Child> {
        let mut process = command
            .args(["--exact", "child::work", "--nocapture", "--test-threads=1"])
            .env(ROLE, format!("{role}\n{}", path.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or("the child has no output")?;
        let (sender, said) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // A line that was cut short by a kill has no full stop.
                let words = line.split_once(WORD).and_then(|(_, words)| words.strip_suffix('.'));
                if let Some(words) = words
                    && sender.send(words.to_owned()).is_err()
                {
                    return;
                }
            }
        });
        Ok(Child { process, said })
    }

    /// Says a line to the child, on its standard input.
    pub fn tell(&mut self, words: impl std::fmt::Display) -> TestResult {
        let input = self.process.stdin.as_mut().ok_or("the child has no input")?;
        writeln!(input, "{words}")?;
        Ok(input.flush()?)
    }

    /// Waits for the next words of the child; an error if it ends instead.
    pub fn next(&self) -> TestResult<String> {
        Ok(self.said.recv()?)
    }

    /// As [`Child::next`], but a child that says nothing for so long is an error too.
    pub fn next_within(&self, limit: Duration) -> TestResult<String> {
        Ok(self.said.recv_timeout(limit)?)
    }

    /// Sends the child a signal, by its name without SIG.
    pub fn signal(&self, name: &str) -> TestResult {
        let status = Command::new("kill").args(["-s", name, &self.process.id().to_string()]).status()?;
        if status.success() { Ok(()) } else { Err(format!("no signal was sent: {status}").into()) }
    }

    /// Kills the child with SIGKILL and returns what it said since it was last listened to.
    pub fn kill(mut self) -> TestResult<Vec<String>> {
        self.process.kill()?;
        self.process.wait()?;
        // The sender ends with the output.
        Ok(self.said.iter().collect())
    }

    /// Waits for the end of the child, whatever ends it, and returns what it said since it was last listened to.
    pub fn finish_somehow(mut self) -> TestResult<Vec<String>> {
        self.process.wait()?;
        Ok(self.said.iter().collect())
    }

    /// Waits for the end of the child's work and returns what it said since it was last listened to.
    pub fn finish(mut self) -> TestResult<Vec<String>> {
        drop(self.process.stdin.take());
        let said = self.said.iter().collect();
        let status = self.process.wait()?;
        if status.success() { Ok(said) } else { Err(format!("a child failed: {status}").into()) }
    }
}

/// The role of this process and the path that came with it, if it is a child.
pub fn told() -> Option<(String, PathBuf)> {
    let told = std::env::var(ROLE).ok()?;
    let (role, path) = told.split_once('\n')?;
    Some((role.to_owned(), path.into()))
}

/// Tells the parent something. The words have no full stop and no line break.
pub fn say(words: impl std::fmt::Display) -> TestResult {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{WORD}{words}.")?;
    Ok(output.flush()?)
}

/// Writes a line for people into the output of the test.
pub fn note(words: impl std::fmt::Display) -> TestResult {
    Ok(writeln!(std::io::stdout().lock(), "{words}")?)
}
