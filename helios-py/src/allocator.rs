//! How the allocator of the module treats memory that a statement has given back.
//!
//! In: nothing. Out: a large commit that follows another one within some seconds finds its memory still there. Python's
//! own objects do not come from here.

use std::ffi::{c_int, c_long};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay`: milliseconds after which unused memory goes back to the system.
const PURGE_DELAY: c_int = 15;
/// What it is unless somebody says otherwise.
const USUAL_MILLISECONDS: c_long = 1_000;
/// Long enough for programs that write in bursts. Memory that went back is cleared page by page when it is needed again,
/// which took a sixth of the time of a bulk load and of an update of every tenth row.
const MILLISECONDS: c_long = 10_000;

/// Makes the allocator keep what it has for longer, unless `MIMALLOC_PURGE_DELAY` in the environment says how long.
#[allow(unsafe_code, reason = "the allocator's options have no safe interface")]
pub(crate) fn keep_memory_for_a_while() {
    unsafe extern "C" {
        fn mi_option_get(option: c_int) -> c_long;
        fn mi_option_set_default(option: c_int, value: c_long);
    }
    // SAFETY: both are functions of the allocator that is linked in, with these signatures. Options are plain numbers,
    // written here once, while the module is imported and Python's lock is held.
    unsafe {
        // Should the number mean something else one day, that is left alone.
        if mi_option_get(PURGE_DELAY) == USUAL_MILLISECONDS {
            mi_option_set_default(PURGE_DELAY, MILLISECONDS);
        }
    }
}
