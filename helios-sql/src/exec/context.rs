//! What operators share while a statement runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::Value;
use helios_core::branch::Store;
use helios_core::clock::{Entropy, Moment};
use helios_core::transaction::{Interrupt, Reader};
use helios_core::value::Collation;

use super::SubqueryState;
use super::coming::Coming;
use crate::ast::RaiseAction;
use crate::cache::ColumnCache;
use crate::chunk::Chunk;
use crate::func::CallContext;
use crate::monitor::Meter;
use crate::spill::{Memory, Workspace};
use crate::vector::VectorIndexes;

/// One execution of a statement.
#[derive(Debug)]
pub struct Context {
    /// What is read from.
    pub reader: Reader,
    /// What is read from in schemas besides `main`, in the order of their numbers.
    pub others: Option<Arc<[Reader]>>,
    /// The parameters, as one row.
    pub parameters: Chunk,
    /// Values of surrounding queries, by slot.
    pub outer: Vec<Value>,
    /// The queries in expressions, by number.
    pub subqueries: Vec<SubqueryState>,
    /// What functions may know.
    pub facts: SessionFacts,
    /// Where it stands in a batch, if it is a part of one.
    pub coming: Option<Coming>,
    /// Stops the execution.
    pub interrupt: Interrupt,
    /// What RAISE asked for, if it ended the execution.
    pub raised: Option<RaiseAction>,
    /// Where the operator that works now is watched: its meter.
    pub meter: Option<Arc<Meter>>,
}

/// What all executions on a database work with.
#[derive(Debug)]
pub struct Resources {
    /// Where random numbers come from.
    pub entropy: Arc<dyn Entropy>,
    /// The columns that scans have kept.
    pub columns: Arc<ColumnCache>,
    /// The indexes of vectors.
    pub vectors: Arc<VectorIndexes>,
    /// What graphs are stored in.
    pub store: Arc<Store>,
    /// What operators may keep in memory.
    pub memory: Memory,
}

/// What the session tells functions and scans.
#[derive(Clone, Debug)]
pub struct SessionFacts {
    /// The time of the statement.
    pub now: Moment,
    /// What it works with.
    pub resources: Arc<Resources>,
    /// How many candidates a search by an index keeps on its way, if the session says.
    pub vector_effort: Option<usize>,
    /// `changes()`.
    pub changes: i64,
    /// `total_changes()`.
    pub total_changes: i64,
    /// `last_insert_rowid()`.
    pub last_insert_rowid: i64,
    /// Whether ON CONFLICT changes the row that is worked on.
    pub is_conflict: bool,
    /// Tells the session that an execution has not ended, as long as it is there.
    pub execution: Arc<Executions>,
    /// Of an execution that ends with what it is a part of: how much had been rolled back under others when it began.
    pub begun: Option<u64>,
}

/// What the executions of a session share.
#[derive(Debug, Default)]
pub struct Executions {
    /// How often something was rolled back under statements that were writing.
    rolled_back: AtomicU64,
}

impl Executions {
    /// Something is rolled back under statements that are writing.
    pub fn roll_back(&self) {
        self.rolled_back.fetch_add(1, Ordering::Relaxed);
    }

    /// What an execution notes that ends with what it is a part of.
    pub fn begin(&self) -> u64 {
        self.rolled_back.load(Ordering::Relaxed)
    }
}

impl Context {
    /// An execution without parameters, outer values or queries in expressions.
    pub fn new(
        reader: Reader,
        others: Option<Arc<[Reader]>>,
        facts: SessionFacts,
        interrupt: Interrupt,
    ) -> Context {
        Context {
            reader,
            others,
            parameters: Chunk::new(Vec::new(), 1),
            outer: Vec::new(),
            subqueries: Vec::new(),
            facts,
            coming: None,
            interrupt,
            raised: None,
            meter: None,
        }
    }

    /// An execution that sees the same rows, for a part of this one.
    pub fn anew(&self) -> Context {
        self.anew_with(self.facts.clone())
    }

    /// [`Context::anew`], where functions may know something else.
    pub fn anew_with(&self, facts: SessionFacts) -> Context {
        let (reader, others) = (self.reader.clone(), self.others.clone());
        let context = Context::new(reader, others, facts, self.interrupt.clone());
        Context { meter: self.meter.clone(), ..context }
    }

    /// What is read from in the schema with this number.
    pub fn reader_at(&self, slot: usize) -> &Reader {
        match (slot.checked_sub(1), &self.others) {
            (Some(number), Some(others)) => &others[number],
            _ => &self.reader,
        }
    }

    /// Notes something about the operator that works now, if it is watched.
    pub fn note(&self, what: impl FnOnce(&Meter)) {
        if let Some(meter) = &self.meter {
            what(meter);
        }
    }

    /// What operators collect rows with.
    pub fn workspace(&self) -> Workspace {
        Workspace {
            memory: self.facts.resources.memory.clone(),
            interrupt: self.interrupt.clone(),
            meter: self.meter.clone(),
        }
    }
}

impl SessionFacts {
    /// Whether what the execution is a part of has been rolled back since it began.
    pub fn is_rolled_back(&self) -> bool {
        self.begun.is_some_and(|begun| begun != self.execution.begin())
    }

    /// What a function sees that compares texts by `collation`.
    pub fn call<'c>(&'c self, collation: &'c Collation) -> CallContext<'c> {
        CallContext {
            now: self.now,
            entropy: &*self.resources.entropy,
            collation,
            changes: self.changes,
            total_changes: self.total_changes,
            last_insert_rowid: self.last_insert_rowid,
            is_conflict: self.is_conflict,
        }
    }
}
