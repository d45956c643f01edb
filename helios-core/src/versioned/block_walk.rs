//! A walk through a block of a segment, for keys that are asked for one after the other in ascending order.
//!
//! In: the bytes of a block, and keys. Out: what the block says of each at a moment. The block is read once, from its
//! beginning and no further than to the first key that is not asked for yet; of versions that nobody asks for no more than
//! the key is looked at.

use std::cmp::Ordering;

use super::segment::version_at;
use super::segment_lookup::Past;
use crate::clock::Moment;
use crate::encoding::varint;
use crate::error::{Error, Result};

/// Where the walk stands.
#[derive(Debug, Default)]
pub(super) struct BlockWalk {
    /// The place behind the key of the version that it stands at, or of the next version where it is at none.
    at: usize,
    /// The key of the version that it stands at, or of the one before.
    key: Vec<u8>,
    /// Whether it stands at a version.
    is_here: bool,
}

impl BlockWalk {
    /// Begins with another block.
    pub(super) fn restart(&mut self) {
        (self.at, self.is_here) = (0, false);
        self.key.clear();
    }

    /// What the block `bytes` of the segment that ends at `end` says of a key.
    pub(super) fn find<'b>(
        &mut self,
        bytes: &'b [u8],
        end: Moment,
        (key, moment): (&'b [u8], Moment),
    ) -> Result<Past<'b>> {
        let mut is_later = false;
        while self.is_here || self.step(bytes)? {
            match self.key[..].cmp(key) {
                Ordering::Less => {}
                Ordering::Equal => {
                    let version = version_at(bytes.get(self.at..).unwrap_or_default(), end, key)?;
                    if version.begin > moment {
                        is_later = true;
                    } else if version.end > moment {
                        return Ok(Past::Found(version));
                    } else {
                        break;
                    }
                }
                Ordering::Greater => break,
            }
            self.pass(bytes)?;
        }
        // The key was changed later here, so an older version ended earlier.
        Ok(if is_later { Past::None } else { Past::Unknown })
    }

    /// Goes to the next version; `false` at the end.
    fn step(&mut self, bytes: &[u8]) -> Result<bool> {
        let mut rest = bytes.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(false);
        }
        let (shared, further) = varint::read_two(&mut rest)?;
        let (further, rest) = rest.split_at_checked(further as usize).ok_or_else(broken)?;
        if shared as usize > self.key.len() {
            return Err(broken());
        }
        self.key.truncate(shared as usize);
        self.key.extend_from_slice(further);
        self.at = bytes.len() - rest.len();
        self.is_here = true;
        Ok(true)
    }

    /// Leaves the version behind.
    fn pass(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes.get(self.at..).unwrap_or_default();
        varint::skip(2, &mut rest)?;
        let payload = varint::read(&mut rest)? as usize;
        let rest = rest.get(payload..).ok_or_else(broken)?;
        self.at = bytes.len() - rest.len();
        self.is_here = false;
        Ok(())
    }
}

fn broken() -> Error {
    Error::corrupt("a block of the history")
}
