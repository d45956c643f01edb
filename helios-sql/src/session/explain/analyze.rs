//! EXPLAIN ANALYZE: a plan with what its operations did when it was run.
//!
//! In: a plan whose operators are watched. Out: a row for each operation: its number and that of the operation that it
//! gives its rows to, what it is, how often it was begun, how many rows it gave and how many milliseconds it took, its
//! inputs included. What is done along with the operation above has no numbers.

use std::sync::Arc;

use helios_core::Value;

use super::super::OutputColumn;
use super::{integer, scan, steps};
use crate::chunk::{Chunk, Column};
use crate::exec::{Meter, Meters};
use crate::plan::{Plan, Query};

/// A plan with the meters of its operators.
#[derive(Debug, Default)]
pub(in crate::session) struct Report(Vec<Line>);

#[derive(Debug)]
struct Line {
    parent: usize,
    detail: String,
    meter: Option<Arc<Meter>>,
}

/// The columns of the report.
pub(in crate::session) fn columns() -> Vec<OutputColumn> {
    ["id", "parent", "detail", "loops", "rows", "ms"]
        .map(|name| OutputColumn { name: name.into(), declared_type: None, is_vector: false })
        .to_vec()
}

impl Report {
    /// The report of a query and the queries that its expressions run.
    pub(in crate::session) fn new(query: &Query, subqueries: &[Query], meters: &Meters) -> Report {
        let mut report = Report::default();
        report.add(&query.plan, 0, meters);
        for (number, query) in subqueries.iter().enumerate() {
            let detail = format!("QUERY {}", number + 1);
            report.0.push(Line { parent: 0, detail, meter: None });
            let parent = report.0.len();
            report.add(&query.plan, parent, meters);
        }
        report
    }

    fn add(&mut self, plan: &Plan, parent: usize, meters: &Meters) {
        let detail = match plan {
            Plan::Scan(read) => scan::line(read, &read.access),
            _ => steps::title(plan),
        };
        self.0.push(Line { parent, detail, meter: meters.of(plan).cloned() });
        let own = self.0.len();
        plan.for_each_input(|input| self.add(input, own, meters));
    }

    /// Forgets earlier executions.
    pub(in crate::session) fn reset(&self) {
        self.0.iter().filter_map(|line| line.meter.as_ref()).for_each(|meter| meter.reset());
    }

    /// The rows, as the operations are now.
    pub(in crate::session) fn rows(&self) -> Chunk {
        let number = |number: u64| Value::Integer(number as i64);
        let row = |(place, line): (usize, &Line)| {
            let meter = line.meter.as_ref();
            [
                integer(place + 1),
                integer(line.parent),
                Value::text(&line.detail),
                meter.map_or(Value::Null, |meter| number(meter.opened())),
                meter.map_or(Value::Null, |meter| number(meter.rows())),
                meter.map_or(Value::Null, |meter| Value::Real(meter.microseconds() as f64 / 1000.0)),
            ]
        };
        let rows: Vec<[Value; 6]> = self.0.iter().enumerate().map(row).collect();
        let column = |place: usize| Arc::new(rows.iter().map(|row| row[place].as_ref()).collect::<Column>());
        Chunk::new((0..6).map(column).collect(), rows.len())
    }
}
