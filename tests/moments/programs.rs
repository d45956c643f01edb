//! Random programs: commits on branches, forks of the present and of the past, merges both ways, deletions, prunings,
//! rollbacks, tables, columns and indexes that come and go, and databases that are opened anew; after each step some branch
//! is looked at, now and at some moment of the past.

use std::io::Write;
use std::sync::Arc;

use helios_core::branch::BranchRecord;
use helios_core::clock::Clock;
use helios_core::storage::Storage;
use helios_sql::session::OnConflict;
use helios_testkit::TestResult;
use helios_testkit::seed::Numbers;
use helios_testkit::wrapper::Faulty;

use crate::change::{Changes, NAMES};
use crate::merging::Outcome;
use crate::model::Model;
use crate::site::{Answer, Site, merge_request};

/// So many branches are there at most.
const MOST_BRANCHES: usize = 5;

/// What answers requests: a [`Site`], or another process that has one.
pub(crate) trait Place {
    fn ask(&mut self, branch: &str, request: &str) -> TestResult<Answer>;

    fn reopen(&mut self) -> TestResult;
}

impl Place for Site {
    fn ask(&mut self, branch: &str, request: &str) -> TestResult<Answer> {
        Ok(Site::ask(self, branch, request))
    }

    fn reopen(&mut self) -> TestResult {
        Ok(Site::reopen(self)?)
    }
}

/// A database, its model, and who works on it.
pub(crate) struct Program {
    /// Looks at the records of branches, and never fails.
    probe: Site,
    pub(crate) places: Vec<Box<dyn Place>>,
    faulty: Option<Arc<Faulty>>,
    pub(crate) model: Model,
    pub(crate) numbers: Numbers,
    /// What was asked for, told if the program fails.
    story: Vec<String>,
}

impl Drop for Program {
    fn drop(&mut self) {
        if !self.story.is_empty() {
            // Where even this cannot be written there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "the program was:\n{}", self.story.join("\n"));
        }
    }
}

impl Program {
    /// A program on a new database.
    pub(crate) fn new(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        faulty: Option<Arc<Faulty>>,
        numbers: Numbers,
    ) -> TestResult<Program> {
        let probe = Site::open(storage, clock)?;
        probe.database.keep_history()?;
        let state = probe.database.engine().present()?.state().clone();
        let since =
            state.history_since(helios_core::versioned::BranchId::MAIN, helios_core::versioned::Space(99));
        let created = probe.database.branch("main")?.created;
        let model = Model::new(created.0, since.ok_or("no history")?.0);
        Ok(Program { probe, places: Vec::new(), faulty, model, numbers, story: Vec::new() })
    }

    /// Runs some steps, and looks at everything in the end.
    pub(crate) fn run(&mut self, steps: usize) -> TestResult {
        for step in 0..steps {
            self.step().map_err(|error| format!("step {step}: {error}"))?;
            let branch = *self.numbers.pick(&self.model.live());
            self.look(branch)?;
        }
        for branch in self.model.live() {
            self.look(branch)?;
            self.look(branch)?;
        }
        self.story.clear();
        Ok(())
    }

    fn record(&self, branch: usize) -> TestResult<Option<BranchRecord>> {
        let present = self.probe.database.engine().present()?;
        Ok(present.state().branch_named(&self.model.branches[branch].name).cloned())
    }

    fn last_commit(&self, branch: usize) -> TestResult<u64> {
        Ok(self.record(branch)?.ok_or("the branch is gone")?.last_commit.0)
    }

    /// Asks somebody; now and then an operation of the driver fails meanwhile.
    fn ask(&mut self, branch: &str, request: &str) -> TestResult<Answer> {
        if let Some(faulty) = &self.faulty {
            let number = if self.numbers.one_in(2) { 1 + self.numbers.below(90) } else { 0 };
            faulty.fail_at(number as u64);
        }
        let place = self.numbers.below(self.places.len());
        let answer = self.places[place].ask(branch, request)?;
        self.story.push(format!("{branch}: {request} -- {answer:?}"));
        if let Some(faulty) = &self.faulty {
            assert!(answer != Answer::Failed || faulty.has_failed(), "{request}: it failed by itself");
            faulty.fail_at(0);
        }
        Ok(answer)
    }

    fn step(&mut self) -> TestResult {
        let live = self.model.live();
        let branch = *self.numbers.pick(&live);
        match self.numbers.below(20) {
            0..3 if live.len() < MOST_BRANCHES => self.fork(branch),
            3 => {
                let place = self.numbers.below(self.places.len());
                self.places[place].reopen()
            }
            4..8 if live.len() > 1 => self.merge(branch, *self.numbers.clone().pick(&live)),
            8 if self.numbers.one_in(2) && branch > 0 => self.delete(branch),
            9 if self.numbers.one_in(2) => self.prune(branch),
            10 => self.transaction(branch, false),
            _ => self.transaction(branch, true),
        }
    }

    fn fork(&mut self, parent: usize) -> TestResult {
        let number = self.model.branches.len();
        let (name, of) = (format!("b{number}"), self.model.branches[parent].name.clone());
        let at = self.numbers.one_in(4).then(|| self.some_moment());
        let as_of = at.map_or(String::new(), |at| format!(" AS OF TIMESTAMP {}", seconds(at)));
        let sql = format!("CREATE BRANCH {name} FROM {of}{as_of}");
        let last = self.last_commit(parent)?;
        let answer = self.ask("main", &sql)?;
        let present = self.probe.database.engine().present()?;
        let record = present.state().branch_named(&name).cloned();
        drop(present);
        let reaches = at.is_none_or(|at| {
            let tables = self.model.at(parent, at);
            let mut tables = tables.values();
            self.model.since <= at
                && (at >= last || tables.all(|table| self.model.history_since(parent, table.id) <= at))
        });
        match (answer, record.and_then(|record| record.parent)) {
            (Answer::Rows(_) | Answer::Failed, Some(fork)) => {
                assert!(reaches, "{sql}: history does not reach");
                assert_eq!(at.unwrap_or(last).min(last), fork.moment.0, "{sql}: where it begins");
                self.model.fork(name, parent, fork.moment.0);
                Ok(())
            }
            (Answer::Failed, None) => Ok(()),
            (Answer::Error(message), None) if !reaches && message.contains("history") => Ok(()),
            (answer, _) => Err(format!("{sql}: {answer:?}").into()),
        }
    }

    fn merge(&mut self, target: usize, source: usize) -> TestResult {
        if target == source {
            return Ok(());
        }
        let all = [OnConflict::Abort, OnConflict::Abort, OnConflict::Ours, OnConflict::Theirs];
        let on_conflict = *self.numbers.pick(&all);
        let expected = self.model.merge(target, source, on_conflict);
        let names = [target, source].map(|branch| self.model.branches[branch].name.clone());
        let place = format!("{on_conflict:?} merge of {} into {}", names[1], names[0]);
        let last = self.last_commit(target)?;
        let answer = self.ask(&names[0], &merge_request(&names[1], on_conflict))?;
        let moment = self.last_commit(target)?;
        match (&answer, expected) {
            (Answer::Failed, _) if moment == last => Ok(()),
            (Answer::Rows(_) | Answer::Failed, Outcome::Merged(mut commit)) if moment > last => {
                commit.moment = moment;
                self.model.commit(target, commit);
                Ok(())
            }
            (Answer::Rows(did), Outcome::Nothing) if did == &["false"] && moment == last => Ok(()),
            (Answer::Refused(found), Outcome::Refused(rows)) if moment == last => {
                let mut rows: Vec<String> =
                    rows.into_iter().map(|(table, key)| format!("{table} {key:?}")).collect();
                rows.sort_unstable();
                assert_eq!(*found, rows, "{place}: conflicts");
                Ok(())
            }
            (_, Outcome::Nothing) => Err(format!("{place}: {answer:?}, but nothing is new").into()),
            (_, Outcome::Refused(rows)) => Err(format!("{place}: {answer:?}, but {rows:?} conflict").into()),
            (_, Outcome::Merged(_)) => Err(format!("{place}: {answer:?}").into()),
        }
    }

    fn delete(&mut self, branch: usize) -> TestResult {
        let name = self.model.branches[branch].name.clone();
        let answer = self.ask("main", &format!("DROP BRANCH {name}"))?;
        if self.record(branch)?.is_some() {
            assert_eq!(answer, Answer::Failed, "{name} is still there");
            return Ok(());
        }
        self.model.branches[branch].is_deleted = true;
        for place in &mut self.places {
            let answer = place.ask(&name, "SELECT 1 FROM sqlite_schema")?;
            assert_eq!(answer, Answer::Error(format!("no such branch: {name}")));
        }
        Ok(())
    }

    /// Some history is forgotten: everywhere, or that of a table of a branch.
    fn prune(&mut self, branch: usize) -> TestResult {
        let before = self.some_moment();
        let names: Vec<&str> = self.model.now(branch).into_keys().collect();
        let table = (self.numbers.one_in(2) && !names.is_empty()).then(|| *self.numbers.pick(&names));
        let id = table.map(|table| (branch, self.model.now(branch)[table].id));
        let before_text = seconds(before);
        let sql = match table {
            None => format!("PRAGMA prune_history({before_text})"),
            Some(table) => format!("DELETE HISTORY FROM {table} BEFORE SYSTEM_TIME {before_text}"),
        };
        let name = self.model.branches[branch].name.clone();
        let mut answer = self.ask(&name, &sql)?;
        while answer == Answer::Failed {
            answer = self.ask(&name, &sql)?;
        }
        assert!(matches!(answer, Answer::Rows(_)), "{sql}: {answer:?}");
        self.model.forget(id, before);
        Ok(())
    }

    /// Some statements in a transaction, or one alone.
    fn transaction(&mut self, branch: usize, commits: bool) -> TestResult {
        let before = self.model.now(branch);
        let mut changes = Changes::new(before.clone());
        let (model, numbers) = (&mut self.model, &mut self.numbers);
        let mut script = Vec::new();
        for _ in 0..1 + numbers.below(5) {
            if numbers.one_in(7) {
                // What is undone leaves nothing.
                script.push("SAVEPOINT s".into());
                script.push(changes.clone().change(model, numbers));
                script.push("ROLLBACK TO s; RELEASE s".into());
            }
            script.push(changes.change(model, numbers));
        }
        if !commits || script.len() > 1 || script[0].contains(';') {
            let begin = *numbers.pick(&["BEGIN", "BEGIN IMMEDIATE", "BEGIN CONCURRENT"]);
            script.insert(0, begin.to_owned());
            script.push(if commits { "COMMIT" } else { "ROLLBACK" }.into());
        }
        let script = script.join("; ");
        let last = self.last_commit(branch)?;
        let name = self.model.branches[branch].name.clone();
        let answer = self.ask(&name, &script)?;
        assert!(matches!(answer, Answer::Rows(_) | Answer::Failed), "{script}: {answer:?}");
        let moment = self.last_commit(branch)?;
        if !commits {
            assert_eq!(moment, last, "{script}: a commit");
        } else if moment > last {
            self.model.commit(branch, changes.commit(moment));
        } else if answer != Answer::Failed {
            assert_eq!(changes.state, before, "{script}: no commit");
        }
        Ok(())
    }

    /// A moment at which something happened, or one beside it.
    pub(crate) fn some_moment(&mut self) -> u64 {
        let moments = self.model.moments();
        if moments.is_empty() {
            return self.model.since;
        }
        let moment = *self.numbers.pick(&moments);
        moment + self.numbers.below(3) as u64 - 1
    }

    /// Two branches that are there, and a table that one of them may have.
    pub(crate) fn some_pair(&mut self) -> (usize, usize, &'static str) {
        let live = self.model.live();
        (*self.numbers.pick(&live), *self.numbers.pick(&live), *self.numbers.pick(&NAMES))
    }
}

/// A moment as AS OF takes it.
pub(crate) fn seconds(moment: u64) -> String {
    format!("{}.{:06}", moment / 1_000_000, moment % 1_000_000)
}
