//! Another process: this binary again, told by its environment what to do.
//!
//! The test [`work`] is what runs in it; in an ordinary run, where nobody has told it anything, it does nothing. A
//! child says what it has done in lines on its standard output, which it writes past the test harness.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use helios_core::ErrorKind;
use helios_core::branch::Store;
use helios_core::storage::Storage;
use helios_core::transaction::{Engine, Mode};
use helios_core::versioned::Space;
use helios_storage_redb::{Encryption, Options, Processes, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::clock::{SeededEntropy, WallClock};
use helios_testkit::transaction::{SPACE, begin, commit_numbers, committed, long, number, put};

use crate::keys::{keyring_of, raw_key};

const ROLE: &str = "HELIOS_TEST_CHILD";

/// What a child does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Commits numbered records under its own name until it is killed, and says the number of each.
    Commit { name: u8, processes: Processes },
    /// Adds one to a counter a number of times.
    Count { times: u64, mode: Mode },
    /// Writes until the file may not grow any more.
    Fill { processes: Processes },
}

impl Role {
    fn to_text(self) -> String {
        match self {
            Role::Commit { name, processes } => format!("commit {name} {}", processes == Processes::Many),
            Role::Count { times, mode } => format!("count {times} {}", mode == Mode::Plain),
            Role::Fill { processes } => format!("fill 0 {}", processes == Processes::Many),
        }
    }

    fn from_text(text: &str) -> TestResult<Role> {
        let words: Vec<&str> = text.split(' ').collect();
        let [kind, argument, flag] = words[..] else {
            return Err(format!("no role: {text}").into());
        };
        let flag: bool = flag.parse()?;
        let processes = if flag { Processes::Many } else { Processes::One };
        let mode = if flag { Mode::Plain } else { Mode::Concurrent };
        Ok(match kind {
            "commit" => Role::Commit { name: argument.parse()?, processes },
            "count" => Role::Count { times: argument.parse()?, mode },
            _ => Role::Fill { processes },
        })
    }
}

/// The names of the files that are tried: the store in the second one is sealed.
pub(crate) const FILES: [&str; 2] = ["plain.db", "sealed.db"];

/// Opens the store at `path` and an engine on it.
pub(crate) fn open(path: &Path, processes: Processes) -> TestResult<(Arc<RedbStorage>, Arc<Engine>)> {
    let options = Options { processes, cache_bytes: 4 << 20, ..Options::default() };
    let is_sealed = path.file_name().is_some_and(|name| name == FILES[1]);
    let encryption = is_sealed.then(|| Encryption {
        // Each process has random bytes of its own, as it would from the operating system.
        keyring: keyring_of(u64::from(std::process::id()), helios_cipher_aes::AES_256_GCM_CIPHER),
        key: Some(raw_key(7)),
    });
    let storage = Arc::new(RedbStorage::open_with(path, options, encryption)?);
    let entropy = SeededEntropy::new(u64::from(std::process::id()));
    let store = Store::open(storage.clone(), &WallClock, &entropy)?;
    Ok((storage, Engine::new(Arc::new(store), Arc::new(WallClock))?))
}

/// Keys of one record: all are written by one commit.
pub(crate) fn record_keys(name: u8, number: u64) -> [Vec<u8>; 3] {
    [b'x', b'y', b'z'].map(|part| [&[part, name][..], &number.to_be_bytes()].concat())
}

/// The key under which a child keeps the number of its last record.
pub(crate) fn last_key(name: u8) -> [u8; 2] {
    [b'l', name]
}

/// A running child, and what it says.
pub(crate) struct Running {
    child: Child,
    said: Receiver<u64>,
}

impl Running {
    /// Starts a child.
    pub(crate) fn start(role: Role, path: &Path) -> TestResult<Running> {
        Running::start_by(Command::new(std::env::current_exe()?), role, path)
    }

    /// Starts a child whose files may not grow beyond a megabyte or so.
    pub(crate) fn start_limited(role: Role, path: &Path) -> TestResult<Running> {
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -f 2048 && trap '' XFSZ && exec \"$0\" \"$@\""]);
        shell.arg(std::env::current_exe()?);
        Running::start_by(shell, role, path)
    }

    fn start_by(mut command: Command, role: Role, path: &Path) -> TestResult<Running> {
        let mut child = command
            .args(["--exact", "child::work", "--nocapture", "--test-threads=1"])
            .env(ROLE, format!("{}\n{}", role.to_text(), path.display()))
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("the child has no output")?;
        let (sender, said) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // A line that was cut short by the kill is not a word.
                let number =
                    line.split_once("done ").and_then(|(_, rest)| rest.strip_suffix('.')?.parse().ok());
                if let Some(number) = number
                    && sender.send(number).is_err()
                {
                    return;
                }
            }
        });
        Ok(Running { child, said })
    }

    /// Waits for the next number that the child says; an error if it ends instead.
    pub(crate) fn next(&self) -> TestResult<u64> {
        Ok(self.said.recv()?)
    }

    /// Kills the child and returns the last number that it said, if it said any since.
    pub(crate) fn kill(mut self) -> TestResult<Option<u64>> {
        self.child.kill()?;
        self.child.wait()?;
        // The sender ends with the output.
        Ok(self.said.iter().last())
    }

    /// Waits for the end of the child's work and returns the last number that it said.
    pub(crate) fn finish(mut self) -> TestResult<Option<u64>> {
        let status = self.child.wait()?;
        if status.success() {
            Ok(self.said.iter().last())
        } else {
            Err(format!("a child failed: {status}").into())
        }
    }
}

#[test]
fn work() -> TestResult {
    let Ok(told) = std::env::var(ROLE) else {
        return Ok(());
    };
    let (role, path) = told.split_once('\n').ok_or("no path")?;
    match Role::from_text(role)? {
        Role::Commit { name, processes } => commit_until_killed(Path::new(path), name, processes),
        Role::Count { times, mode } => count(Path::new(path), times, mode),
        Role::Fill { processes } => fill(Path::new(path), processes),
    }
}

fn say(number: u64) -> TestResult {
    let mut output = std::io::stdout().lock();
    writeln!(output, "done {number}.")?;
    Ok(output.flush()?)
}

fn commit_until_killed(path: &Path, name: u8, processes: Processes) -> TestResult {
    let (_storage, engine) = open(path, processes)?;
    loop {
        let mut transaction = begin(&engine, Mode::Plain);
        transaction.prepare_to_write(&long())?;
        let next = number(&transaction.reader()?, &last_key(name))? + 1;
        put(&mut transaction, &last_key(name), next)?;
        for key in record_keys(name, next) {
            let length = (next as usize * 37) % 900;
            transaction.writes().put(SPACE, &key, |out| {
                out.extend_from_slice(&next.to_le_bytes());
                out.extend(std::iter::repeat_n(name, length));
            });
        }
        if next.is_multiple_of(16) {
            transaction
                .writes()
                .put(Space::SCHEMA, &[name], |out| out.extend_from_slice(&next.to_le_bytes()));
        }
        transaction.commit(&long())?;
        say(next)?;
    }
}

fn count(path: &Path, times: u64, mode: Mode) -> TestResult {
    let (storage, engine) = open(path, Processes::Many)?;
    let mut done = 0;
    while done < times {
        let mut transaction = begin(&engine, mode);
        if mode == Mode::Plain {
            transaction.prepare_to_write(&long())?;
        }
        let before = number(&transaction.reader()?, b"counter")?;
        put(&mut transaction, b"counter", before + 1)?;
        put(&mut transaction, b"again", before + 1)?;
        match transaction.commit(&long()) {
            Ok(_) => done += 1,
            Err(error) if error.kind() == ErrorKind::BusySnapshot && mode == Mode::Concurrent => {}
            Err(error) => return Err(error.into()),
        }
    }
    say(done)?;
    drop(engine);
    Ok(storage.close()?)
}

fn fill(path: &Path, processes: Processes) -> TestResult {
    let (storage, engine) = open(path, processes)?;
    let held = storage.snapshot()?;
    let error = loop {
        let mut transaction = begin(&engine, Mode::Plain);
        transaction.prepare_to_write(&long())?;
        let next = number(&transaction.reader()?, b"last")? + 1;
        put(&mut transaction, b"last", next)?;
        transaction.writes().put(SPACE, &next.to_be_bytes(), |out| out.extend_from_slice(&[7; 20_000]));
        match transaction.commit(&long()) {
            Ok(_) => say(next)?,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Full, "{error:?}");
    // The driver has opened the file again, beside the snapshot that is still held. It reads, and something small fits
    // or does not.
    let last = number(&committed(&engine)?, b"last")?;
    match commit_numbers(&engine, &[(b"small", 1)]) {
        Ok(()) => assert_eq!(number(&committed(&engine)?, b"small")?, 1),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Full, "{error:?}"),
    }
    assert_eq!(number(&committed(&engine)?, b"last")?, last);
    drop((held, engine));
    Ok(storage.close()?)
}
