//! Operators that are watched: how often they were opened, how many rows they gave, how long that took, and what it took.

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::Result;
use helios_core::clock::Clock;

use super::{BoxedOperator, Context, Operator};
use crate::chunk::Chunk;
use crate::monitor::Meter;
use crate::plan::Plan;

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
    /// Does something with the operator. What it makes and reads meanwhile is noted on its meter.
    fn watched<T>(
        &mut self,
        context: &mut Context,
        work: impl FnOnce(&mut BoxedOperator, &mut Context) -> T,
    ) -> T {
        let surrounding = context.meter.replace(self.meter.clone());
        let begun = self.clock.now();
        let done = work(&mut self.operator, context);
        self.meter.add_microseconds(self.clock.now().0.saturating_sub(begun.0));
        context.meter = surrounding;
        done
    }
}

impl Operator for Metered {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.meter.add_opening();
        self.watched(context, |operator, context| operator.open(context))
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        let more = self.watched(context, |operator, context| operator.next(context, out))?;
        if more {
            self.meter.add_rows(out.rows());
        }
        Ok(more)
    }

    fn close(&mut self) {
        self.operator.close();
    }
}
