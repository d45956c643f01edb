//! A leaf of the tree: entries packed into one block of bytes.
//!
//! Bytes are only appended; a list of slots keeps the order of keys. What has been replaced or deleted stays in the
//! block until that is half of it. So an insert moves slots, not entries, and a copy of a leaf is two copies of memory.

use std::cmp::Ordering;
use std::iter::Peekable;

use helios_core::storage::BatchEntry;

/// A leaf is split when its entries take more bytes than this.
const FULL_BYTES: usize = 8 * 1024;
/// A leaf is split when it has more entries than this.
const FULL_ENTRIES: usize = 256;

/// Entries in the order of their keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaf {
    bytes: Vec<u8>,
    slots: Vec<Slot>,
    /// Bytes of entries that are still there.
    live: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    start: usize,
    key_length: u32,
    value_length: u32,
}

impl Slot {
    fn length(self) -> usize {
        self.key_length as usize + self.value_length as usize
    }
}

impl Leaf {
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Bytes of all entries.
    pub(crate) fn live_bytes(&self) -> usize {
        self.live
    }

    #[inline]
    pub(crate) fn key(&self, at: usize) -> &[u8] {
        let slot = self.slots[at];
        &self.bytes[slot.start..][..slot.key_length as usize]
    }

    #[inline]
    pub(crate) fn entry(&self, at: usize) -> (&[u8], &[u8]) {
        let slot = self.slots[at];
        self.bytes[slot.start..][..slot.length()].split_at(slot.key_length as usize)
    }

    /// The first position whose key is not smaller than `key`.
    #[inline]
    pub(crate) fn lower_bound(&self, key: &[u8]) -> usize {
        // Appending is usual: look at the end first.
        match self.slots.last() {
            Some(_) if self.key(self.len() - 1) < key => self.len(),
            _ => {
                self.slots.partition_point(|slot| &self.bytes[slot.start..][..slot.key_length as usize] < key)
            }
        }
    }

    /// The position of `key`, or where it would be.
    pub(crate) fn search(&self, key: &[u8]) -> Result<usize, usize> {
        let at = self.lower_bound(key);
        if at < self.len() && self.key(at) == key { Ok(at) } else { Err(at) }
    }

    /// Applies the next of some entries whose keys ascend: those before `end`, until the leaf has to be split. Then returns
    /// the larger keys.
    pub(crate) fn apply<'e>(
        &mut self,
        entries: &mut Peekable<impl Iterator<Item = BatchEntry<'e>>>,
        end: Option<&[u8]>,
    ) -> Option<Leaf> {
        let mut from = None;
        while let Some(entry) = entries.next_if(|entry| end.is_none_or(|end| entry.key < end)) {
            let place = self.search_from(from, entry.key);
            let (Ok(at) | Err(at)) = place;
            match (entry.value, place) {
                (Some(value), _) => {
                    let appended = at == self.len();
                    self.put(place, entry.key, value);
                    from = Some(at + 1);
                    if let Some(right) = self.split(appended) {
                        return Some(right);
                    }
                }
                (None, Ok(_)) => {
                    self.live -= self.slots.remove(at).length();
                    self.tidy();
                    from = Some(at);
                }
                (None, Err(_)) => from = Some(at),
            }
        }
        None
    }

    /// The position of `key`, or where it would be. All keys before the position `from`, if there is one, are smaller; the
    /// key is looked for there first.
    fn search_from(&self, from: Option<usize>, key: &[u8]) -> Result<usize, usize> {
        let Some(from) = from.filter(|from| *from < self.len()) else { return self.search(key) };
        match self.key(from).cmp(key) {
            Ordering::Equal => Ok(from),
            Ordering::Greater => Err(from),
            Ordering::Less => self.search(key),
        }
    }

    /// Writes an entry where it belongs; its value comes in two parts.
    fn put(&mut self, place: Result<usize, usize>, key: &[u8], value: [&[u8]; 2]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value[0]);
        self.bytes.extend_from_slice(value[1]);
        let value_length = (value[0].len() + value[1].len()) as u32;
        let slot = Slot { start, key_length: key.len() as u32, value_length };
        self.live += slot.length();
        match place {
            Ok(at) => {
                self.live -= self.slots[at].length();
                self.slots[at] = slot;
            }
            Err(at) => self.slots.insert(at, slot),
        }
        self.tidy();
    }

    /// Deletes the entries from position `from` to before `to`.
    pub(crate) fn delete_positions(&mut self, from: usize, to: usize) {
        self.live -= self.slots.drain(from..to).map(Slot::length).sum::<usize>();
        self.tidy();
    }

    fn tidy(&mut self) {
        if self.bytes.len() > 2 * self.live + 1024 {
            *self = self.part(0, self.len());
        }
    }

    /// A leaf with the entries from position `from` to before `to`.
    fn part(&self, from: usize, to: usize) -> Leaf {
        let mut part = Leaf::default();
        for at in from..to {
            let (key, value) = self.entry(at);
            let slot = Slot { start: part.bytes.len(), ..self.slots[at] };
            part.bytes.extend_from_slice(key);
            part.bytes.extend_from_slice(value);
            part.live += slot.length();
            part.slots.push(slot);
        }
        part
    }

    /// Splits a leaf that has grown too large: keeps the smaller keys and returns the larger. `appended` says that the
    /// last key is new; then it leaves alone, so that a load in ascending order fills its leaves.
    pub(crate) fn split(&mut self, appended: bool) -> Option<Leaf> {
        if self.len() < 2 || (self.live <= FULL_BYTES && self.len() <= FULL_ENTRIES) {
            return None;
        }
        let at = if appended { self.len() - 1 } else { self.middle() };
        let right = self.part(at, self.len());
        if appended {
            self.delete_positions(at, self.len());
        } else {
            *self = self.part(0, at);
        }
        Some(right)
    }

    /// The position where half of the bytes lie before.
    fn middle(&self) -> usize {
        let mut before = 0;
        let at = self.slots.iter().position(|slot| {
            before += slot.length();
            2 * before >= self.live
        });
        at.map_or(1, |at| (at + 1).clamp(1, self.len() - 1))
    }
}
