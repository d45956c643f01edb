//! Whether there is more than one processor to share work between.

use std::sync::LazyLock;

/// Whether two threads run side by side. Asking the system reads some files, so it is asked once.
pub(crate) static HAS_TWO: LazyLock<bool> =
    LazyLock::new(|| std::thread::available_parallelism().is_ok_and(|threads| threads.get() > 1));

/// Whether two threads run side by side, as far as the system tells.
pub fn has_two_processors() -> bool {
    *HAS_TWO
}
