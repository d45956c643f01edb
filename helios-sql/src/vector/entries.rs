//! The entries of an index of vectors: ordinary keys in its space.
//!
//! ```text
//! head     key: 0                payload: branch, lineage and generation of the graph that the view builds on
//! row      key: the row's key    payload: a marker, see [`Marker`]
//! ```
//! A row without an entry is in that generation of the graph, with the vector that it has in the view.

use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::vector::Metric;
use helios_core::versioned::{BranchId, Space, WriteSet};
use helios_core::{Error, Result, ValueRef};

/// The key of the head; it comes before those of all rows.
const HEAD: &[u8] = &[0];

/// Which graph a view builds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head {
    /// The branch whose rows it was made of.
    pub branch: BranchId,
    /// Tells graphs of an index apart.
    pub lineage: u64,
    /// The state of the graph.
    pub generation: u64,
}

/// What is known of a row that the graph does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// It has another vector than the graph says, or was not there.
    Changed,
    /// It has no vector.
    Null,
    /// It has a vector that has no distance from anything: zeros, where those have no angle.
    Zero,
    /// It is gone.
    Gone,
}

impl Marker {
    /// The marker of a row that has a value in the column of the index.
    pub fn of(metric: Metric, value: ValueRef<'_>) -> Marker {
        match value {
            ValueRef::Blob(vector) => {
                // A zero may have a sign.
                let is_zero = |element: &[u8; 4]| f32::from_le_bytes(*element) == 0.0;
                let has_no_angle = metric == Metric::Cosine && vector.as_chunks::<4>().0.iter().all(is_zero);
                if has_no_angle { Marker::Zero } else { Marker::Changed }
            }
            _ => Marker::Null,
        }
    }

    /// Notes a row.
    pub fn write(self, space: Space, row_key: &[u8], writes: &mut WriteSet) {
        let byte = match self {
            Marker::Changed => 0,
            Marker::Null => 1,
            Marker::Zero => 2,
            Marker::Gone => 3,
        };
        writes.put(space, row_key, |payload| payload.push(byte));
    }

    fn read(payload: &[u8]) -> Result<Marker> {
        match payload {
            [0] => Ok(Marker::Changed),
            [1] => Ok(Marker::Null),
            [2] => Ok(Marker::Zero),
            [3] => Ok(Marker::Gone),
            _ => Err(Error::corrupt("an index of vectors has an unknown entry")),
        }
    }
}

/// Writes the head.
pub fn write_head(head: Head, space: Space, writes: &mut WriteSet) {
    writes.put(space, HEAD, |payload| {
        payload.extend(head.branch.0.to_le_bytes());
        payload.extend(head.lineage.to_le_bytes());
        payload.extend(head.generation.to_le_bytes());
    });
}

fn read_head(payload: &[u8]) -> Result<Head> {
    let broken = || Error::corrupt("an index of vectors has a broken head");
    let (branch, rest) = payload.split_first_chunk().ok_or_else(broken)?;
    let (lineage, rest) = rest.split_first_chunk().ok_or_else(broken)?;
    let generation = rest.try_into().map_err(|_| broken())?;
    Ok(Head {
        branch: BranchId(u32::from_le_bytes(*branch)),
        lineage: u64::from_le_bytes(*lineage),
        generation: u64::from_le_bytes(generation),
    })
}

/// All entries that a view shows.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    /// The head, once there was a graph.
    pub head: Option<Head>,
    /// Rows that have to be looked at, ascending.
    pub changed: Vec<i64>,
    /// Rows without a vector, ascending.
    pub null: Vec<i64>,
    /// Rows with a vector that has no distance, ascending.
    pub zero: Vec<i64>,
    /// Rows that are gone, ascending.
    pub gone: Vec<i64>,
}

impl Entries {
    /// Reads the entries of an index.
    pub fn read(reader: &Reader, space: Space) -> Result<Entries> {
        let mut entries = Entries::default();
        let guard = reader.scan(space);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            if cursor.key() == HEAD {
                entries.head = Some(read_head(cursor.version().payload)?);
                continue;
            }
            let rowid = key::read_rowid(&mut cursor.key())?;
            match Marker::read(cursor.version().payload)? {
                Marker::Changed => entries.changed.push(rowid),
                Marker::Null => entries.null.push(rowid),
                Marker::Zero => entries.zero.push(rowid),
                Marker::Gone => entries.gone.push(rowid),
            }
        }
        Ok(entries)
    }

    /// The head alone.
    pub fn read_head(reader: &Reader, space: Space) -> Result<Option<Head>> {
        let mut head = Ok(None);
        reader.get(space, HEAD, &mut |version| head = read_head(version.payload).map(Some))?;
        head
    }

    /// Whether a row has an entry.
    pub fn mentions(&self, rowid: i64) -> bool {
        let lists = [&self.changed, &self.null, &self.zero, &self.gone];
        lists.iter().any(|list| list.binary_search(&rowid).is_ok())
    }

    /// How many rows wait for the graph to know of them.
    pub fn waiting(&self) -> usize {
        self.changed.len() + self.gone.len()
    }
}
