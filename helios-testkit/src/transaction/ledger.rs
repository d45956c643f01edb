//! A ledger that processes write to while things break: what was acknowledged is there, once; what failed without an answer is
//! there once or not at all; and whoever writes goes on by itself when the fault is over.
//!
//! In: engines, each of which stands for a process, and faults. Out: an error for a commit that was lost, doubled or made up,
//! or when nobody gets on any more.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use helios_core::ErrorKind;
use helios_core::transaction::{Engine, Mode};

use super::{begin, committed, long, number, numbers, put};
use crate::TestResult;
use crate::proxy::{Faults, Proxy};

/// Each entry of the ledger has raised this number by one.
const SUM: &[u8] = b"sum";

/// Nobody gets on for so long: they hang.
const HANGS: Duration = Duration::from_secs(120);

/// What one process knows of its entries.
#[derive(Debug, Default)]
struct Written {
    acknowledged: BTreeSet<Vec<u8>>,
    /// Their commits failed, and nobody said how.
    doubtful: BTreeSet<Vec<u8>>,
}

/// What a run has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Entries of the ledger.
    pub entries: usize,
    /// Commits that were acknowledged.
    pub acknowledged: usize,
    /// Commits of which nobody said how they ended.
    pub doubtful: usize,
}

/// How far the processes have come.
#[derive(Debug, Default)]
pub struct Progress {
    entries: AtomicU64,
    is_over: AtomicBool,
}

impl Progress {
    /// Waits until there are so many more entries, or something has failed.
    ///
    /// # Errors
    /// Nobody gets on.
    pub fn wait_for(&self, more: u64) -> TestResult {
        let mut seen = (self.entries.load(Ordering::SeqCst), Instant::now());
        let goal = seen.0 + more;
        while seen.0 < goal && !self.is_over.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(2));
            let now = self.entries.load(Ordering::SeqCst);
            if now != seen.0 {
                seen = (now, Instant::now());
            } else if seen.1.elapsed() > HANGS {
                return Err(format!("nobody gets on after {now} entries").into());
            }
        }
        Ok(())
    }
}

/// Adds an entry and one to the sum, as often as it takes.
fn add(engine: &Arc<Engine>, entry: &[u8], mode: Mode, written: &mut Written) -> TestResult {
    loop {
        let mut transaction = begin(engine, mode);
        let result = (|| {
            let sum = number(&transaction.reader()?, SUM)?;
            put(&mut transaction, SUM, sum + 1)?;
            put(&mut transaction, entry, 1)?;
            transaction.commit(&long())
        })();
        match result {
            Ok(_) => drop(written.acknowledged.insert(entry.to_vec())),
            Err(error) if error.kind() == ErrorKind::BusySnapshot => continue,
            Err(error) if error.kind() == ErrorKind::Io => drop(written.doubtful.insert(entry.to_vec())),
            Err(error) => return Err(error.into()),
        }
        return Ok(());
    }
}

/// Adds entries until it is over.
fn add_all(engine: &Arc<Engine>, process: usize, progress: &Progress) -> TestResult<Written> {
    let mut written = Written::default();
    let mode = if process.is_multiple_of(2) { Mode::Plain } else { Mode::Concurrent };
    for count in 0_u32.. {
        if progress.is_over.load(Ordering::SeqCst) {
            break;
        }
        let entry = [&[b'e', process as u8][..], &count.to_be_bytes()].concat();
        if let Err(error) = add(engine, &entry, mode, &mut written) {
            progress.is_over.store(true, Ordering::SeqCst);
            return Err(error);
        }
        progress.entries.fetch_add(1, Ordering::SeqCst);
    }
    Ok(written)
}

/// Has processes write while `break_things` does so, and looks at the ledger through `last` afterwards.
///
/// # Errors
/// A commit was lost or doubled, a process failed in a way that it must not, or nobody gets on.
pub fn no_commit_is_lost_or_doubled(
    processes: &[Arc<Engine>],
    break_things: impl FnOnce(&Progress) -> TestResult,
    last: impl FnOnce() -> TestResult<Arc<Engine>>,
) -> TestResult<Found> {
    let progress = &Progress::default();
    let written = std::thread::scope(|scope| -> TestResult<Vec<Written>> {
        let writers: Vec<_> = processes
            .iter()
            .enumerate()
            .map(|(process, engine)| scope.spawn(move || add_all(engine, process, progress)))
            .collect();
        let broken = break_things(progress);
        progress.is_over.store(true, Ordering::SeqCst);
        let joined = writers.into_iter().map(|writer| writer.join().map_err(|_| "a writer panicked")?);
        let written = joined.collect::<TestResult<Vec<_>>>();
        broken?;
        written
    })?;
    check(&written, &last()?)
}

/// Goes through all that can be wrong with a network, again and again. Between faults all get on.
///
/// # Errors
/// Nobody gets on, although connections only are cut or slow, or although there is no fault any more.
pub fn break_network(proxies: &[Proxy], rounds: usize, progress: &Progress) -> TestResult {
    let set = |faults| proxies.iter().for_each(|proxy| proxy.set(faults));
    for round in 0..rounds {
        let delay = Duration::from_millis(3);
        let none = Faults::default();
        match round % 4 {
            0 => set(Faults { cut_after_bytes: 30_000, ..none }),
            1 => set(Faults { delay, ..none }),
            2 => set(Faults { cut_after_bytes: 30_000, delay, ..none }),
            _ => {
                // What was on its way arrives when those who sent it have given up.
                set(Faults { is_silent: true, ..none });
                std::thread::sleep(Duration::from_secs(3));
                set(none);
            }
        }
        progress.wait_for(30)?;
        set(none);
        progress.wait_for(30)?;
    }
    Ok(())
}

/// Compares what processes know with what is there.
fn check(written: &[Written], engine: &Arc<Engine>) -> TestResult<Found> {
    let found = numbers(&committed(engine)?)?;
    let sum = found.iter().find(|(key, _)| key == SUM).map_or(0, |(_, sum)| *sum);
    let entries: BTreeSet<Vec<u8>> = found.into_iter().map(|(key, _)| key).filter(|key| key != SUM).collect();
    let all = |of: fn(&Written) -> &BTreeSet<Vec<u8>>| -> BTreeSet<Vec<u8>> {
        written.iter().flat_map(|written| of(written).iter().cloned()).collect()
    };
    let (acknowledged, doubtful) = (all(|written| &written.acknowledged), all(|written| &written.doubtful));
    assert!(acknowledged.is_subset(&entries), "lost: {:?}", acknowledged.difference(&entries));
    let others: BTreeSet<Vec<u8>> = entries.difference(&acknowledged).cloned().collect();
    assert!(others.is_subset(&doubtful), "from nowhere: {others:?}");
    assert_eq!(sum, entries.len() as u64, "a commit has happened twice");
    Ok(Found { entries: entries.len(), acknowledged: acknowledged.len(), doubtful: doubtful.len() })
}
