//! Room on the stack for what follows a tree down: an overflow ends the whole process, whoever's it is.
//!
//! The parser bounds how high trees are, but a thousand levels take more of the stack than a small thread has, and how
//! much more depends on how the program was compiled. So whatever calls itself for each level of a tree goes through
//! [`with_room`], which goes on in new memory where the stack comes to its end.

/// So much is left wherever [`with_room`] does not go on in new memory: for calls that do not go through it, such as
/// those that clone, compare or drop a tree, which take over a thousand bytes a level where nothing is optimized.
const RED_ZONE_BYTES: usize = 1536 << 10;

/// How much new memory there is each time. The system takes only what is touched.
const SEGMENT_BYTES: usize = 8 << 20;

/// Does `work` with room on the stack.
#[inline]
pub(crate) fn with_room<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE_BYTES, SEGMENT_BYTES, work)
}
