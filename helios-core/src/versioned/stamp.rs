//! The eight bytes before every payload: when, and whether the key was deleted then.

use crate::clock::Moment;
use crate::error::{Error, Result};

/// A moment and a flag in 8 little-endian bytes: `moment * 2 + deleted`. In the present it is the version's begin, in
/// the history its end; the flag is the version's own in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The moment.
    pub moment: Moment,
    /// Whether the version says that the key does not exist.
    pub deleted: bool,
}

impl Stamp {
    /// Bytes of a stamp.
    pub const SIZE: usize = 8;

    /// The bytes.
    pub fn to_bytes(self) -> [u8; Stamp::SIZE] {
        (self.moment.0 << 1 | u64::from(self.deleted)).to_le_bytes()
    }

    /// Takes the stamp off the front of a stored value.
    #[inline]
    pub fn split(value: &[u8]) -> Result<(Stamp, &[u8])> {
        let Some((stamp, payload)) = value.split_first_chunk() else {
            return Err(Error::corrupt("a version has no stamp"));
        };
        let bits = u64::from_le_bytes(*stamp);
        Ok((Stamp { moment: Moment(bits >> 1), deleted: bits & 1 == 1 }, payload))
    }
}
