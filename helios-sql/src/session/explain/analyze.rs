//! EXPLAIN ANALYZE: a plan with what its operations did when it was run.
//!
//! In: a plan whose operators are watched. Out: for each operation its number and that of the operation that it gives
//! its rows to, what it is, how often it was begun, how many rows it gave, how many milliseconds it took, its inputs
//! included, and what it took of memory, temporary files and chunks of rows: as rows, or as one text of JSON in the
//! shape of PostgreSQL's. What is done along with the operation above has no numbers. Above the operations of a
//! statement that changes rows there is one for the change.

use std::sync::Arc;

use helios_core::{Result, Value, ValueRef};

use super::super::OutputColumn;
use super::{integer, scan, steps};
use crate::ast::{ReportForm, Statement};
use crate::chunk::{Chunk, Column};
use crate::exec::Meters;
use crate::func::write_json_value;
use crate::monitor::Meter;
use crate::plan::{Plan, Query};

/// A plan with the meters of its operators.
#[derive(Debug)]
pub(in crate::session) struct Report {
    form: ReportForm,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    parent: usize,
    detail: String,
    meter: Option<Arc<Meter>>,
}

/// A number of a meter: its column, its name in JSON, and how it is read.
struct Number(&'static str, &'static str, fn(&Meter) -> Value);

const NUMBERS: [Number; 8] = [
    Number("loops", "Actual Loops", |meter| count(meter.opened())),
    Number("rows", "Actual Rows", |meter| count(meter.rows())),
    Number("ms", "Actual Total Time", |meter| Value::Real(meter.microseconds() as f64 / 1000.0)),
    Number("memory", "Peak Memory Bytes", |meter| count(meter.most_held())),
    Number("spilled", "Spilled Bytes", |meter| count(meter.spilled())),
    Number("chunks_read", "Chunks Read", |meter| count(meter.read_chunks())),
    Number("chunks_kept", "Chunks Kept", |meter| count(meter.kept_chunks())),
    Number("chunks_skipped", "Chunks Skipped", |meter| count(meter.skipped_chunks())),
];

fn count(number: u64) -> Value {
    Value::Integer(number as i64)
}

/// The columns of the report.
pub(in crate::session) fn columns(form: ReportForm) -> Vec<OutputColumn> {
    let column =
        |name: &str| OutputColumn { name: name.into(), declared_type: None, is_vector: false, origin: None };
    match form {
        ReportForm::Json => vec![column("QUERY PLAN")],
        ReportForm::Rows => {
            let numbers = NUMBERS.iter().map(|Number(name, ..)| *name);
            ["id", "parent", "detail"].into_iter().chain(numbers).map(column).collect()
        }
    }
}

impl Report {
    /// The report of a statement, without its operations yet.
    pub(in crate::session) fn new(form: ReportForm, run: &Statement) -> Report {
        let changed = match run {
            Statement::Insert(insert) => Some(format!("INSERT INTO {}", insert.table.name)),
            Statement::Update(update) => Some(format!("UPDATE {}", update.table.name)),
            Statement::Delete(delete) => Some(format!("DELETE FROM {}", delete.table.name)),
            _ => None,
        };
        let line = |detail| Line { parent: 0, detail, meter: Some(Arc::default()) };
        Report { form, lines: changed.map(line).into_iter().collect() }
    }

    /// Adds the operations of a query and of the queries that its expressions run.
    pub(in crate::session) fn add_all(&mut self, query: &Query, subqueries: &[Query], meters: &Meters) {
        let top = self.lines.len();
        self.add(&query.plan, top, meters);
        for (number, query) in subqueries.iter().enumerate() {
            let detail = format!("QUERY {}", number + 1);
            self.lines.push(Line { parent: top, detail, meter: None });
            let parent = self.lines.len();
            self.add(&query.plan, parent, meters);
        }
    }

    fn add(&mut self, plan: &Plan, parent: usize, meters: &Meters) {
        let detail = match plan {
            Plan::Scan(read) => scan::line(read, &read.access),
            _ => steps::title(plan),
        };
        self.lines.push(Line { parent, detail, meter: meters.of(plan).cloned() });
        let own = self.lines.len();
        plan.for_each_input(|input| self.add(input, own, meters));
    }

    /// Forgets earlier executions.
    pub(in crate::session) fn reset(&self) {
        self.lines.iter().filter_map(|line| line.meter.as_ref()).for_each(|meter| meter.reset());
    }

    /// Notes that the statement has changed rows, in so many microseconds.
    pub(in crate::session) fn note_change(&self, rows: i64, microseconds: u64) {
        if let Some(meter) = self.lines.first().and_then(|line| line.meter.as_ref()) {
            meter.add_opening();
            meter.add_rows(usize::try_from(rows).unwrap_or(0));
            meter.add_microseconds(microseconds);
        }
    }

    /// The report, as the operations are now.
    pub(in crate::session) fn rows(&self) -> Result<Chunk> {
        let rows = match self.form {
            ReportForm::Rows => self.lines.iter().enumerate().map(|(place, line)| line.row(place)).collect(),
            ReportForm::Json => vec![vec![Value::Text(self.json()?.into())]],
        };
        let width = rows.first().map_or(0, Vec::len);
        let column = |place: usize| Arc::new(rows.iter().map(|row| row[place].as_ref()).collect::<Column>());
        Ok(Chunk::new((0..width).map(column).collect(), rows.len()))
    }

    fn json(&self) -> Result<Vec<u8>> {
        let mut out = b"[{\"Plans\":".to_vec();
        self.write_below(0, &mut out)?;
        out.extend(b"}]");
        Ok(out)
    }

    /// Writes the operations below one as an array of objects.
    fn write_below(&self, parent: usize, out: &mut Vec<u8>) -> Result<()> {
        out.push(b'[');
        let below = self.lines.iter().enumerate().filter(|(_, line)| line.parent == parent);
        for (turn, (place, line)) in below.enumerate() {
            out.extend(if turn == 0 { &b"{\"Node\":"[..] } else { b",{\"Node\":" });
            write_json_value(ValueRef::Text(line.detail.as_bytes()), out)?;
            for (Number(_, name, read), meter) in
                line.meter.iter().flat_map(|meter| NUMBERS.iter().map(move |number| (number, meter)))
            {
                out.push(b',');
                write_json_value(ValueRef::Text(name.as_bytes()), out)?;
                out.push(b':');
                write_json_value(read(meter).as_ref(), out)?;
            }
            if self.lines.iter().any(|other| other.parent == place + 1) {
                out.extend(b",\"Plans\":");
                self.write_below(place + 1, out)?;
            }
            out.push(b'}');
        }
        out.push(b']');
        Ok(())
    }
}

impl Line {
    fn row(&self, place: usize) -> Vec<Value> {
        let head = [integer(place + 1), integer(self.parent), Value::text(&self.detail)];
        let number =
            |Number(_, _, read): &Number| self.meter.as_ref().map_or(Value::Null, |meter| read(meter));
        head.into_iter().chain(NUMBERS.iter().map(number)).collect()
    }
}
