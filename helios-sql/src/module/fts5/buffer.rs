//! Documents that wait to be written to the index.

use std::any::Any;
use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::versioned::WriteSet;
use helios_core::{Result, ValueRef};
use helios_fts::Config;
use helios_fts::index::{Pending, PendingMark, Totals};
use parking_lot::RwLock;

use super::super::Buffer;
use super::shadow::Shadow;

/// Documents that came and went.
#[derive(Debug)]
pub(super) struct Documents {
    config: Arc<Config>,
    shadow: Shadow,
    pending: Pending,
    /// How the sums change.
    rows: i64,
    tokens: Vec<i64>,
    held: Option<Held>,
}

/// The documents of statements that have ended.
#[derive(Debug)]
struct Held {
    pending: PendingMark,
    rows: i64,
    tokens: Vec<i64>,
}

impl Documents {
    pub(super) fn new(config: &Arc<Config>, shadow: &Shadow) -> Documents {
        Documents {
            config: config.clone(),
            shadow: shadow.clone(),
            pending: Pending::default(),
            rows: 0,
            tokens: vec![0; config.columns.len()],
            held: None,
        }
    }

    /// A document comes or goes; how many tokens its columns have.
    pub(super) fn change(
        &mut self,
        config: &Config,
        rowid: i64,
        comes: bool,
        texts: &[ValueRef<'_>],
    ) -> Vec<i64> {
        let sign = if comes { 1 } else { -1 };
        self.pending.begin(rowid, comes);
        self.rows += sign;
        let mut sizes = vec![0; self.config.columns.len()];
        for (column, text) in texts.iter().enumerate() {
            if !config.columns[column].is_unindexed {
                sizes[column] = with_text(*text, |text| self.pending.text(config, column, text)) as i64;
                self.tokens[column] += sign * sizes[column];
            }
        }
        sizes
    }

    /// Whether it is time to write, and the statement that runs may.
    pub(super) fn is_full_now(&self) -> bool {
        self.held.is_none() && self.pending.is_full()
    }
}

/// Calls with the text of a value, as it is searched.
pub(in super::super) fn with_text<T>(value: ValueRef<'_>, call: impl FnOnce(&[u8]) -> T) -> T {
    match value {
        ValueRef::Null => call(&[]),
        ValueRef::Text(text) | ValueRef::Blob(text) => call(text),
        ValueRef::Integer(_) | ValueRef::Real(_) => call(&value.text_bytes().unwrap_or_default()),
    }
}

impl Buffer for Documents {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn hold(&mut self) {
        self.held = Some(Held { pending: self.pending.mark(), rows: self.rows, tokens: self.tokens.clone() });
    }

    fn take_back(&mut self) -> bool {
        let Some(held) = &self.held else { return true };
        self.pending.undo_to(held.pending);
        self.rows = held.rows;
        self.tokens.clone_from(&held.tokens);
        false
    }

    fn is_full(&self) -> bool {
        self.pending.is_full()
    }

    fn flush(&mut self, reader: &Reader, writes: &Arc<RwLock<WriteSet>>) -> Result<()> {
        let store = self.shadow.writable(reader, writes);
        self.pending.flush(&self.config, &store)?;
        let mut totals = Totals::load(&*store, self.config.columns.len())?;
        totals.rows += self.rows;
        for (total, more) in totals.tokens.iter_mut().zip(&self.tokens) {
            *total += more;
        }
        self.rows = 0;
        self.tokens.fill(0);
        self.held = None;
        totals.save(&*store)
    }
}
