//! Counting in the tables themselves: how many rows meet conditions, and how many have the same values.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use helios_core::encoding::key::{self, Order};
use helios_core::versioned::Space;
use helios_core::{Result, Value, ValueRef};

use super::super::environment::View;
use super::super::past::constant_of;
use crate::ast::IndexHint;
use crate::catalog::{IndexColumn, Table};
use crate::chunk::Chunk;
use crate::exec::{Context, build};
use crate::func::Aggregate;
use crate::optimize::{Measures, Statistics};
use crate::plan::{Access, AggregateCall, Aggregation, ColumnId, Expr, Function, Plan, Probe, Query, Scan};

/// Of a table with more rows, so many are looked at.
const SAMPLED: i64 = 4096;

/// Of a table, the rows that meet conditions: how many, if that could be counted.
type Counted = (Space, Vec<Expr>, Option<f64>);

/// Counts for one statement.
pub(super) struct Counts<'a> {
    view: &'a View,
    counted: RefCell<Vec<Counted>>,
}

impl<'a> Counts<'a> {
    pub(super) fn new(view: &'a View) -> Counts<'a> {
        Counts { view, counted: RefCell::default() }
    }

    fn count(&self, scan: &Scan, conditions: &[Expr]) -> Option<f64> {
        let mut scan = scan.with_all_columns();
        let mut mentioned = Vec::new();
        for condition in conditions {
            condition.for_each_column(&mut |id| mentioned.push(id));
        }
        let is_known = |id: &ColumnId| scan.columns.iter().any(|(_, known)| known == id);
        let depends = conditions
            .iter()
            .any(|condition| condition.has_subquery() || condition.any(&mut |part| is_of_elsewhere(part)));
        if depends || !mentioned.iter().all(is_known) {
            return None;
        }
        scan.columns.retain(|(_, id)| mentioned.contains(id));
        let input = match conditions {
            [] => Plan::Scan(Box::new(scan)),
            _ => Plan::Filter {
                input: Plan::Scan(Box::new(scan)).into(),
                condition: Expr::all(conditions.to_vec()),
            },
        };
        let count = AggregateCall {
            function: Aggregate::CountRows,
            arguments: Vec::new(),
            distinct: false,
            filter: None,
            collation: Default::default(),
            order: Vec::new(),
        };
        let result = ColumnId(u32::MAX / 2);
        let aggregation = Aggregation {
            input,
            groups: Vec::new(),
            in_order: false,
            aggregates: vec![(result, count)],
            leading: None,
        };
        let query = Query { plan: Plan::Aggregate(Box::new(aggregation)), columns: vec![result] };
        let rows = run(self.view, &query).ok()?;
        match rows.first()?.value(0, 0) {
            ValueRef::Integer(count) => Some(count as f64),
            _ => None,
        }
    }
}

impl Measures for Counts<'_> {
    fn rows(&self, scan: &Scan, conditions: &[Expr]) -> Option<f64> {
        if scan.table.slot > 0 || scan.reader.is_some() || !scan.table.is_stored() {
            return None;
        }
        let space = scan.table.space;
        let known = self
            .counted
            .borrow()
            .iter()
            .find_map(|(of, what, rows)| (*of == space && what == conditions).then_some(*rows));
        known.unwrap_or_else(|| {
            let rows = self.count(scan, conditions);
            self.counted.borrow_mut().push((space, conditions.to_vec(), rows));
            rows
        })
    }

    fn number(&self, expr: &Expr) -> Option<f64> {
        match constant_of(expr, &mut context(self.view)).ok()? {
            Value::Integer(number) => Some(number as f64),
            Value::Real(number) => Some(number),
            _ => None,
        }
    }
}

/// What cannot be known without the rest of the statement, or would call the program.
fn is_of_elsewhere(expr: &Expr) -> bool {
    matches!(expr, Expr::Outer(_) | Expr::Local(_) | Expr::Raise(..))
        || matches!(expr, Expr::Call { function: Function::Program(_), .. })
}

fn context(view: &View) -> Context {
    let context = Context::new(view.reader.unrecorded(), None, view.facts.clone(), view.interrupt.clone());
    Context { parameters: view.parameters.clone().unwrap_or_default(), ..context }
}

fn run(view: &View, query: &Query) -> Result<Vec<Chunk>> {
    let mut built = build(query, &[])?;
    let mut context = context(view);
    let mut chunks = Vec::new();
    crate::exec::drain(&mut *built.root, &mut context, |chunk| {
        chunks.push(chunk.clone());
        Ok(())
    })?;
    Ok(chunks)
}

/// Some rows of a table, taken from all over it, and how many it has.
#[derive(Debug)]
pub(super) struct Sample {
    all: f64,
    /// Which columns of the table the rows have.
    positions: Vec<Option<usize>>,
    rows: Vec<Chunk>,
}

/// Looks at a table.
pub(super) fn sample(view: &View, table: &Arc<Table>) -> Result<Sample> {
    let mut scan = Scan {
        table: table.clone(),
        alias: table.name.clone(),
        reader: None,
        columns: (0..table.columns.len())
            .map(|position| (Some(position), ColumnId(position as u32)))
            .collect(),
        access: Access::All,
        backward: false,
        hint: IndexHint::None,
        for_change: false,
        first_rows: None,
        expressions: Vec::new(),
    };
    // Those are computed of others; no index is imagined on them.
    scan.columns
        .retain(|(position, _)| position.is_none_or(|position| table.columns[position].generated.is_none()));
    let all = Counts::new(view).count(&scan, &[]).unwrap_or_default();
    let columns: Vec<ColumnId> = scan.columns.iter().map(|(_, id)| *id).collect();
    let positions = scan.columns.iter().map(|(position, _)| *position).collect();
    if all > SAMPLED as f64
        && let Some((first, last)) = view.rowids(table)
    {
        scan.access = Access::Rowids(Probe::List(spread(first, last)));
    }
    let rows = run(view, &Query { plan: Plan::Scan(Box::new(scan)), columns })?;
    Ok(Sample { all, positions, rows })
}

/// Rowids all over a range, not evenly: data may have a period.
fn spread(first: i64, last: i64) -> Vec<Expr> {
    let (first, width) = (i128::from(first), i128::from(last) - i128::from(first) + 1);
    let mut noise: u64 = 1;
    let one = |number: i64| {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let step = (width / i128::from(SAMPLED)).max(1);
        let within = i128::from(noise >> 33) % step;
        let rowid = first + width * i128::from(number) / i128::from(SAMPLED) + within;
        Expr::Constant(Value::Integer(rowid as i64))
    };
    (0..SAMPLED).map(one).collect()
}

impl Sample {
    /// What ANALYZE would find of an index: how many entries there are, and how many agree in the first column, in the
    /// first two, and so on, on average: the share of pairs of rows that do (a value that is there often is asked for
    /// often).
    pub(super) fn statistics(&self, columns: &[IndexColumn]) -> Vec<f64> {
        let agreeing = (1..=columns.len()).map(|count| self.agreeing(&columns[..count]));
        std::iter::once(self.all).chain(agreeing).collect()
    }

    fn agreeing(&self, columns: &[IndexColumn]) -> f64 {
        let mut groups: HashMap<Vec<u8>, u64> = HashMap::new();
        let mut seen = 0_u64;
        for chunk in &self.rows {
            for row in 0..chunk.rows() {
                seen += 1;
                let mut bytes = Vec::new();
                let has_null = columns.iter().any(|column| {
                    let place = self.positions.iter().position(|known| *known == column.column);
                    let value = place.map_or(ValueRef::Null, |place| chunk.value(row, place));
                    key::write_value(value, &column.collation, Order::Ascending, &mut bytes);
                    matches!(value, ValueRef::Null)
                });
                if !has_null {
                    *groups.entry(bytes).or_default() += 1;
                }
            }
        }
        let pairs: f64 = groups.values().map(|count| (count * (count - 1)) as f64).sum();
        let all_pairs = (seen * seen.saturating_sub(1)) as f64;
        (self.all * pairs / all_pairs.max(1.0)).max(1.0)
    }
}
