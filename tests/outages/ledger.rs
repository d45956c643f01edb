//! What clients have said of their entries, and what of that is there in the end.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use helios::{Config, Connection, Database};
use helios_testkit::TestResult;
use helios_tests::child::Child;

use crate::child::{follow, is_whole};
use crate::site::Site;

/// The name of the database.
pub(crate) const DATABASE: &str = "outages";

/// So many parts has the ring.
pub(crate) const RING: i64 = 12;

/// Who does not get on for so long hangs.
pub(crate) const LONG: Duration = Duration::from_secs(120);

/// An entry: who has signed it, and its number there.
type Entry = (i64, i64);

/// What clients have said.
#[derive(Debug, Default)]
pub(crate) struct Known {
    acknowledged: BTreeSet<Entry>,
    doubtful: BTreeSet<Entry>,
}

impl Known {
    /// Notes what a client has said.
    fn hear(&mut self, signs: i64, words: &str) -> TestResult {
        match words.split_once(' ') {
            Some(("entry", number)) => self.acknowledged.insert((signs, number.parse()?)),
            Some(("doubt", number)) => self.doubtful.insert((signs, number.parse()?)),
            _ => return Err(format!("client {signs} said: {words}").into()),
        };
        Ok(())
    }
}

/// A running client.
struct Client {
    signs: i64,
    /// How many it has spoken of.
    entries: i64,
    child: Child,
}

impl Client {
    fn start(site: &dyn Site, directory: &Path, signs: i64) -> TestResult<Client> {
        // Some give up early: their commits end in doubt.
        let seconds = if signs % 4 == 3 { 2 } else { 30 };
        let settings = directory.join(format!("{signs}.toml"));
        std::fs::write(&settings, site.settings(true, Duration::from_secs(seconds)))?;
        Ok(Client { signs, entries: 0, child: Child::start(&signs.to_string(), &settings)? })
    }
}

/// The clients that run, and what all there ever were have said.
pub(crate) struct Clients {
    running: Vec<Client>,
    known: Known,
    started: i64,
}

impl Clients {
    pub(crate) fn start(site: &dyn Site, directory: &Path, count: usize) -> TestResult<Clients> {
        let start = |signs| Client::start(site, directory, signs);
        let running = (0..count as i64).map(start).collect::<TestResult<_>>()?;
        Ok(Clients { running, known: Known::default(), started: count as i64 })
    }

    /// Listens to all, until a condition holds.
    fn listen(&mut self, is_over: impl Fn(&[Client]) -> bool) -> TestResult {
        let begun = Instant::now();
        loop {
            for client in &mut self.running {
                loop {
                    match client.child.next_within(Duration::ZERO) {
                        Ok(words) => {
                            self.known.hear(client.signs, &words)?;
                            client.entries += 1;
                        }
                        Err(error) if error.downcast_ref() == Some(&RecvTimeoutError::Timeout) => break,
                        Err(error) => {
                            return Err(format!("client {} has ended: {error}", client.signs).into());
                        }
                    }
                }
            }
            if is_over(&self.running) {
                return Ok(());
            }
            if begun.elapsed() > LONG {
                let entries: Vec<i64> = self.running.iter().map(|client| client.entries).collect();
                return Err(format!("somebody does not get on after {entries:?} entries").into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until each of them has got on.
    pub(crate) fn all_get_on(&mut self) -> TestResult {
        self.listen(|_| true)?;
        let before: Vec<i64> = self.running.iter().map(|client| client.entries).collect();
        self.listen(|clients| clients.iter().zip(&before).all(|(client, before)| client.entries > before + 1))
    }

    /// Waits for so many more entries, whoever they are of.
    pub(crate) fn some_get_on(&mut self, more: i64) -> TestResult {
        let sum = |clients: &[Client]| clients.iter().map(|client| client.entries).sum::<i64>();
        self.listen(|_| true)?;
        let before = sum(&self.running);
        self.listen(|clients| sum(clients) >= before + more)
    }

    /// Kills one, and starts another one.
    pub(crate) fn replace(&mut self, at: usize, site: &dyn Site, directory: &Path) -> TestResult {
        let next = Client::start(site, directory, self.started)?;
        self.started += 1;
        let Client { signs, entries, child } = std::mem::replace(&mut self.running[at], next);
        let said = child.kill()?;
        said.iter().try_for_each(|words| self.known.hear(signs, words))?;
        // What it was about to say.
        self.known.doubtful.insert((signs, entries + said.len() as i64));
        Ok(())
    }

    /// Has all end, and answers with what they have said.
    pub(crate) fn finish(mut self) -> TestResult<Known> {
        for Client { signs, child, .. } in self.running {
            child.finish()?.iter().try_for_each(|words| self.known.hear(signs, words))?;
        }
        Ok(self.known)
    }
}

fn open(site: &dyn Site) -> TestResult<Connection> {
    // Beside the proxies, and for long.
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), site.settings(false, LONG))?;
    Ok(Database::open_with(DATABASE, &Config::loader().file(file.path()).load()?)?.connect()?)
}

/// Makes the tables.
pub(crate) fn prepare(site: &dyn Site) -> TestResult {
    open(site)?.execute_batch(&format!(
        "BEGIN; CREATE TABLE total (entries INTEGER); INSERT INTO total VALUES (0);
         CREATE TABLE entry (client INTEGER, number INTEGER); CREATE INDEX by_client ON entry (client, number);
         CREATE TABLE ring (id INTEGER PRIMARY KEY, next INTEGER NOT NULL);
         WITH RECURSIVE part (id) AS (VALUES (0) UNION ALL SELECT id + 1 FROM part WHERE id + 1 < {RING})
         INSERT INTO ring SELECT id, (id + 1) % {RING} FROM part; COMMIT"
    ))?;
    Ok(())
}

/// What is there in the end.
#[derive(Debug)]
#[expect(dead_code, reason = "it is told by its Debug")]
pub(crate) struct Found {
    entries: usize,
    acknowledged: usize,
    /// Entries of which nobody has said how their transactions ended, whether they are there or not.
    doubtful: usize,
}

/// Compares what clients know with what is there.
pub(crate) fn check(site: &dyn Site, known: &Known) -> TestResult<Found> {
    let connection = open(site)?;
    let rows = "SELECT client, number FROM entry NOT INDEXED";
    let entries: Vec<Entry> = connection.query(rows, (), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found: BTreeSet<Entry> = entries.iter().copied().collect();
    assert_eq!(found.len(), entries.len(), "an entry is there twice");
    let lost: Vec<&Entry> = known.acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let others = found.difference(&known.acknowledged);
    let unknown: Vec<&Entry> = others.filter(|entry| !known.doubtful.contains(entry)).collect();
    assert!(unknown.is_empty(), "from nowhere: {unknown:?}");
    let sum: i64 = connection.query_row("SELECT entries FROM total", (), |row| row.get(0))?;
    assert_eq!(sum, entries.len() as i64, "half a transaction");
    let next = "SELECT next FROM ring WHERE id = ?";
    let ring = follow(|part| connection.query_row(next, [part], |row| row.get(0)))?;
    assert!(is_whole(&ring), "the ring is {ring:?}");
    let whole: Vec<String> = connection.query("PRAGMA integrity_check", (), |row| row.get(0))?;
    assert_eq!(whole, ["ok"]);
    Ok(Found {
        entries: entries.len(),
        acknowledged: known.acknowledged.len(),
        doubtful: known.doubtful.len(),
    })
}
