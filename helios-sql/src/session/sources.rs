//! What statements read from: `main`, and the schemas besides it, each from its own database.

use std::sync::Arc;

use helios_core::Result;
use helios_core::transaction::Reader;

use super::Session;
use super::environment::View;
use super::statement::{Reads, SchemaStamp};
use crate::exec::Context;

/// What a statement reads from, and what names mean there.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    /// `main`.
    pub(super) reader: Reader,
    /// What names mean, in all schemas together.
    pub(super) stamp: SchemaStamp,
    /// The schemas besides `main`, in the order of their numbers.
    pub(super) others: Vec<(Reader, SchemaStamp)>,
}

/// Numbers of schemas, each at most once, such as those that a statement reads or changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots(u64);

impl Slots {
    /// `main` alone.
    pub(super) const MAIN: Slots = Slots(1);

    /// Notes one.
    pub(super) fn add(&mut self, slot: usize) {
        self.0 |= 1 << slot;
    }

    /// Whether it was noted.
    pub(super) fn has(self, slot: usize) -> bool {
        self.0 & (1 << slot) != 0
    }

    /// All that were noted, in order.
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        let next = |rest: &u64| Some(rest & (rest - 1)).filter(|rest| *rest != 0);
        std::iter::successors(Some(self.0).filter(|rest| *rest != 0), next)
            .map(|rest| rest.trailing_zeros() as usize)
    }
}

/// The schemas besides `main` as a session saw them last, and how often it has seen that they had changed.
#[derive(Debug, Default)]
pub(super) struct SeenOthers {
    stamps: Vec<SchemaStamp>,
    changes: u64,
}

impl SeenOthers {
    /// What tells these schemas apart from those seen before.
    fn number(&mut self, others: &[(Reader, SchemaStamp)]) -> u64 {
        let is_same = self.stamps.iter().eq(others.iter().map(|(_, stamp)| stamp));
        if !is_same {
            self.stamps = others.iter().map(|(_, stamp)| *stamp).collect();
            self.changes += 1;
        }
        self.changes
    }
}

impl Sources {
    /// What is read from in the schema with this number.
    pub(super) fn reader_at(&self, slot: usize) -> &Reader {
        slot.checked_sub(1).map_or(&self.reader, |number| &self.others[number].0)
    }

    /// The readers of the schemas besides `main`.
    pub(super) fn other_readers(&self) -> Option<Arc<[Reader]>> {
        let readers = self.others.iter().map(|(reader, _)| reader.clone());
        (!self.others.is_empty()).then(|| readers.collect())
    }
}

impl Session {
    /// What a statement reads from now that reads these schemas besides `main`. In the others it begins no transaction.
    pub(super) fn sources(&mut self, used: Slots) -> Result<Sources> {
        let (reader, stamp) = self.current_reader()?;
        self.with_others(reader, stamp, used)
    }

    /// What a statement reads from now. In a database of which it reads nothing it begins no transaction.
    pub(super) fn sources_for(&mut self, reads: Reads, used: Slots) -> Result<Sources> {
        match reads {
            Reads::Nothing => self.compiling_sources(),
            Reads::Others => {
                let (reader, stamp) = self.compiling_reader()?;
                self.with_others(reader, stamp, used)
            }
            Reads::Main => self.sources(used),
        }
    }

    /// What statements are compiled for now.
    pub(super) fn compiling_sources(&mut self) -> Result<Sources> {
        let (reader, stamp) = self.compiling_reader()?;
        self.with_others(reader, stamp, Slots::default())
    }

    fn with_others(&mut self, reader: Reader, mut stamp: SchemaStamp, used: Slots) -> Result<Sources> {
        let mut others = Vec::with_capacity(self.others.len());
        for (slot, other) in (1..).zip(&mut self.others) {
            let session = &mut other.session;
            others.push(if used.has(slot) { session.current_reader() } else { session.compiling_reader() }?);
        }
        stamp.others = self.seen_others.number(&others);
        Ok(Sources { reader, stamp, others })
    }

    /// A view of what there is now, for binding.
    pub(super) fn current_view(&mut self) -> Result<View> {
        let sources = self.sources(Slots::default())?;
        self.view(&sources, None)
    }

    /// A context to evaluate what a view has bound, and to look rows up in.
    pub(super) fn context_of(&self, view: &View) -> Context {
        let others = view.others.iter().map(|other| other.reader.clone());
        let others = (!view.others.is_empty()).then(|| others.collect());
        Context::new(view.reader.clone(), others, view.facts.clone(), self.interrupt.clone())
    }
}
