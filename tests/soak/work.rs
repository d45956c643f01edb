//! What a thread does, one thing after the other: money moves, documents, looks at the present and the past, branches,
//! definitions, and what keeps the house clean. Every error but those that are named here is a finding.

use std::sync::{Arc, Mutex, PoisonError};

use helios::{Connection, Database, Error, ErrorKind, SystemClock};
use helios_core::clock::Clock;
use helios_sql::session::MergeConflicts;
use helios_testkit::TestResult;
use helios_testkit::seed::Numbers;
use helios_tests::child::say;

use crate::held::Held;
use crate::ledger::Sample;
use crate::stage::{ACCOUNTS, Options, check_view, connect, number, vector, word};

/// The branches that the process has made and not deleted.
type Branches = Arc<Mutex<Vec<String>>>;

/// One thread.
pub(crate) struct Worker<'a> {
    database: &'a Database,
    options: &'a Options,
    numbers: Numbers,
    name: String,
    branches: Branches,
    samples: Vec<Sample>,
    held: Option<Held>,
    /// When it began, after the tables were made.
    begun: u64,
    /// How many tags and branches it has named.
    named: usize,
    doing: &'static str,
}

impl<'a> Worker<'a> {
    /// A thread with its name, which nobody had before.
    pub(crate) fn new(
        database: &'a Database,
        options: &'a Options,
        numbers: Numbers,
        name: String,
        branches: &Branches,
    ) -> Worker<'a> {
        let branches = branches.clone();
        Worker {
            database,
            options,
            numbers,
            name,
            branches,
            samples: Vec::new(),
            begun: SystemClock.now().0,
            held: None,
            named: 0,
            doing: "connect",
        }
    }

    /// What it did last.
    pub(crate) fn doing(&self) -> &'static str {
        self.doing
    }

    /// Works until it is killed, or something is wrong.
    pub(crate) fn run(&mut self) -> TestResult {
        let main = connect(self.database, "main")?;
        loop {
            match self.numbers.below(100) {
                0..40 => self.transfer(&main, "main")?,
                40..52 => self.change_document(&main)?,
                52..60 => self.look(&main)?,
                60..67 => self.sample(&main)?,
                67..71 => self.make_branch()?,
                71..80 => self.write_on_branch()?,
                80..84 => self.merge()?,
                84..87 => self.delete_branch()?,
                87..90 => self.bring_up()?,
                90..93 => self.hold()?,
                93..95 => self.define(&main)?,
                _ => self.keep_house(&main)?,
            }
        }
    }

    fn fresh_name(&mut self) -> String {
        self.named += 1;
        format!("{}-{}", self.name, self.named)
    }

    /// Moves money from one account to another, with an entry and perhaps a document, in one of four kinds of
    /// transactions; says so when it is committed.
    fn transfer(&mut self, connection: &Connection, branch: &str) -> TestResult {
        self.doing = "transfer";
        let begin = *self.numbers.pick(&["BEGIN IMMEDIATE", "BEGIN IMMEDIATE", "BEGIN", "BEGIN CONCURRENT"]);
        let tag = self.fresh_name();
        connection.execute_batch(begin)?;
        let moved = self.move_money(connection, &tag).and_then(|()| connection.execute_batch("COMMIT"));
        match moved {
            Ok(()) => say(format_args!("entry {tag} {branch}")),
            Err(error) => {
                if !connection.is_autocommit() {
                    connection.execute_batch("ROLLBACK")?;
                }
                // Who has the turn from the beginning meets nobody.
                let is_expected = error.kind() == ErrorKind::BusySnapshot && begin != "BEGIN IMMEDIATE";
                if is_expected { Ok(()) } else { Err(format!("{begin}: {}", described(&error)).into()) }
            }
        }
    }

    fn move_money(&mut self, connection: &Connection, tag: &str) -> helios::Result<()> {
        let account = |numbers: &mut Numbers| 1 + numbers.below(ACCOUNTS as usize) as i64;
        let (source, mut target) = (account(&mut self.numbers), account(&mut self.numbers));
        if source == target {
            target = source % ACCOUNTS + 1;
        }
        let amount = 1 + self.numbers.below(50) as i64;
        if self.numbers.one_in(2) {
            number(connection, &format!("SELECT balance FROM account WHERE id = {source}"))?;
        }
        let change = "UPDATE account SET balance = balance + ?, last = ? WHERE id = ?";
        if self.numbers.one_in(4) {
            connection.execute_batch("SAVEPOINT attempt")?;
            connection.execute(change, helios::params![amount, tag, source])?;
            connection.execute_batch("ROLLBACK TO attempt; RELEASE attempt")?;
        }
        connection.execute(change, helios::params![-amount, tag, source])?;
        connection.execute(change, helios::params![amount, tag, target])?;
        let entry = "INSERT INTO entry (tag, source, target, amount) VALUES (?, ?, ?, ?)";
        connection.execute(entry, helios::params![tag, source, target, amount])?;
        if self.numbers.one_in(2) { self.add_document(connection) } else { Ok(()) }
    }

    fn body(&mut self) -> String {
        let words: Vec<_> = (0..3 + self.numbers.below(6)).map(|_| word(&mut self.numbers)).collect();
        words.join(" ")
    }

    fn add_document(&mut self, connection: &Connection) -> helios::Result<()> {
        let (body, place) = (self.body(), vector(&mut self.numbers));
        let low = self.numbers.below(900) as i64;
        let high = low + self.numbers.below(100) as i64;
        connection.execute(
            "INSERT INTO document (body, low, high, place) VALUES (?, ?, ?, ?)",
            helios::params![&*body, low, high, &*place],
        )?;
        let id = connection.last_insert_rowid();
        connection.execute("INSERT INTO words (rowid, body) VALUES (?, ?)", helios::params![id, &*body])?;
        connection.execute("INSERT INTO box VALUES (?, ?, ?)", [id, low, high]).map(drop)
    }

    /// Changes or removes a document, everywhere that it is.
    fn change_document(&mut self, connection: &Connection) -> TestResult {
        self.doing = "change of a document";
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let any = "SELECT id FROM document ORDER BY random() LIMIT 1";
        let ids: Vec<i64> = connection.query(any, (), |row| row.get(0))?;
        if let Some(&id) = ids.first() {
            if self.numbers.one_in(3) {
                for table in ["document WHERE id", "words WHERE rowid", "box WHERE id"] {
                    connection.execute(&format!("DELETE FROM {table} = ?"), [id])?;
                }
            } else {
                let (body, place) = (self.body(), vector(&mut self.numbers));
                let change = "UPDATE document SET body = ?2, place = ?3, low = 5, high = 6 WHERE id = ?1";
                connection.execute(change, helios::params![id, &*body, &*place])?;
                connection
                    .execute("UPDATE words SET body = ? WHERE rowid = ?", helios::params![&*body, id])?;
                connection.execute("UPDATE box SET low = 5, high = 6 WHERE id = ?", [id])?;
            }
        }
        connection.execute_batch("COMMIT")?;
        say("done document")
    }

    /// Checks all that holds of one view, while others write.
    fn look(&mut self, main: &Connection) -> TestResult {
        self.doing = "look at one view";
        main.execute_batch("BEGIN")?;
        let before = number(main, "SELECT count(*) FROM entry")?;
        check_view(main, self.options, &mut self.numbers)?;
        let after = number(main, "SELECT count(*) FROM entry")?;
        main.execute_batch("COMMIT")?;
        if before != after {
            return Err(format!("{before} entries became {after} in one view").into());
        }
        say("done look")
    }

    /// Looks at the present as of now, and again at a moment that it has looked at before.
    fn sample(&mut self, main: &Connection) -> TestResult {
        self.doing = "look at a moment";
        let micros = SystemClock.now().0;
        if let Some(sample) = look_at(main, micros)? {
            self.samples.push(sample);
            say(format_args!("sample {micros} {} {}", sample.entries, sample.weighted))?;
        }
        if self.samples.is_empty() {
            return Ok(());
        }
        let before = *self.numbers.pick(&self.samples);
        resample(main, &before)
    }

    fn make_branch(&mut self) -> TestResult {
        self.doing = "make a branch";
        if self.own_branches().len() > 6 {
            return Ok(());
        }
        let parent = self.main_or_branch();
        let name = format!("b{}", self.fresh_name());
        let made = if self.numbers.one_in(4) {
            let micros = (SystemClock.now().0 - self.numbers.below(2_000_000) as u64).max(self.begun);
            self.database.create_branch_as_of(&name, &parent, micros)
        } else {
            say(format_args!("making {name} {parent}"))?;
            self.database.create_branch(&name, &parent)
        };
        match made {
            Ok(()) => {
                say(format_args!("made {name}"))?;
                self.own_branches().push(name);
                Ok(())
            }
            Err(error) if is_forgotten(&error) => say("done forgotten"),
            Err(error) => self.unless_gone(&parent, Err(described(&error).into())),
        }
    }

    /// `main` as often as all branches.
    fn main_or_branch(&mut self) -> String {
        let branch = if self.numbers.one_in(2) { self.some_branch() } else { None };
        branch.unwrap_or_else(|| "main".to_owned())
    }

    fn own_branches(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.branches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another thread may delete it at any time.
    fn some_branch(&mut self) -> Option<String> {
        let names = self.own_branches().clone();
        (!names.is_empty()).then(|| self.numbers.pick(&names).clone())
    }

    fn write_on_branch(&mut self) -> TestResult {
        let Some(name) = self.some_branch() else { return Ok(()) };
        self.doing = "write on a branch";
        let written = connect(self.database, &name).map_err(Into::into).and_then(|connection| {
            if self.numbers.one_in(3) {
                self.change_document(&connection)?;
            }
            if self.numbers.one_in(4) {
                connection.execute_batch("BEGIN")?;
                check_view(&connection, self.options, &mut self.numbers)?;
                connection.execute_batch("COMMIT")?;
            }
            self.transfer(&connection, &name)
        });
        self.unless_gone(&name, written)
    }

    /// Forgives an error if the branch is gone.
    fn unless_gone(&self, name: &str, done: TestResult) -> TestResult {
        match done {
            Err(error) if error.to_string().ends_with(&format!("no such branch: {name}")) => {
                if self.own_branches().iter().any(|own| own == name) {
                    return Err(format!("{error}, which nobody has deleted").into());
                }
                Ok(())
            }
            done => done,
        }
    }

    /// Merges a branch into `main` or into another one.
    fn merge(&mut self) -> TestResult {
        let Some(name) = self.some_branch() else { return Ok(()) };
        let target = self.main_or_branch();
        if name == target {
            return Ok(());
        }
        self.doing = "merge";
        let merge = self.fresh_name();
        say(format_args!("merging {name} {merge}"))?;
        let merged = connect(self.database, &target)
            .and_then(|connection| connection.execute_batch(&format!("MERGE BRANCH '{name}'")));
        match merged {
            Ok(()) => say(format_args!("merged {name} {merge} {target}")),
            Err(error) if is_refused_merge(&error) => say("done refused"),
            Err(error) if error.message().ends_with(&target) => {
                self.unless_gone(&target, Err(described(&error).into()))
            }
            Err(error) => self.unless_gone(&name, Err(described(&error).into())),
        }
    }

    /// Looks again at a view that it has held for long, or begins one.
    fn hold(&mut self) -> TestResult {
        self.doing = "hold a view";
        let Some(held) = self.held.take() else {
            let branch = self.main_or_branch();
            let begun = Held::begin(self.database, branch.clone()).map(|held| self.held = Some(held));
            return self.unless_gone(&branch, begun.map_err(|error| described(&error).into()));
        };
        let done = held.look(self.options, &mut self.numbers);
        self.unless_gone(&held.branch, done)?;
        if !self.numbers.one_in(4) {
            self.held = Some(held);
        }
        say("done holding")
    }

    /// Brings into a branch what is new on `main`.
    fn bring_up(&mut self) -> TestResult {
        let Some(name) = self.some_branch() else { return Ok(()) };
        self.doing = "merge of main into a branch";
        let done = connect(self.database, &name)
            .and_then(|connection| connection.execute_batch("MERGE BRANCH main"));
        match done {
            Err(error) if !is_refused_merge(&error) => self.unless_gone(&name, Err(described(&error).into())),
            _ => say("done bringing up"),
        }
    }

    fn delete_branch(&mut self) -> TestResult {
        self.doing = "delete a branch";
        let Some(name) = self.some_branch() else { return Ok(()) };
        {
            let mut branches = self.own_branches();
            let Some(at) = branches.iter().position(|own| *own == name) else { return Ok(()) };
            branches.swap_remove(at);
        }
        say(format_args!("deleting {name}"))?;
        Ok(self.database.delete_branch(&name)?)
    }

    /// Definitions, now and then also on a branch.
    fn define(&mut self, main: &Connection) -> TestResult {
        self.doing = "define";
        let sql = match self.numbers.below(5) {
            0 => format!("ALTER TABLE entry ADD COLUMN more{} DEFAULT 7", self.numbers.below(4)),
            1 => "CREATE INDEX IF NOT EXISTS extra ON entry (amount, tag)".to_owned(),
            2 => "DROP INDEX IF EXISTS extra".to_owned(),
            3 => "DROP TABLE IF EXISTS scratch".to_owned(),
            _ => "CREATE TABLE IF NOT EXISTS scratch (a UNIQUE, b)".to_owned(),
        };
        let forgive = |done: helios::Result<()>| match done {
            Err(error) if !error.message().starts_with("duplicate column name") => Err(described(&error)),
            _ => Ok(()),
        };
        if !self.numbers.one_in(3) {
            forgive(main.execute_batch(&sql)).map_err(|error| format!("{sql}: {error}"))?;
            return say("done definition");
        }
        let Some(name) = self.some_branch() else { return Ok(()) };
        let done = connect(self.database, &name).and_then(|connection| connection.execute_batch(&sql));
        self.unless_gone(&name, forgive(done).map_err(Into::into))
    }

    /// What keeps the house clean.
    fn keep_house(&mut self, main: &Connection) -> TestResult {
        self.doing = "keep house";
        let before = SystemClock.now().0.saturating_sub(3_000_000) as f64 / 1e6;
        let sql = match self.numbers.below(8) {
            0 => "VACUUM".to_owned(),
            1 | 2 => format!("PRAGMA prune_history({before:.6})"),
            3 => "ANALYZE".to_owned(),
            4 => "REINDEX near".to_owned(),
            5 => "INSERT INTO words (words) VALUES ('optimize')".to_owned(),
            6 => "INSERT INTO words (words) VALUES ('integrity-check')".to_owned(),
            _ => "PRAGMA integrity_check".to_owned(),
        };
        let found = main
            .query(&sql, (), |row| row.get::<String>(0))
            .map_err(|error| format!("{sql}: {}", described(&error)))?;
        if sql.ends_with("integrity_check") && found != ["ok"] {
            return Err(format!("{sql}: {found:?}").into());
        }
        say("done house")
    }
}

/// An error with its kind.
fn described(error: &Error) -> String {
    format!("{:?}: {}", error.kind(), error.message())
}

/// Whether a merge was refused because both sides changed the same.
pub(crate) fn is_refused_merge(error: &Error) -> bool {
    std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<MergeConflicts>()).is_some()
}

/// Whether history does not reach back so far.
fn is_forgotten(error: &Error) -> bool {
    ["the history of table", "history does not reach"].iter().any(|begin| error.message().starts_with(begin))
}

/// What a moment shows; `None` if it is forgotten.
fn look_at(main: &Connection, micros: u64) -> TestResult<Option<Sample>> {
    let at = micros as f64 / 1e6;
    let sql = format!(
        "SELECT (SELECT count(*) FROM entry), sum(balance), sum(balance * id) FROM account WHERE id > 0
            AS OF TIMESTAMP {at:.6}"
    );
    let row = main.query_row(&sql, (), |row| Ok((row.get(0)?, row.get::<i64>(1)?, row.get(2)?)));
    match row {
        Ok((entries, sum, weighted)) if sum == ACCOUNTS * crate::stage::MONEY => {
            Ok(Some(Sample { micros, entries, weighted }))
        }
        Ok((_, sum, _)) => Err(format!("the sum of all money at {at:.6} is {sum}").into()),
        Err(error) if is_forgotten(&error) => Ok(None),
        Err(error) => Err(format!("{sql}: {}", described(&error)).into()),
    }
}

/// Checks that a moment shows what it showed before, or is forgotten.
pub(crate) fn resample(main: &Connection, sample: &Sample) -> TestResult {
    match look_at(main, sample.micros)? {
        Some(again) if again != *sample => Err(format!("{sample:?} has become {again:?}").into()),
        _ => Ok(()),
    }
}
