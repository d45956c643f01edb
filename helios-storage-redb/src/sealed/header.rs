//! redb's header in two slots.
//!
//! A header is written to the slot that holds the older one, with a higher number, and counts from then on; a torn write
//! leaves the other slot, and with it the header before. When it has been synced, a copy goes to the other slot, so that
//! a damaged slot of a file at rest is made good by the other one. A copy says that the original is safe: the next
//! header may be written over it at once. Where none is, because a process died before, the original is synced first.
//!
//! ```text
//! number (8) ‖ is a copy (1) ‖ zeros (7) ‖ header (320), sealed in the context of file and slot
//! ```

use std::io;
use std::sync::Arc;

use helios_core::cipher::Cipher;
use parking_lot::Mutex;
use redb::StorageBackend;

use super::{BLOCK, BLOCKS_AT, HEADER_AT, context, to_io};

/// Bytes of redb's header.
const HEADER: usize = 320;
const HEAD: usize = 16;
const PLAIN: usize = HEAD + HEADER;
/// Longer than the overhead of any cipher.
const MOST_OVERHEAD: usize = 64;
/// A slot whose write is on its way in another process is read again so often.
const LOOKS: usize = 1000;

/// The slots, as this handle of the file knows them.
#[derive(Debug)]
pub(super) struct HeaderSlots {
    cipher: Arc<dyn Cipher>,
    file: [u8; 16],
    /// What this handle has written since its last sync.
    unsynced: Mutex<Option<(usize, Slot)>>,
}

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    number: u64,
    is_copy: bool,
    header: [u8; HEADER],
}

impl HeaderSlots {
    pub(super) fn new(cipher: Arc<dyn Cipher>, file: [u8; 16]) -> HeaderSlots {
        HeaderSlots { cipher, file, unsynced: Mutex::default() }
    }

    /// Reads the newest header into `out`; what is after it in the block is zeros.
    pub(super) fn read(&self, inner: &dyn StorageBackend, out: &mut [u8]) -> io::Result<()> {
        for _ in 0..LOOKS {
            if let Some(at) = newest(&self.slots(inner)?) {
                let length = out.len().min(HEADER);
                out.fill(0);
                out[..length].copy_from_slice(&at.1.header[..length]);
                return Ok(());
            }
            std::thread::yield_now();
        }
        Err(to_io(helios_core::cipher::not_authentic()))
    }

    /// Whether there is a header.
    pub(super) fn is_written(&self, inner: &dyn StorageBackend) -> io::Result<bool> {
        let has_slots = inner.len()? >= BLOCKS_AT;
        Ok(has_slots && newest(&self.slots(inner)?).is_some())
    }

    /// Writes a header, which counts from now on.
    pub(super) fn write(&self, inner: &dyn StorageBackend, data: &[u8]) -> io::Result<()> {
        let header = data
            .try_into()
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "the header is written as a whole"))?;
        let mut unsynced = self.unsynced.lock();
        let slots = self.slots(inner)?;
        let (at, number) = match newest(&slots) {
            None => (0, 1),
            // Not safe yet, but the one before it is.
            Some((at, slot)) if *unsynced == Some((at, slot)) => (at, slot.number + 1),
            Some((at, slot)) => {
                let other = slots[1 - at];
                let is_safe =
                    !slot.is_copy && other.is_some_and(|other| other.is_copy && other.number == slot.number);
                if !is_safe {
                    inner.sync_data()?;
                }
                (1 - at, slot.number + 1)
            }
        };
        let slot = Slot { number, is_copy: false, header };
        *unsynced = None;
        self.put(inner, at, &slot)?;
        *unsynced = Some((at, slot));
        Ok(())
    }

    /// Syncs everything; then the other slot gets a copy of what this handle has written.
    pub(super) fn sync(&self, inner: &dyn StorageBackend) -> io::Result<()> {
        let mut unsynced = self.unsynced.lock();
        inner.sync_data()?;
        let Some(written) = unsynced.take() else { return Ok(()) };
        match newest(&self.slots(inner)?) {
            Some(newest) if newest == written => {
                self.put(inner, 1 - written.0, &Slot { is_copy: true, ..written.1 })
            }
            // Another process has gone on since.
            _ => Ok(()),
        }
    }

    fn put(&self, inner: &dyn StorageBackend, at: usize, slot: &Slot) -> io::Result<()> {
        let mut plain = [0; PLAIN];
        plain[..8].copy_from_slice(&slot.number.to_le_bytes());
        plain[8] = u8::from(slot.is_copy);
        plain[HEAD..].copy_from_slice(&slot.header);
        let mut sealed = [0; PLAIN + MOST_OVERHEAD];
        let sealed = &mut sealed[..PLAIN + self.cipher.overhead()];
        self.cipher.seal(&self.context(at), &plain, sealed).map_err(to_io)?;
        inner.write(place(at), sealed)
    }

    /// Both slots; `None` for one that is damaged, or was never written.
    fn slots(&self, inner: &dyn StorageBackend) -> io::Result<[Option<Slot>; 2]> {
        let mut slots = [None; 2];
        for (at, slot) in slots.iter_mut().enumerate() {
            let mut sealed = [0; PLAIN + MOST_OVERHEAD];
            let sealed = &mut sealed[..PLAIN + self.cipher.overhead()];
            let mut plain = [0; PLAIN];
            inner.read(place(at), sealed)?;
            if self.cipher.open(&self.context(at), sealed, &mut plain).is_err() {
                continue;
            }
            let (head, header) = plain.split_at(HEAD);
            let number = head[..8].iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
            let mut found = Slot { number, is_copy: head[8] == 1, header: [0; HEADER] };
            found.header.copy_from_slice(header);
            *slot = Some(found);
        }
        Ok(slots)
    }

    /// Blocks have numbers from 1 on, far from these.
    fn context(&self, at: usize) -> [u8; 24] {
        context(self.file, u64::MAX - at as u64)
    }
}

fn place(at: usize) -> u64 {
    HEADER_AT + (at * BLOCK) as u64
}

/// The newest header and its slot; of an original and its copy, the original.
fn newest(slots: &[Option<Slot>; 2]) -> Option<(usize, Slot)> {
    let found = (0..2).filter_map(|at| slots[at].map(|slot| (at, slot)));
    found.max_by_key(|(_, slot)| (slot.number, !slot.is_copy))
}
