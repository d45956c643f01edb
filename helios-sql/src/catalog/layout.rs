//! Layouts: the column lists that rows of a table were written under.
//!
//! ALTER TABLE never rewrites rows. A row says which layout it was written under ([`record`]); a layout is the list of
//! the ids of the columns that the row has, in order. A table that never lost a column has one layout, number 0, with
//! the ids 0, 1, 2 and so on, and nothing is stored of it. Otherwise [`Space::LAYOUTS`] has an entry for each layout:
//! the key is the table's space and the layout's number, both written as rowids; the payload is a record of the ids. A
//! column that is added gets an id that no layout has had and joins the newest layout, whose older rows end before it.
//! Where there are branches, that is an id that no column has on any branch, so that a merge can tell columns apart.
//!
//! Beside them stand the keys of encrypted columns, under the number -1 - id: cipher and key.

use std::collections::BTreeMap;

use helios_core::encoding::{key, record};
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::{Space, WriteSet};
use helios_core::{Error, Result, ValueRef};

use super::sealed::{Ciphers, ColumnKey, SealedColumn};
use super::table::TableColumn;

/// More than the columns of any table.
const COLUMNS: u32 = 1 << 11;

/// The layouts of a table, by number; the last is the one that rows are written under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layouts {
    of_rows: Vec<Vec<u32>>,
    /// The keys of encrypted columns, by the column's id; also of columns that are no more, for the rows that have them.
    keys: BTreeMap<u32, ColumnKey>,
}

impl Layouts {
    /// The number of the layout that rows are written under.
    pub fn newest(&self) -> u32 {
        self.of_rows.len().saturating_sub(1) as u32
    }

    /// The ids of a table's columns, which stay when columns are renamed, come or go.
    pub fn column_ids(&self, columns: usize) -> Vec<u32> {
        self.ids(columns)
    }

    /// Whether a column with an id is or was one of a table with `columns` columns.
    pub fn knows(&self, id: u32, columns: usize) -> bool {
        if self.of_rows.is_empty() {
            (id as usize) < columns
        } else {
            self.of_rows.iter().flatten().any(|known| *known == id)
        }
    }

    /// Whether rows that a table of `columns` columns has under other layouts can be read under these, of a table of
    /// `own_columns`: each layout begins as the other one of its number, and no column is back that the other one has
    /// dropped, which some of its rows have and others do not.
    pub fn can_read(&self, own_columns: usize, (other, columns): (&Layouts, usize)) -> bool {
        let all = |layouts: &Layouts, columns: usize| match layouts.of_rows.is_empty() {
            true => vec![layouts.ids(columns)],
            false => layouts.of_rows.clone(),
        };
        let (there, other_there) = (self.ids(own_columns), other.ids(columns));
        let is_back = |id: &u32| other.knows(*id, columns) && !other_there.contains(id);
        let (own, other) = (all(self, own_columns), all(other, columns));
        own.len() >= other.len()
            && other.iter().zip(&own).all(|(other, own)| own.starts_with(other))
            && !there.iter().any(is_back)
    }

    fn ids(&self, columns: usize) -> Vec<u32> {
        self.of_rows.last().cloned().unwrap_or_else(|| (0..columns as u32).collect())
    }

    /// Where the columns of the newest layout stand in a row of another; `None` for those that it does not have.
    pub fn places(&self, layout: u32) -> Result<Vec<Option<usize>>> {
        let (Some(of_row), Some(newest)) = (self.of_rows.get(layout as usize), self.of_rows.last()) else {
            return Err(Error::corrupt("a row has an unknown layout"));
        };
        Ok(newest.iter().map(|id| of_row.iter().position(|other| other == id)).collect())
    }

    /// The layouts of a table none of whose columns is one of another table's: `number` was never given to anything else.
    pub fn anew(columns: usize, number: Space) -> Layouts {
        let ids = (0..columns as u32).map(|place| id_of(number) + place).collect();
        Layouts { of_rows: vec![ids], keys: BTreeMap::new() }
    }

    /// The layouts after a column was added to a table of `columns` columns. Where there are branches, `number` is one
    /// that was never given to anything else.
    #[must_use]
    pub fn with_column(&self, columns: usize, number: Option<Space>) -> Layouts {
        let mut layouts = self.clone();
        if layouts.of_rows.is_empty() && number.is_some() {
            layouts.of_rows.push(self.ids(columns));
        }
        let next = layouts.of_rows.iter().flatten().max().map_or(0, |id| id + 1);
        if let Some(newest) = layouts.of_rows.last_mut() {
            newest.push(number.map_or(next, id_of));
        }
        layouts
    }

    /// The layouts after the column at `position` was dropped from a table of `columns` columns.
    #[must_use]
    pub fn without_column(&self, position: usize, columns: usize) -> Layouts {
        let mut newest = self.ids(columns);
        let mut layouts = self.clone();
        if layouts.of_rows.is_empty() {
            layouts.of_rows.push(newest.clone());
        }
        newest.remove(position);
        layouts.of_rows.push(newest);
        layouts
    }

    /// Gives a key to each encrypted column of a table that has none.
    pub fn add_keys(&mut self, columns: &[TableColumn], mut make: impl FnMut() -> ColumnKey) {
        for (column, id) in columns.iter().zip(self.ids(columns.len())) {
            if column.is_encrypted {
                self.keys.entry(id).or_insert_with(&mut make);
            }
        }
    }

    /// What seals the encrypted columns of a table.
    pub(super) fn sealed(&self, columns: &[TableColumn], ciphers: &Ciphers) -> Result<Vec<SealedColumn>> {
        let encrypted = columns.iter().zip(self.ids(columns.len())).enumerate();
        let encrypted = encrypted.filter(|(_, (column, _))| column.is_encrypted && !column.is_virtual());
        let sealed = |(position, (_, id)): (usize, (&TableColumn, u32))| {
            let key = self.keys.get(&id).ok_or_else(|| Error::corrupt("an encrypted column has no key"))?;
            SealedColumn::new(position, id, key, ciphers)
        };
        encrypted.map(sealed).collect()
    }

    /// Writes the layouts of the table whose rows are in `space`.
    pub fn write(&self, space: Space, writes: &mut WriteSet) {
        for (number, ids) in self.of_rows.iter().enumerate() {
            let ids = ids.iter().map(|id| ValueRef::Integer(i64::from(*id)));
            writes.put(Space::LAYOUTS, &entry_key(space, number as i64), |payload| {
                record::write(0, ids, payload);
            });
        }
        for (id, key) in &self.keys {
            let values = [ValueRef::Text(key.cipher.as_bytes()), ValueRef::Blob(key.key.bytes())];
            let entry = entry_key(space, number_of_key(*id));
            writes.put(Space::LAYOUTS, &entry, |payload| record::write(0, values.into_iter(), payload));
        }
    }

    /// Forgets the layouts of a table that goes.
    pub fn remove(&self, space: Space, writes: &mut WriteSet) {
        for number in 0..self.of_rows.len() {
            writes.delete(Space::LAYOUTS, &entry_key(space, number as i64));
        }
        for id in self.keys.keys() {
            writes.delete(Space::LAYOUTS, &entry_key(space, number_of_key(*id)));
        }
    }

    /// Reads all layouts, by the space of their table.
    pub(super) fn load(reader: &Reader) -> Result<Vec<(Space, Layouts)>> {
        let mut tables: Vec<(Space, Layouts)> = Vec::new();
        let guard = reader.scan(Space::LAYOUTS);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            let mut key = cursor.key();
            let space = key::read_rowid(&mut key)?;
            let number = key::read_rowid(&mut key)?;
            let space = Space(u32::try_from(space).map_err(|_| Error::corrupt("a layout has no table"))?);
            let mut row = record::Record::open(cursor.version().payload)?;
            if tables.last().is_none_or(|(last, _)| *last != space) {
                tables.push((space, Layouts::default()));
            }
            let Some((_, layouts)) = tables.last_mut() else { continue };
            if number < 0 {
                let (Some(ValueRef::Text(cipher)), Some(ValueRef::Blob(key))) =
                    (row.next_value()?, row.next_value()?)
                else {
                    return Err(Error::corrupt("the key of a column"));
                };
                let column_key = ColumnKey::stored(&String::from_utf8_lossy(cipher), key)?;
                layouts.keys.insert(id_of_key(number)?, column_key);
                continue;
            }
            let mut ids = Vec::new();
            while let Some(id) = row.next_value()? {
                ids.push(id.to_integer() as u32);
            }
            layouts.of_rows.push(ids);
        }
        Ok(tables)
    }
}

/// The first of the ids that go with a number: as many as a table may have columns, and none that is counted up from 0.
fn id_of(number: Space) -> u32 {
    number.0.wrapping_add(1).wrapping_mul(COLUMNS)
}

/// The number under which the key of a column stands among the layouts, which count from 0 on.
fn number_of_key(id: u32) -> i64 {
    -1 - i64::from(id)
}

fn id_of_key(number: i64) -> Result<u32> {
    u32::try_from(-1 - number).map_err(|_| Error::corrupt("the key of a column"))
}

fn entry_key(space: Space, number: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    key::write_rowid(i64::from(space.0), &mut bytes);
    key::write_rowid(number, &mut bytes);
    bytes
}
