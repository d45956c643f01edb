//! How a table's rows are found: by rowid, by indexes, or by reading all of them.
//!
//! Every way that the conditions allow is weighed by what it is likely to cost; what costs least is taken, and of equal
//! ways the first, so that plans depend on nothing but definitions and statistics.

use std::sync::Arc;

use super::Optimizer;
use super::implication::implies;
use super::terms::Terms;
use crate::ast::IndexHint;
use crate::catalog::{Index, Table};
use crate::plan::{Access, Bounds, ColumnId, Expr, IndexAccess, Probe, Scan};
use helios_core::Value;

/// What a row costs in microseconds: read in the order of the table, or looked up after an index entry.
pub(super) const SCAN_ROW: f64 = 0.07;
const INDEX_ROW: f64 = 0.12;
pub(super) const LOOKUP: f64 = 1.0;
/// Going to a place in an index.
const SEEK: f64 = 0.6;
/// The share of rows within bounds, at a guess: one bound, two bounds, IS NOT NULL.
const ONE_BOUND: f64 = 1.0 / 32.0;
const TWO_BOUNDS: f64 = 1.0 / 64.0;
const NOT_NULL: f64 = 0.9;
/// How many rows a query gives that IN asks, at a guess.
const QUERY_ROWS: f64 = 20.0;
/// Up to so many rows it does not matter much how they are read.
const SMALL: f64 = 1000.0;
/// How many different values a skip scan steps over at most.
const MOST_SKIPS: f64 = 20.0;

/// An access with the conditions that it makes good, about how many rows it reads, and what that costs.
pub(super) struct Candidate {
    pub(super) access: Access,
    pub(super) used: Vec<usize>,
    pub(super) rows: f64,
    pub(super) cost: f64,
}

impl Optimizer<'_> {
    /// Gives a scan the access that its conditions allow, and takes away those that it makes good. `is_known` says which
    /// columns of others have a value when the scan begins. Returns whether the access is better than reading
    /// everything.
    pub(super) fn choose_access(
        &self,
        scan: &mut Scan,
        conditions: &mut Vec<Expr>,
        is_known: &dyn Fn(ColumnId) -> bool,
    ) -> bool {
        let Some(best) = self.best_access(scan, conditions, is_known) else {
            return false;
        };
        scan.access = best.access;
        let mut position = 0;
        conditions.retain(|_| {
            position += 1;
            !best.used.contains(&(position - 1))
        });
        true
    }

    /// The best access besides reading everything, if it is better than that.
    pub(super) fn best_access(
        &self,
        scan: &Scan,
        conditions: &[Expr],
        is_known: &dyn Fn(ColumnId) -> bool,
    ) -> Option<Candidate> {
        if conditions.is_empty() && !matches!(scan.hint, IndexHint::By(_)) {
            return None;
        }
        let terms = Terms { scan, conditions, is_known };
        let all = self.statistics.rows(&scan.table).max(1.0);
        // That a table is small now is no reason to read all of it later; what ANALYZE has seen is.
        let all = if scan.table.analyzed_rows.is_some() { all } else { all.max(SMALL) };
        let mut best: Option<Candidate> = None;
        for candidate in self.candidates(&terms, all) {
            if best.as_ref().is_none_or(|best| candidate.cost < best.cost) {
                best = Some(candidate);
            }
        }
        if matches!(scan.hint, IndexHint::None)
            && let Some(candidate) = self.any_of(&terms, all)
            && best.as_ref().is_none_or(|best| candidate.cost < best.cost)
        {
            best = Some(candidate);
        }
        let is_forced = matches!(scan.hint, IndexHint::By(_));
        best.filter(|best| is_forced || best.cost <= (all * SCAN_ROW).max(all.min(SMALL) * LOOKUP + SEEK))
    }

    fn candidates(&self, terms: &Terms<'_>, all: f64) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        if !matches!(terms.scan.hint, IndexHint::By(_)) {
            candidates.extend(self.by_rowid(terms, all));
        }
        for index in usable_indexes(terms.scan) {
            if filter_holds(terms.scan, index, terms.conditions) {
                candidates.extend(self.by_index(terms, index, all));
            }
        }
        candidates
    }

    fn by_rowid(&self, terms: &Terms<'_>, all: f64) -> Option<Candidate> {
        let rowid = terms.key_at(None)?;
        if let Some((position, probe)) = terms.probe(&rowid, None) {
            let rows = probe_rows(&probe).min(all);
            let access = Access::Rowids(probe);
            return Some(Candidate { access, used: vec![position], rows, cost: rows * LOOKUP * 0.9 });
        }
        let mut used = Vec::new();
        let bounds = terms.bounds(&rowid, None, &mut used);
        if bounds.low.is_none() && bounds.high.is_none() {
            return None;
        }
        let rows = (all * self.share_of_rowids(terms.scan, &bounds)).max(1.0);
        // Where all rows are within the bounds, it is no more than reading them all.
        let cost = (SEEK + rows * SCAN_ROW).min(all * SCAN_ROW);
        Some(Candidate { access: Access::RowidRange(bounds), used, rows, cost })
    }

    /// The share of a table's rows whose rowids are within bounds. Where the bounds are known, rowids are taken to be
    /// spread evenly.
    pub(super) fn share_of_rowids(&self, scan: &Scan, bounds: &Bounds) -> f64 {
        let number = |bound: &Option<(Expr, bool)>, usual: i64| match bound {
            None => Some(usual as f64),
            Some((Expr::Constant(Value::Integer(number)), _)) => Some(*number as f64),
            Some((Expr::Constant(Value::Real(number)), _)) => Some(*number),
            Some(_) => None,
        };
        let known = self.statistics.rowids(&scan.table).and_then(|(first, last)| {
            let (low, high) = (number(&bounds.low, first)?, number(&bounds.high, last)?);
            let (first, last) = (first as f64, last as f64);
            Some((high.min(last) - low.max(first) + 1.0) / (last - first + 1.0))
        });
        known.map_or_else(|| share(bounds), |share| share.clamp(0.0, 1.0))
    }

    fn by_index(&self, terms: &Terms<'_>, index: &Arc<Index>, all: f64) -> Option<Candidate> {
        let mut probes = Vec::new();
        let mut used = Vec::new();
        let mut bounds = Bounds::default();
        let mut seeks = 1.0;
        for column in &index.columns {
            let Some(key) = terms.key_at(column.column) else { break };
            // The rowid is a number: it has no collation.
            let collation = column.column.map(|_| &column.collation);
            if collation.is_some_and(|collation| !collation.is_stored()) {
                break;
            }
            if let Some((position, probe)) = terms.probe(&key, collation) {
                seeks *= probe_rows(&probe);
                probes.push(probe);
                used.push(position);
                continue;
            }
            bounds = terms.bounds(&key, collation, &mut used);
            break;
        }
        if used.is_empty() {
            let skip = self.skip_scan(terms, index, all);
            if skip.is_some() || !matches!(terms.scan.hint, IndexHint::By(_)) && index.filter.is_none() {
                return skip;
            }
            let rows = all * if index.filter.is_some() { 0.5 } else { 1.0 };
            let is_forced = matches!(terms.scan.hint, IndexHint::By(_));
            // A partial index whose condition holds has the rows that are wanted and few others.
            let cost = if is_forced { all } else { rows * row_cost(terms.scan, index) };
            let access = Access::whole_index(index.clone());
            return Some(Candidate { access, used, rows, cost });
        }
        let each = self.rows_of_prefix(&terms.scan.table, index, probes.len(), all);
        let rows = (each * seeks * share(&bounds)).min(all).max(1.0);
        let cost = seeks * SEEK + rows * row_cost(terms.scan, index);
        // A longer prefix of equal use is worth more than a shorter one.
        let cost = cost * (1.0 - 0.01 * used.len() as f64);
        let access = Access::Index(Box::new(IndexAccess { index: index.clone(), probes, bounds }));
        Some(Candidate { access, used, rows, cost })
    }

    /// About how many entries have the same values in the first columns of an index: what ANALYZE found, else what a look
    /// at it says, else a guess.
    pub(super) fn rows_of_prefix(&self, table: &Table, index: &Index, columns: usize, all: f64) -> f64 {
        if columns == 0 {
            return all;
        }
        if index.unique && columns == index.columns.len() {
            return 1.0;
        }
        let analyzed = index.statistics.as_ref().and_then(|statistics| statistics.get(columns)).copied();
        let known = analyzed.or_else(|| self.statistics.agreeing(table, index, columns));
        known.map_or_else(|| all.powf(1.0 / (columns as f64 + 1.0)), |each| each.min(all))
    }

    /// An index whose first column is asked nothing, but has few values, by statistics.
    fn skip_scan(&self, terms: &Terms<'_>, index: &Arc<Index>, all: f64) -> Option<Candidate> {
        let statistics = index.statistics.as_ref()?;
        let (rows, each) = (*statistics.first()?, *statistics.get(1)?);
        let skips = rows / each.max(1.0);
        let column = index.columns.get(1)?;
        if skips > MOST_SKIPS || rows < 100.0 {
            return None;
        }
        let collation = column.column.map(|_| &column.collation);
        if index.columns[..2].iter().any(|column| !column.collation.is_stored()) {
            return None;
        }
        let (position, probe) = terms.probe(&terms.key_at(column.column)?, collation)?;
        let rows = (self.rows_of_prefix(&terms.scan.table, index, 2, all) * skips * probe_rows(&probe))
            .clamp(1.0, all);
        let cost = 2.0 * skips * SEEK + rows * row_cost(terms.scan, index);
        let (probes, bounds) = (vec![Probe::Any, probe], Bounds::default());
        let access = Access::Index(Box::new(IndexAccess { index: index.clone(), probes, bounds }));
        Some(Candidate { access, used: vec![position], rows, cost })
    }

    /// Rows that meet one of several conditions, each found in a way of its own. The condition stays: what is found is
    /// looked at again.
    fn any_of(&self, terms: &Terms<'_>, all: f64) -> Option<Candidate> {
        let mut best: Option<Candidate> = None;
        for condition in terms.conditions {
            let Expr::Or(operands) = condition else { continue };
            let (mut accesses, mut rows, mut cost) = (Vec::with_capacity(operands.len()), 0.0, 0.0);
            for operand in operands {
                let mut conditions = Vec::new();
                operand.clone().conjuncts(&mut conditions);
                let own = Terms { scan: terms.scan, conditions: &conditions, is_known: terms.is_known };
                let candidates = self.candidates(&own, all);
                let least = candidates.into_iter().min_by(|one, other| one.cost.total_cmp(&other.cost));
                let Some(least) = least.filter(|least| !least.used.is_empty()) else { break };
                rows += least.rows;
                // An index entry of an access that has to give row keys saves no lookup.
                cost += least.cost + least.rows * LOOKUP * 0.2;
                accesses.push(least.access);
            }
            if accesses.len() == operands.len() && best.as_ref().is_none_or(|best| cost < best.cost) {
                let access = Access::AnyOf(accesses);
                best = Some(Candidate { access, used: Vec::new(), rows: f64::min(rows, all), cost });
            }
        }
        best
    }
}

/// The indexes that INDEXED BY and NOT INDEXED leave, the newest first: of equals SQLite takes that.
pub(super) fn usable_indexes(scan: &Scan) -> impl Iterator<Item = &Arc<Index>> {
    scan.table.all_indexes().rev().filter(|index| match &scan.hint {
        IndexHint::None => true,
        IndexHint::By(name) => index.name.eq_ignore_ascii_case(name),
        IndexHint::NotIndexed => false,
    })
}

/// Whether the conditions say that all rows wanted have an entry in the index.
pub(super) fn filter_holds(scan: &Scan, index: &Index, conditions: &[Expr]) -> bool {
    let Some(filter) = index.filter else { return true };
    let bound = scan.expressions.iter().find(|(position, _)| *position == filter);
    bound.is_some_and(|(_, filter)| implies(conditions, filter))
}

/// About how many values a probe has.
fn probe_rows(probe: &Probe) -> f64 {
    match probe {
        Probe::Value(_) | Probe::Same(_) => 1.0,
        Probe::List(list) => (list.len() as f64).max(1.0),
        Probe::Query(_) | Probe::Any => QUERY_ROWS,
    }
}

/// The share of rows within bounds.
pub(super) fn share(bounds: &Bounds) -> f64 {
    match (&bounds.low, &bounds.high) {
        (Some(_), Some(_)) => TWO_BOUNDS,
        (None, None) if bounds.leaves_nulls_out => NOT_NULL,
        (None, None) => 1.0,
        _ => ONE_BOUND,
    }
}

/// What a row costs that an index has found.
pub(super) fn row_cost(scan: &Scan, index: &Arc<Index>) -> f64 {
    if index.space == scan.table.space {
        return SCAN_ROW;
    }
    if is_covered(scan, index) { INDEX_ROW } else { LOOKUP }
}

/// Whether an index has all that is read of the table.
pub(super) fn is_covered(scan: &Scan, index: &Index) -> bool {
    scan.table.has_rowid()
        && scan.columns.iter().all(|(position, _)| {
            position.is_none_or(|position| index.place_of_value(&scan.table, position).is_some())
        })
}
