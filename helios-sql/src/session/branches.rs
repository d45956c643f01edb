//! Branches in SQL: CREATE, DROP and MERGE BRANCH, the tables that show branches, commits and differences, and what
//! history keeps.

use std::sync::Arc;

use helios_core::branch::{BranchRecord, Branching, Point};
use helios_core::clock::Moment;
use helios_core::transaction::Reader;
use helios_core::versioned::{BranchId, Space};
use helios_core::{Error, Result, Value};

use super::diff::{compare, json};
use super::moment::{Zone, moment_in, moment_of_argument, write_moment};
use super::past::UsedPast;
use super::{OnConflict, Session};
use crate::ast::{BranchStatement, DeleteHistory};
use crate::bind::{NamedMoment, Past};
use crate::catalog::{Catalog, Table};
use crate::chunk::Chunk;
use crate::database::Database;
use crate::func::{ReadyRows, TableFunction, TableRows};
use crate::plan::PastReader;

impl Session {
    /// Runs a statement about branches.
    pub(super) fn branch_statement(&mut self, statement: &BranchStatement, parameters: &Chunk) -> Result<()> {
        match statement {
            BranchStatement::Create { name, parent, at } => {
                self.check_writable()?;
                let at = match at {
                    Some(at) => Some(moment_in(&self.zone.clone(), self.value_of(at, parameters)?.as_ref())?),
                    None => None,
                };
                let parent = parent.clone().unwrap_or_else(|| self.branch_name.clone());
                self.database.create_branch_at(name, &parent, at)
            }
            BranchStatement::Drop(name) => {
                self.check_writable()?;
                self.database.delete_branch(name)
            }
            BranchStatement::Merge { name, into } => {
                self.merge_branch(name, into.as_deref(), OnConflict::Abort).map(drop)
            }
        }
    }

    /// Shows a moment of the past from now on, in which nothing can be written; or the present again.
    pub fn set_as_of(&mut self, moment: Option<Moment>) -> Result<()> {
        if self.transaction.is_some() {
            return Err(Error::sql("cannot change the moment within a transaction"));
        }
        if let Some(moment) = moment {
            self.database.engine().as_of(moment)?;
        }
        self.as_of = moment;
        self.settings_changes += 1;
        Ok(())
    }

    /// `PRAGMA as_of`: sets the moment, or an empty text for the present; without an argument, tells it.
    pub(super) fn pragma_as_of(&mut self, argument: Option<&str>) -> Result<Option<String>> {
        match argument {
            Some("") => self.set_as_of(None)?,
            Some(moment) => self.set_as_of(Some(moment_of_argument(&self.zone, moment)?))?,
            None => return Ok(self.as_of.map(write_moment)),
        }
        Ok(None)
    }

    /// What statements are about that name no moment.
    pub(super) fn default_past(&self) -> Result<Option<(Past, UsedPast)>> {
        let Some(moment) = self.as_of else { return Ok(None) };
        let found = self.database.past(self.branch, moment)?;
        let (catalog, reader) = (found.catalog, PastReader::new(found.reader));
        let past = Past { moment: found.moment, catalog: catalog.clone(), reader: reader.clone() };
        let named = NamedMoment::Known(moment);
        Ok(Some((past, UsedPast::new(named, catalog, reader, (moment, found.moment)))))
    }

    /// DELETE HISTORY: what was replaced before a moment goes.
    pub(super) fn delete_history(&mut self, delete: &DeleteHistory, parameters: &Chunk) -> Result<()> {
        if self.transaction.is_some() {
            return Err(Error::sql("cannot delete history from within a transaction"));
        }
        self.check_writable()?;
        let before = match &delete.before {
            Some(before) => moment_in(&self.zone.clone(), self.value_of(before, parameters)?.as_ref())?,
            None => self.database.engine().clock().now(),
        };
        let catalog = self.current_catalog()?;
        let Some(table) = catalog.table(&delete.table.name).filter(|table| !table.is_internal()) else {
            return Err(Error::sql(format!("no such table: {}", delete.table.name)));
        };
        self.database.forget_table(self.branch, table, before)
    }

    /// ALTER TABLE … ADD or DROP SYSTEM VERSIONING.
    pub(super) fn set_versioning(&mut self, table: &Table, keeps: bool) {
        self.drops_history |= !keeps;
        if let Some(transaction) = &self.transaction {
            let mut writes = transaction.writes();
            spaces_of(table).for_each(|space| writes.set_versioning(space, keeps));
        }
    }

    /// `PRAGMA prune_history`: what was replaced before a moment goes, on all branches.
    pub(super) fn prune_history(&mut self, before: &str) -> Result<()> {
        if self.transaction.is_some() {
            return Err(Error::sql("cannot prune history from within a transaction"));
        }
        self.check_writable()?;
        self.database.prune_history(moment_of_argument(&self.zone, before)?)
    }
}

/// The spaces of a table and of its indexes.
pub(crate) fn spaces_of(table: &Table) -> impl Iterator<Item = Space> + '_ {
    std::iter::once(table.space).chain(table.indexes.iter().map(|index| index.space))
}

impl Database {
    /// Makes a branch of `parent`, as it is or as it was at a moment.
    pub fn create_branch_at(&self, name: &str, parent: &str, at: Option<Moment>) -> Result<()> {
        let present = self.engine().newest()?;
        if present.state().branch_named(name).is_some() {
            return Err(Error::sql(format!("branch {name} already exists")));
        }
        drop(present);
        let record = self.branch(parent)?;
        let Some(at) = at else {
            return self.engine().create_branch(name, record.id, None).map(drop);
        };
        let (present, at) = self.engine().as_of(at)?;
        let state = present.state().clone();
        drop(present);
        if at < record.last_commit {
            let catalog = Catalog::load(&Reader::of_view(state.view(record.id, at)?), None, &self.ciphers())?;
            for table in catalog.tables().filter(|table| !table.is_internal()) {
                check_reach(&*state, record.id, table, at)?;
            }
        }
        drop(state);
        self.engine().create_branch(name, record.id, Some(at)).map(drop)
    }

    /// Deletes a branch. Its sessions get errors from now on; its children live on.
    pub fn delete_branch(&self, name: &str) -> Result<()> {
        let record = self.engine().delete_branch(name)?;
        self.forget_catalog(record.id);
        // What only this branch could ask for: it is kept by its parent, and by itself if it has children.
        let swept = std::iter::once(record.id).chain(record.parent.map(|fork| fork.parent));
        self.engine().sweep(self.store(), Some(swept.collect()))
    }

    /// Forgets on all branches what was replaced before a moment.
    pub fn prune_history(&self, before: Moment) -> Result<()> {
        self.engine().forget_history(None, before)?;
        self.engine().sweep(self.store(), None)
    }

    /// Forgets what was replaced in a table before a moment.
    pub(crate) fn forget_table(&self, branch: BranchId, table: &Table, before: Moment) -> Result<()> {
        self.engine().forget_history(Some((branch, spaces_of(table).collect())), before)?;
        self.engine().sweep(self.store(), Some(vec![branch]))
    }
}

/// An error if the history of a table does not reach back to a moment.
pub(super) fn check_reach(state: &dyn Branching, branch: BranchId, table: &Table, at: Moment) -> Result<()> {
    match state.history_since(branch, table.space) {
        Some(since) if since <= at => Ok(()),
        Some(since) => {
            let since = write_moment(since);
            Err(Error::sql(format!("the history of table {} begins at {since}", table.name)))
        }
        None => Err(Error::sql(format!("table {} keeps no history (see enable_time_travel)", table.name))),
    }
}

/// A table that shows what there is of branches.
#[derive(Debug)]
struct BranchTable {
    database: Arc<Database>,
    zone: Zone,
    shows: Shows,
}

#[derive(Clone, Copy, Debug)]
enum Shows {
    Branches,
    Commits,
    Differences,
}

/// The table of this name.
pub(super) fn branch_table(
    name: &str,
    database: &Arc<Database>,
    zone: &Zone,
) -> Option<Arc<dyn TableFunction>> {
    let shows = match name.to_ascii_lowercase().as_str() {
        "helios_branches" => Shows::Branches,
        "helios_commits" => Shows::Commits,
        "helios_diff" => Shows::Differences,
        _ => return None,
    };
    Some(Arc::new(BranchTable { database: database.clone(), zone: zone.clone(), shows }))
}

impl TableFunction for BranchTable {
    fn columns(&self) -> Vec<(&str, &str)> {
        match self.shows {
            Shows::Branches => vec![
                ("name", "TEXT"),
                ("parent", "TEXT"),
                ("created_at", "TEXT"),
                ("divergence_point", "TEXT"),
                ("commits", "INTEGER"),
                ("size_bytes", "INTEGER"),
                ("is_active", "INTEGER"),
                ("merged_at", "TEXT"),
            ],
            Shows::Commits => {
                vec![("id", "INTEGER"), ("branch", "TEXT"), ("committed_at", "TEXT"), ("changes", "INTEGER")]
            }
            Shows::Differences => {
                vec![
                    ("table_name", "TEXT"),
                    ("kind", "TEXT"),
                    ("key", ""),
                    ("row_a", "TEXT"),
                    ("row_b", "TEXT"),
                ]
            }
        }
    }

    fn parameters(&self) -> &'static [&'static str] {
        match self.shows {
            Shows::Branches => &[],
            Shows::Commits => &["of_branch"],
            Shows::Differences => &["a", "b", "moment_a", "moment_b"],
        }
    }

    fn open(&self, arguments: &[Value], _: &[usize]) -> Result<Box<dyn TableRows>> {
        Ok(ReadyRows::boxed(match self.shows {
            Shows::Branches => self.branches()?,
            Shows::Commits => self.commits(arguments.first())?,
            Shows::Differences => self.differences(arguments)?,
        }))
    }
}

impl BranchTable {
    fn branches(&self) -> Result<Vec<Vec<Value>>> {
        let branches = self.database.branches()?;
        let present = self.database.engine().present()?;
        let state = present.state();
        let moment = |moment: Option<Moment>| moment.map_or(Value::Null, |at| Value::text(&write_moment(at)));
        let row = |(record, is_active): &(BranchRecord, bool)| {
            let parent = record.parent.and_then(|fork| state.ancestor(fork.parent));
            vec![
                Value::text(record.name.as_str()),
                parent.map_or(Value::Null, |parent| Value::text(parent.name.as_str())),
                moment(Some(record.created)),
                moment(record.parent.map(|fork| fork.moment)),
                Value::Integer(record.commits as i64),
                Value::Integer(record.bytes as i64),
                Value::Integer(i64::from(*is_active)),
                moment(merged_at(&**state, record.id)),
            ]
        };
        Ok(branches.iter().map(row).collect())
    }

    /// The commits that are remembered, of one branch or of all.
    fn commits(&self, only: Option<&Value>) -> Result<Vec<Vec<Value>>> {
        let present = self.database.engine().present()?;
        let state = present.state();
        let only = only.filter(|only| !only.is_null()).map(branch_name).transpose()?;
        if let Some(only) = &only {
            self.database.branch(only)?;
        }
        let mut rows = Vec::new();
        for record in state.branches() {
            if only.as_ref().is_some_and(|only| only != record.name.as_str()) {
                continue;
            }
            let changes = state.changes(record.id, Moment::START, Moment::PRESENT)?;
            for commit in changes.chunk_by(|one, next| one.commit == next.commit) {
                rows.push(vec![
                    Value::Integer(commit[0].commit.0 as i64),
                    Value::text(record.name.as_str()),
                    Value::text(&write_moment(commit[0].commit)),
                    Value::Integer(commit.len() as i64),
                ]);
            }
        }
        rows.sort_by_key(|row| row[0].as_ref().to_integer());
        Ok(rows)
    }

    fn differences(&self, arguments: &[Value]) -> Result<Vec<Vec<Value>>> {
        let [a, b, moments @ ..] = arguments else {
            return Err(Error::sql("helios_diff() needs two branches"));
        };
        let (a, b) = (branch_name(a)?, branch_name(b)?);
        let at = |moment: Option<&Value>| match moment {
            Some(Value::Null) | None => Ok(None),
            Some(moment) => moment_in(&self.zone, moment.as_ref()).map(Some),
        };
        let mut rows = Vec::new();
        for table in compare(&self.database, (&a, at(moments.first())?), (&b, at(moments.get(1))?))? {
            for row in &table.rows {
                let key = match &row.key[..] {
                    [one] => one.clone(),
                    many => Value::text(&json(None, many)),
                };
                let shown = |row: Option<String>| row.map_or(Value::Null, |row| Value::text(&row));
                let kind = Value::text(row.kind.word());
                let (a, b) = (shown(table.row_a(row)), shown(table.row_b(row)));
                rows.push(vec![Value::text(&table.name), kind, key, a, b]);
            }
        }
        Ok(rows)
    }
}

/// When the work of a branch was last merged into another.
pub fn merged_at(state: &dyn Branching, branch: BranchId) -> Option<Moment> {
    state.merges().iter().filter(|merge| merge.source == branch).map(|merge| merge.moment).max()
}

fn branch_name(value: &Value) -> Result<String> {
    match value.as_ref().text_bytes() {
        Some(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        None => Err(Error::sql("a branch has a name")),
    }
}

/// The point that a branch has at a moment, with the state to read it from; the present without one.
pub(super) fn point_of(
    database: &Database,
    branch: &str,
    at: Option<Moment>,
) -> Result<(Arc<dyn Branching>, Point)> {
    let record = database.branch(branch)?;
    let Some(at) = at else {
        let state = database.engine().present()?.state().clone();
        return Ok((state, Point { branch: record.id, moment: Moment::PRESENT }));
    };
    let (present, moment) = database.engine().as_of(at)?;
    Ok((present.state().clone(), Point { branch: record.id, moment }))
}
