//! Tables and indexes of two sides that are one, although they lie in different spaces.
//!
//! ```text
//! made on both sides      base: nothing     ours: t in 20        theirs: t in 31
//! dropped, made again     base: t in 9      ours: t in 20        theirs: t in 9
//! ```
//! In: the schemas of three states. Out: which spaces of the two sides belong together. Tables do if they have one name and
//! keys of one kind, neither side has the space of the other, and they are defined alike or one of them was at the merge
//! base; indexes if they have one name and one definition, and their tables are one: entries belong to rows.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use helios_core::versioned::Space;

use super::rows::with_space;
use super::{Merge, Side};
use crate::catalog::{ObjectKind, SchemaRow, Table};

/// For each space of the target whose object is one of the source in another space: that space.
#[derive(Debug, Default)]
pub(super) struct Twins(HashMap<Space, Space>);

impl Twins {
    pub(super) fn find(merge: &Merge) -> Twins {
        let spaces = |side: &Side| side.schema.iter().map(|(_, row)| row.space).collect::<HashSet<_>>();
        let [at_base, of_ours, of_theirs] = [&merge.base, &merge.ours, &merge.theirs].map(spaces);
        let alone = |side: &'_ Side, others: &HashSet<Space>| -> HashMap<String, SchemaRow> {
            let rows = side.schema.iter().map(|(_, row)| row);
            let alone = rows.filter(|row| row.space != Space(0) && !others.contains(&row.space));
            alone.map(|row| (row.name.to_lowercase(), row.clone())).collect()
        };
        let (ours, theirs) = (alone(&merge.ours, &of_theirs), alone(&merge.theirs, &of_ours));
        let mut twins = Twins::default();
        for is_table in [true, false] {
            for (name, own) in ours.iter().filter(|(_, own)| (own.kind == ObjectKind::Table) == is_table) {
                let Some(other) = theirs.get(name).filter(|other| other.kind == own.kind) else { continue };
                let tables =
                    [(&merge.ours, own), (&merge.theirs, other)].map(|(side, row)| table_of(side, row));
                let [Some(table), Some(their_table)] = tables else { continue };
                let is_said_alike = own.sql == other.sql;
                let is_one = if is_table {
                    let was_there = at_base.contains(&own.space) || at_base.contains(&other.space);
                    is_said_alike || was_there && row_key(table) == row_key(their_table)
                } else {
                    is_said_alike && twins.one(table.space) == their_table.space
                };
                if is_one {
                    twins.0.insert(own.space, other.space);
                }
            }
        }
        twins
    }

    /// The space that stands for both.
    pub(super) fn one(&self, space: Space) -> Space {
        self.0.get(&space).copied().unwrap_or(space)
    }
}

/// The table that a row of the schema makes, or that its index is of.
fn table_of<'s>(side: &'s Side, row: &SchemaRow) -> Option<&'s Arc<Table>> {
    match row.kind {
        ObjectKind::Table => with_space(&side.catalog, row.space),
        _ => side.catalog.table(&row.table),
    }
}

/// What decides about the bytes of a table's keys.
fn row_key(table: &Table) -> (bool, Vec<String>) {
    let columns = table.row_columns().iter().map(|column| {
        let name =
            column.column.and_then(|place| table.columns.get(place)).map(|column| column.name.to_lowercase());
        format!("{name:?} {:?} {:?}", column.collation, column.order)
    });
    (table.row_key.is_none(), columns.collect())
}
