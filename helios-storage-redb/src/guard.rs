//! Panics of redb as errors.
//!
//! redb checks the sums of pages only where a file was not closed; of others it takes for granted that they are what it
//! wrote, and stops with a panic where a damaged one breaks its rules. In: a call of redb. Out: its result, or an error
//! of kind `Corrupt`.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use helios_core::{Error, ErrorKind, Result};

/// Does `work`, which calls redb.
///
/// What `work` was changing is not to be used after an error: snapshots and cursors are only read, and the caller opens
/// the file again after a write.
#[inline]
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(broken(&*panic)))
}

/// Does `work`, which calls redb and, while it has set the flag that it is given, others: their panics are not redb's and
/// go on.
pub(crate) fn guarded_but_for_others<T>(work: impl FnOnce(&Cell<bool>) -> Result<T>) -> Result<T> {
    let is_at_others = Cell::new(false);
    match catch_unwind(AssertUnwindSafe(|| work(&is_at_others))) {
        Ok(result) => result,
        Err(panic) if is_at_others.get() => resume_unwind(panic),
        Err(panic) => Err(broken(&*panic)),
    }
}

#[cold]
fn broken(panic: &(dyn std::any::Any + Send)) -> Error {
    let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    Error::new(ErrorKind::Corrupt, "database disk image is malformed")
        .caused_by(said.unwrap_or("redb has met a broken page"))
}
