//! MERGE BRANCH: the committed work of one branch becomes a commit of another.
//!
//! In: two branches and what is to become of conflicts. Out: one commit on the target, or an error that lists
//! [every conflict](MergeConflicts), and nothing has changed. Three states are compared: the merge base, the target's
//! (ours) and the source's (theirs).
//!
//! - Rows are found by their keys and merged column by column; objects of the schema as a whole.
//! - Where the target has nothing that the source does not have, the merge is a fast-forward: the target becomes what the
//!   source is.
//! - Index entries are made from the merged rows, and what must hold of rows is looked at. No trigger fires.
//! - Shadow tables that follow from others are made anew from those where both branches changed them.
//! - The cost is that of the keys that changed since the base, except for new indexes on tables of both.

mod derived;
mod names;
mod rows;
mod schema;
mod twins;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use helios_core::branch::ancestry::{MergePlan, SpaceKey, changed_keys, merge_plan};
use helios_core::branch::{Branching, Point, no_such_branch};
use helios_core::clock::Moment;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::{Mode, Reader, Transaction};
use helios_core::versioned::{BranchId, Space, View};
use helios_core::{Constraint, Error, ErrorKind, Result, Value};

use schema::is_relation;

pub(super) use rows::{decode, key_of};

use super::Session;
use crate::catalog::{Catalog, Ciphers, SchemaRow};
use crate::database::Database;

/// What becomes of conflicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// The merge is refused.
    #[default]
    Abort,
    /// What the target has stays.
    Ours,
    /// What the source has comes.
    Theirs,
}

/// What a merge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergeReport {
    /// Rows that the target did not have.
    pub rows_added: u64,
    /// Rows that it has no more.
    pub rows_removed: u64,
    /// Rows that are others than before.
    pub rows_changed: u64,
    /// Tables, indexes, views and triggers that came, went or changed.
    pub schema_changes: u64,
    /// The commit; `None` if there was nothing to merge.
    pub commit: Option<Moment>,
}

/// Something that both branches changed in different ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The table, or another object of the schema.
    pub table: String,
    /// The row's rowid or primary key; empty for the object itself.
    pub key: Vec<Value>,
    /// The columns that differ; empty where a row or an object is there on one side only.
    pub columns: Vec<String>,
    /// The row, or the text of the definition, at the merge base.
    pub base: Option<Vec<Value>>,
    /// The target's.
    pub ours: Option<Vec<Value>>,
    /// The source's.
    pub theirs: Option<Vec<Value>>,
}

/// Something that would not hold after the merge.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The table.
    pub table: String,
    /// The row's rowid or primary key.
    pub key: Vec<Value>,
    /// What does not hold, in SQLite's words.
    pub message: String,
}

/// Why a merge was refused; the cause of its error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MergeConflicts {
    /// What both branches changed.
    pub conflicts: Vec<Conflict>,
    /// What would not hold.
    pub violations: Vec<Violation>,
}

impl MergeConflicts {
    fn is_empty(&self) -> bool {
        self.conflicts.is_empty() && self.violations.is_empty()
    }
}

impl fmt::Display for MergeConflicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conflicts = self.conflicts.iter().map(|conflict| conflict.table.clone());
        let violations = self.violations.iter().map(|violation| violation.message.clone());
        let mut what: Vec<String> = conflicts.chain(violations).collect();
        what.dedup();
        f.write_str(&what.join(", "))
    }
}

impl std::error::Error for MergeConflicts {}

/// One of the three states.
struct Side {
    view: Arc<dyn View>,
    catalog: Catalog,
    /// The rows of `sqlite_schema` with their keys.
    schema: Vec<(Vec<u8>, SchemaRow)>,
    /// Where in `schema` tables and views are, by their names in small letters.
    relations: HashMap<String, usize>,
}

impl Side {
    fn load(view: Arc<dyn View>, ciphers: &Ciphers) -> Result<Side> {
        let reader = Reader::of_view(view.clone());
        let mut schema = Vec::new();
        let guard = reader.scan(Space::SCHEMA);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            schema.push((cursor.key().to_vec(), SchemaRow::from_payload(cursor.version().payload)?));
        }
        drop(cursor);
        drop(guard);
        let named = schema.iter().enumerate().filter(|(_, (_, row))| is_relation(row));
        let relations = named.map(|(at, (_, row))| (row.name.to_lowercase(), at)).collect();
        Ok(Side { view, catalog: Catalog::load(&reader, None, ciphers)?, schema, relations })
    }

    /// The table or view of a name.
    fn relation(&self, name: &str) -> Option<&SchemaRow> {
        self.relations.get(&name.to_lowercase()).map(|at| &self.schema[*at].1)
    }

    /// What the state has of a key.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut found = None;
        self.view.get(space, key, &mut |version| found = Some(version.payload.to_vec()))?;
        Ok(found)
    }
}

/// A merge on its way.
struct Merge {
    state: Arc<dyn Branching>,
    source: BranchId,
    target: BranchId,
    plan: MergePlan,
    /// Keys that the source changed since the base, by space.
    keys: HashMap<Space, Vec<Vec<u8>>>,
    base: Side,
    ours: Side,
    theirs: Side,
    /// Spaces of all objects that the target has or had.
    ours_ever: OnceCell<HashSet<Space>>,
    on_conflict: OnConflict,
    report: MergeReport,
    refused: MergeConflicts,
}

fn by_space(keys: Vec<SpaceKey>) -> HashMap<Space, Vec<Vec<u8>>> {
    let mut found: HashMap<Space, Vec<Vec<u8>>> = HashMap::new();
    for (space, key) in keys {
        found.entry(space).or_default().push(key);
    }
    found
}

impl Session {
    /// Merges the committed work of the branch `source` into `target`, or into this session's branch.
    ///
    /// # Errors
    /// Conflicts and violations (see [`MergeConflicts`]); an open transaction; no such branch.
    pub fn merge_branch(
        &mut self,
        source: &str,
        target: Option<&str>,
        on_conflict: OnConflict,
    ) -> Result<MergeReport> {
        if self.transaction.is_some() {
            return Err(Error::sql("cannot merge from within a transaction"));
        }
        self.check_writable()?;
        let target = target.unwrap_or(&self.branch_name).to_owned();
        if source == target {
            return Err(Error::sql("cannot merge a branch into itself"));
        }
        self.database.branch(source)?;
        let mut session = self.database.connect(&target)?;
        session.functions = self.functions.clone();
        session.interrupt = self.interrupt.clone();
        session.timeout = self.timeout;
        let result = session.merge(source, on_conflict);
        if result.is_err() {
            session.abandon();
        }
        result
    }

    fn merge(&mut self, source: &str, on_conflict: OnConflict) -> Result<MergeReport> {
        let database: Arc<Database> = self.database.clone();
        let mut transaction = Transaction::begin(database.engine(), self.branch, Mode::Plain);
        let present = transaction.prepare_alone(&self.patience())?;
        self.transaction = Some(transaction);
        let state = present.state().clone();
        let record = state.branch_named(source).ok_or_else(|| no_such_branch(source))?.clone();
        let point = |branch| Point { branch, moment: Moment::PRESENT };
        let Some(plan) = merge_plan(&*state, point(record.id), point(self.branch)) else {
            self.abandon();
            return Ok(MergeReport::default());
        };
        let keys = changed_keys(&*state, &plan.stretches)?;
        let ciphers = self.database.ciphers();
        let mut merge = Merge {
            base: Side::load(state.view(plan.base.branch, plan.base.moment)?, &ciphers)?,
            ours: Side::load(state.view(self.branch, Moment::PRESENT)?, &ciphers)?,
            theirs: Side::load(state.view(record.id, Moment::PRESENT)?, &ciphers)?,
            ours_ever: OnceCell::new(),
            keys: by_space(keys),
            source: record.id,
            target: self.branch,
            state,
            plan,
            on_conflict,
            report: MergeReport::default(),
            refused: MergeConflicts::default(),
        };
        merge.merge_states(self)?;
        if !merge.refused.is_empty() {
            let message = format!("merge of {source} refused: {}", merge.refused);
            return Err(
                Error::new(ErrorKind::Constraint(Constraint::Merge), message).caused_by(merge.refused)
            );
        }
        if let Some(transaction) = &self.transaction {
            let merged = merge.plan.source;
            transaction.writes().set_merged(merged.branch, merged.moment);
        }
        let Merge { report, .. } = merge;
        drop(present);
        let patience = self.patience();
        let Some(transaction) = &mut self.transaction else {
            return Err(Error::new(ErrorKind::Internal, "a merge without a transaction"));
        };
        let commit = transaction.commit(&patience)?;
        self.abandon();
        Ok(MergeReport { commit, ..report })
    }
}

impl Merge {
    /// Whether the target had an object of the source, and has it no more.
    fn had_and_dropped(&self, theirs: &SchemaRow) -> Result<bool> {
        let is_there = self.ours.schema.iter().any(|(_, row)| row.space == theirs.space);
        if is_there || theirs.space == Space(0) {
            return Ok(false);
        }
        if let Some(ever) = self.ours_ever.get() {
            return Ok(ever.contains(&theirs.space));
        }
        let mut ever = HashSet::new();
        self.state.versions(self.target, Space::SCHEMA, KeyRange::ALL, &mut |_, _, payload| {
            ever.insert(SchemaRow::from_payload(payload)?.space);
            Ok(true)
        })?;
        Ok(self.ours_ever.get_or_init(|| ever).contains(&theirs.space))
    }

    /// Objects that keep their history on the source do so on the target.
    fn merge_versioning(&self, session: &Session, spaces: impl Iterator<Item = Space>) {
        let Some(transaction) = &session.transaction else { return };
        for space in spaces {
            let is_versioned = |branch| self.state.history_since(branch, space).is_some();
            if is_versioned(self.source) && !is_versioned(self.target) {
                transaction.writes().set_versioning(space, true);
            }
        }
    }
}
