//! Indexes that a query could use if they existed.
//!
//! In: a query as it was bound, and as it was planned. Out: for each table that it reads, lists of columns: those that conditions compare with a
//! value or with another table's column, perhaps one with bounds after them, the columns of an order or of groups, and the
//! rest of what is read, where that makes the rows themselves unnecessary. Whether one of them is worth having, the
//! planner says.

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::encoding::key::Order;
use helios_core::value::{Affinity, Collation};
use helios_core::versioned::Space;

use super::terms::Terms;
use crate::ast::IndexHint;
use crate::catalog::{IndexColumn, Table, WrittenCollation};
use crate::plan::{ColumnId, Expr, Plan, Query, Scan, SortKey};

/// So many columns are added to an index for nothing but to be read from it: more would be a second copy of the table.
const MOST_ADDED: usize = 2;

/// An index that a query could use.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The table.
    pub table: Arc<Table>,
    /// The columns.
    pub columns: Vec<IndexColumn>,
    /// How many of them, at the end, are there for nothing but to be read.
    pub added: usize,
}

impl Wish {
    /// Whether an index on these columns does what one on `others` does.
    pub fn begins_with(&self, others: &[IndexColumn]) -> bool {
        let is_same = |one: &IndexColumn, other: &IndexColumn| {
            one.column == other.column && one.collation == other.collation && one.order == other.order
        };
        self.columns.len() >= others.len()
            && self.columns.iter().zip(others).all(|(one, other)| is_same(one, other))
    }
}

/// The indexes that a query could use, and does not have: as it was bound, and as it is planned.
pub fn wishes<'a>(
    bound: impl Iterator<Item = &'a Query>,
    planned: impl Iterator<Item = &'a Query>,
) -> Vec<Wish> {
    let mut seen = Seen::default();
    for query in planned {
        query.plan.for_each_plan(&mut |plan| {
            if let Plan::Scan(scan) = plan {
                let positions = scan.columns.iter().filter_map(|(position, _)| *position);
                seen.read.entry((&scan.alias, scan.table.space)).or_default().extend(positions);
            }
        });
    }
    for query in bound {
        query.plan.for_each_plan(&mut |plan| seen.look_at(plan));
    }
    let mut wishes: Vec<Wish> = Vec::new();
    for scan in &seen.scans {
        for (columns, added) in seen.lists(scan) {
            let wish = Wish { table: scan.table.clone(), columns, added };
            let is_wanted = |known: &Wish| {
                known.table.space == wish.table.space
                    && known.columns.len() == wish.columns.len()
                    && known.begins_with(&wish.columns)
            };
            let existing = scan.table.all_indexes().filter(|index| index.filter.is_none());
            let has = existing.into_iter().any(|index| {
                let index = Wish { table: scan.table.clone(), columns: index.columns.clone(), added: 0 };
                index.begins_with(&wish.columns)
            });
            if !has && !wishes.iter().any(is_wanted) {
                wishes.push(wish);
            }
        }
    }
    wishes
}

/// What a query says of its tables.
#[derive(Default)]
struct Seen<'a> {
    scans: Vec<&'a Scan>,
    conditions: Vec<Expr>,
    orders: Vec<Vec<SortKey>>,
    groups: Vec<Vec<Expr>>,
    /// Columns of projections, with what they are.
    renamed: HashMap<ColumnId, &'a Expr>,
    /// The columns that are read of a table by its name, once conditions are where they are made good.
    read: HashMap<(&'a str, Space), Vec<usize>>,
}

impl<'a> Seen<'a> {
    fn look_at(&mut self, plan: &'a Plan) {
        match plan {
            Plan::Scan(scan) => {
                let is_plain = scan.table.slot == 0 && scan.table.is_stored() && scan.reader.is_none();
                if is_plain && !scan.table.is_internal() && matches!(scan.hint, IndexHint::None) {
                    self.scans.push(scan);
                }
            }
            Plan::Filter { condition, .. } => condition.clone().conjuncts(&mut self.conditions),
            Plan::Join(join) => {
                join.conditions.iter().for_each(|part| part.clone().conjuncts(&mut self.conditions));
            }
            Plan::Project { columns, .. } => {
                self.renamed.extend(columns.iter().map(|(id, expr)| (*id, expr)));
            }
            Plan::Sort { keys, .. } => self.orders.push(keys.clone()),
            Plan::Aggregate(aggregation) => {
                self.groups.push(aggregation.groups.iter().map(|(_, expr, _)| expr.clone()).collect());
            }
            Plan::Distinct { columns, .. } => {
                self.groups.push(columns.iter().map(|(id, _)| Expr::Column(*id)).collect());
            }
            _ => {}
        }
    }

    /// The position in the table of what an expression is, if it is a column of the scan.
    fn position(&self, scan: &Scan, expr: &Expr) -> Option<usize> {
        let Expr::Column(id) = expr else { return None };
        match self.renamed.get(id) {
            Some(meant) => self.position(scan, meant),
            None => scan.columns.iter().find(|(_, known)| known == id).and_then(|(position, _)| *position),
        }
    }

    /// Lists of columns for a table, each with how many of them are there only to be read.
    fn lists(&self, scan: &Scan) -> Vec<(Vec<IndexColumn>, usize)> {
        let is_own = |id: ColumnId| scan.columns.iter().any(|(_, known)| *known == id);
        let by_value = self.compared(scan, &|_| false);
        let mut by_others = self.compared(scan, &|id| !is_own(id));
        by_others.retain(|column| !by_value.iter().any(|known| known.column == column.column));
        let ranges = self.with_bounds(scan, &is_own);

        let mut beginnings = vec![by_value.clone()];
        for other in &by_others {
            beginnings.push([by_value.clone(), vec![other.clone()]].concat());
            beginnings.push(vec![other.clone()]);
        }
        if by_others.len() > 1 {
            beginnings.push([by_value.clone(), by_others.clone()].concat());
        }
        let mut lists = Vec::new();
        for beginning in beginnings {
            let taken = |column: &IndexColumn| beginning.iter().any(|known| known.column == column.column);
            for range in ranges.iter().filter(|range| !taken(range)) {
                lists.push([beginning.clone(), vec![range.clone()]].concat());
            }
            for order in self.orders(scan) {
                let rest = order.into_iter().filter(|column| !taken(column));
                lists.push(beginning.iter().cloned().chain(rest).collect());
            }
            lists.push(beginning);
        }
        lists.retain(|list| !list.is_empty());
        let covering = |list: &Vec<IndexColumn>| {
            let all = self.with_all(scan, list)?;
            let added = all.len() - list.len();
            Some((all, added))
        };
        let covering: Vec<_> = lists.iter().filter_map(covering).collect();
        lists.into_iter().map(|list| (list, 0)).chain(covering).collect()
    }

    /// A list with all that is read of the table after it; `None` if that is too much, or nothing more, or a key does not
    /// tell the value of a column.
    fn with_all(&self, scan: &Scan, list: &[IndexColumn]) -> Option<Vec<IndexColumn>> {
        let mut all = list.to_vec();
        for position in self.read.get(&(&*scan.alias, scan.table.space))? {
            let known = all.iter().find(|known| known.column == Some(*position));
            let meant = scan.table.columns.get(*position)?;
            let collation = known.map_or(&meant.collation, |known| &known.collation);
            if scan.table.rowid_column == Some(*position) {
                continue;
            }
            if meant.affinity == Affinity::Blob
                || *collation != Collation::Binary
                || !can_hold(scan, *position)
            {
                return None;
            }
            if known.is_none() {
                all.push(column(*position, meant.collation.clone(), Order::default()));
            }
        }
        let added = all.len() - list.len();
        (1..=MOST_ADDED).contains(&added).then_some(all)
    }

    /// Columns that conditions compare with a value.
    fn compared(&self, scan: &Scan, is_known: &dyn Fn(ColumnId) -> bool) -> Vec<IndexColumn> {
        let terms = Terms { scan, conditions: &self.conditions, is_known };
        self.columns(scan, &terms, |terms, key, collation| terms.probe(key, Some(collation)).is_some())
    }

    /// Columns that conditions set bounds to.
    fn with_bounds(&self, scan: &Scan, is_own: &dyn Fn(ColumnId) -> bool) -> Vec<IndexColumn> {
        let is_known = |id| !is_own(id);
        let terms = Terms { scan, conditions: &self.conditions, is_known: &is_known };
        self.columns(scan, &terms, |terms, key, collation| {
            let bounds = terms.bounds(key, Some(collation), &mut Vec::new());
            bounds.low.is_some() || bounds.high.is_some()
        })
    }

    fn columns(
        &self,
        scan: &Scan,
        terms: &Terms<'_>,
        is_meant: impl Fn(&Terms<'_>, &Expr, &Collation) -> bool,
    ) -> Vec<IndexColumn> {
        let mut found = Vec::new();
        for position in 0..scan.table.columns.len() {
            let Some(key) = terms.key_at(Some(position)).filter(|_| can_hold(scan, position)) else {
                continue;
            };
            let declared = &scan.table.columns[position].collation;
            let collations = [declared, &Collation::Binary, &Collation::NoCase, &Collation::RTrim];
            let by = collations.into_iter().find(|collation| is_meant(terms, &key, collation));
            found.extend(by.map(|by| column(position, by.clone(), Order::default())));
        }
        found
    }

    /// The columns of orders and groups that are all of this table.
    fn orders(&self, scan: &Scan) -> Vec<Vec<IndexColumn>> {
        let key = |key: &SortKey| {
            let position = self.position(scan, &key.expr).filter(|position| can_hold(scan, *position))?;
            let is_usual = key.nulls_first != key.descending;
            let order = if key.descending { Order::Descending } else { Order::Ascending };
            is_usual.then(|| column(position, key.collation.clone(), order))
        };
        let sorted = self.orders.iter().map(|keys| keys.iter().map(key).collect::<Option<Vec<_>>>());
        let group = |expr: &Expr| {
            let position = self.position(scan, expr).filter(|position| can_hold(scan, *position))?;
            Some(column(position, scan.table.columns[position].collation.clone(), Order::default()))
        };
        let grouped = self.groups.iter().map(|exprs| exprs.iter().map(group).collect::<Option<Vec<_>>>());
        sorted.chain(grouped).flatten().filter(|list| !list.is_empty()).collect()
    }
}

/// Whether an index can hold a column: it is stored, and its texts have an order of bytes.
fn can_hold(scan: &Scan, position: usize) -> bool {
    let table = &scan.table;
    let Some(column) = table.columns.get(position) else { return false };
    table.rowid_column != Some(position)
        && column.generated.is_none()
        && column.dimensions.is_none()
        && column.collation.is_stored()
}

fn column(position: usize, collation: Collation, order: Order) -> IndexColumn {
    let written_collation = WrittenCollation::default();
    IndexColumn { column: Some(position), collation, written_collation, order }
}
