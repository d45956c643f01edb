//! `generate_series(start, stop, step)` (<https://sqlite.org/series.html>).

use std::sync::{Arc, LazyLock};

use helios_core::transaction::Reader;
use helios_core::{Error, Result, ValueRef};

use super::{
    Definition, IndexChoice, IndexRequest, Module, Operator, RowSink, Tables, Usage, VirtualColumn,
    VirtualCursor, VirtualScan, VirtualTable, no_index,
};

/// Where a series ends if nobody says.
const STOP: i64 = 4_294_967_295;

/// The positions of the parameters.
const PARAMETERS: std::ops::RangeInclusive<usize> = 1..=3;

static COLUMNS: LazyLock<Vec<VirtualColumn>> = LazyLock::new(|| {
    let parameters = ["start", "stop", "step"].map(VirtualColumn::hidden);
    [VirtualColumn::new("value")].into_iter().chain(parameters).collect()
});

/// The module, whose only table is there without a definition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Series;

impl Module for Series {
    fn connect(&self, _: &Definition, _: &dyn Tables) -> Result<Arc<dyn VirtualTable>> {
        Ok(Arc::new(Series))
    }

    fn makes_tables(&self) -> bool {
        false
    }

    fn eponymous(&self) -> Option<Arc<dyn VirtualTable>> {
        Some(Arc::new(Series))
    }
}

impl VirtualTable for Series {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn columns(&self) -> &[VirtualColumn] {
        &COLUMNS
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        let mut choice = no_index(request);
        for parameter in PARAMETERS {
            let given = request.constraints.iter().position(|constraint| {
                constraint.column == Some(parameter) && constraint.operator == Operator::Equal
            });
            match given {
                Some(given) => choice.usages[given] = Usage::Exact,
                None if parameter == *PARAMETERS.start() => {
                    return Err(Error::sql("first argument to \"generate_series()\" missing or unusable"));
                }
                None => {}
            }
        }
        if let [(Some(0), descending)] = request.order[..] {
            choice.is_ordered = true;
            choice.number = if descending { -1 } else { 1 };
        }
        Ok(choice)
    }

    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        let given = |parameter: usize| {
            let place = scan.constraints.iter().position(|constraint| constraint.column == Some(parameter));
            place.map(|place| scan.values[place].as_ref())
        };
        let number = |parameter: usize, usual: i64| given(parameter).map_or(usual, ValueRef::to_integer);
        let step = match number(3, 1) {
            0 => 1,
            step => step,
        };
        let (start, stop) = (number(1, 0), number(2, STOP));
        let is_empty =
            PARAMETERS.into_iter().any(|parameter| given(parameter).is_some_and(ValueRef::is_null));
        let steps = (i128::from(stop) - i128::from(start)) / i128::from(step);
        let is_within = if step > 0 { start <= stop } else { start >= stop };
        let count = if is_empty || !is_within { 0 } else { steps + 1 };
        let turns_round = scan.choice.is_ordered && (scan.choice.number < 0) != (step < 0);
        Ok(Box::new(Numbers {
            given: [start, stop, step],
            wanted: scan.wanted.to_vec(),
            turns_round,
            next: 0,
            count,
        }))
    }
}

/// The numbers of one series.
#[derive(Debug)]
struct Numbers {
    /// Start, stop, step.
    given: [i64; 3],
    wanted: Vec<usize>,
    /// Whether it goes from the last to the first.
    turns_round: bool,
    next: i128,
    count: i128,
}

impl VirtualCursor for Numbers {
    fn fill(&mut self, _: &Reader, out: &mut dyn RowSink) -> Result<()> {
        let [start, _, step] = self.given;
        while self.next < self.count && !out.is_full() {
            let place = if self.turns_round { self.count - 1 - self.next } else { self.next };
            let value = (i128::from(start) + place * i128::from(step)) as i64;
            for (target, &column) in self.wanted.iter().enumerate() {
                out.value(
                    target,
                    ValueRef::Integer(match column {
                        0 => value,
                        4 => self.next as i64 + 1,
                        parameter => self.given[parameter - 1],
                    }),
                );
            }
            out.end_row();
            self.next += 1;
        }
        Ok(())
    }
}
