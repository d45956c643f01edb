//! Layouts: the column lists that rows of a table were written under.
//!
//! ALTER TABLE never rewrites rows. A row says which layout it was written under ([`record`]); a layout is the list of
//! the ids of the columns that the row has, in order. A table that never lost a column has one layout, number 0, with
//! the ids 0, 1, 2 and so on, and nothing is stored of it. Otherwise [`Space::LAYOUTS`] has an entry for each layout:
//! the key is the table's space and the layout's number, both written as rowids; the payload is a record of the ids. A
//! column that is added gets an id that no layout has had and joins the newest layout, whose older rows end before it.
//! Where there are branches, that is an id that no column has on any branch, so that a merge can tell columns apart.

use helios_core::encoding::{key, record};
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::{Space, WriteSet};
use helios_core::{Error, Result, ValueRef};

/// More than the columns of any table.
const COLUMNS: u32 = 1 << 11;

/// The layouts of a table, by number; the last is the one that rows are written under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layouts(Vec<Vec<u32>>);

impl Layouts {
    /// The number of the layout that rows are written under.
    pub fn newest(&self) -> u32 {
        self.0.len().saturating_sub(1) as u32
    }

    /// The ids of a table's columns, which stay when columns are renamed, come or go.
    pub fn column_ids(&self, columns: usize) -> Vec<u32> {
        self.ids(columns)
    }

    /// Whether a column with an id is or was one of a table with `columns` columns.
    pub fn knows(&self, id: u32, columns: usize) -> bool {
        if self.0.is_empty() {
            (id as usize) < columns
        } else {
            self.0.iter().flatten().any(|known| *known == id)
        }
    }

    /// Whether rows that a table of `columns` columns has under other layouts can be read under these, of a table of
    /// `own_columns`: each layout begins as the other one of its number, and no column is back that the other one has
    /// dropped, which some of its rows have and others do not.
    pub fn can_read(&self, own_columns: usize, (other, columns): (&Layouts, usize)) -> bool {
        let all = |layouts: &Layouts, columns: usize| match layouts.0.is_empty() {
            true => vec![layouts.ids(columns)],
            false => layouts.0.clone(),
        };
        let (there, other_there) = (self.ids(own_columns), other.ids(columns));
        let is_back = |id: &u32| other.knows(*id, columns) && !other_there.contains(id);
        let (own, other) = (all(self, own_columns), all(other, columns));
        own.len() >= other.len()
            && other.iter().zip(&own).all(|(other, own)| own.starts_with(other))
            && !there.iter().any(is_back)
    }

    fn ids(&self, columns: usize) -> Vec<u32> {
        self.0.last().cloned().unwrap_or_else(|| (0..columns as u32).collect())
    }

    /// Where the columns of the newest layout stand in a row of another; `None` for those that it does not have.
    pub fn places(&self, layout: u32) -> Result<Vec<Option<usize>>> {
        let (Some(of_row), Some(newest)) = (self.0.get(layout as usize), self.0.last()) else {
            return Err(Error::corrupt("a row has an unknown layout"));
        };
        Ok(newest.iter().map(|id| of_row.iter().position(|other| other == id)).collect())
    }

    /// The layouts of a table none of whose columns is one of another table's: `number` was never given to anything else.
    pub fn anew(columns: usize, number: Space) -> Layouts {
        Layouts(vec![(0..columns as u32).map(|place| id_of(number) + place).collect()])
    }

    /// The layouts after a column was added to a table of `columns` columns. Where there are branches, `number` is one
    /// that was never given to anything else.
    #[must_use]
    pub fn with_column(&self, columns: usize, number: Option<Space>) -> Layouts {
        let mut layouts = self.clone();
        if layouts.0.is_empty() && number.is_some() {
            layouts.0.push(self.ids(columns));
        }
        let next = layouts.0.iter().flatten().max().map_or(0, |id| id + 1);
        if let Some(newest) = layouts.0.last_mut() {
            newest.push(number.map_or(next, id_of));
        }
        layouts
    }

    /// The layouts after the column at `position` was dropped from a table of `columns` columns.
    #[must_use]
    pub fn without_column(&self, position: usize, columns: usize) -> Layouts {
        let mut newest = self.ids(columns);
        let mut layouts = self.clone();
        if layouts.0.is_empty() {
            layouts.0.push(newest.clone());
        }
        newest.remove(position);
        layouts.0.push(newest);
        layouts
    }

    /// Writes the layouts of the table whose rows are in `space`.
    pub fn write(&self, space: Space, writes: &mut WriteSet) {
        for (number, ids) in self.0.iter().enumerate() {
            let ids = ids.iter().map(|id| ValueRef::Integer(i64::from(*id)));
            writes.put(Space::LAYOUTS, &entry_key(space, number), |payload| record::write(0, ids, payload));
        }
    }

    /// Forgets the layouts of a table that goes.
    pub fn remove(&self, space: Space, writes: &mut WriteSet) {
        for number in 0..self.0.len() {
            writes.delete(Space::LAYOUTS, &entry_key(space, number));
        }
    }

    /// Reads all layouts, by the space of their table.
    pub(super) fn load(reader: &Reader) -> Result<Vec<(Space, Layouts)>> {
        let mut tables: Vec<(Space, Layouts)> = Vec::new();
        let guard = reader.scan(Space::LAYOUTS);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            let space = key::read_rowid(&mut cursor.key())?;
            let space = Space(u32::try_from(space).map_err(|_| Error::corrupt("a layout has no table"))?);
            let mut row = record::Record::open(cursor.version().payload)?;
            let mut ids = Vec::new();
            while let Some(id) = row.next_value()? {
                ids.push(id.to_integer() as u32);
            }
            match tables.last_mut() {
                Some((last, layouts)) if *last == space => layouts.0.push(ids),
                _ => tables.push((space, Layouts(vec![ids]))),
            }
        }
        Ok(tables)
    }
}

/// The first of the ids that go with a number: as many as a table may have columns, and none that is counted up from 0.
fn id_of(number: Space) -> u32 {
    number.0.wrapping_add(1).wrapping_mul(COLUMNS)
}

fn entry_key(space: Space, number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    key::write_rowid(i64::from(space.0), &mut bytes);
    key::write_rowid(number as i64, &mut bytes);
    bytes
}
