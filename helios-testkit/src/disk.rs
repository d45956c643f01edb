//! A disk in memory that knows which writes have been synced.
//!
//! In: reads and writes. Out: the same bytes, until the power is cut at a chosen operation; and what stands on the disk
//! afterwards. Nothing that was not synced is safe then: each such write is lost, kept, or torn. With the feature `redb`
//! a disk is a backend of redb.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::seed::Numbers;

/// Sectors are written whole, as real disks do it, or not even that (see [`Numbers`]-driven tearing).
const SECTOR: usize = 512;

/// A disk. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What is there if the power goes now and everything that was not synced is lost.
    synced: Vec<u8>,
    /// What a reader sees.
    current: Vec<u8>,
    /// What was done since the last sync.
    unsynced: Vec<Change>,
    /// Operations that change something until `trouble` comes.
    until_trouble: Option<u64>,
    trouble: Trouble,
    /// The power is off: everything fails.
    is_off: bool,
    /// The disk takes this many bytes.
    capacity: Option<u64>,
}

/// What happens at the chosen operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trouble {
    /// The power goes.
    #[default]
    PowerCut,
    /// The operation fails, and only that one.
    Error,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Length(length) => bytes.resize(*length, 0),
            Change::Write(offset, data) => {
                let end = offset + data.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*offset..end].copy_from_slice(data);
            }
        }
    }

    /// What a power cut leaves of the change, as parts of it.
    fn survivors(&self, numbers: &mut Numbers) -> Vec<Change> {
        let Change::Write(offset, data) = self else {
            return if numbers.one_in(2) { vec![self.clone()] } else { Vec::new() };
        };
        match numbers.below(4) {
            0 => Vec::new(),
            1 => vec![self.clone()],
            // Torn between any two bytes.
            2 => vec![Change::Write(*offset, data[..numbers.below(data.len() + 1)].to_vec())],
            _ => {
                let sectors = data.chunks(SECTOR).enumerate();
                let kept = sectors.filter(|_| numbers.one_in(2));
                kept.map(|(at, part)| Change::Write(offset + at * SECTOR, part.to_vec())).collect()
            }
        }
    }
}

impl Disk {
    /// From now on, after this many changing operations, the next one meets `trouble`.
    pub fn trouble_after(&self, operations: u64, trouble: Trouble) {
        let mut state = self.0.lock();
        state.until_trouble = Some(operations);
        state.trouble = trouble;
    }

    /// Takes back a trouble that has not come; `true` if it has come.
    pub fn end_of_trouble(&self) -> bool {
        let mut state = self.0.lock();
        state.until_trouble.take().is_none()
    }

    /// Sets how many bytes the disk takes.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.0.lock().capacity = bytes;
    }

    /// How many bytes are on it.
    pub fn size(&self) -> u64 {
        self.0.lock().current.len() as u64
    }

    /// How many bytes a program sees.
    pub fn length(&self) -> io::Result<u64> {
        let state = self.0.lock();
        state.check()?;
        Ok(state.current.len() as u64)
    }

    /// Reads bytes; an error if the disk ends before.
    pub fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.0.lock();
        state.check()?;
        let from = offset as usize;
        let bytes = state.current.get(from..from + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    /// Cuts the disk off, or makes it longer with zeros.
    pub fn set_length(&self, length: u64) -> io::Result<()> {
        self.0.lock().change(Some(Change::Length(length as usize)))
    }

    /// Writes bytes, which are safe after the next sync.
    pub fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.lock().change(Some(Change::Write(offset as usize, data.to_vec())))
    }

    /// Makes all that was written safe.
    pub fn sync(&self) -> io::Result<()> {
        self.0.lock().change(None)
    }

    /// The disk after the power comes back: synced bytes, and of the others what chance has kept.
    pub fn after_power_cut(&self, numbers: &mut Numbers) -> Disk {
        let state = self.0.lock();
        let mut bytes = state.synced.clone();
        // Where all is lost or all is kept the ends of the range are tried too.
        let all = numbers.below(6);
        for change in &state.unsynced {
            let survivors = match all {
                0 => Vec::new(),
                1 => vec![change.clone()],
                _ => change.survivors(numbers),
            };
            survivors.iter().for_each(|part| part.apply(&mut bytes));
        }
        let state =
            State { synced: bytes.clone(), current: bytes, capacity: state.capacity, ..State::default() };
        Disk(Arc::new(Mutex::new(state)))
    }
}

impl State {
    fn check(&self) -> io::Result<()> {
        if self.is_off { Err(io::Error::other("the power is off")) } else { Ok(()) }
    }

    /// Counts an operation that changes something. On a power cut the change is begun: it may survive in part.
    fn change(&mut self, change: Option<Change>) -> io::Result<()> {
        self.check()?;
        let grown = match &change {
            Some(Change::Write(offset, data)) => offset + data.len(),
            Some(Change::Length(length)) => *length,
            None => 0,
        };
        if self.capacity.is_some_and(|capacity| grown as u64 > capacity && grown > self.current.len()) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let is_trouble = match &mut self.until_trouble {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        if is_trouble {
            self.until_trouble = None;
            self.is_off = self.trouble == Trouble::PowerCut;
            if self.is_off {
                self.unsynced.extend(change);
            }
            return Err(io::Error::other("the test wanted trouble here"));
        }
        match change {
            Some(change) => {
                change.apply(&mut self.current);
                self.unsynced.push(change);
            }
            None => {
                self.synced.clone_from(&self.current);
                self.unsynced.clear();
            }
        }
        Ok(())
    }
}

#[cfg(feature = "redb")]
impl redb::StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.length()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.read_at(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.set_length(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.write_at(offset, data)
    }
}
