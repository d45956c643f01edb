//! The schemas of three states become one.
//!
//! Tables and indexes are known by their spaces, so that one that was renamed is still itself; views and triggers by
//! their names. What one side changed comes; what both changed in different ways is a conflict. A table that both sides
//! made, or that one side dropped and made again, is [one table](Twins). What has one name in the end, and which table an
//! index belongs to under its new name, `names` says.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use helios_core::Result;
use helios_core::Value;
use helios_core::branch::Point;
use helios_core::branch::ancestry::{changed_keys, merge_plan};
use helios_core::clock::Moment;
use helios_core::versioned::Space;

use super::rows::with_space;
use super::twins::Twins;
use super::{Conflict, Merge, OnConflict, Side};
use crate::catalog::{Layouts, ObjectKind, SchemaRow, Table};
use crate::session::define::index_of_renamed;

/// What an object is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Id {
    Space(Space),
    Name(&'static str, String),
}

/// Which side an object is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    Ours,
    Theirs,
}

/// One object in three states.
pub(super) type Three<'r> = (Option<&'r SchemaRow>, Option<&'r SchemaRow>, Option<&'r SchemaRow>);

/// What is to be done to the target's schema.
#[derive(Debug, Default)]
pub(super) struct SchemaPlan {
    /// Rows in place of others, by their keys.
    pub(super) replaced: Vec<(Vec<u8>, SchemaRow)>,
    /// Rows of objects that come, those whose rows are gone from the target's store first.
    pub(super) added: Vec<SchemaRow>,
    /// Rows that stay, by their keys, although the source has others: they are written again, as decided.
    pub(super) kept: Vec<(Vec<u8>, SchemaRow)>,
    /// Keys of rows that go.
    pub(super) removed: Vec<Vec<u8>>,
    /// Spaces that go with them.
    pub(super) dropped: Vec<Space>,
    /// Objects that come back after the target dropped them: they need other spaces.
    pub(super) restored: HashSet<Space>,
    /// Where the rows of tables of the source go, if it is another space.
    pub(super) joined: HashMap<Space, Space>,
    /// Tables of the target whose definition is replaced by one that does not tell what their rows or index entries are:
    /// all are rewritten.
    pub(super) rewritten: HashSet<Space>,
}

pub(super) struct Decision<'m> {
    pub(super) merge: &'m Merge,
    twins: Twins,
    ours_changed: Option<HashSet<Space>>,
    pub(super) picks: HashMap<Id, Pick>,
    /// Conflicts that were decided for the target beforehand.
    pub(super) decided: HashSet<Id>,
    /// Tables whose parts follow them.
    followed: HashMap<Id, Pick>,
    conflicts: Vec<Conflict>,
}

impl Merge {
    /// Decides about every object. Conflicts are noted.
    pub(super) fn plan_schema(&mut self) -> Result<SchemaPlan> {
        let mut decision = Decision {
            twins: Twins::find(self),
            merge: self,
            ours_changed: None,
            picks: HashMap::new(),
            decided: HashSet::new(),
            followed: HashMap::new(),
            conflicts: Vec::new(),
        };
        let all = decision.objects();
        for is_table in [true, false] {
            for (id, three) in &all {
                let any = three.0.or(three.1).or(three.2);
                if any.is_some_and(|row| (row.kind == ObjectKind::Table) == is_table) {
                    let pick = decision.pick(*three)?;
                    decision.picks.insert(id.clone(), pick);
                }
            }
        }
        let mut plan = SchemaPlan::default();
        let chosen: BTreeMap<Id, Cow<'_, SchemaRow>> = decision.settle_names(&all)?.into_iter().collect();
        for (key, row) in &decision.merge.ours.schema {
            match chosen.get(&decision.id(row)) {
                Some(Cow::Borrowed(new)) if std::ptr::eq(*new, row) => {
                    if decision.decided.contains(&decision.id(row)) {
                        plan.kept.push((key.clone(), row.clone()));
                    }
                }
                Some(new) if decision.is_written(row, new) => {}
                Some(new) => {
                    // The target's rows stay where they are.
                    plan.replaced.push((key.clone(), SchemaRow { space: row.space, ..(**new).clone() }));
                    let stays = |space| chosen.contains_key(&Id::Space(decision.twins.one(space)));
                    if row.kind == ObjectKind::Table && !decision.can_read(row, new, stays) {
                        plan.rewritten.insert(row.space);
                    }
                }
                None => {
                    plan.removed.push(key.clone());
                    plan.dropped.extend((row.space != Space(0)).then_some(row.space));
                }
            }
        }
        for (_, row) in &decision.merge.theirs.schema {
            let id = decision.id(row);
            let (base, ours, _) = all[&id];
            match (ours, chosen.get(&id)) {
                (None, Some(new)) => {
                    plan.added.push((**new).clone());
                    if row.space != Space(0) && (base.is_some() || decision.merge.had_and_dropped(row)?) {
                        plan.restored.insert(row.space);
                    }
                }
                (Some(ours), _) if ours.space != row.space => {
                    plan.joined.insert(row.space, ours.space);
                }
                _ => {}
            }
        }
        let conflicts = decision.conflicts;
        self.refused.conflicts.extend(conflicts);
        Ok(plan)
    }
}

/// The layouts of a table; those of other objects are none.
fn layouts<'s>(side: &'s Side, row: &SchemaRow) -> Option<&'s Layouts> {
    let mut tables =
        side.catalog.tables().filter(|table| row.kind == ObjectKind::Table && table.space == row.space);
    tables.next().map(|table| &table.layouts)
}

/// Whether an index of a table that stays has entries that tell of a column that goes, although another may have its name.
fn has_index_of_what_goes(table: &Table, new: &Table, index_stays: impl Fn(Space) -> bool) -> bool {
    let ids_of = |table: &Table| table.layouts.column_ids(table.columns.len());
    let (ids, stay) = (ids_of(table), ids_of(new));
    let mut indexes = table.indexes.iter().filter(|index| index_stays(index.space));
    indexes.any(|index| index.mentioned_columns(table).iter().any(|place| !stay.contains(&ids[*place])))
}

/// Whether the texts of two objects are the same.
fn is_said(a: Option<&SchemaRow>, b: Option<&SchemaRow>) -> bool {
    let said = |row: &SchemaRow| (row.kind, row.name.clone(), row.table.clone(), row.sql.clone());
    a.map(said) == b.map(said)
}

pub(super) fn is_relation(row: &SchemaRow) -> bool {
    matches!(row.kind, ObjectKind::Table | ObjectKind::View)
}

fn definition(row: Option<&SchemaRow>) -> Option<Vec<Value>> {
    row.map(|row| vec![row.sql.as_deref().map_or(Value::Null, Value::text)])
}

impl<'m> Decision<'m> {
    pub(super) fn id(&self, row: &SchemaRow) -> Id {
        match row.space {
            Space(0) => Id::Name(row.kind.word(), row.name.to_lowercase()),
            space => Id::Space(self.twins.one(space)),
        }
    }

    /// Whether two states say the same of an object. An index is the same under a new name of its table.
    fn is_same(
        &self,
        (one, a): (&Side, Option<&SchemaRow>),
        (other, b): (&Side, Option<&SchemaRow>),
    ) -> Result<bool> {
        let (Some(a), Some(b)) = (a, b) else { return Ok(a.is_none() && b.is_none()) };
        let has_layouts = || a.space != b.space || layouts(one, a) == layouts(other, b);
        if is_said(Some(a), Some(b)) {
            return Ok(has_layouts());
        }
        let is_renamed = a.kind == ObjectKind::Index && a.table != b.table;
        Ok(is_renamed && is_said(Some(a), Some(&under_name(other, b, &a.table)?)))
    }

    /// Whether a row of the target need not be written for it to be what was chosen.
    fn is_written(&self, row: &SchemaRow, new: &SchemaRow) -> bool {
        let (ours, theirs) = (&self.merge.ours, &self.merge.theirs);
        is_said(Some(row), Some(new))
            && (row.space != new.space || layouts(ours, row) == layouts(theirs, new))
    }

    /// Whether rows and index entries of the target's table can be read by the source's definition of it.
    fn can_read(&self, ours: &SchemaRow, theirs: &SchemaRow, index_stays: impl Fn(Space) -> bool) -> bool {
        let table = |side: &'m Side, row: &SchemaRow| with_space(&side.catalog, row.space);
        let (Some(own), Some(new)) = (table(&self.merge.ours, ours), table(&self.merge.theirs, theirs))
        else {
            return true;
        };
        own.space == new.space
            && new.layouts.can_read(new.columns.len(), (&own.layouts, own.columns.len()))
            && !has_index_of_what_goes(own, new, index_stays)
    }

    fn objects(&self) -> BTreeMap<Id, Three<'m>> {
        let mut all: BTreeMap<Id, Three<'m>> = BTreeMap::new();
        for (_, row) in &self.merge.base.schema {
            all.entry(self.id(row)).or_default().0 = Some(row);
        }
        for (_, row) in &self.merge.ours.schema {
            all.entry(self.id(row)).or_default().1 = Some(row);
        }
        for (_, row) in &self.merge.theirs.schema {
            all.entry(self.id(row)).or_default().2 = Some(row);
        }
        all
    }

    fn pick(&mut self, three: Three<'m>) -> Result<Pick> {
        let (base, ours, theirs) = three;
        if self.merge.plan.is_fast_forward {
            return Ok(Pick::Theirs);
        }
        let Some(any) = ours.or(theirs).or(base) else { return Ok(Pick::Ours) };
        let merge = self.merge;
        let is_table = any.kind == ObjectKind::Table;
        let sides = [(&merge.ours, ours), (&merge.theirs, theirs), (&merge.base, base)];
        let table = sides.into_iter().find_map(|(side, row)| self.table_id(side, row?));
        if !is_relation(any)
            && let Some(pick) = table.and_then(|table| self.followed.get(&table).copied())
        {
            self.keep_with_table(ours, theirs);
            return Ok(pick);
        }
        let [before, own, other] = [(&merge.base, base), (&merge.ours, ours), (&merge.theirs, theirs)];
        let agrees = if self.is_same(own, other)? {
            Some(Pick::Ours)
        } else if self.is_same(before, own)? {
            let lost = is_table && theirs.is_none() && self.ours_changed(any.space)?;
            // The target has had it, or what it is one with.
            let stays = ours.is_none() && !self.is_changed(any);
            (!lost).then_some(if stays { Pick::Ours } else { Pick::Theirs })
        } else if self.is_same(before, other)? {
            let lost = is_table && ours.is_none() && self.merge.keys.contains_key(&any.space);
            (!lost).then_some(Pick::Ours)
        } else {
            // Both were altered, perhaps in the same way.
            is_said(ours, theirs).then_some(Pick::Ours)
        };
        let pick = agrees.unwrap_or_else(|| self.conflict(&any.name, three));
        let is_drop = ours.is_none() || theirs.is_none();
        if is_table && base.is_some() && (agrees.is_none() || is_drop) {
            self.followed.insert(self.id(any), pick);
        }
        Ok(pick)
    }

    /// Whether the source has changed an object since the target has had it: a definition, a table's rows, or that the
    /// table of an index or trigger comes. Entries of an index follow from rows and tell nothing of it.
    fn is_changed(&self, theirs: &SchemaRow) -> bool {
        let keys = &self.merge.keys;
        let mut stored = self.merge.theirs.schema.iter().filter(|(_, row)| self.id(row) == self.id(theirs));
        let is_logged = |key: &Vec<u8>| keys.get(&Space::SCHEMA).is_some_and(|keys| keys.contains(key));
        let is_filled = match theirs.kind {
            ObjectKind::Table => keys.contains_key(&theirs.space),
            _ => self.table_id(&self.merge.theirs, theirs).is_some_and(|table| self.comes(&table)),
        };
        is_filled || stored.any(|(key, _)| is_logged(key))
    }

    /// Whether a table is taken from the source, and the target has none that is one with it.
    fn comes(&self, table: &Id) -> bool {
        let mut own = self.merge.ours.schema.iter().map(|(_, row)| self.id(row));
        self.picks.get(table) == Some(&Pick::Theirs) && own.all(|id| id != *table)
    }

    /// What the table or view of an index or trigger is known by.
    pub(super) fn table_id(&self, side: &Side, part: &SchemaRow) -> Option<Id> {
        side.relation(&part.table).map(|row| self.id(row))
    }

    /// A decision for the target's table is one for its indexes and triggers that the source does not have.
    fn keep_with_table(&mut self, ours: Option<&SchemaRow>, theirs: Option<&SchemaRow>) {
        let (Some(part), None) = (ours, theirs) else { return };
        let table = self.table_id(&self.merge.ours, part);
        if table.is_some_and(|table| self.decided.contains(&table)) {
            self.decided.insert(self.id(part));
        }
    }

    /// Notes a conflict, unless it is decided beforehand.
    pub(super) fn conflict(&mut self, name: &str, (base, ours, theirs): Three<'_>) -> Pick {
        match self.merge.on_conflict {
            OnConflict::Theirs => return Pick::Theirs,
            OnConflict::Ours => {
                self.decided.extend(ours.map(|row| self.id(row)));
                return Pick::Ours;
            }
            OnConflict::Abort => {}
        }
        self.conflicts.push(Conflict {
            table: name.to_owned(),
            key: Vec::new(),
            columns: Vec::new(),
            base: definition(base),
            ours: definition(ours),
            theirs: definition(theirs),
        });
        Pick::Ours
    }

    /// Whether the target has changed rows of a space since the base.
    fn ours_changed(&mut self, space: Space) -> Result<bool> {
        if self.ours_changed.is_none() {
            let state = &*self.merge.state;
            let point = |branch| Point { branch, moment: Moment::PRESENT };
            let plan = merge_plan(state, point(self.merge.target), point(self.merge.source));
            let keys = match plan {
                Some(plan) => changed_keys(state, &plan.stretches)?,
                None => Vec::new(),
            };
            self.ours_changed = Some(keys.into_iter().map(|(space, _)| space).collect());
        }
        Ok(self.ours_changed.as_ref().is_some_and(|spaces| spaces.contains(&space)))
    }

    /// The side that an object is taken from.
    pub(super) fn side(&self, id: &Id) -> &'m Side {
        if self.picks.get(id) == Some(&Pick::Theirs) { &self.merge.theirs } else { &self.merge.ours }
    }
}

/// An index of a state, under another name of its table.
pub(super) fn under_name(side: &Side, index: &SchemaRow, name: &str) -> Result<SchemaRow> {
    match side.catalog.table(&index.table) {
        Some(table) => index_of_renamed(index, table, name),
        None => Ok(index.clone()),
    }
}
