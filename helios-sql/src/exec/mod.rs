//! Running a plan: operators that hand each other chunks of rows.
//!
//! In: a plan and what it reads from. Out: chunks. Each operator has a file; [`build()`] makes them from a plan, [`eval`]
//! computes expressions over a chunk. Operators pull: the root is asked for rows and asks its inputs. An operator is
//! built once for a prepared statement and opened again for each execution, so that running a statement again
//! allocates little.
//!
//! - No operator holds a cursor or a lock while it hands out rows: a scan notes where it stopped and seeks there again.
//! - A chunk that is handed on has at least one row.
//! - Orders that programs rely on without ORDER BY are kept: scans give rows in the order of keys, joins in the order of
//!   their left side, groups in the order of their keys.

mod aggregate;
mod build;
mod coming;
mod compound;
mod context;
mod covering;
mod distinct;
pub mod eval;
mod filter;
mod gate;
mod hash_join;
mod kept_lookup;
mod kept_scan;
mod key;
mod limit;
mod limits;
mod lookup_join;
mod metered;
mod nearest;
mod nearest_index;
mod nearest_pass;
mod nested_join;
mod partition;
mod place;
mod project;
mod recursion;
mod row_recursion;
mod runs;
mod scan;
mod selective;
mod set_operation;
mod shared;
mod sort;
mod source;
mod split;
mod subquery;
mod virtual_table;
mod window;

use std::fmt;

use helios_core::Result;

use crate::chunk::Chunk;

pub use build::{Built, build, build_batch, build_metered, resolve, runs_in_batches};
pub use coming::Coming;
pub use context::{Context, Executions, Resources, SessionFacts};
pub use covering::is_covered;
pub use metered::Meters;
pub(crate) use split::calls_program;
pub use subquery::SubqueryState;

/// A step of a running plan.
pub trait Operator: fmt::Debug + Send {
    /// Begins, or begins again.
    fn open(&mut self, context: &mut Context) -> Result<()>;

    /// Fills `out` with the next rows; `false` at the end. Whatever `out` held is gone.
    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool>;

    /// Lets go of all rows that were collected, here and in the inputs. There are no more rows before the next
    /// [`Operator::open`].
    fn close(&mut self);
}

/// An operator of any kind.
pub type BoxedOperator = Box<dyn Operator>;

/// Runs `operator` to its end, calls `take` with each chunk, and closes it.
pub fn drain(
    operator: &mut dyn Operator,
    context: &mut Context,
    mut take: impl FnMut(&mut Chunk) -> Result<()>,
) -> Result<()> {
    operator.open(context)?;
    let mut chunk = Chunk::default();
    while operator.next(context, &mut chunk)? {
        take(&mut chunk)?;
    }
    operator.close();
    Ok(())
}
