//! The parameter sets of a batch, and which of them an execution runs with.
//!
//! In: all sets, as rows of one chunk. Out: those whose turn comes after this execution's. Operators may do for them early
//! what they do for this one, as long as nobody can tell.

use std::sync::Arc;

use crate::chunk::Chunk;

/// The place of an execution in a batch.
#[derive(Clone, Debug)]
pub struct Coming {
    sets: Arc<Chunk>,
    row: usize,
}

impl Coming {
    /// The execution with the set in `row`.
    pub fn new(sets: &Arc<Chunk>, row: usize) -> Coming {
        Coming { sets: sets.clone(), row }
    }

    /// Its parameters.
    pub fn parameters(&self) -> Chunk {
        set(&self.sets, self.row)
    }

    /// The place of the next execution.
    pub(super) fn next(&self) -> Coming {
        Coming { sets: self.sets.clone(), row: self.row + 1 }
    }

    /// The parameters of the executions after it.
    pub(super) fn sets_after(&self) -> impl Iterator<Item = Chunk> {
        (self.row + 1..self.sets.rows()).map(|row| set(&self.sets, row))
    }
}

/// Equal are places in the same batch, not in one like it.
impl PartialEq for Coming {
    fn eq(&self, other: &Coming) -> bool {
        Arc::ptr_eq(&self.sets, &other.sets) && self.row == other.row
    }
}

fn set(sets: &Chunk, row: usize) -> Chunk {
    let mut one = sets.clone();
    one.select(&[row as u32]);
    one
}
