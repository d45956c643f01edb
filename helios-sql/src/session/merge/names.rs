//! Which objects are to be, once each name is that of one.
//!
//! In: of each object the side that it is taken from. Out: the rows of the schema that is to be. Two objects with one name
//! are in conflict; the decision is one for both, so that one that was renamed goes back to the name that it has on that
//! side, and nothing is lost that neither side dropped. Indexes and triggers belong to a table, not to its name: an index
//! goes with its table under the name that this has in the end.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use helios_core::Result;

use super::Side;
use super::rows::with_space;
use super::schema::{Decision, Id, Pick, Three, is_relation, under_name};
use crate::catalog::{ObjectKind, SchemaRow};

/// The rows that are to be.
pub(super) type Chosen<'m> = Vec<(Id, Cow<'m, SchemaRow>)>;

impl<'m> Decision<'m> {
    /// Decides about names that two objects have, and answers with what is to be.
    pub(super) fn settle_names(&mut self, all: &BTreeMap<Id, Three<'m>>) -> Result<Chosen<'m>> {
        // Each turn takes another object from the side that is decided for, where names are different.
        loop {
            let (chosen, orphans) = self.choose(all)?;
            if let Some((name, ids)) = self.same_names(&chosen) {
                self.settle(&name, &ids, all);
                continue;
            }
            for orphan in orphans {
                self.conflict(&orphan.name, (None, Some(orphan), None));
            }
            return Ok(chosen);
        }
    }

    /// What is to be as things stand, and what cannot be: indexes and triggers of tables that are gone, triggers of tables
    /// with a new name that they do not know, and indexes of columns that are gone.
    fn choose(&self, all: &BTreeMap<Id, Three<'m>>) -> Result<(Chosen<'m>, Vec<&'m SchemaRow>)> {
        let picked = |(id, (_, ours, theirs)): (&Id, &Three<'m>)| {
            let row = if self.picks.get(id) == Some(&Pick::Theirs) { theirs } else { ours };
            row.map(|row| (id.clone(), row))
        };
        let picked: Vec<(Id, &SchemaRow)> = all.iter().filter_map(picked).collect();
        let relations: HashMap<&Id, &SchemaRow> =
            picked.iter().filter(|(_, row)| is_relation(row)).map(|(id, row)| (id, *row)).collect();
        let (mut chosen, mut orphans) = (Chosen::new(), Vec::new());
        for (id, row) in &picked {
            let part =
                if is_relation(row) { Some(Cow::Borrowed(*row)) } else { self.part(id, row, &relations)? };
            match part {
                Some(part) => chosen.push((id.clone(), part)),
                None => orphans.push(*row),
            }
        }
        Ok((chosen, orphans))
    }

    /// An index or trigger as part of its table; `None` if it cannot be.
    fn part(
        &self,
        id: &Id,
        row: &'m SchemaRow,
        relations: &HashMap<&Id, &'m SchemaRow>,
    ) -> Result<Option<Cow<'m, SchemaRow>>> {
        let side = self.side(id);
        let Some(table) = self.table_id(side, row) else { return Ok(None) };
        let Some(of_table) = relations.get(&table) else { return Ok(None) };
        let is_made = row.kind == ObjectKind::Index && row.sql.is_some();
        if is_made && !has_columns(of_table, self.side(&table), row, side) {
            return Ok(None);
        }
        if of_table.name.to_lowercase() == row.table.to_lowercase() {
            return Ok(Some(Cow::Borrowed(row)));
        }
        let is_index = row.kind == ObjectKind::Index;
        is_index.then(|| under_name(side, row, &of_table.name).map(Cow::Owned)).transpose()
    }

    /// Decides about objects that have one name: they are taken from one side, and what belongs to them.
    fn settle(&mut self, name: &str, ids: &[Id; 2], all: &BTreeMap<Id, Three<'m>>) {
        let named = |row: &Option<&'m SchemaRow>| row.filter(|row| row.name.to_lowercase() == name);
        let mine = ids.iter().find_map(|id| named(&all[id].1));
        let their = ids.iter().find_map(|id| named(&all[id].2));
        let shown = their.or(mine).map_or(name, |row| &row.name);
        let pick = self.conflict(shown, (None, mine, their));
        for id in ids {
            let was = self.picks.insert(id.clone(), pick);
            if pick == Pick::Ours && was != Some(pick) && all[id].1.is_some() {
                self.decided.insert(id.clone());
            }
        }
        let (ours, theirs) = (&self.merge.ours, &self.merge.theirs);
        let is_of = |side: &Side, row: Option<&SchemaRow>| {
            let part = row.filter(|row| !is_relation(row));
            part.and_then(|part| self.table_id(side, part)).is_some_and(|table| ids.contains(&table))
        };
        let parts = all.iter().filter(|(_, three)| is_of(ours, three.1) || is_of(theirs, three.2));
        let parts: Vec<Id> = parts.map(|(id, _)| id.clone()).collect();
        self.picks.extend(parts.into_iter().map(|part| (part, pick)));
    }

    /// Two objects with one name, which is given in small letters, from different sides: tables and views first, since their
    /// parts follow them.
    fn same_names(&self, chosen: &Chosen<'_>) -> Option<(String, [Id; 2])> {
        let find = |is_asked: &dyn Fn(&SchemaRow) -> bool| {
            let mut names: HashMap<(bool, String), &Id> = HashMap::new();
            chosen.iter().filter(|(_, row)| is_asked(row)).find_map(|(id, row)| {
                let name = (row.kind == ObjectKind::Trigger, row.name.to_lowercase());
                let other = names.insert(name.clone(), id)?;
                (self.picks.get(other) != self.picks.get(id)).then(|| (name.1, [other.clone(), id.clone()]))
            })
        };
        find(&is_relation).or_else(|| find(&|_| true))
    }
}

/// Whether a table has what an index mentions of the table that it was made on.
fn has_columns(table: &SchemaRow, of_table: &Side, index: &SchemaRow, of_index: &Side) -> bool {
    let Some(table) = with_space(&of_table.catalog, table.space) else { return true };
    let Some((own, index)) = of_index.catalog.index(&index.name) else { return true };
    let mut mentioned = index.mentioned_columns(own).into_iter();
    mentioned.all(|place| table.column(&own.columns[place].name).is_some())
}
