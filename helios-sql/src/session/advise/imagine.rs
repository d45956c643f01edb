//! Indexes that do not exist, in tables as the planner sees them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use helios_core::Result;
use helios_core::encoding::key::Order;
use helios_core::versioned::Space;

use super::super::define::quoted_if_needed;
use super::super::environment::View;
use super::measure::{Sample, sample};
use crate::catalog::{Catalog, Index, IndexColumn, IndexOrigin, Table};
use crate::optimize::Wish;

/// Where the entries of an index would be that has none.
const NOWHERE: Space = Space(u32::MAX);

/// A table with an index that it does not have.
#[derive(Debug)]
pub(super) struct Imagined {
    pub(super) table: Arc<Table>,
    /// The name of the index.
    pub(super) name: String,
    /// How many columns it has, and how many of them are there only to be read.
    pub(super) columns: usize,
    pub(super) added: usize,
    /// The statement that makes it.
    pub(super) sql: String,
}

/// Imagines each of some indexes, with what its entries would look like.
pub(super) fn all(view: &mut View, wishes: &[Wish]) -> Result<Vec<Imagined>> {
    let mut samples: HashMap<Space, Sample> = HashMap::new();
    let mut names = Vec::new();
    let mut all = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let space = wish.table.space;
        let known = match samples.entry(space) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(sample(view, &wish.table)?),
        };
        let statistics = known.statistics(&wish.columns);
        let name = name(&view.catalog, wish, &names);
        let mut table = (*wish.table).clone();
        table.indexes.push(Arc::new(Index {
            sql: "".into(),
            name: name.clone(),
            space: NOWHERE,
            columns: wish.columns.clone(),
            unique: false,
            on_conflict: None,
            origin: IndexOrigin::Statement,
            filter: None,
            vector: None,
            statistics: Some(statistics.into()),
        }));
        let columns: Vec<String> = wish.columns.iter().map(|column| column_text(&table, column)).collect();
        let sql = format!(
            "CREATE INDEX {} ON {} ({})",
            quoted_if_needed(&name),
            quoted_if_needed(&table.name),
            columns.join(", ")
        );
        all.push(Imagined {
            table: Arc::new(table),
            name: name.clone(),
            columns: wish.columns.len(),
            added: wish.added,
            sql,
        });
        names.push(name);
    }
    Ok(all)
}

/// A name that nothing has yet, of the names of the table and the columns.
fn name(catalog: &Catalog, wish: &Wish, taken: &[String]) -> String {
    let columns = wish.columns.iter().filter_map(|column| column.column);
    let columns = columns.filter_map(|position| wish.table.columns.get(position));
    let parts: Vec<&str> =
        ["idx", &wish.table.name].into_iter().chain(columns.map(|column| &*column.name)).collect();
    let name = parts.join("_");
    let is_free = |name: &String| {
        catalog.index(name).is_none()
            && catalog.relation(name).is_none()
            && !taken.iter().any(|taken| taken.eq_ignore_ascii_case(name))
    };
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap_or(name)
}

fn column_text(table: &Table, column: &IndexColumn) -> String {
    let Some(meant) = column.column.and_then(|position| table.columns.get(position)) else {
        return "rowid".to_owned();
    };
    let collation = match meant.collation == column.collation {
        true => String::new(),
        false => format!(" COLLATE {}", column.collation.name()),
    };
    let order = if column.order == Order::Descending { " DESC" } else { "" };
    format!("{}{collation}{order}", quoted_if_needed(&meant.name))
}
