//! Collations in a catalog. What a session's program has added is the session's: the catalog that all sessions share
//! has only the names.

use std::sync::Arc;

use foldhash::HashMap;
use helios_core::value::{Collation, ProgramCollation};
use helios_core::{Error, ErrorKind, Result};

use super::{Catalog, Index, IndexColumn, Table};

impl Catalog {
    /// This catalog as a session sees it whose program has added `collations`.
    pub fn with_collations(&self, collations: &[Arc<ProgramCollation>]) -> Catalog {
        let mut tables = self.tables.clone();
        for table in tables.values_mut().filter(|table| names_collations(table)) {
            put_in(Arc::make_mut(table), collations);
        }
        Catalog {
            tables,
            order: self.order.clone(),
            triggers: self.triggers.clone(),
            collations: collations.to_vec(),
            // No catalog is made after this one: what the session's program added is not for others.
            made: HashMap::default(),
            rows: Vec::new(),
            layouts: Vec::new(),
            has_statistics: self.has_statistics,
            vector_indexes: self.vector_indexes.clone(),
        }
    }

    /// The collations that the program has added.
    pub fn program_collations(&self) -> &[Arc<ProgramCollation>] {
        &self.collations
    }

    /// The collation of this name, whatever its case; if there is none, what can be asked for its name only.
    pub fn collation(&self, name: &str) -> Collation {
        known(name, &self.collations).unwrap_or_else(|| declared_collation(name))
    }

    /// An error if the program has not added a collation that is named here.
    pub fn check_named<'c>(&self, mut collations: impl Iterator<Item = &'c Collation>) -> Result<()> {
        collations.try_for_each(|named| check([self.collation(named.name())].iter()))
    }
}

impl Table {
    /// The collations that the table's definition names.
    pub fn collations(&self) -> impl Iterator<Item = &Collation> {
        let of_indexes = self.all_indexes().flat_map(|index| &index.columns).map(|column| &column.collation);
        self.columns.iter().map(|column| &column.collation).chain(of_indexes)
    }

    /// An error if the program has not added a collation that entries of the table's indexes are compared by.
    pub fn check_index_collations(&self) -> Result<()> {
        check(self.all_indexes().flat_map(|index| &index.columns).map(|column| &column.collation))
    }
}

/// The collation that a definition names, built in or by its name alone.
pub(super) fn declared_collation(name: &str) -> Collation {
    let by_name_alone = || Collation::Program(Arc::new(ProgramCollation::named(name)));
    Collation::by_name(name).unwrap_or_else(by_name_alone)
}

/// An error if one of these is a name that nothing stands behind.
pub fn check<'c>(mut collations: impl Iterator<Item = &'c Collation>) -> Result<()> {
    collations.find_map(Collation::unknown).map_or(Ok(()), |name| Err(no_such_collation(name)))
}

fn no_such_collation(name: &str) -> Error {
    Error::new(ErrorKind::MissingCollation, format!("no such collation sequence: {name}"))
}

fn known(name: &str, collations: &[Arc<ProgramCollation>]) -> Option<Collation> {
    let collation = collations.iter().find(|collation| collation.name().eq_ignore_ascii_case(name))?;
    Some(Collation::Program(collation.clone()))
}

fn names_collations(table: &Table) -> bool {
    table.collations().any(|named| named.unknown().is_some())
}

fn put_in(table: &mut Table, collations: &[Arc<ProgramCollation>]) {
    let put = |collation: &mut Collation| {
        if let Some(found) = collation.unknown().and_then(|name| known(name, collations)) {
            *collation = found;
        }
    };
    let put_all = |index: &mut Arc<Index>| {
        let columns: &mut Vec<IndexColumn> = &mut Arc::make_mut(index).columns;
        columns.iter_mut().for_each(|column| put(&mut column.collation));
    };
    table.columns.iter_mut().for_each(|column| put(&mut column.collation));
    table.indexes.iter_mut().chain(&mut table.row_key).for_each(put_all);
}

/// The name of a collation as a definition writes it, for those who ask for it. It makes no difference between columns.
#[derive(Clone, Debug, Default)]
pub struct WrittenCollation(Option<Arc<str>>);

impl WrittenCollation {
    /// The name that was written.
    pub(super) fn new(name: &str) -> WrittenCollation {
        WrittenCollation(Some(name.into()))
    }

    /// What to call a collation.
    pub fn or_name_of<'c>(&'c self, collation: &'c Collation) -> &'c str {
        self.0.as_deref().unwrap_or_else(|| collation.name())
    }
}

impl PartialEq for WrittenCollation {
    fn eq(&self, _: &WrittenCollation) -> bool {
        true
    }
}

impl Eq for WrittenCollation {}
