//! Random programs: commits on branches, forks, rollbacks, tables that come and go, rows that are deleted and come back;
//! after each step some branches are looked at, now and at some moment of the past.

use std::sync::Arc;

use helios_core::clock::Clock;
use helios_core::storage::Storage;
use helios_sql::database::{Database, Settings};
use helios_sql::session::Session;
use helios_storage_memory::MemoryStorage;
use helios_storage_redb::{Options, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::clock::{SeededEntropy, TickingClock};
use helios_testkit::disk::Disk;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::engine::{one, run};

use crate::model::{Model, State, Table};

const NAMES: [&str; 3] = ["t", "u", "v"];
const KEYS: usize = 12;

/// A database and its model.
struct Program {
    database: Arc<Database>,
    clock: Arc<TickingClock>,
    storage: Arc<dyn Storage>,
    model: Model,
    sessions: Vec<Session>,
}

fn open(storage: &Arc<dyn Storage>, clock: &Arc<TickingClock>) -> helios_core::Result<Arc<Database>> {
    Database::open(storage.clone(), clock.clone(), Arc::new(SeededEntropy::new(1)), &Settings::default())
}

impl Program {
    fn new(storage: Arc<dyn Storage>) -> TestResult<Program> {
        let clock = Arc::new(TickingClock::default());
        let database = open(&storage, &clock)?;
        database.keep_history()?;
        let sessions = vec![database.connect("main")?];
        Ok(Program { database, clock, storage, model: Model::new(), sessions })
    }

    /// The moment of the last commit on a branch.
    fn last_commit(&self, branch: usize) -> TestResult<u64> {
        let present = self.database.engine().present()?;
        let record = present.state().branch_named(&self.model.0[branch].name).ok_or("the branch is gone")?;
        Ok(record.last_commit.0)
    }

    fn step(&mut self, numbers: &mut Numbers) -> TestResult {
        let branch = numbers.below(self.sessions.len());
        match numbers.below(12) {
            0 if self.sessions.len() < 7 => self.fork(branch),
            1 => self.reopen(),
            2 => self.transaction(branch, false, numbers),
            _ => self.transaction(branch, true, numbers),
        }
    }

    fn fork(&mut self, parent: usize) -> TestResult {
        let name = format!("b{}", self.sessions.len());
        let before = self.clock.now().0;
        self.database.create_branch(&name, &self.model.0[parent].name)?;
        self.sessions.push(self.database.connect(&name)?);
        self.model.fork(name, parent, before);
        Ok(())
    }

    fn reopen(&mut self) -> TestResult {
        self.database = open(&self.storage, &self.clock)?;
        self.sessions = self
            .model
            .0
            .iter()
            .map(|branch| self.database.connect(&branch.name))
            .collect::<helios_core::Result<_>>()?;
        Ok(())
    }

    /// Some statements in a transaction, or one alone.
    fn transaction(&mut self, branch: usize, commits: bool, numbers: &mut Numbers) -> TestResult {
        let mut state = self.model.now(branch);
        let before = state.clone();
        let statements = if commits && numbers.one_in(3) { 1 } else { 1 + numbers.below(6) };
        let is_alone = statements == 1 && commits;
        let mut script = Vec::new();
        if !is_alone {
            script.push((*numbers.pick(&["BEGIN", "BEGIN IMMEDIATE", "BEGIN CONCURRENT"])).to_owned());
        }
        for _ in 0..statements {
            if !is_alone && numbers.one_in(6) {
                // What is undone leaves nothing.
                script.push("SAVEPOINT s".into());
                script.push(change(&mut state.clone(), numbers));
                script.push("ROLLBACK TO s; RELEASE s".into());
            }
            script.push(change(&mut state, numbers));
        }
        if !is_alone {
            script.push(if commits { "COMMIT" } else { "ROLLBACK" }.into());
        }
        let last = self.last_commit(branch)?;
        let script = script.join("; ");
        run(&mut self.sessions[branch], &script).map_err(|error| format!("{script}: {error:?}"))?;
        let moment = self.last_commit(branch)?;
        if !commits {
            assert_eq!(moment, last, "{script}: a commit");
        } else if moment == last {
            assert_eq!(state, before, "{script}: no commit");
        } else {
            self.model.commit(branch, moment, state);
        }
        Ok(())
    }

    /// Compares a branch now, and at a moment.
    fn look(&mut self, branch: usize, numbers: &mut Numbers) -> TestResult {
        let now = self.clock.now().0;
        let moment = 1 + numbers.below(now as usize) as u64;
        let place = format!("branch {} at {moment}, it is {now}", self.model.0[branch].name);
        let present = self.model.now(branch);
        let past = self.model.at(branch, moment);
        let session = &mut self.sessions[branch];
        for name in NAMES {
            compare(session, name, "", present.get(name), &place, numbers)?;
            let as_of = format!(" AS OF TIMESTAMP {}.{:06}", moment / 1_000_000, moment % 1_000_000);
            // A table that is there now and was not then had no rows.
            let nothing = Table::default();
            let then = past.get(name).or(present.get(name).map(|_| &nothing));
            compare(session, name, &as_of, then, &place, numbers)?;
        }
        assert_eq!(one(session, "PRAGMA integrity_check")?, "'ok'", "{place}");
        Ok(())
    }
}

/// A random statement, done to the model too.
fn change(state: &mut State, numbers: &mut Numbers) -> String {
    let name = *numbers.pick(&NAMES);
    let Some(table) = state.get_mut(name) else {
        state.insert(name, Table::default());
        return format!("CREATE TABLE {name} (k INTEGER PRIMARY KEY, a TEXT)");
    };
    let key = numbers.below(KEYS) as i64;
    let text = format!("{}{}", ["x", "y", "z"][numbers.below(3)], numbers.below(4));
    match numbers.below(20) {
        0 => {
            state.remove(name);
            format!("DROP TABLE {name}")
        }
        1 if table.is_indexed => {
            table.is_indexed = false;
            format!("DROP INDEX by_a_{name}")
        }
        1 | 2 if !table.is_indexed => {
            table.is_indexed = true;
            format!("CREATE INDEX by_a_{name} ON {name} (a)")
        }
        2..9 => {
            table.rows.insert(key, text.clone());
            format!("INSERT OR REPLACE INTO {name} VALUES ({key}, '{text}')")
        }
        9..12 => {
            table.rows.remove(&key);
            format!("DELETE FROM {name} WHERE k = {key}")
        }
        12 => {
            table.rows.retain(|_, row| *row != text);
            format!("DELETE FROM {name} WHERE a = '{text}'")
        }
        13 => {
            table.rows.clear();
            format!("DELETE FROM {name}")
        }
        14..17 => {
            table.rows.iter_mut().filter(|(row, _)| **row >= key).for_each(|(_, row)| row.clone_from(&text));
            format!("UPDATE {name} SET a = '{text}' WHERE k >= {key}")
        }
        17 => {
            // Deleted and there again at once, with what it had.
            let Some(old) = table.rows.get(&key) else {
                return format!("DELETE FROM {name} WHERE k = {key}");
            };
            format!("DELETE FROM {name} WHERE k = {key}; INSERT INTO {name} VALUES ({key}, '{old}')")
        }
        _ => {
            let added = table.rows.clone().into_iter().map(|(row, text)| (row + 100, text));
            table.rows.extend(added.filter(|(row, _)| *row < 112).collect::<Vec<_>>());
            format!("INSERT OR REPLACE INTO {name} SELECT k + 100, a FROM {name} WHERE k < 12")
        }
    }
}

/// Compares a table in several ways of asking for it.
fn compare(
    session: &mut Session,
    name: &str,
    as_of: &str,
    expected: Option<&Table>,
    place: &str,
    numbers: &mut Numbers,
) -> TestResult {
    let Some(expected) = expected else {
        let error = run(session, &format!("SELECT * FROM {name}{as_of}")).err();
        let message = error.map(|error| error.to_string());
        assert_eq!(message, Some(format!("no such table: {name}")), "{place}{as_of}");
        return Ok(());
    };
    let key = numbers.below(KEYS) as i64;
    let text = format!("{}{}", ["x", "y", "z"][numbers.below(3)], numbers.below(4));
    let rows = |wanted: &dyn Fn(i64, &str) -> bool| -> Vec<String> {
        let found = expected.rows.iter().filter(|(row, text)| wanted(**row, text));
        found.map(|(row, text)| format!("{row} | '{text}'")).collect()
    };
    for (sql, wanted) in [
        (format!("SELECT k, a FROM {name}{as_of}"), rows(&|_, _| true)),
        (format!("SELECT k, a FROM {name}{as_of} WHERE k = {key}"), rows(&|row, _| row == key)),
        (format!("SELECT k, a FROM {name}{as_of} WHERE k > {key}"), rows(&|row, _| row > key)),
        (
            format!("SELECT k, a FROM {name}{as_of} WHERE a = '{text}' ORDER BY k"),
            rows(&|_, found| found == text),
        ),
        (
            format!("SELECT k, a FROM {name}{as_of} WHERE a > '{text}' ORDER BY k"),
            rows(&|_, found| found > &*text),
        ),
    ] {
        let found = run(session, &sql).map_err(|error| format!("{place}: {sql}: {error:?}"))?;
        assert_eq!(found, wanted, "{place}: {sql}");
    }
    let mut backward = rows(&|_, _| true);
    backward.reverse();
    assert_eq!(
        run(session, &format!("SELECT k, a FROM {name}{as_of} ORDER BY k DESC"))?,
        backward,
        "{place}"
    );
    Ok(())
}

fn run_programs(make: impl Fn() -> TestResult<Arc<dyn Storage>>, programs: usize) -> TestResult {
    with_seed(|numbers| {
        for _ in 0..programs {
            let mut program = Program::new(make()?)?;
            for _ in 0..60 {
                program.step(numbers)?;
                let branch = numbers.below(program.sessions.len());
                program.look(branch, numbers)?;
            }
            for branch in 0..program.sessions.len() {
                (0..10).try_for_each(|_| program.look(branch, numbers))?;
            }
        }
        Ok(())
    })
}

#[test]
fn branches_and_moments_agree_with_the_model_in_memory() -> TestResult {
    run_programs(|| Ok(Arc::new(MemoryStorage::new())), repeats(40, 2000))
}

#[test]
fn branches_and_moments_agree_with_the_model_in_redb() -> TestResult {
    let redb = || -> TestResult<Arc<dyn Storage>> {
        let disk = Disk::default();
        let options = Options { cache_bytes: 4 << 20, ..Options::default() };
        Ok(Arc::new(RedbStorage::open_backend(move || Ok(Box::new(disk.clone())), options)?))
    };
    run_programs(redb, repeats(15, 700))
}
