//! Operators that are watched: how often they were opened, how many rows they gave, and how long that took.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::Result;
use helios_core::clock::Clock;

use super::{BoxedOperator, Context, Operator};
use crate::chunk::Chunk;
use crate::plan::Plan;

/// What was seen of an operator.
#[derive(Debug, Default)]
pub struct Meter {
    opened: AtomicU64,
    rows: AtomicU64,
    microseconds: AtomicU64,
}

impl Meter {
    /// Forgets what was seen.
    pub fn reset(&self) {
        for number in [&self.opened, &self.rows, &self.microseconds] {
            number.store(0, Ordering::Relaxed);
        }
    }

    /// How often it was opened.
    pub fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// How many rows it gave, all openings together.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// The microseconds that it took, its inputs included.
    pub fn microseconds(&self) -> u64 {
        self.microseconds.load(Ordering::Relaxed)
    }
}

/// The meters of the operators of plans, by where the plans are in memory. What an operator does along with another one
/// has none.
#[derive(Debug)]
pub struct Meters {
    clock: Arc<dyn Clock>,
    of: HashMap<usize, Arc<Meter>>,
}

impl Meters {
    /// None yet; time is read from `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Meters {
        Meters { clock, of: HashMap::new() }
    }

    /// The meter of a plan's operator.
    pub fn of(&self, plan: &Plan) -> Option<&Arc<Meter>> {
        self.of.get(&address(plan))
    }

    /// Has the operator of a plan watched.
    pub(super) fn watch(&mut self, plan: &Plan, operator: BoxedOperator) -> BoxedOperator {
        let meter = self.of.entry(address(plan)).or_default().clone();
        Box::new(Metered { operator, meter, clock: self.clock.clone() })
    }
}

fn address(plan: &Plan) -> usize {
    std::ptr::from_ref(plan) as usize
}

/// An operator that is watched.
#[derive(Debug)]
struct Metered {
    operator: BoxedOperator,
    meter: Arc<Meter>,
    clock: Arc<dyn Clock>,
}

impl Metered {
    fn timed<T>(&mut self, work: impl FnOnce(&mut BoxedOperator) -> T) -> T {
        let begun = self.clock.now();
        let done = work(&mut self.operator);
        let took = self.clock.now().0.saturating_sub(begun.0);
        self.meter.microseconds.fetch_add(took, Ordering::Relaxed);
        done
    }
}

impl Operator for Metered {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.meter.opened.fetch_add(1, Ordering::Relaxed);
        self.timed(|operator| operator.open(context))
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        let more = self.timed(|operator| operator.next(context, out))?;
        if more {
            self.meter.rows.fetch_add(out.rows() as u64, Ordering::Relaxed);
        }
        Ok(more)
    }

    fn close(&mut self) {
        self.operator.close();
    }
}
